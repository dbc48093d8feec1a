"""Samples drawn by a seed."""

from __future__ import annotations

from collections import Counter

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import Sampled
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.changes import apply
from stiltsreport.tasks.examples import SentencePair

SET = tuple(SentencePair(str(n), f"text {n}", None, "0") for n in range(200))


def drawn(examples, count, seed=1):
    return apply(Sampled(count, seed), examples, TASKS["pawsx"])


def test_so_many_are_drawn_in_the_order_of_the_set():
    found = drawn(SET, 20)
    assert len(found) == len(set(found)) == 20
    assert list(found) == sorted(found, key=lambda one: int(one.id))
    assert {one.id for one in drawn(SET[::-1], 20)} == {one.id for one in found}
    assert drawn(SET, 200) == SET


def test_seeds_draw_apart_and_every_example_can_be_drawn():
    assert drawn(SET, 20, 1) != drawn(SET, 20, 2)
    often = Counter(one.id for seed in range(200) for one in drawn(SET, 20, seed))
    assert len(often) == 200
    assert min(often.values()) > 5, "20 are expected"
    assert max(often.values()) < 45


def test_more_than_there_are_is_an_error():
    with pytest.raises(StiltsReportError, match="PAWS-X: 201 examples were asked for, its set has 200; at most 200"):
        drawn(SET, 201)
