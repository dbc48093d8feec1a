"""How jobs weigh against each other: what the time left of a running study is guessed by."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.cli.opening import Opened
from stiltsreport.plan.devices import device_named
from stiltsreport.plan.figure import Figure
from stiltsreport.plan.rates import Rates
from stiltsreport.plan.units import Unit
from stiltsreport.results.collect import stored_records

_BACKWARD = 3  # a training step is a forward pass, and a backward pass of twice its cost
_UNKNOWN = 1.0


def weights(units: Sequence[Unit], opened: Opened, device: str) -> dict[str, float]:
    """By unit: its hours, where they are known of every unit; else its tokens, where they are; else 1."""
    plan = opened.plan
    rates = Rates(plan, stored_records(plan, opened.store), device_named(device, plan.precision or "float32"))
    hours = {
        unit.id: _sum([*map(rates.training_hours, unit.chain), *map(rates.evaluation_hours, unit.evaluations)], [1] * len(unit.chain))
        for unit in units
    }
    if all(value for value in hours.values()):
        return {name: value or _UNKNOWN for name, value in hours.items()}
    tokens = {
        unit.id: _sum(
            [*map(rates.training_tokens, unit.chain), *map(rates.evaluation_tokens, unit.evaluations)], [_BACKWARD] * len(unit.chain)
        )
        for unit in units
    }
    return {name: value or _UNKNOWN for name, value in tokens.items()}


def _sum(figures: Sequence[Figure], factors: Sequence[int]) -> float | None:
    """The sum of the values, the first of them times their factors; None where one is not known."""
    total = 0.0
    for place, figure in enumerate(figures):
        if figure.value is None:
            return None
        total += figure.value * (factors[place] if place < len(factors) else 1)
    return total
