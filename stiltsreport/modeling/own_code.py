"""Code that a checkpoint brings: it runs where the study trusts it and transformers has none of its own for that architecture.

So trust decides whether a checkpoint is loaded, and never what it computes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def natively(load: Callable[[bool], T], *, trusted: bool) -> tuple[T, bool]:
    """What `load` gives, and whether the checkpoint's own code made it; `load` is told whether that may run.

    Raises what `load` raises: without trust transformers' ValueError, which names its option trust_remote_code.
    """
    try:
        return load(False), False
    except ValueError as error:
        if not trusted or "trust_remote_code" not in str(error):
            raise
    return load(True), True
