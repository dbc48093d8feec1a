"""Division: which features of a batch each process works on, and in how many rounds all of them go through the model together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stiltsreport.modeling.batches import pieces
from stiltsreport.modeling.distributed.peers import Peers


@dataclass(frozen=True)
class Round:
    """The `places` in the batch of what goes through the model at once; not `counted` where a process has nothing left and goes along.

    Sharded layers are gathered by all processes together, so that each takes as many rounds as the one that has most.
    """

    places: list[int]
    counted: bool = True


def divided(lengths: Sequence[int], rows: Sequence[int], size: int) -> list[list[int]]:
    """The places of each process, by about equal numbers of tokens: the longest first, each to whoever has fewest so far.

    `lengths` of the longest row of each feature, and its number of `rows`. It is the same wherever it is computed.

    >>> divided([5, 3, 2, 2], [1, 1, 1, 1], 2)
    [[0, 3], [1, 2]]
    """
    found: list[list[int]] = [[] for _ in range(size)]
    held = [0] * size
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place] * rows[place]):
        least = held.index(min(held))
        found[least].append(place)
        held[least] += lengths[place] * rows[place]
    return [sorted(places) for places in found]


def rounds(lengths: Sequence[int], rows: Sequence[int], tokens: int | None, peers: Peers) -> list[Round]:
    """The rounds of this process: its features in length-sorted pieces of at most `tokens` padded tokens; None: all at once.

    Where nothing is cut and not every process would have a feature, the leader has all of them.
    """
    everything = list(range(len(lengths)))
    if peers.alone:
        return [Round(everything)] if tokens is None else [Round(piece) for piece in pieces(lengths, rows, tokens)]
    cut: list[list[list[int]]] = []
    for own in divided(lengths, rows, peers.size):
        found = [own] if tokens is None else [[own[at] for at in piece] for piece in _pieces(own, lengths, rows, tokens)]
        cut.append([piece for piece in found if piece])
    if tokens is None and not all(cut):
        cut = [[everything], *([] for _ in range(peers.size - 1))]
    mine, most = cut[peers.rank], max(map(len, cut))
    shortest = min(everything, key=lambda place: lengths[place] * rows[place])
    return [*map(Round, mine), *[Round([shortest], counted=False)] * (most - len(mine))]


def _pieces(own: Sequence[int], lengths: Sequence[int], rows: Sequence[int], tokens: int) -> list[list[int]]:
    return list(pieces([lengths[place] for place in own], [rows[place] for place in own], tokens))
