"""How figures are drawn: one function of a theme, saved as SVG for pages of both themes and as PDF; the same bytes each time."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from stiltsreport.report.figures.compact import compact
from stiltsreport.report.figures.font_subsets import shared_subsets

# Okabe and Ito's colours, in this order, the last two darkened until they stand out from paper (3:1); each has a marker of its own, which
# parts it from the others in grey.
SERIES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#7A7A7A", "v"), ("#BD8300", "P"), ("#3D9AD1", "X"))


@dataclass(frozen=True)
class Theme:
    """Colours of everything that is not data."""

    ink: str
    soft: str
    line: str


LIGHT = Theme(ink="#1d1f21", soft="#63686e", line="#d3d3ce")
# The colours that pages of a dark theme have others for, by their names in templates/figures.css.
CLASSES = {LIGHT.ink: "ink", LIGHT.soft: "soft", LIGHT.line: "line"} | {
    colour.lower(): f"s{place}" for place, (colour, _) in enumerate(SERIES)
}
_SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "stiltsreport",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.linewidth": 0.6,
    "text.parse_math": False,
    "path.simplify": False,
}
Draw = Callable[[Any, Theme], None]


_KEPT: ContextVar[list[Any] | None] = ContextVar("kept figures", default=None)


@contextlib.contextmanager
def keeping() -> Iterator[list[Any]]:
    """Every matplotlib Figure that is drawn meanwhile, in this thread, in order: for notebooks, which go on with them."""
    found: list[Any] = []
    token = _KEPT.set(found)
    try:
        yield found
    finally:
        _KEPT.reset(token)


def drawn(draw: Draw, width: float, height: float) -> tuple[str, bytes]:
    """(SVG, PDF) of a figure of that many inches. `draw` gets a matplotlib Figure and the theme.

    The SVG names no figure: report/formats/svg.py makes it a part of a page, or a file.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    colours = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), LIGHT.ink) | {"axes.edgecolor": LIGHT.soft}
    with mpl.rc_context(_SETTINGS | colours), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a name in a script that the font lacks is drawn as boxes
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.patch.set_alpha(0)
        draw(figure, LIGHT)
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)
            figure.set_layout_engine("none")  # laid out once: saving would do it again, for each format
        if (kept := _KEPT.get()) is not None:
            kept.append(figure)
        svg, pdf = io.BytesIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        with shared_subsets():
            figure.savefig(pdf, format="pdf", metadata={"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None})
    return compact(svg.getvalue().decode(), CLASSES), pdf.getvalue()


def quiet(axes: Any, theme: Theme) -> None:
    """Axes of a scatter or a line: a light grid behind the data, no box, no ticks."""
    axes.grid(color=theme.line, linewidth=0.5, zorder=0)
    axes.set_axisbelow(True)
    axes.set_facecolor("none")
    axes.tick_params(which="both", bottom=False, left=False, pad=6.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def intervals(axes: Any, places: Sequence[float], bounds: Sequence[tuple[float, float]], *, upright: bool = False, **style: Any) -> None:
    """A line from end to end at each place, all of them one artist: matplotlib takes a millisecond for each that there is."""
    ends = [end for low, high in bounds for end in (low, high, math.nan)]
    across = [place for place in places for _ in range(3)]
    axes.plot(*((across, ends) if upright else (ends, across)), **{"linewidth": 1.1, "solid_capstyle": "butt"} | style)


def series(place: int) -> tuple[str, str]:
    """Colour and marker of the n-th of several series."""
    return SERIES[place % len(SERIES)]


def short(title: str, most: int = 28) -> str:
    """A title that fits a panel."""
    clean = " ".join(title.split())
    return clean if len(clean) <= most else clean[: most - 1] + "…"
