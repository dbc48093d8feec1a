"""One subset of a font for all figures of a report: matplotlib makes one anew for each PDF, which takes longer than the drawing."""

from __future__ import annotations

import contextlib
import functools
import io
import string
from collections.abc import Iterable, Iterator
from typing import Any

# What figures say, near enough: a figure with other signs gets a subset of its own.
_SIGNS = string.ascii_letters + string.digits + string.punctuation + " −±×·…–—→†‡⋄"


@contextlib.contextmanager
def shared_subsets() -> Iterator[None]:
    """While it lasts, matplotlib's PDFs embed one subset a font. Versions that embed fonts in another way are left alone."""
    from matplotlib.backends import _backend_pdf_ps

    make = getattr(_backend_pdf_ps, "get_glyphs_subset", None)
    if make is None or not hasattr(_backend_pdf_ps, "SubsetResults"):
        yield
        return

    def subset(fontfile: Any, glyphs: Iterable[int]) -> Any:
        wanted = set(glyphs)
        places, data = _subset(fontfile, make, _backend_pdf_ps.font_as_file)
        return _opened(_backend_pdf_ps.SubsetResults, places, data) if wanted <= set(places) else make(fontfile, wanted)

    _backend_pdf_ps.get_glyphs_subset = subset
    try:
        yield
    finally:
        _backend_pdf_ps.get_glyphs_subset = make


@functools.lru_cache(maxsize=8)
def _subset(fontfile: Any, make: Any, as_file: Any) -> tuple[dict[int, int], bytes]:
    """The places of the glyphs in the subset, and the subset as a file."""
    from matplotlib.font_manager import get_font

    font = get_font(fontfile)
    glyphs = {font.get_char_index(ord(sign)) for sign in _SIGNS} - {0}
    with make(fontfile, glyphs) as found:
        return dict(found.glyph_index_map), as_file(found.font).getvalue()


@contextlib.contextmanager
def _opened(results: Any, places: dict[int, int], data: bytes) -> Iterator[Any]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(io.BytesIO(data), recalcTimestamp=False, recalcBBoxes=False) as font:
        yield results(font, places)
