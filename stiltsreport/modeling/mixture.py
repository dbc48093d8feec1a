"""Mixtures: which part and which of its sets each step of a training reads, and how many steps that are.

Every step is a batch of one set of one part, as in jiant (Phang et al. 2020). The order of all steps is drawn beforehand from the seed
alone, and each set goes through its own examples in its own order: the batch of a step depends on no other part of the training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import PROPORTIONAL, Sampling
from stiltsreport.modeling.batches import epoch_batches, steps_in
from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.tokens import by_example
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.recipes import Recipe

_WHERE = "the parts of a training"


def shares_of(parts: Sequence[TrainingPart], sampling: Sampling = PROPORTIONAL) -> tuple[float, ...]:
    """The share of the steps that each part gets, summing to 1.

    Parts with a `share` get that; the others divide the rest as `sampling` says, by the sizes of their first sets. Raises StiltsReportError
    where the given shares leave nothing for the others, or do not sum to 1 where there are no others.
    """
    given = sum(part.share for part in parts if part.share is not None)
    if any(part.share is not None and not 0.0 < part.share <= 1.0 for part in parts):
        raise StiltsReportError("a share of the steps outside (0, 1]", where=_WHERE, hint="0.2 for a fifth of the steps")
    others = [part for part in parts if part.share is None]
    if others and given >= 1.0:
        names = ", ".join(part.name for part in others)
        raise StiltsReportError(f"shares of {given:g} leave no step for {names}", where=_WHERE, hint="shares whose sum is below 1")
    if not others and not math.isclose(given, 1.0, rel_tol=1e-9):
        raise StiltsReportError(f"the shares sum to {given:g}, not to 1", where=_WHERE, hint="leave one out, or let them sum to 1")
    divided = iter(sampling.shares([units_of(part.sets[0]) for part in others]) if others else ())
    return tuple(part.share if part.share is not None else (1.0 - given) * next(divided) for part in parts)


def units_of(data: EncodedSet) -> int:
    """What batches are counted in: examples, or packed texts."""
    return len(data.features) if _by_feature(data) else len(data.examples)


def total_steps(parts: Sequence[TrainingPart], recipe: Recipe, sampling: Sampling = PROPORTIONAL) -> int:
    """Optimizer steps of a training: `recipe.steps` where given, else what its parts need.

    The papers do not say how long a mixture is trained. Our choice: the steps that the parts without a share of their own would get alone
    (each with its own batch size and epochs, of at most the cap's examples where sampling is proportional), and on top of them those of
    the parts with a share. Raises StiltsReportError where all parts have shares and the recipe does not say how many steps.
    """
    if recipe.steps is not None:
        return recipe.steps
    others = [part for part in parts if part.share is None]
    if not others:
        raise StiltsReportError("every part has a share of the steps, of how many?", where=_WHERE, hint="`steps` in the recipe")
    alone = 0
    for part in others:
        count = units_of(part.sets[0])
        capped = min(count, sampling.cap) if len(others) > 1 and sampling.kind == "proportional" else count
        alone += steps_in(capped, part.recipe.batch_size, part.recipe.epochs, part.recipe.steps)
    return round(alone / (1.0 - sum(part.share for part in parts if part.share is not None)))


def drawn_order(parts: Sequence[TrainingPart], sampling: Sampling, total: int, seed: int) -> NDArray[np.intp]:
    """(total, 2): the part and the set of each step. A part is drawn by its share, its set by size to the power of 1 / temperature."""
    pairs, chances = [], []
    for number, (part, share) in enumerate(zip(parts, shares_of(parts, sampling), strict=True)):
        weights = np.array([units_of(data) for data in part.sets], dtype=np.float64) ** (1.0 / part.temperature)
        for which, weight in enumerate(weights / weights.sum()):
            pairs.append((number, which))
            chances.append(share * weight)
    drawn = np.random.default_rng(seed).choice(len(pairs), size=total, p=np.array(chances) / sum(chances))
    return np.array(pairs, dtype=np.intp)[drawn]


def mixed_batches(
    parts: Sequence[TrainingPart], sampling: Sampling, total: int, seeds: Seeds, begin: int = 0
) -> Iterator[tuple[int, list[Feature]]]:
    """For each step from `begin`, the part's place and the features of its batch; a single set has the order it would have alone."""
    single = len(parts) == 1 and len(parts[0].sets) == 1
    order = np.zeros((total, 2), dtype=np.intp) if single else drawn_order(parts, sampling, total, seeds.derive("mixture"))
    readers = {
        (number, which): _Reader(data, part.recipe.batch_size, seeds.derive(_order_of(number, which)))
        for number, part in enumerate(parts)
        for which, data in enumerate(part.sets)
    }
    for step, (number, which) in enumerate(order.tolist()):
        reader = readers[number, which]
        places = next(reader.order)
        if step >= begin:
            yield number, [feature for place in places for feature in reader.features_of(place)]


class _Reader:
    """The batches of one set, and what makes the features of one of its examples."""

    def __init__(self, data: EncodedSet, batch_size: int, seed: int) -> None:
        count = units_of(data)
        self.order = epoch_batches(count, batch_size, seed)
        self.features_of: Callable[[int], list[Feature]] = (
            (lambda place: [data.features[place]]) if _by_feature(data) else by_example(data.features, count)
        )


def _by_feature(data: EncodedSet) -> bool:
    return FORMS[data.task.type].by_feature


def _order_of(part: int, which: int) -> str:
    return "order" if (part, which) == (0, 0) else f"order {part} {which}"
