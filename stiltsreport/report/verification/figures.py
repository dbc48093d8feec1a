"""The figures of a report folder against those that its scores give: files as SVG, and drawings and captions of the page."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stiltsreport.report.document import Report
from stiltsreport.report.formats.svg import standalone
from stiltsreport.report.verification.differences import Difference, clipped
from stiltsreport.report.verification.page_data import FILE, first_unlike

DRAWING = "drawing"  # what differs where one does
_BLOCK = re.compile(r'<figure class="picture" id="figure-([^"]*)"[^>]*>.*?(<svg .*?</svg>).*?<figcaption>(.*?)</figcaption>', re.DOTALL)
_TAG = re.compile("<[^>]*>")


def drawing_package() -> str:
    """The version of what draws, which chooses how a drawing is written."""
    return importlib.metadata.version("matplotlib")


def drawn_by(provenance: Mapping[str, Any]) -> str:
    """The version that a report says drew its figures; "" where it says none."""
    return str((provenance.get("packages") or {}).get("matplotlib", ""))


def file_differences(folder: Path, report: Report) -> Iterator[Difference]:
    """Each figures/*.svg that is not byte for byte what the scores give, one that is lacking, and one that should not be."""
    meant = {f"{figure.id}.svg": figure for figure in report.figures}
    for name, figure in meant.items():
        file = folder / "figures" / name
        if file.is_file():
            yield from _drawing(f"figures/{name}", file.read_text(encoding="utf-8", errors="replace"), standalone(figure), figure.id)
        else:
            yield Difference(f"figures/{name}", "file", "", "the figure", figure.id)
    for file in sorted(folder.glob("figures/*.svg")):
        if file.name not in meant:
            yield Difference(f"figures/{file.name}", "file", "a figure", "")


def page_differences(shown: str, meant: str) -> Iterator[Difference]:
    """Each drawing and caption of a page that is not as on the page that the scores give."""
    there, right = ({name: (drawing, caption) for name, drawing, caption in _BLOCK.findall(text)} for text in (shown, meant))
    for name, (drawing, caption) in right.items():
        if name not in there:
            yield Difference(FILE, "figure", "", "the figure", name)
            continue
        yield from _drawing(FILE, there[name][0], drawing, name)
        if there[name][1] != caption:
            yield Difference(FILE, "text", *clipped(_TAG.sub("", there[name][1]), _TAG.sub("", caption)), name)
    for name in there.keys() - right.keys():
        yield Difference(FILE, "figure", "a figure", "", name)


def _drawing(file: str, shown: str, meant: str, name: str) -> Iterator[Difference]:
    if shown != meant:
        _, one, other = first_unlike(*(text.replace("><", ">\n<") for text in (shown, meant)))
        yield Difference(file, DRAWING, *clipped(one, other), name)
