"""Exact neighbours against a float64 brute force, where the product's own noise would decide otherwise: ties, crowds and duplicates."""

from __future__ import annotations

import numpy as np
import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.metrics import neighbours, screening
from stiltsreport.metrics.neighbours import nearest, nearest_both, nearest_rows
from stiltsreport.metrics.screening import Kept, noise


def brute_force(x, y, k):
    """Every cosine in float64, rounded to float32; equal ones in the order of the rows."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    lengths = [np.sqrt((side * side).sum(axis=1)) for side in (x, y)]
    dots = np.stack([(row * y).sum(axis=1) for row in x])
    cosines = (dots / np.outer(*[np.where(length == 0, 1, length) for length in lengths])).astype(np.float32)
    rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(cosines, rows, axis=1), rows


def vectors(kind, generator, n, m, d):
    x, y = generator.normal(size=(n, d)), generator.normal(size=(m, d))
    if kind == "whole numbers":  # many equal cosines, and rows of zeros
        return np.round(x), np.round(y)
    if kind == "crowded":  # an encoder whose vectors are nearly one: cosines differ in the last bits of float32
        return x * 1e-3 + 1, y * 1e-3 + 1
    if kind == "duplicates":
        return x, y[generator.integers(0, min(m, 4), m)]
    if kind == "collapsed":
        return np.repeat(x[:1], n, axis=0), np.repeat(x[:1], m, axis=0)
    return x, y


def same(found, expected):
    assert (found[1] == expected[1]).all()
    np.testing.assert_allclose(found[0], expected[0], rtol=2e-7, atol=1e-12)  # the last bit of float32 is that of another order of addition


@pytest.mark.parametrize("kind", ["random", "whole numbers", "crowded", "duplicates", "collapsed"])
@pytest.mark.parametrize("seed", range(8))
def test_all_is_as_by_brute_force(kind, seed):
    generator = np.random.default_rng((seed, len(kind)))
    n, m, d, k = (int(generator.integers(1, high)) for high in (90, 90, 20, 9))
    x, y = (side.astype([np.float64, np.float32][seed % 2]) for side in vectors(kind, generator, n, m, d))
    forward, backward = nearest_both(x, y, k, block=[5, 16, 33, 2048][seed % 4])
    same(forward, brute_force(x, y, k))
    same(backward, brute_force(y, x, k))
    assert (nearest_rows(x, y, k) == forward[1]).all()


@pytest.mark.parametrize("kind", ["random", "crowded", "duplicates"])
def test_blocks_and_directions_change_no_bit(kind):
    """Larger than a group of rows and than what is kept, with sizes that no block divides."""
    x, y = vectors(kind, np.random.default_rng(3), 301, 523, 48)
    forward, backward = nearest_both(x, y, 4)
    for block in (29, 64, 200):
        for found, whole in zip(nearest_both(x, y, 4, block), (forward, backward), strict=True):
            assert all((part == known).all() for part, known in zip(found, whole, strict=True))
    for found, whole in ((nearest(x, y, 4), forward), (nearest(y, x, 4, 100), backward)):
        assert all((part == known).all() for part, known in zip(found, whole, strict=True))


@pytest.mark.parametrize("width", [3, 64, 768])
def test_the_product_errs_by_less_than_is_allowed_for(width):
    """The certificate stands on this bound; all signs alike is the worst case of a sum."""
    generator = np.random.default_rng(width)
    for shift in (0, 1, 30):
        x, y = ((generator.normal(size=(200, width)) + shift).astype(np.float32) for _ in range(2))
        exact = [side.astype(np.float64) / np.linalg.norm(side.astype(np.float64), axis=1, keepdims=True) for side in (x, y)]
        single = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in (x, y)]
        assert np.abs(single[0] @ single[1].T - exact[0] @ exact[1].T).max() < noise(width)


@pytest.mark.parametrize("spread", [0, 1e-9, 1e-7, 1e-6, 1e-5])
def test_a_product_that_errs_as_far_as_it_may_changes_nothing(spread, monkeypatch):
    """Cosines closer than the bound, and a product that is off by the whole bound, up or down: what is left over must still be found."""
    generator = np.random.default_rng(7)
    x, y = generator.normal(size=(40, 16)), np.repeat(generator.normal(size=(3, 16)), 70, axis=0)
    y += spread * generator.normal(size=y.shape)
    plain = np.matmul

    def off(left, right, out):
        plain(left, right, out=out)
        out += (generator.choice([-1, 1], size=out.shape) * 0.99 * noise(16)).astype(np.float32)

    expected = brute_force(x, y, 4)
    monkeypatch.setattr(screening.np, "matmul", off)
    same(nearest(x, y, 4, 50), expected)
    assert (nearest_rows(x, y, 4, 50) == expected[1]).all()


def test_lines_that_the_product_decides_are_not_compared_anew(monkeypatch):
    """Without ties the second look has a few pairs a line: were it at all, the search would be as slow as in float64."""
    monkeypatch.setattr(neighbours, "_in_full", None)
    x, y = vectors("random", np.random.default_rng(1), 100, 400, 64)
    same(nearest(x, y, 4), brute_force(x, y, 4))


def test_a_line_that_lost_what_it_may_need_is_told():
    """Values within the noise and room for 1 + 16: once full, one that the float64 cosine would put first may have been left out."""
    for count, lost in ((16, False), (18, True)):
        kept = Kept(1, 100, 1, noise(16))
        kept.add(0, np.zeros(count, dtype=np.int64), np.arange(count), np.full(count, 0.5, dtype=np.float32))
        assert kept.window()[1].tolist() == [lost]


def test_lengths_do_not_matter():
    x, y = vectors("random", np.random.default_rng(5), 30, 40, 8)
    expected = brute_force(x, y, 3)
    for scale in (1e-38, 1e-20, 1e18):
        found = nearest((x * scale).astype(np.float32), y.astype(np.float16).astype(np.float64) * 0 + y, 3)
        assert (found[1] == expected[1]).all(), scale


def test_what_cannot_be_searched():
    assert nearest(np.zeros((2, 2)), np.eye(2), 1)[1].tolist() == [[0], [0]], "cosine 0 with all: the first"
    forward, backward = nearest_both(np.empty((0, 3)), np.ones((2, 3)), 4)
    assert forward[1].shape == (0, 2)
    assert backward[1].shape == (2, 0)
    assert nearest(np.array([[1, 0]]), np.array([[0, 1], [2, 0]]), 1)[1].tolist() == [[1]], "whole numbers too"
    for value in (np.nan, np.inf):
        with pytest.raises(StiltsReportError, match="NaN or infinity"):
            nearest_both(np.eye(2), np.array([[value, 1]]), 1)
    with pytest.raises(ValueError, match="at least 1"):
        nearest_both(np.eye(2), np.eye(2), 1, 0)
