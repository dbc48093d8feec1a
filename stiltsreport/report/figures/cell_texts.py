"""Many short texts of one size, each in the middle of a cell, as one artist: a matplotlib Text a cell takes far longer to lay out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.artist import Artist
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform


@dataclass(frozen=True)
class CellText:
    """A text with its middle, in data coordinates."""

    x: float
    y: float
    text: str
    colour: str
    bold: bool = False


class CellTexts(Artist):
    """Draws them behind each other by look, so that the SVG says each look once. Takes no part in the layout."""

    def __init__(self, texts: Sequence[CellText], size: float) -> None:
        super().__init__()
        self._texts = sorted(texts, key=lambda one: (one.colour, one.bold))
        self._fonts = {bold: FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal") for bold in (False, True)}
        self._stamp = Text(ha="center", va="baseline", transform=IdentityTransform())  # what the SVG backend asks for the anchor
        self.set_in_layout(False)
        self.set_zorder(4)

    def draw(self, renderer: Any) -> None:
        """Draw all, their digits centred."""
        if not self._texts or self.axes is None:
            return
        places = self.axes.transData.transform([(one.x, one.y) for one in self._texts])
        sizes: dict[tuple[str, bool], float] = {}
        heights = {bold: self._extent(renderer, "0", bold)[1] for bold in {one.bold for one in self._texts}}
        context = renderer.new_gc()
        flipped = renderer.flipy()
        for one, (x, middle) in zip(self._texts, places, strict=True):
            if (one.text, one.bold) not in sizes:
                sizes[one.text, one.bold] = self._extent(renderer, one.text, one.bold)[0]
            below = middle - heights[one.bold] / 2
            self._stamp.set_position((x, below))
            context.set_foreground(one.colour)
            y = renderer.get_canvas_width_height()[1] - below if flipped else below
            left = x - sizes[one.text, one.bold] / 2
            renderer.draw_text(context, left, y, one.text, self._fonts[one.bold], 0, mtext=self._stamp)
        context.restore()

    def _extent(self, renderer: Any, text: str, bold: bool) -> tuple[float, float]:
        """Width, and height above the baseline."""
        width, height, descent = renderer.get_text_width_height_descent(text, self._fonts[bold], ismath=False)
        return width, height - descent
