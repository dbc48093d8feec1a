"""The files that come with the package: templates and studies, from an installed wheel or from a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(kind: str) -> Path:
    """The folder of that kind ("templates" or "studies"): in a wheel beside this file, in a checkout beside the package."""
    packed = _PACKAGE / "_shipped" / kind
    return packed if packed.is_dir() else _PACKAGE.parent / kind
