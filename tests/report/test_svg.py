"""Drawings as SVG: small, of text and classes alone, right in both themes, and nobody's markup."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from stiltsreport.report.document import Figure
from stiltsreport.report.figures.compact import compact
from stiltsreport.report.figures.drawing import CLASSES, SERIES, Theme, drawn, intervals, series
from stiltsreport.report.figures.grid import Grid, fitting, text_width
from stiltsreport.report.figures.paths import written
from stiltsreport.report.formats.svg import on_page, standalone, styles, xml_text
from tests.report.hostile import HOSTILE

ALLOWED = {
    "class", "viewBox", "width", "height", "fill", "font-size", "stroke-linejoin", "stroke-linecap", "stroke-width", "stroke-dasharray",
    "fill-opacity", "stroke-opacity", "opacity", "d", "x", "y", "href", "id", "clip-path", "transform", "text-anchor", "font-weight",
    "role", "aria-label", "patternUnits", "stroke",
}  # fmt: skip


def lines(figure: Any, theme: Theme) -> None:
    axes = figure.subplots()
    for place in (0, 1, 5, 6):
        colour, marker = series(place)
        axes.plot([0, 1, 2], [place + 1, 1, 2], color=colour, marker=marker, label=f"series {place}")
    axes.bar([0.5], [1.0], hatch="//", facecolor="#ffffff", edgecolor=SERIES[2][0])
    axes.grid(color=theme.line)
    axes.legend()


@pytest.fixture(scope="module")
def figure() -> Figure:
    svg, pdf = drawn(lines, 3, 2)
    return Figure("two lines", "Lines & <bars>", "", 'Two "lines" & <a> bar', svg, pdf)


def test_a_drawing_has_no_style_of_its_own(figure: Figure) -> None:
    root = ET.fromstring(on_page(figure))
    assert {name for element in root.iter() for name in element.attrib} <= ALLOWED
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'Two "lines" & <a> bar'
    assert {element.tag for element in root.iter()} <= {"svg", "g", "defs", "path", "use", "text", "clipPath", "rect", "pattern"}
    assert "series 6" in [text.text for text in root.iter("text")]


def test_markers_hatches_and_legends_are_there(figure: Figure) -> None:
    root = ET.fromstring(figure.svg)
    ids = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    uses = [use.attrib["href"] for use in root.iter("use")]
    assert len(uses) == 8, "three points and a legend's, in two series"
    assert len(set(uses)) == 2
    assert {use[1:] for use in uses} <= ids
    dots = [one for one in root.iter("path") if one.get("stroke-linecap") == "round"]
    assert [one.attrib["d"].lower().count("v0") for one in dots] == [3, 1], "a dot is a line of no length"
    assert {one.attrib["stroke-width"] for one in dots} == {"7"}, "matplotlib's six points and its edge of one"
    squares = [one for one in root.iter("path") if {"fill-s1", "stroke-s1"} <= set(one.get("class", "").split())]
    assert [one.attrib["d"].count("z") for one in squares] == [3, 1]
    (pattern,) = root.iter("pattern")
    assert any(element.get("fill") == f"url(#{pattern.attrib['id']})" for element in root.iter())
    used = set(re.findall(r"#([a-z]\d+)", figure.svg))
    assert ids == used, "no id that nothing uses"


def test_ids_are_a_figure_s_own(figure: Figure) -> None:
    one, other = (ET.fromstring(on_page(replace(figure, id=name))) for name in ("a", "b"))
    ids = [{element.attrib["id"] for element in root.iter() if "id" in element.attrib} for root in (one, other)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for root, own in zip((one, other), ids, strict=True):
        assert set(re.findall(r'(?:href="|url\()#([\w-]+)', ET.tostring(root, encoding="unicode"))) == own


def colours(rules: str) -> dict[str, str]:
    return dict(re.findall(r"\.((?:fill|stroke)-\w+) \{ (?:fill|stroke): (#[0-9a-f]{6}); \}", rules))


def test_every_class_has_a_colour_in_each_theme(figure: Figure) -> None:
    light, dark = (colours(part) for part in styles().split("@media"))
    named = {f"{kind}-{name}": colour for colour, name in CLASSES.items() for kind in ("fill", "stroke")}
    assert light == named
    assert set(dark) == set(light)
    assert all(dark[name] != light[name] for name in light)
    used = {name for element in ET.fromstring(figure.svg).iter() for name in element.get("class", "").split()} - {"figure", "narrow"}
    assert {"stroke-s0", "fill-s1", "stroke-s1", "fill-s5", "stroke-line", "fill-ink"} <= used <= set(light)


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_and_series_stand_out_from_the_page() -> None:
    light, dark = (colours(part) for part in styles().split("@media"))
    for theme, paper in ((light, "#fdfdfc"), (dark, "#15171a")):
        assert contrast(theme["fill-ink"], paper) > 7
        assert contrast(theme["fill-soft"], paper) > 4.5
        assert all(contrast(theme[f"stroke-s{place}"], paper) >= 3 for place in range(len(SERIES))), "WCAG 1.4.11"


def test_a_file_of_its_own_carries_its_colours(figure: Figure) -> None:
    root = ET.fromstring(standalone(figure))
    spaced = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{spaced}svg"
    assert [root.find(f"{spaced}{name}").text for name in ("title", "desc")] == [figure.title, figure.alternative]  # type: ignore[union-attr]
    style = root.find(f"{spaced}style")
    assert style is not None
    assert styles() in (style.text or "")


@pytest.mark.parametrize("words", HOSTILE)
def test_words_stay_text(words: str) -> None:
    def draw(figure: Any, _: Theme) -> None:
        figure.set_layout_engine("none")
        figure.text(0.1, 0.5, words)

    svg, pdf = drawn(draw, 3, 1)
    found = ET.fromstring(on_page(Figure("words", words, words, words, svg, pdf)))
    assert {element.tag for element in found.iter()} == {"svg", "g", "text"} if "\n" in words else {"svg", "text"}
    assert "\n".join(text.text or "" for text in found.iter("text")) == xml_text(words)
    ET.fromstring(standalone(Figure("words", words, words, words, svg, pdf)))


def test_a_clip_stays_where_it_cuts() -> None:
    def draw(figure: Any, _: Theme) -> None:
        axes = figure.subplots()
        axes.set_xlim(0, 1)
        intervals(axes, [0, 1], [(0.2, 0.8), (0.1, 0.3)], color="#010203")
        intervals(axes, [2], [(-1.0, 3.0)], color="#040506")

    root = ET.fromstring(drawn(draw, 3, 2)[0])
    clipped = {
        element.get("stroke"): "clip-path" in element.attrib for element in root.iter() if element.get("stroke", "").startswith("#0")
    }
    assert clipped == {"#010203": False, "#040506": True}
    (rect,) = root.iter("rect")
    assert float(rect.attrib["width"]) > 100


def test_many_marks_of_a_line_are_one_path() -> None:
    def draw(figure: Any, theme: Theme) -> None:
        axes = figure.subplots()
        axes.set_axis_off()
        axes.plot(range(100), [0.0] * 100, marker="|", markersize=4, linestyle="none", color=theme.soft)

    root = ET.fromstring(drawn(draw, 7, 1)[0])
    (path,) = root.iter("path")
    assert path.attrib["d"].lower().count("m") == 100
    assert len(path.attrib["d"]) < 100 * 14


def test_paths_round_without_drift() -> None:
    points = [(place * 0.333, place * 0.777) for place in range(1000)]
    data = written([("M", (points[0],)), *(("L", (point,)) for point in points[1:])])
    x = y = 0
    for letter, numbers in re.findall(r"([Mlhv])([^Mlhv]*)", data):
        steps = [round(10 * float(number)) for number in re.findall(r"-?(?:\d+\.\d|\.\d|\d+)", numbers)]
        assert letter != "M" or (x, y) == (0, 0)
        x += steps[0] if letter != "v" else 0
        y += steps[-1] if letter != "h" else 0
    assert (x, y) == (round(3326.67), round(7762.23))


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert drawn(lines, 3, 2) == drawn(lines, 3, 2)


def test_a_drawing_without_anything_is_empty() -> None:
    bare = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 20"><g id="a"><path d="M 0 0 L 1 1" style="fill: none"/></g></svg>'
    root = ET.fromstring(compact(bare, CLASSES))
    assert list(root) == []
    assert root.attrib["viewBox"] == "0 0 10 20"


def test_panels_stand_where_arithmetic_puts_them() -> None:
    grid = Grid(5, 3, 7.0, panel=1.0, left=1.0, right=0.1, above=0.3, below=0.4, across=0.2, between=0.1)
    assert (grid.columns, grid.rows) == (3, 2)
    assert grid.height == pytest.approx(2 * 1.3 + 0.1 + 0.4)
    assert [place for place in range(5) if grid.lowest(place)] == [2, 3, 4]

    def draw(figure: Any, theme: Theme) -> None:
        panels = grid.panels(figure)
        assert [round(panel.wide, 3) for panel in panels] == [round((7 - 1.1 - 0.4) / 3, 3)] * 5
        assert panels[0].bottom - (panels[3].bottom + panels[3].high) == pytest.approx(0.4)
        assert panels[3].bottom == pytest.approx(0.4)
        assert [axes.get_position().y0 * grid.height for axes in grid.axes(figure)] == pytest.approx([panel.bottom for panel in panels])
        for axes in figure.axes:
            axes.remove()
        for place, panel in enumerate(panels):
            grid.lines(panel, theme, place, (-2.0, 3.0), ["one", "two"])

    svg, _ = drawn(draw, grid.width, grid.height)
    names, ticks = ["one", "two"], ["−2", "−1", "0", "1", "2", "3"]
    found = [text.text for text in ET.fromstring(svg).iter("text")]
    assert found == [*names, *ticks, *names, *ticks, *ticks], "names at the left, numbers where no panel stands below"


def test_titles_are_cut_to_their_room() -> None:
    assert fitting("a  b", 5) == "a b"
    cut = fitting("A very long title indeed", 1.0)
    assert cut.endswith("…")
    assert 0.6 < 1.1 * text_width([cut], 8, "bold") <= 1.0
