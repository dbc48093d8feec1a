"""Numbers as text: the same rounding in every format, true minus signs, p values as papers print them."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

MINUS = "−"
_SMALLEST_P = 0.001
_LONG = 0.1  # hours that two decimals tell apart
_SMALL, _LARGE = 1e-4, 1e6  # between which a float is written without an exponent, and exact to many decimals more than are shown


def shown(value: float, decimals: int = 1, *, signed: bool = False) -> str:
    """The value with that many decimals, rounded half to even on its shortest decimal form; never "-0.0".

    >>> shown(-1.25), shown(1.25, signed=True), shown(-0.04, signed=True), shown(0.35)
    ('−1.2', '+1.2', '0.0', '0.4')
    """
    exact = repr(float(value))
    half_way = exact[-1:] == "5" and len(exact) - exact.find(".") - 2 == decimals
    if half_way or not _SMALL < abs(value) < _LARGE:
        rounded = Decimal(exact).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
        if rounded.is_nan():
            raise ValueError("a number that is none is not shown")
        text = f"{rounded:f}"
    else:
        text = f"{value:.{decimals}f}"  # no half way lies between the decimal form and the binary digits, so both go the same way
    bare = text.removeprefix("-")
    if not bare.strip("0."):
        return bare
    return (MINUS if bare != text else "+" if signed else "") + bare


def probability(value: float | None) -> str:
    """A p value with three decimals, without the leading zero; "" for None.

    >>> probability(0.0314), probability(0.0001), probability(1.0)
    ('.031', '< .001', '1.000')
    """
    if value is None:
        return ""
    if value < _SMALLEST_P:
        return f"< {_SMALLEST_P:.3f}".replace("0.", ".")
    text = f"{min(value, 1.0):.3f}"
    return text.removeprefix("0")


def decimals_of_hours(least: float) -> int:
    """The decimals of hours of which the least is this: two, or what shows two of its digits, four at most.

    >>> [decimals_of_hours(hours) for hours in (12.0, 0.25, 0.011, 0.0085, 0.0)]
    [2, 2, 3, 4, 2]
    """
    return 2 if least >= _LONG or least <= 0 else min(4, 1 - math.floor(math.log10(least)))


def between(low: float, high: float, decimals: int = 1) -> str:
    """An interval of signed numbers.

    >>> between(-0.3, 2.71)
    '[−0.3, +2.7]'
    """
    return f"[{shown(low, decimals, signed=True)}, {shown(high, decimals, signed=True)}]"


def counted(number: int) -> str:
    """A count with thousands set apart.

    >>> counted(392702)
    '392,702'
    """
    return f"{number:,}"


def listed(words: list[str] | tuple[str, ...], last: str = "and") -> str:
    """Words in a row.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(words) < 2:  # noqa: PLR2004 - a list of one has no "and"
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def plural(number: int, word: str) -> str:
    """A count and its noun.

    >>> plural(1, "seed"), plural(3, "seed")
    ('1 seed', '3 seeds')
    """
    return f"{counted(number)} {word}" + ("" if number == 1 else "s")
