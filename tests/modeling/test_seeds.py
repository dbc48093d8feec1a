"""Generators come from the seed, the stage and the training set alone."""

from __future__ import annotations

from stiltsreport.modeling.seeds import Seeds


def test_every_ingredient_gives_another_generator() -> None:
    one = Seeds(1, "target", ("a",))
    others = [Seeds(2, "target", ("a",)), Seeds(1, "intermediate", ("a",)), Seeds(1, "target", ("b",)), Seeds(1, "target", ("a", "b"))]
    numbers = [seeds.derive(purpose) for seeds in (one, *others) for purpose in ("order", "head", "dropout")]
    assert len(set(numbers)) == len(numbers)
    assert all(0 <= number < 2**63 for number in numbers)


def test_the_numbers_are_the_same_on_every_machine_and_day() -> None:
    """Changed numbers here are other trainings under the same ids: raise Train.VERSION with them."""
    assert Seeds(1, "target", ("a",)).derive("head") == 7837543596748365781
