"""The scales of panels: where values lie, and which ticks stand beside them, worked by hand."""

from __future__ import annotations

import math

import pytest

from stiltsreport.report.figures.scales import Scale, at, linear, logarithmic, spanning


def test_values_lie_between_the_ends() -> None:
    assert Scale(-2, 2).share([-2, 0, 1, 2]).tolist() == [0, 0.5, 0.75, 1]
    assert Scale(2.5, -0.5).share([0, 1, 2]).tolist() == pytest.approx([5 / 6, 1 / 2, 1 / 6]), "rows are counted downwards"
    assert Scale(1, 10_000, logarithmic=True).share([1, 10, 100, 10_000]).tolist() == pytest.approx([0, 0.25, 0.5, 1])
    assert math.isnan(Scale(0, 1).share([None, 1.0])[0])


def test_linear_scales_have_round_ticks_and_room() -> None:
    scale = linear([0.0, 1.0], margin=0.05)
    assert (scale.low, scale.high) == pytest.approx((-0.05, 1.05))
    assert scale.ticks == ((0.0, "0.0"), (0.2, "0.2"), (0.4, "0.4"), (0.6, "0.6"), (0.8, "0.8"), (1.0, "1.0"))
    assert [text for _, text in spanning(-1.2, 1.2, 4).ticks] == ["−1", "0", "1"]
    assert [tick for tick, _ in linear([1.0, 12.0], whole=True).ticks] == [2, 4, 6, 8, 10, 12]


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0], [math.nan], [0.0]])
def test_few_or_equal_values_still_have_a_scale(values: list[float]) -> None:
    scale = linear(values)
    assert scale.low < scale.high
    assert len(scale.ticks) > 1


def test_logarithmic_ticks_are_powers_of_ten_where_there_are_two() -> None:
    assert [tick for tick, _ in logarithmic([3.0, 4000.0]).ticks] == [10, 100, 1000]


def test_a_short_logarithmic_scale_has_ticks_between_powers() -> None:
    assert [text for _, text in logarithmic([0.7, 4.0]).ticks] == ["1", "2"]
    short = logarithmic([2.1, 2.9])
    assert all(short.low <= tick <= short.high for tick, _ in short.ticks)
    assert len(short.ticks) > 1
    one = logarithmic([100.0, 100.0])
    assert (one.low < 100 < one.high) is True


def test_ticks_may_be_named() -> None:
    named = at(logarithmic([1e-5, 1e-4]), [1e-5, 3e-5], ["a", "b"])
    assert named.ticks == ((1e-5, "a"), (3e-5, "b"))
    assert named.logarithmic
