"""Mixtures: shares, numbers of steps, and an order that is drawn once and depends on nothing but the seed."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import Sampling
from stiltsreport.modeling.batches import epoch_batches
from stiltsreport.modeling.encoded_set import EncodedSet, Unread
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.mixture import drawn_order, mixed_batches, shares_of, total_steps, units_of
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.recipes import Protocol, Recipe
from tests.modeling.small import MLM, encoded, task_of, texts

SEEDS = Seeds(3, "intermediate", ("fingerprint",))
RECIPE = Recipe(batch_size=8, epochs=2, max_length=48)


class Sized(list[Any]):
    """So many features, none of which is read."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def __len__(self) -> int:
        return self.size


def sized(count: int, kind: str = "sequence_classification") -> EncodedSet:
    """A set of which the size alone is known."""
    return EncodedSet(task_of(kind), Unread(count, list), Sized(2 * count))


def part(name: str, *sizes: int, recipe: Recipe = RECIPE, **entries: Any) -> TrainingPart:
    return TrainingPart(name, tuple(sized(size) for size in sizes), None, recipe, Protocol(), **entries)


def test_examples_proportional_shares_are_those_of_the_paper() -> None:
    """Phang et al. 2020: r_m = min(e_m, K) / sum_j min(e_j, K), K = 2^17; ANLI+, MNLI and QQP are capped, SQuAD 2.0 is just below."""
    sizes = {"anli-plus": 1_104_934, "mnli": 392_702, "qqp": 363_846, "squad2": 130_319, "ccg": 38_015}
    found = shares_of([part(name, size) for name, size in sizes.items()])
    whole = 3 * 131_072 + 130_319 + 38_015
    assert found == pytest.approx([131_072 / whole] * 3 + [130_319 / whole, 38_015 / whole])
    assert sum(found) == pytest.approx(1.0)


def test_temperature_flattens_and_uniform_is_flat() -> None:
    parts = [part("a", 900), part("b", 100)]
    assert shares_of(parts, Sampling(temperature=2.0)) == pytest.approx([0.75, 0.25])  # 30 : 10
    assert shares_of(parts, Sampling("uniform")) == (0.5, 0.5)


def test_a_share_of_ones_own_comes_first() -> None:
    parts = [part("a", 300), part("mlm", 10_000, share=0.2), part("b", 100)]
    assert shares_of(parts) == pytest.approx([0.6, 0.2, 0.2])


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ((0.5, 0.5, None), "leave no step for c"),
        ((0.5, 0.3, 0.1), "sum to 0.9"),
        ((1.5, None, None), "outside"),
        ((0.0, None, None), "outside"),
    ],
)
def test_shares_that_cannot_be(shares: tuple[float | None, ...], message: str) -> None:
    parts = [part(name, 10, share=share) for name, share in zip("abc", shares, strict=True)]
    with pytest.raises(StiltsReportError, match=message):
        shares_of(parts)


def test_the_number_of_steps_by_hand() -> None:
    one, other = part("a", 100), part("b", 20, recipe=replace(RECIPE, batch_size=4, epochs=3))
    alone = 13 * 2, 5 * 3  # ceil(100 / 8) batches twice, 20 / 4 three times
    assert total_steps([one], RECIPE) == alone[0]
    assert total_steps([one, other], RECIPE) == sum(alone)
    assert total_steps([one, other, part("mlm", 999, share=0.2)], RECIPE) == round(sum(alone) / 0.8)
    assert total_steps([one, other], RECIPE, Sampling(cap=40)) == 5 * 2 + 5 * 3  # 40 of the 100 examples
    assert total_steps([one, other], RECIPE, Sampling("uniform", cap=40)) == sum(alone)
    assert total_steps([one], RECIPE, Sampling(cap=40)) == alone[0]  # nothing is divided
    assert total_steps([one, part("mlm", 9, share=0.5)], RECIPE, Sampling(cap=40)) == 2 * alone[0]
    assert total_steps([part("a", 100, 500, 70)], RECIPE) == alone[0]  # languages of one task: by the first
    assert total_steps([one, other], replace(RECIPE, steps=7)) == 7


def test_parts_with_shares_alone_need_a_number_of_steps() -> None:
    parts = [part("a", 10, share=0.5), part("b", 10, share=0.5)]
    with pytest.raises(StiltsReportError, match=r"of how many.*steps"):
        total_steps(parts, RECIPE)
    assert total_steps(parts, replace(RECIPE, steps=5)) == 5


def test_parts_and_sets_are_drawn_in_their_shares() -> None:
    """Chi-square against shares worked out by hand; so is a wrong order's, which it refuses."""
    parts = [part("a", 600), part("b", 200, 800, temperature=2.0), part("mlm", 10, 20, share=0.2)]
    share = {(0, 0): 0.6, (1, 0): 0.2 / 3, (1, 1): 0.4 / 3, (2, 0): 0.2 / 3, (2, 1): 0.4 / 3}  # b by its first set; sqrt 1 : 2
    order = drawn_order(parts, Sampling(), 30_000, 5)
    assert order.shape == (30_000, 2)
    counts = Counter(map(tuple, order.tolist()))
    assert counts.keys() == share.keys()
    assert stats.chisquare([counts[key] for key in share], [30_000 * value for value in share.values()]).pvalue > 1e-3
    assert stats.chisquare([counts[key] for key in share], [6000] * 5).pvalue < 1e-9
    # Independent draws: a part does not follow itself more often than by chance.
    again = np.mean((order[1:] == order[:-1]).all(axis=1))
    assert again == pytest.approx(sum(value**2 for value in share.values()), abs=0.01)


def test_the_order_depends_on_the_seed_alone() -> None:
    parts = [part("a", 600), part("b", 200, 800)]
    one = drawn_order(parts, Sampling(), 200, 5)
    np.random.seed(1)  # noqa: NPY002 - what ran before
    assert (drawn_order(parts, Sampling(), 200, 5) == one).all()
    assert (drawn_order(parts, Sampling(), 200, 6) != one).any()
    assert (drawn_order(parts, Sampling(), 90, 5) == one[:90]).all()  # a longer run goes on where a shorter one ends


@pytest.fixture
def parts(encoder: Encoder) -> list[TrainingPart]:
    """Two tasks, the first in two sets, and texts."""
    nli = tuple(encoded("sequence_classification", encoder, RECIPE, count, seed=count) for count in (21, 17))
    return [
        TrainingPart("nli", nli, None, RECIPE, Protocol()),
        TrainingPart("tags", (encoded("token_classification", encoder, RECIPE, 30),), None, replace(RECIPE, batch_size=4), Protocol()),
        TrainingPart("mlm", (texts(encoder, RECIPE, 80),), None, replace(RECIPE, batch_size=3), Protocol(), share=0.3),
    ]


def test_each_set_is_read_in_an_order_of_its_own(parts: list[TrainingPart]) -> None:
    """Whatever the others do: the batches of a set are those of its own permutations, in turn, all of its examples in each."""
    total = 120
    order = drawn_order(parts, Sampling(), total, SEEDS.derive("mixture")).tolist()
    found: dict[tuple[int, int], list[list[Feature]]] = {}
    for (number, which), (told, features) in zip(order, mixed_batches(parts, Sampling(), total, SEEDS), strict=True):
        assert told == number
        found.setdefault((number, which), []).append(features)
    assert len(found) == 4
    for (number, which), batches in found.items():
        data, size = parts[number].sets[which], parts[number].recipe.batch_size
        name = "order" if (number, which) == (0, 0) else f"order {number} {which}"
        wanted = itertools.islice(epoch_batches(units_of(data), size, SEEDS.derive(name)), len(batches))
        for places, batch in zip(wanted, batches, strict=True):
            assert batch == [data.features[place] for place in places]  # one feature an example here, or packed texts


def test_a_run_can_go_on_at_any_step(parts: list[TrainingPart]) -> None:
    whole = list(mixed_batches(parts, Sampling(), 30, SEEDS))
    for begin in (0, 1, 13, 29, 30):
        assert list(mixed_batches(parts, Sampling(), 30, SEEDS, begin)) == whole[begin:]


def test_a_single_set_is_read_as_it_would_be_alone(parts: list[TrainingPart]) -> None:
    alone = replace(parts[0], sets=parts[0].sets[:1])
    data = alone.sets[0]
    wanted = itertools.islice(epoch_batches(21, 8, SEEDS.derive("order")), 9)
    batches = list(mixed_batches([alone], Sampling(), 9, SEEDS))
    assert [features for _, features in batches] == [[data.features[place] for place in places] for places in wanted]


def test_packed_texts_are_counted_by_rows(parts: list[TrainingPart]) -> None:
    data = parts[2].sets[0]
    assert len(data.examples) == 80
    assert units_of(data) == len(data.features) < 40
    assert data.task == MLM
