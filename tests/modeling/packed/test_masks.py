"""Dropout by key: the right share, the same mask wherever a sequence stands, another one each time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from stiltsreport.modeling.packed.masks import KeyedDropout, Masks, MaskSource, key_dropout, multiplier, scale, threshold

LENGTHS = (5, 2, 7)
PLACES = [(0, 0), (1, 0), (1, 1)]


def masks(key: tuple[int, ...] = (3, 4)) -> Masks:
    return Masks(key, PLACES, LENGTHS)


@pytest.mark.parametrize("probability", [0.05, 0.1, 0.3, 0.5])
def test_as_many_are_dropped_as_the_recipe_says(probability: float) -> None:
    kept = Masks((1,), [(0, 0)], [1]).draw([400_000], probability)
    assert kept.mean() == pytest.approx(1 - probability, abs=5 * (probability * (1 - probability) / 400_000) ** 0.5)
    assert threshold(probability) / 2**16 == pytest.approx(probability, abs=1e-5)
    # The expectation of mask times scale is exactly one.
    assert (1 - threshold(probability) / 2**16) * scale(probability) == pytest.approx(1.0, abs=1e-12)


def test_values_and_neighbours_are_independent() -> None:
    kept = Masks((1,), [(0, 0)], [1]).draw([400_000], 0.5).astype(float)
    for distance in (1, 2, 3, 4, 384):
        assert abs(np.corrcoef(kept[:-distance], kept[distance:])[0, 1]) < 0.01


def test_a_sequence_keeps_its_mask_in_another_piece_of_the_batch() -> None:
    whole, alone = masks(), Masks((3, 4), PLACES[2:], LENGTHS[2:])
    for _ in range(3):  # layer after layer
        assert np.array_equal(whole.kept(torch.Size((1, 14, 8)), 0.3)[0, 7:], alone.kept(torch.Size((1, 7, 8)), 0.3)[0])


def test_packed_and_padded_tokens_get_the_same_mask() -> None:
    packed, padded = masks().kept(torch.Size((1, 14, 8)), 0.3), masks().kept(torch.Size((3, 7, 8)), 0.3)
    assert np.array_equal(packed[0], np.concatenate([padded[0, :5], padded[1, :2], padded[2]]))
    assert not padded[0, 5:].any()


def test_keys_places_and_layers_have_masks_of_their_own() -> None:
    shape = torch.Size((1, 14, 8))
    one = masks()
    first = one.kept(shape, 0.5)
    found = [first, one.kept(shape, 0.5), masks((3, 5)).kept(shape, 0.5), masks((4, 4)).kept(shape, 0.5)]
    assert len({mask.tobytes() for mask in found}) == 4
    assert np.array_equal(masks().kept(shape, 0.5), first)
    assert not np.array_equal(first[0, :2], first[0, 5:7])


def test_a_tensor_of_another_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="in a batch of 3 sequences"):
        masks().kept(torch.Size((2, 7, 8)), 0.1)


def test_the_gradient_is_that_of_a_product_with_the_mask() -> None:
    source = MaskSource()
    module = KeyedDropout(0.3, source)
    values = torch.randn(1, 14, 8, dtype=torch.float64, requires_grad=True)
    source.masks = masks()
    dropped = module(values)
    expected = multiplier(masks().kept(values.shape, 0.3), 0.3, torch.float64)
    assert torch.equal(dropped, values * expected)
    gradient = torch.randn_like(values)
    assert torch.equal(torch.autograd.grad(dropped, values, gradient)[0], gradient * expected)
    module.eval()
    assert module(values) is values


def test_every_dropout_of_a_model_is_replaced() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.2), nn.Sequential(nn.Dropout(0.4)))
    key_dropout(model, MaskSource())
    assert [module.p for module in model.modules() if isinstance(module, KeyedDropout)] == [0.2, 0.4]
    assert not any(isinstance(module, nn.Dropout) for module in model.modules())
    assert model(torch.ones(3, 2)).shape == (3, 2)  # without keys torch draws
    model = nn.Sequential(nn.Dropout(0.2)).eval()
    key_dropout(model, MaskSource())
    assert not model[0].training
