"""The cut embedding table is exact: training on it gives what training on the whole table gives."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stiltsreport.modeling.encoder import Encoder, load_encoder, save_encoder
from stiltsreport.modeling.vocabulary import ALWAYS_KEPT, EmbeddingTable, VocabularyCut

ROWS, HIDDEN, STEPS = 200, 8, 5
RATES = (1e-2, 8e-3, 6e-3, 4e-3, 2e-3)
DECAY = 0.1


def _train(start: torch.Tensor, batches: list[torch.Tensor]) -> torch.Tensor:
    """Five AdamW steps on a table under some loss; `batches` are rows of it."""
    table = torch.nn.Embedding(len(start), HIDDEN)
    with torch.no_grad():
        table.weight.copy_(start)
    optimizer = torch.optim.AdamW(table.parameters(), weight_decay=DECAY, fused=True)
    goal = torch.linspace(-1, 1, HIDDEN)
    for rate, ids in zip(RATES, batches, strict=True):
        optimizer.param_groups[0]["lr"] = rate
        (table(ids).sum(0) - goal).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    return table.weight.detach()


def _decay() -> float:
    product = 1.0
    for rate in RATES:
        product *= 1.0 - rate * DECAY
    return product


def _batches(ids: list[int], seed: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.tensor(ids)[torch.randint(len(ids), (6,), generator=generator)] for _ in range(STEPS)]


@pytest.fixture
def base() -> torch.Tensor:
    """As large as a real table's entries, so that some 2e-8 is their rounding after five steps."""
    return 0.05 * torch.randn(ROWS, HIDDEN, generator=torch.Generator().manual_seed(1))


def _cut_training(table: EmbeddingTable, ids: list[int], batches: list[torch.Tensor]) -> EmbeddingTable:
    cut = VocabularyCut.of([ids], ROWS)
    rows = _train(table.look_up(cut.ids), [cut.places[batch] for batch in batches])
    return table.updated(cut.ids, rows, _decay())


def test_two_trainings_one_on_the_other_equal_those_on_the_whole_table(base: torch.Tensor) -> None:
    first, second = [20, 33, 47, 90, 199], [33, 50, 90, 120]  # some rows of both, some of one, most of neither
    one, two = _batches(first, 1), _batches(second, 2)
    half = _train(base, one)
    whole = _train(half, two)
    table = _cut_training(EmbeddingTable.untouched(base), first, one)
    torch.testing.assert_close(table.look_up(torch.arange(ROWS)), half, rtol=2e-7, atol=1e-8)
    table = _cut_training(table, second, two)
    torch.testing.assert_close(table.look_up(torch.arange(ROWS)), whole, rtol=4e-7, atol=1e-8)
    met = torch.tensor(sorted({int(place) for batch in (*one, *two) for place in batch}))
    assert (whole[met] - base[met] * _decay() ** 2).abs().max() > 1e-3  # the training moved what it met
    assert table.scale == pytest.approx(_decay() ** 2)


def test_what_is_looked_up_is_what_is_there(base: torch.Tensor) -> None:
    table = EmbeddingTable.untouched(base)
    untouched = base.clone()
    ids = torch.tensor([5, 0, 199, 5])
    assert torch.equal(table.look_up(ids), base[ids])  # in any order, with repeats
    changed = table.updated(torch.tensor([5, 199]), torch.ones(2, HIDDEN), 0.5)
    assert torch.equal(changed.look_up(ids), torch.stack([torch.ones(HIDDEN), base[0] * 0.5, torch.ones(HIDDEN), torch.ones(HIDDEN)]))
    again = changed.updated(torch.tensor([0, 5]), torch.zeros(2, HIDDEN), 0.5)
    expected = torch.stack([torch.zeros(HIDDEN), torch.zeros(HIDDEN), torch.full((HIDDEN,), 0.5), base[7] * 0.25])
    assert torch.equal(again.look_up(torch.tensor([5, 0, 199, 7])), expected)
    assert torch.equal(base, untouched)  # the pretrained table is shared by all jobs of a worker
    changed.look_up(ids).zero_()
    assert torch.equal(changed.look_up(ids)[0], torch.ones(HIDDEN))


def test_a_cut_keeps_the_first_rows_in_place_and_knows_what_it_lacks() -> None:
    cut = VocabularyCut.of([[30, 2, 30], [77]], 100)
    assert cut.ids.tolist() == [*range(ALWAYS_KEPT), 30, 77]
    assert cut.places[:ALWAYS_KEPT].tolist() == list(range(ALWAYS_KEPT))
    assert cut.places[[30, 77, 50]].tolist() == [ALWAYS_KEPT, ALWAYS_KEPT + 1, -1]
    assert VocabularyCut.of([[3]], 5).ids.tolist() == list(range(5))
    assert VocabularyCut.whole(4).places.tolist() == list(range(4))


def test_a_changed_table_is_saved_and_loaded_to_the_bit(encoder: Encoder, tmp_path: Path) -> None:
    rows = torch.randn(3, encoder.table.base.shape[1])
    table = encoder.table.updated(torch.tensor([4, 17, 60]), rows, 0.987654321)
    changed = type(encoder)(encoder.name, encoder.config, encoder.tokenizer, encoder.weights, table)
    save_encoder(changed, tmp_path / "encoder.safetensors")
    again = load_encoder(tmp_path / "encoder.safetensors", encoder)
    everything = torch.arange(len(table.base))
    assert torch.equal(again.table.look_up(everything), table.look_up(everything))
    assert again.table.scale == table.scale
