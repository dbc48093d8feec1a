"""A figure's drawing as a part of the page, and as a file of its own."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from stiltsreport.report.document import Figure
from stiltsreport.report.formats.latex_text import label
from stiltsreport.shipped import shipped

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # signs that XML cannot hold, escaped or not
_REFERENCES = (("href", "#"), ("fill", "url(#"), ("clip-path", "url(#"))


def on_page(figure: Figure) -> str:
    """An svg element for a page of HTML: its colours are templates/figures.css's, its ids no other figure's.

    What it shows stands in `aria-label`: a title inside would pop up over the drawing. A veil over each area is shown by the page's script.
    """
    root = _named(figure)
    root.attrib |= {"role": "img", "aria-label": xml_text(figure.alternative)}
    for kind, own in itertools.groupby(figure.areas, key=lambda area: area.kind):
        group = ET.SubElement(root, "g", {"class": "veils", "data-kind": kind})
        for area in own:
            data = "".join(f"M{left} {top}h{width}v{height}h{-width}z" for left, top, width, height in area.boxes)
            ET.SubElement(group, "path", {"data-name": xml_text(area.name), "d": data})
    return ET.tostring(root, encoding="unicode")


def standalone(figure: Figure) -> str:
    """figures/NAME.svg: the same drawing with its colours inside, light or dark as the reader's screen is."""
    root = _named(figure)
    title, description, style = Element("title"), Element("desc"), Element("style")
    title.text, description.text = xml_text(figure.title), xml_text(figure.alternative)
    style.text = "svg{color-scheme:light dark}\n" + styles()
    root[:0] = [title, description, style]
    root.attrib |= {"xmlns": "http://www.w3.org/2000/svg", "role": "img"}
    return ET.tostring(root, encoding="unicode") + "\n"


def styles() -> str:
    """templates/figures.css: what the classes of drawings look like."""
    return (shipped("templates") / "figures.css").read_text(encoding="utf-8")


def xml_text(text: str) -> str:
    r"""Text with a replacement character for each that XML 1.0 has no place for (section 2.2).

    >>> xml_text("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"
    True
    """
    return _NO_XML.sub("\ufffd", text)


def _named(figure: Figure) -> Element:
    """The drawing with ids that begin with the figure's own."""
    root = ET.fromstring(figure.svg)  # noqa: S314 - our own drawing
    before = f"{label(figure.id)}-"
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", before + element.attrib["id"])
        for name, start in _REFERENCES:
            if element.get(name, "").startswith(start):
                element.set(name, start + before + element.attrib[name].removeprefix(start))
    return root
