"""matplotlib's SVG made small, and ready for pages of two themes.

A drawing comes out with presentation attributes and class names alone: no styles, which a page's Content-Security-Policy forbids, no groups
that say nothing, no clip that cuts nothing, coordinates to a tenth of a point. Colours that `classes` names become `fill-NAME` and
`stroke-NAME`, which templates/figures.css gives a colour in each theme; other colours (a heatmap's) stay what they are. Text stays text, in
the reader's font.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from stiltsreport.report.figures.paths import Box, Segment, box, moved, number, segments, written
from stiltsreport.report.formats.svg import xml_text

FONT_SIZE = 8  # points: what text has that does not say otherwise
_KEPT = (
    "fill-opacity", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "opacity",
    "font-size", "font-weight", "font-style", "text-anchor", "image-rendering",
)  # fmt: skip
_DEFAULTS = {
    "fill-opacity": "1", "stroke-opacity": "1", "stroke-width": "1", "stroke-linejoin": "round", "stroke-linecap": "butt", "opacity": "1",
    "font-size": str(FONT_SIZE), "font-weight": "400", "text-anchor": "start",
}  # fmt: skip
_GEOMETRY = ("d", "x", "y", "href", "transform", "width", "height")
_UPRIGHT = ("rotate(0 ", "rotate(-0 ")
_NARROW = 360  # points up to which a figure takes half of a page's width
_NEAR = 1.0  # points by which a drawing may leave its clip: half a line's width
_ROUND = 0.01  # points by which a circle may be none
_CORNERS = 6  # segments up to which a shape is drawn anew in fewer signs than a reference to it takes
_FINE = 100  # parts of a point in shapes that are drawn many times


@dataclass
class _Definitions:
    """What a drawing refers to: by matplotlib's ids as they came, by ours those that are used."""

    classes: Mapping[str, str]
    shapes: dict[str, Element] = field(default_factory=dict)
    clips: dict[str, Box] = field(default_factory=dict)
    patterns: dict[str, Element] = field(default_factory=dict)
    used: dict[tuple[str, str], Element] = field(default_factory=dict)
    paths: dict[Element, list[Segment]] = field(default_factory=dict)  # of the path elements that were made
    looks: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)  # by tag and style: there are few

    def name(self, kind: str, content: str, element: Element) -> str:
        """Our id of a definition; the same for the same content."""
        found = self.used.setdefault((kind, content), element)
        if "id" not in found.attrib:
            found.set("id", f"{kind}{sum(other == kind for other, _ in self.used) - 1}")
        return found.attrib["id"]


def compact(source: str, classes: Mapping[str, str]) -> str:
    """A drawing without ids, styles and namespaces of others; `classes` names colours ("#rrggbb" in lower case)."""
    root = ET.fromstring(xml_text(source))  # noqa: S314 - our own drawing
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for name in [name for name in element.attrib if "}" in name]:
            element.set(name.rpartition("}")[2], element.attrib.pop(name))
    known = _Definitions(classes)
    for element in root.iter():
        if element.tag == "defs":
            known.shapes |= {child.attrib["id"]: child for child in element if child.tag == "path"}
            known.patterns |= {child.attrib["id"]: child for child in element if child.tag == "pattern"}
            known.clips |= {child.attrib["id"]: _rectangle(child[0]) for child in element if child.tag == "clipPath"}
    _, _, width, height = root.attrib["viewBox"].split()
    wide, high = round(float(width)), round(float(height))
    made = Element(
        "svg",
        {"class": "figure" if wide > _NARROW else "figure narrow", "viewBox": f"0 0 {wide} {high}", "width": str(wide),
         "height": str(high), "fill": "none", "font-size": str(FONT_SIZE), "stroke-linejoin": "round"},
    )  # fmt: skip
    content = _grouped(_joined(list(_content(root, known)), known))
    if known.used:
        ET.SubElement(made, "defs").extend(known.used.values())
    made.extend(content)
    return ET.tostring(made, encoding="unicode")


def _content(element: Element, known: _Definitions, clip: str = "") -> Iterator[Element]:
    """What is drawn, in its order and without groups; but an axis's text comes behind its lines, which can then be drawn in one."""
    children: Iterable[Element] = element
    if element.get("id", "").startswith("matplotlib.axis"):
        children = sorted((child for child in element.iter() if child.tag in ("path", "use", "text")), key=lambda one: one.tag == "text")
        ours = {id(shape) for shape in known.shapes.values()}
        children = [child for child in children if id(child) not in ours]
    for child in children:
        inner = child.get("clip-path", clip)
        if child.tag == "g":
            content = list(_content(child, known, inner))
            if "transform" in child.attrib or "style" in child.attrib:
                transform = {"transform": child.attrib["transform"]} if "transform" in child.attrib else {}
                group = Element("g", transform | _attributes(child, known))
                group.extend(content)
                content = [group]
            yield from content
        elif child.tag == "path":
            yield from _path(segments(child.get("d", "")), _attributes(child, known), inner, known)
        elif child.tag == "use":
            yield from _use(child, inner, known)
        elif child.tag == "text":
            text = Element("text", _placed(child) | _attributes(child, known))
            text.text = child.text
            yield text
        elif child.tag == "image":
            href = "".join(child.attrib["href"].split())
            yield Element("image", {"href": href} | _placed(child, "width", "height") | _attributes(child, known))


def _path(path: list[Segment], attributes: dict[str, str], clip: str, known: _Definitions) -> Iterator[Element]:
    if path and _visible(attributes):
        if all(letter in "ML" for letter, _ in path) and len(path) <= 2:  # noqa: PLR2004 - one straight line has no joints
            attributes.pop("stroke-linejoin", None)
        yield _drawn(path, attributes | _clipped(box(path), clip, known), known)


def _drawn(path: list[Segment], attributes: dict[str, str], known: _Definitions) -> Element:
    made = Element("path", {"d": written(path)} | attributes)
    known.paths[made] = path
    return made


def _use(element: Element, clip: str, known: _Definitions) -> Iterator[Element]:
    """A shape at a place: lines, dots and those of few corners are drawn anew, which makes one short path of many; others by name."""
    shape = known.shapes[element.attrib["href"][1:]]
    attributes = _attributes(shape, known) | _attributes(element, known)
    place = float(element.get("x", 0)), float(element.get("y", 0))
    path = segments(shape.attrib["d"])
    if all(letter in "ML" for letter, _ in path) and "opacity" not in "".join(attributes):
        attributes = {name: value for name, value in attributes.items() if name != "fill"}
        attributes["class"] = " ".join(name for name in attributes.get("class", "").split() if not name.startswith("fill-"))
        yield from _path(moved(path, place), {name: value for name, value in attributes.items() if value}, clip, known)
    elif _one_colour(attributes) and len(path) <= _CORNERS and all(letter in "MLz" for letter, _ in path):
        yield from _path(moved(path, place), attributes, clip, known)
    elif _one_colour(attributes) and (radius := _radius(path)):
        # A line of no length with round ends: a dot in a third of the signs.
        wide = 2 * radius + float(attributes.get("stroke-width", 1))
        names = {"class": attributes["class"].split()[-1], "stroke-width": f"{wide:.4g}", "stroke-linecap": "round"}
        yield _drawn([("M", (place,)), ("L", (place,))], names | _clipped(box(moved(path, place)), clip, known), known)
    elif _visible(attributes):
        data = written(path, _FINE)
        name = known.name("m", data, Element("path", {"d": data}))
        found = {"href": f"#{name}", "x": _rounded(place[0]), "y": _rounded(place[1])}
        yield Element("use", found | attributes | _clipped(box(moved(path, place)), clip, known))


def _one_colour(attributes: Mapping[str, str]) -> bool:
    """Whether something is filled and outlined in one colour of a theme, and nothing shows through: it may be drawn with others as one."""
    names = [name.partition("-")[2] for name in attributes.get("class", "").split()]
    return len(names) == 2 and names[0] == names[1] and "opacity" not in "".join(attributes)  # noqa: PLR2004 - fill and stroke


def _radius(path: Sequence[Segment]) -> float:
    """The radius of a circle about the origin, as matplotlib draws it in eight curves; 0 for anything else."""
    if [letter for letter, _ in path] != ["M", *"C" * 8, "z"]:
        return 0.0
    left, top, right, bottom = box(path)
    ends = [math.hypot(*points[-1]) for _, points in path if points]
    return right if max(ends) - min(ends) < _ROUND and max(abs(left + right), abs(top + bottom), abs(right - bottom)) < _ROUND else 0.0


def _attributes(element: Element, known: _Definitions) -> dict[str, str]:
    """The style of an element as attributes and a class, without what is so anyway."""
    key = element.tag, element.get("style", "")
    if key not in known.looks:
        known.looks[key] = _look_of(element, known)
    return dict(known.looks[key])


def _look_of(element: Element, known: _Definitions) -> dict[str, str]:
    style = dict(part.strip().split(":", 1) for part in element.get("style", "").split(";") if part.strip())
    style = {name.strip(): value.strip() for name, value in style.items()}
    if element.tag == "path" and "fill" not in style and "stroke" not in style:
        style["fill"] = "#000000"  # black, which is so without being said
    if element.tag == "text":
        style.setdefault("fill", "#000000")
    names, found = [], {}
    for kind in ("fill", "stroke"):
        colour = style.get(kind, "none").lower()
        if colour in known.classes:
            names.append(f"{kind}-{known.classes[colour]}")
        elif colour.startswith("url("):
            found[kind] = f"url(#{_pattern(colour[5:-1], known)})"
        elif colour != "none":
            found[kind] = colour
    if names:
        found["class"] = " ".join(names)
    painted = {kind for kind in ("fill", "stroke") if style.get(kind, "none") != "none"}
    for name in _KEPT:
        value = _shortened(style.get(name, ""))
        idle = name.partition("-")[0] in ("fill", "stroke") and name.partition("-")[0] not in painted
        if value and value != _DEFAULTS.get(name) and not idle:
            found[name] = value
    return found


def _visible(attributes: Mapping[str, str]) -> bool:
    return attributes.get("opacity") != "0" and any(name in attributes for name in ("fill", "stroke", "class"))


def _pattern(name: str, known: _Definitions) -> str:
    """A hatch."""
    pattern = known.patterns[name]
    made = Element("pattern", {key: pattern.attrib[key] for key in ("patternUnits", "x", "y", "width", "height")})
    for part in pattern:
        if part.tag == "path":
            made.append(Element("path", {"d": written(segments(part.attrib["d"]))} | _attributes(part, known)))
        elif part.get("fill", "none") != "none":
            colour = part.attrib["fill"].lower()
            paint = {"class": f"fill-{known.classes[colour]}"} if colour in known.classes else {"fill": colour}
            made.append(Element("rect", {key: part.attrib[key] for key in ("x", "y", "width", "height")} | paint))
    return known.name("h", ET.tostring(made, encoding="unicode"), made)


def _clipped(there: Box, clip: str, known: _Definitions) -> dict[str, str]:
    """The clip of something, where it cuts any of it."""
    if not clip:
        return {}
    left, top, right, bottom = frame = known.clips[clip[5:-1]]
    if there[0] >= left - _NEAR and there[1] >= top - _NEAR and there[2] <= right + _NEAR and there[3] <= bottom + _NEAR:
        return {}
    made = Element("clipPath")
    sides = zip(("x", "y", "width", "height"), (left, top, right - left, bottom - top), strict=True)
    ET.SubElement(made, "rect", {name: _rounded(value) for name, value in sides})
    return {"clip-path": f"url(#{known.name('c', repr(frame), made)})"}


def _joined(shapes: Sequence[Element], known: _Definitions) -> list[Element]:
    """Neighbouring lines of one look as one path, and shapes of one colour: nothing of them overlaps that shows."""
    found: list[Element] = []
    for look, run in itertools.groupby(shapes, key=lambda shape: (shape.tag, _look(shape))):
        own = list(run)
        plain = own[0] in known.paths and "opacity" not in str(look) and ("fill" not in str(look) or _one_colour(dict(look[1])))
        if plain and len(own) > 1:
            own[0].set("d", written([segment for shape in own for segment in known.paths[shape]]))
            own = own[:1]
        found.extend(own)
    return found


def _grouped(shapes: Sequence[Element]) -> list[Element]:
    """Neighbours of one look in a group that says it once."""
    found: list[Element] = []
    for look, run in itertools.groupby(shapes, key=_look):
        own = list(run)
        if len(own) > 1 and look:
            group = Element("g", dict(look))
            for shape in own:
                for name, _ in look:
                    del shape.attrib[name]
            group.extend(own)
            own = [group]
        found.extend(own)
    return found


def _look(shape: Element) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in shape.attrib.items() if name not in _GEOMETRY))


def _rectangle(rect: Element) -> Box:
    left, top, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return left, top, left + width, top + height


def _placed(element: Element, *further: str) -> dict[str, str]:
    found = {name: _rounded(float(element.attrib[name])) for name in ("x", "y", *further) if name in element.attrib}
    if "transform" in element.attrib and not element.attrib["transform"].startswith(_UPRIGHT):
        found["transform"] = re.sub(r"-?\d+\.\d+(e-\d+)?", lambda one: _rounded(float(one.group())), element.attrib["transform"])
    return found


def _rounded(value: float) -> str:
    return number(round(10 * value))


def _shortened(value: str) -> str:
    """A style's value without units and idle digits."""
    return re.sub(r"-?\d+(\.\d+)?(px)?", lambda one: f"{round(float(one.group().removesuffix('px')), 2):g}", value)
