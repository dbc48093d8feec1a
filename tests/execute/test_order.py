"""Which units may start, and which will not."""

from __future__ import annotations

from typing import Any

from stiltsreport.execute.order import Order
from tests.execute.test_scheduler import Fake


def names(units: Any) -> list[str]:
    return [unit.id for unit in units]


def order(*units: Fake) -> Order:
    return Order(units)  # type: ignore[arg-type]


def test_each_after_all_that_it_needs():
    found = order(Fake("d", ("b", "c")), Fake("c", ("a",)), Fake("b", ("a",)), Fake("a"))
    assert names(found.take()) == ["a"]
    found.done("a")
    assert names(found.take()) == ["c", "b"]  # as the plan has them
    found.done("b")
    assert names(found.take()) == []
    found.done("c")
    assert names(found.take()) == ["d"]
    assert not found.over
    found.done("d")
    assert found.over


def test_what_nobody_makes_is_there_already():
    assert names(order(Fake("a", ("stored",))).take()) == ["a"]


def test_all_that_rests_on_a_failure_falls_once():
    found = order(Fake("a"), Fake("b", ("a",)), Fake("c", ("a", "b")), Fake("d", ("c", "e")), Fake("e"))
    assert names(found.take()) == ["a", "e"]
    assert sorted(names(found.failed("a"))) == ["b", "c", "d"]
    found.done("e")
    assert found.over
    assert names(found.take()) == []


def test_what_was_taken_may_be_given_back():
    found = order(Fake("a"), Fake("b"))
    assert names(found.take()) == ["a", "b"]
    found.give_back("b")
    found.give_back("a")
    assert names(found.take()) == ["a", "b"]
