"""Margin-based bitext mining on sentence vectors.

Margin mining: Artetxe & Schwenk 2019 (Margin-based Parallel Corpus Mining, ACL), sections 3 and 4, as LASER and XTREME's BUCC task apply it
(Hu et al. 2020): cosine, 4 neighbours in both directions, margin "ratio", union of both directions by the higher score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from stiltsreport.metrics.metric import Floats
from stiltsreport.metrics.neighbours import BLOCK, nearest_both
from stiltsreport.metrics.screening import Indices, Similarities, Vectors

Margin = Literal["ratio", "distance", "absolute"]
Source = TypeVar("Source", bound=Hashable)
Target = TypeVar("Target", bound=Hashable)


class ScoredPair(NamedTuple):
    """A mined pair: rows of the source and the target side, and its margin score."""

    source: int
    target: int
    score: float


@dataclass(frozen=True, eq=False)
class Candidates:
    """The neighbours of every row in the other side with their margin scores; neighbours in order of falling cosine.

    `forward`, `forward_scores`: (rows of x, k), rows of y. `backward`, `backward_scores`: (rows of y, k), rows of x.
    """

    forward: Indices
    forward_scores: Floats
    backward: Indices
    backward_scores: Floats


def margin_scores(x: Vectors, y: Vectors, neighbours: int = 4, margin: Margin = "ratio", block: int = BLOCK) -> Candidates:
    """Score every row with its nearest neighbours in the other side by cosine against the mean cosine of both neighbourhoods.

    Of cosine a and mean b = (mean over the k neighbours of x in y + mean over those of y in x) / 2: "ratio" a / b (0 where b is 0),
    "distance" a - b, "absolute" a (Artetxe & Schwenk 2019, section 3).

    Args:
        x: (n, d), the source side.
        y: (m, d), the target side.
        neighbours: k, cut to the size of the side that is searched.
        margin: the margin function.
        block: as in `nearest`.
    """
    (forward_cosines, forward), (backward_cosines, backward) = nearest_both(x, y, neighbours, block)
    if not len(forward) or not len(backward):
        return Candidates(forward, forward_cosines.astype(np.float64), backward, backward_cosines.astype(np.float64))
    forward_mean = forward_cosines.mean(axis=1, dtype=np.float64)
    backward_mean = backward_cosines.mean(axis=1, dtype=np.float64)
    return Candidates(
        forward,
        _margin(forward_cosines, (forward_mean[:, None] + backward_mean[forward]) / 2, margin),
        backward,
        _margin(backward_cosines, (backward_mean[:, None] + forward_mean[backward]) / 2, margin),
    )


def mine(x: Vectors, y: Vectors, neighbours: int = 4, margin: Margin = "ratio", block: int = BLOCK) -> list[ScoredPair]:
    """Pairs of rows that are likely translations, one to one, in order of falling score.

    Each row of either side proposes its best candidate; proposals are taken by falling score while both rows are free (of equal scores the
    source side's proposals first, then the lower row). Pairs with a score of 0 or less use up their rows, as in LASER, but are not
    returned.
    Arguments as in `margin_scores`.
    """
    found = margin_scores(x, y, neighbours, margin, block)
    if not found.forward.size or not found.backward.size:
        return []
    sources, targets = np.arange(len(found.forward)), np.arange(len(found.backward))
    forward_best, backward_best = found.forward_scores.argmax(axis=1), found.backward_scores.argmax(axis=1)
    pairs = np.concatenate(
        (
            np.stack((sources, found.forward[sources, forward_best]), axis=1),
            np.stack((found.backward[targets, backward_best], targets), axis=1),
        )
    )
    scores = np.concatenate((found.forward_scores[sources, forward_best], found.backward_scores[targets, backward_best]))
    free_sources, free_targets = np.ones(len(sources), dtype=bool), np.ones(len(targets), dtype=bool)
    mined = []
    for proposal in np.argsort(-scores, kind="stable"):
        source, target = pairs[proposal]
        if free_sources[source] and free_targets[target]:
            free_sources[source] = free_targets[target] = False
            if scores[proposal] > 0:
                mined.append(ScoredPair(int(source), int(target), float(scores[proposal])))
    return mined


def mine_texts(
    x: Vectors,
    y: Vectors,
    source_texts: Sequence[str],
    target_texts: Sequence[str],
    neighbours: int = 4,
    margin: Margin = "ratio",
    block: int = BLOCK,
) -> list[ScoredPair]:
    """Mine as XTREME's BUCC task does where a text stands on several lines of one side.

    Such a text takes part once, with the vector of its last line; pairs that hold it are dropped afterwards, since its id is not known.
    Rows of the result are rows of x and y. Raises ValueError where texts and vectors differ in number.
    """
    if len(x) != len(source_texts) or len(y) != len(target_texts):
        raise ValueError(f"{len(x)} and {len(y)} vectors for {len(source_texts)} and {len(target_texts)} texts")
    source_rows, source_repeated = _distinct(source_texts)
    target_rows, target_repeated = _distinct(target_texts)
    return [
        ScoredPair(int(source_rows[pair.source]), int(target_rows[pair.target]), pair.score)
        for pair in mine(x[source_rows], y[target_rows], neighbours, margin, block)
        if not (source_repeated[pair.source] or target_repeated[pair.target])
    ]


def best_threshold(scored: Collection[tuple[Source, Target, float]], gold: Collection[tuple[Source, Target]]) -> float:
    """The threshold with the best F1 on these gold pairs: the mean of the score at the best F1 and the next lower one.

    As in LASER and XTREME: of several best places the highest score; pairs of equal score are counted one by one in the order given. Where
    the best place is the last pair, the threshold is its score (XTREME's script fails there); where no pair is right it is 0, as there.
    """
    ordered = sorted(scored, key=lambda pair: -pair[2])
    wanted = set(gold)
    right = np.cumsum([(source, target) in wanted for source, target, _ in ordered], dtype=np.float64)
    if not len(right) or right[-1] == 0:
        return 0.0
    # Precision and recall are written out as there: with 2 right / (mined + gold), equal values could round to another order.
    precision, recall = right / np.arange(1, len(right) + 1), right / len(wanted)
    both = precision + recall
    best = int(np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0).argmax())
    score = float(ordered[best][2])
    return (score + float(ordered[best + 1][2])) / 2 if best + 1 < len(ordered) else score


def above(scored: Collection[tuple[Source, Target, float]], threshold: float) -> dict[Source, Target]:
    """The mined partner of each source whose score is the threshold or more."""
    return {source: target for source, target, score in scored if score >= threshold}


def _margin(cosines: Similarities, means: Floats, margin: Margin) -> Floats:
    exact = cosines.astype(np.float64)
    if margin == "ratio":
        return np.divide(exact, means, out=np.zeros_like(exact), where=means != 0)
    if margin == "distance":
        return exact - means
    if margin == "absolute":
        return exact
    raise ValueError(f"unknown margin {margin!r}")


def _distinct(texts: Sequence[str]) -> tuple[Indices, NDArray[np.bool_]]:
    """One row for each distinct text, in order of first appearance, and whether it stands on several lines (blanks around it aside)."""
    last = {text: row for row, text in enumerate(texts)}
    lines = Counter(text.strip() for text in texts)
    return np.fromiter(last.values(), dtype=np.int64, count=len(last)), np.array([lines[text.strip()] > 1 for text in last], dtype=bool)


__all__ = ["Candidates", "ScoredPair", "above", "best_threshold", "margin_scores", "mine", "mine_texts"]
