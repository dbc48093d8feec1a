"""Colours of cells that hold a difference: orange below zero, blue above, pale between; the same on light pages and dark ones.

Colour-blind safe, and dark enough at both ends to part on paper. Text on a cell goes by the cell's own colour, not by the page's theme.
"""

from __future__ import annotations

from typing import Any

PALE = "#f7f7f5"
DIFFERENCES = ("#b35806", "#fdb863", PALE, "#92c5de", "#2166ac")
DARK_TEXT, LIGHT_TEXT = "#101010", "#fefefe"
STEPS = 10  # of shades on either side of zero, where cells are drawn by shade
_LINEAR = 0.04045  # the part of a colour up to which sRGB is linear


def colour_map(colours: tuple[str, ...] = DIFFERENCES) -> Any:
    """A matplotlib colour map through these colours; what is not there has no colour."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("cells", list(colours)).with_extremes(bad="none")


def shades() -> list[str]:
    """The colours of differences in 2 * STEPS + 1 steps, from the lowest to the highest."""
    from matplotlib.colors import to_hex

    colours = colour_map()
    return [to_hex(colours(step / (2 * STEPS))) for step in range(2 * STEPS + 1)]


def text_on(colour: Any) -> str:
    """The colour of text on a cell of that colour, in any way that matplotlib writes one: the one that stands out more."""
    cell = _luminance(colour)
    return max((DARK_TEXT, LIGHT_TEXT), key=lambda text: _contrast(_luminance(text), cell))


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _luminance(colour: Any) -> float:
    """Relative luminance, 0 to 1 (Web Content Accessibility Guidelines 2.2, 1.4.3)."""
    from matplotlib.colors import to_rgb

    red, green, blue = (part / 12.92 if part <= _LINEAR else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
