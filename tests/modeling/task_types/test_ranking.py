"""Ranking: exact, with ties in the pool's order, in blocks."""

from __future__ import annotations

import pytest
import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.task_types.ranking import ranked

IDS = ["p0", "p1", "p2", "p3", "p4"]


def test_nearest_first_and_ties_in_the_order_of_the_pool() -> None:
    pool = torch.tensor([[0.0, 1.0], [1.0, 0.0], [0.6, 0.8], [1.0, 0.0], [0.0, -1.0]])
    assert ranked(torch.tensor([[1.0, 0.0]]), pool, IDS, 5) == [["p1", "p3", "p2", "p0", "p4"]]
    assert ranked(torch.tensor([[1.0, 0.0]]), pool, IDS, 1) == [["p1"]]
    assert ranked(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), pool, IDS, 2) == [["p1", "p3"], ["p0", "p2"]]
    same = torch.ones(5, 2) / 2**0.5  # a collapsed encoder: whatever is first in the pool, not whatever is convenient
    assert ranked(same[:1], same, IDS, 3) == [["p0", "p1", "p2"]]


def test_more_is_asked_than_there_is() -> None:
    assert ranked(torch.eye(2), torch.eye(2), ["a", "b"], 20) == [["a", "b"], ["b", "a"]]


def test_blocks_change_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    queries, pool = (torch.nn.functional.normalize(torch.randn(n, 8, generator=generator), dim=-1) for n in (30, 50))
    ids = [str(place) for place in range(50)]
    expected = [[ids[place] for place in row.argsort(descending=True)[:20].tolist()] for row in queries.double() @ pool.double().T]
    assert ranked(queries, pool, ids, 20) == expected
    assert ranked(queries, pool, ids, 20, block=7) == expected


def test_vectors_of_a_diverged_encoder_are_refused() -> None:
    with pytest.raises(StiltsReportError, match="NaN or infinity"):
        ranked(torch.full((1, 2), torch.nan), torch.eye(2), ["a", "b"], 1)
