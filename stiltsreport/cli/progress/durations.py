"""Seconds as a person says them."""

from __future__ import annotations

_MINUTE, _HOUR = 60, 3600
_SHORT = 90  # seconds that are still said as seconds
_FINE, _DAYS = 5, 48  # hours up to which minutes, and from which days are said


def duration(seconds: float | None) -> str:
    """What was measured; a dash for None.

    >>> duration(61), duration(3_660)
    ('1 min 01 s', '1 h 01 min')
    """
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"


def about(seconds: float | None) -> str:
    """What is guessed, in no more digits than a guess has; a dash for None.

    >>> about(3), about(34), about(400), about(5_000), about(30_000), about(400_000)
    ('10 s', '40 s', '7 min', '1 h 25 min', '8 h', '4.6 days')
    """
    if seconds is None:
        return "-"
    if seconds < _SHORT:
        return f"{max(1, -int(-seconds // 10)) * 10} s"
    minutes = round(seconds / _MINUTE)
    if minutes < _MINUTE:
        return f"{minutes} min"
    if seconds < _FINE * _HOUR:
        return f"{5 * round(minutes / 5) // _MINUTE} h {5 * round(minutes / 5) % _MINUTE:02d} min"
    hours = seconds / _HOUR
    return f"{hours:.0f} h" if hours < _DAYS else f"{hours / 24:.1f} days"
