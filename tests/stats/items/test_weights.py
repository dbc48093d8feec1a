"""Weights are Poisson with mean 1, and a cluster's depend on its name alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from stiltsreport.stats.items.weights import ClusterWeights, seed_weights

NAMES = [f"c{number}" for number in range(300)]


def drawn(pool: str, names: list[str], draws: int = 500) -> dict[str, list[int]]:
    found = ClusterWeights(pool, names, draws).of(np.arange(len(names)))
    return dict(zip(names, found.tolist(), strict=True))


def test_they_are_poisson():
    found = np.array(list(drawn("a pool", NAMES).values()))
    observed = np.bincount(found.ravel(), minlength=5)[:5]
    expected = stats.poisson.pmf(np.arange(5), 1) * found.size
    assert stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue > 0.001
    assert abs(np.corrcoef(found[:40]) - np.eye(40)).max() < 0.25  # clusters are independent: 4 standard errors of 780 pairs and more


def test_a_cluster_is_drawn_alike_whatever_stands_beside_it():
    whole, few = drawn("a pool", NAMES), drawn("a pool", ["c7", "another", "c3"])
    assert few["c7"] == whole["c7"]
    assert few["c3"] == whole["c3"]
    assert drawn("another pool", ["c7"])["c7"] != whole["c7"]


def test_asking_in_parts_gives_the_same():
    weights = ClusterWeights("a pool", NAMES, 50)
    weights.of(np.array([200, 3]))
    np.testing.assert_array_equal(weights.of(np.arange(300)), ClusterWeights("a pool", NAMES, 50).of(np.arange(300)))


def test_seeds_are_drawn_with_replacement():
    found = seed_weights(10, 4000)
    assert found.sum(axis=1) == pytest.approx(np.ones(4000))
    assert (found * 10).var(axis=0).mean() == pytest.approx(0.9, rel=0.05)  # of a multinomial count: n p (1 - p)
