"""Path data of an SVG drawing: read as points, and written in as few signs as a tenth of a unit needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Point = tuple[float, float]
Segment = tuple[str, tuple[Point, ...]]  # M, L, Q, C with their points, or z without
Box = tuple[float, float, float, float]  # left, top, right, bottom

_TOKEN = re.compile(r"[MLQCz]|[-+]?[\d.]+(?:e[-+]?\d+)?")


def segments(data: str) -> list[Segment]:
    """The segments of path data in absolute M, L, Q, C and z, as matplotlib writes it.

    >>> segments("M 1 2 L 3 4 z")
    [('M', ((1.0, 2.0),)), ('L', ((3.0, 4.0),)), ('z', ())]
    """
    found: list[tuple[str, list[float]]] = []
    for token in _TOKEN.findall(data):
        if token.isalpha():
            found.append((token, []))
        else:
            found[-1][1].append(float(token))
    return [(letter, tuple(zip(numbers[::2], numbers[1::2], strict=True))) for letter, numbers in found]


def box(path: Iterable[Segment]) -> Box:
    """What a path's points span; those of a curve's handles are among them."""
    points = [point for _, own in path for point in own]
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def moved(path: Iterable[Segment], by: Point) -> list[Segment]:
    """A path elsewhere."""
    return [(letter, tuple((x + by[0], y + by[1]) for x, y in points)) for letter, points in path]


def written(path: Sequence[Segment], scale: int = 10) -> str:
    """Path data with coordinates in 1/`scale`, relative: no rounding adds up, since it is done before differences are taken.

    >>> written(segments("M 10 20 L 10 25.04 L 11 26 M 1.26 2 L 0.76 2 z"))
    'M10 20v5l1 1M1.3 2h-.5z'
    """
    parts: list[str] = []
    here = start = (0, 0)
    for letter, points in path:
        if letter == "z":
            parts.append("z")
            here = start
            continue
        places = [(round(x * scale), round(y * scale)) for x, y in points]
        if letter == "M":
            start = places[0]
            absolute, relative = "M" + _numbers(start, scale), "m" + _numbers((start[0] - here[0], start[1] - here[1]), scale)
            parts.append(relative if parts and len(relative) < len(absolute) else absolute)
        else:
            steps = [(x - here[0], y - here[1]) for x, y in places]
            parts.append(_line(steps[0], scale) if letter == "L" else letter.lower() + _numbers(sum(steps, ()), scale))
        here = places[-1]
    return "".join(parts)


def number(tenths: int, scale: int = 10) -> str:
    """A number of so many parts of `scale`, without needless signs.

    >>> [number(tenths) for tenths in (-5, 0, 120, 123)]
    ['-.5', '0', '12', '12.3']
    """
    text = f"{tenths / scale:.{len(str(scale)) - 1}f}".rstrip("0").rstrip(".") if tenths % scale else str(tenths // scale)
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _line(step: tuple[int, int], scale: int) -> str:
    across, down = step
    if not across:
        return "v" + number(down, scale)
    return "h" + number(across, scale) if not down else "l" + _numbers(step, scale)


def _numbers(values: Iterable[int], scale: int) -> str:
    """Numbers in a row: a sign parts them as well as a space does."""
    text = ""
    for value in values:
        shown = number(value, scale)
        text += shown if not text or shown.startswith("-") else f" {shown}"
    return text
