"""Draws that depend on a seed and on the names of what is drawn for: neither on order, nor on what else is drawn, nor on a library.

A training set keeps its changes when it is cut or read in another order, and an id that holds the seed holds all that was drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_BYTES = 4  # of one draw: a remainder by less than a thousand is uneven by less than one part in a million


def rank(seed: int, purpose: str, name: str) -> bytes:
    """A place in a random order."""
    return hashlib.sha256(f"{purpose}\x1f{seed}\x1f{name}".encode()).digest()


def in_random_order(names: Sequence[str], seed: int, purpose: str) -> list[int]:
    """The places of the names (which differ), in an order that is uniform over all orders."""
    return sorted(range(len(names)), key=lambda place: rank(seed, purpose, names[place]))


def givers(names: Sequence[str], seed: int, purpose: str) -> list[int]:
    """For each name the place of the one whose label it takes: the next in a random order, so that of two and more none keeps its own."""
    order = in_random_order(names, seed, purpose)
    found = [0] * len(names)
    for here, place in enumerate(order):
        found[place] = order[(here + 1) % len(order)]
    return found


def numbers(seed: int, purpose: str, name: str, count: int) -> list[int]:
    """`count` whole numbers of 32 bits for a name."""
    drawn = hashlib.shake_256(f"{purpose}\x1f{seed}\x1f{name}".encode()).digest(_BYTES * count)
    return [int.from_bytes(drawn[at : at + _BYTES], "big") for at in range(0, len(drawn), _BYTES)]
