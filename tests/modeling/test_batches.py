"""Batches: every example once an epoch, pieces within their budget, tensors padded and cut."""

from __future__ import annotations

import itertools
import random

import pytest
import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.batches import Padding, epoch_batches, pieces, steps_in
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.vocabulary import VocabularyCut


def feature(*lengths: int, example: int = 0) -> Feature:
    """A feature with rows of those lengths."""
    return Feature(example, tuple(tuple(range(20, 20 + length)) for length in lengths), tuple((1,) * length for length in lengths))


def test_an_epoch_holds_every_example_once_in_an_order_of_its_own() -> None:
    batches = list(itertools.islice(epoch_batches(10, 4, seed=5), 6))
    assert [len(batch) for batch in batches] == [4, 4, 2, 4, 4, 2]
    first, second = (list(itertools.chain(*half)) for half in (batches[:3], batches[3:]))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second
    assert list(itertools.islice(epoch_batches(10, 4, seed=5), 6)) == batches
    assert list(itertools.islice(epoch_batches(10, 4, seed=6), 6)) != batches


def test_no_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="no examples"):
        next(epoch_batches(0, 4, seed=1))


@pytest.mark.parametrize(
    ("count", "batch_size", "epochs", "steps", "expected"),
    [(10, 4, 2, None, 6), (8, 4, 2, None, 4), (8, 4, 0.5, None, 1), (8, 4, 0.75, None, 2), (3, 32, 0.01, None, 1), (100, 4, 3, 7, 7)],
)
def test_steps(count: int, batch_size: int, epochs: float, steps: int | None, expected: int) -> None:
    assert steps_in(count, batch_size, epochs, steps) == expected


def test_pieces_hold_every_feature_once_within_the_budget() -> None:
    generator = random.Random(0)
    features = [feature(*(generator.randint(1, 40) for _ in range(generator.randint(1, 3))), example=i) for i in range(60)]
    lengths, rows = [one.length for one in features], [len(one.rows) for one in features]
    for budget in (1, 50, 130, 100_000):
        cut = list(pieces(lengths, rows, budget))
        assert sorted(place for piece in cut for place in piece) == list(range(60))
        for places in cut:
            piece = [features[place] for place in places]
            padded = sum(len(one.rows) for one in piece) * max(one.length for one in piece)
            assert padded <= budget or len(piece) == 1
    assert len(list(pieces(lengths, rows, 100_000))) == 1
    assert not list(pieces([], [], 100))


def test_tensors_are_padded_and_read_the_cut(device: torch.device) -> None:
    cut = VocabularyCut.of([[30, 40]], 100)
    rows = Feature(0, ((0, 30, 2), (0, 40, 30, 40, 2)), ((0, 0, 0), (0, 0, 1, 1, 1)))
    batch = Padding(cut, 1, True, device).collate([rows])
    assert batch.input_ids.tolist() == [[0, 16, 2, 1, 1], [0, 17, 16, 17, 2]]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 0, 0], [1] * 5]
    assert batch.token_type_ids is not None
    assert batch.token_type_ids.tolist() == [[0] * 5, [0, 0, 1, 1, 1]]
    assert set(batch.inputs) == {"input_ids", "attention_mask", "token_type_ids"}
    assert set(Padding(cut, 1, False, device).collate([rows]).inputs) == {"input_ids", "attention_mask"}


def test_an_id_outside_the_cut_is_never_read_as_another(device: torch.device) -> None:
    with pytest.raises(ValueError, match="not in the cut"):
        Padding(VocabularyCut.of([[30]], 100), 1, False, device).collate([feature(3)])


def test_a_text_longer_than_the_model_reads_is_a_clear_error(device: torch.device) -> None:
    padding = Padding(VocabularyCut.whole(100), 1, False, device, longest=5)
    assert padding.collate([feature(5)]).input_ids.shape == (1, 5)
    with pytest.raises(StiltsReportError, match=r"a text of 6 tokens, and the model reads at most 5.*max_length"):
        padding.collate([feature(6)])
