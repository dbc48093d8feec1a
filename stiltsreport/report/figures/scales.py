"""The scale of a panel's axis: its ends, its ticks, and where a value lies between the ends; by arithmetic, before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stiltsreport.report.numbers import MINUS

_MARGIN = 0.05  # of the values' range, beyond each end
_STEPS = (1, 2, 5)  # of a decade
_FEWEST = 2  # ticks that make a scale readable
Format = Callable[[float], str]


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`, by powers where it is `logarithmic`; `high` may be the lower one, of rows that are counted downwards."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] = ()
    logarithmic: bool = False
    slanted: bool = False  # its labels, which are long

    def share(self, values: Sequence[float | None] | ArrayLike) -> NDArray[np.float64]:
        """Where values lie: 0 at the low end, 1 at the high one. NaN, or None, stays NaN."""
        found = np.asarray(values, dtype=np.float64)
        if self.logarithmic:
            return (np.log(found) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return (found - self.low) / (self.high - self.low)


UNIT = Scale(0.0, 1.0)  # of shares of a panel


def plain(value: float) -> str:
    """A tick's number with a true minus sign.

    >>> plain(-0.25), plain(2.0)
    ('−0.25', '2')
    """
    return f"{value:g}".replace("-", MINUS)


def linear(values: Iterable[float], most: int = 7, *, whole: bool = False, form: Format | None = None, margin: float = _MARGIN) -> Scale:
    """A scale that holds the values with a margin, and at most so many ticks at round numbers; at whole ones alone where it says so."""
    low, high = _ends(values)
    wide = margin * ((high - low) or 1.0)
    return spanning(low - wide, high + wide, most, whole=whole, form=form)


def spanning(low: float, high: float, most: int = 7, *, whole: bool = False, form: Format | None = None) -> Scale:
    """A scale between these ends."""
    from matplotlib.ticker import MaxNLocator

    ticks = [float(tick) for tick in MaxNLocator(most, steps=[1, 2, 5, 10], integer=whole).tick_values(low, high) if low <= tick <= high]
    ticks = [round(tick, 12) + 0.0 for tick in ticks]  # no 0.30000000000000004, no -0
    return Scale(low, high, tuple((tick, text) for tick, text in zip(ticks, _texts(ticks, form), strict=True)))


def logarithmic(values: Iterable[float], form: Format = plain, most: int = 7) -> Scale:
    """A scale by powers that holds the values, all above 0.

    Ticks stand at powers of ten; where these are under two, at 1, 2 and 5 of each, or at round numbers.
    """
    low, high = _ends(values)
    if low == high:
        low, high = low / 2, high * 2
    wide = (high / low) ** _MARGIN
    low, high = low / wide, high * wide
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), _STEPS):
        ticks = [step * 10.0**power for power in powers for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= _FEWEST:
            break
    else:
        ticks = [tick for tick, _ in spanning(low, high, most).ticks]
    return Scale(low, high, tuple((tick, form(tick)) for tick in ticks), logarithmic=True)


def at(scale: Scale, places: Sequence[float], texts: Sequence[str]) -> Scale:
    """The scale with these ticks."""
    return Scale(scale.low, scale.high, tuple(zip(places, texts, strict=True)), scale.logarithmic)


def _texts(ticks: Sequence[float], form: Format | None) -> list[str]:
    """Labels with the same number of decimals, as few as they need."""
    if form is not None:
        return [form(tick) for tick in ticks]
    decimals = max((len(f"{tick:.10f}".rstrip("0").partition(".")[2]) for tick in ticks), default=0)
    return [f"{tick:.{decimals}f}".replace("-", MINUS) for tick in ticks]


def _ends(values: Iterable[float]) -> tuple[float, float]:
    known = [value for value in values if math.isfinite(value)]
    return (min(known), max(known)) if known else (0.0, 1.0)
