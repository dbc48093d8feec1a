"""How much work each job is: what the time left of a running study is guessed by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stiltsreport.cli.opening import Opened
from stiltsreport.cli.progress.pace import Amount, Work
from stiltsreport.plan.devices import device_named
from stiltsreport.plan.figure import Figure, summed
from stiltsreport.plan.rates import HOUR, Rates
from stiltsreport.plan.units import Unit
from stiltsreport.results.collect import stored_records

_Parts = tuple[Iterable[Figure], Iterable[Figure]]  # of a unit's trainings, and of its evaluations
_BACKWARD = 3  # a training step is a forward pass, and a backward pass of twice its cost


def work_of(units: Sequence[Unit], opened: Opened, device: str) -> Work:
    """The seconds of every unit of trainings and evaluations where they are known of all, else their tokens where these are.

    What else a unit does (translations, prompts) counts as much as the mean of the others.
    """
    plan = opened.plan
    rates = Rates(plan, stored_records(plan, opened.store), device_named(device, plan.precision or "float32"))
    own = [unit for unit in units if unit.chain or unit.evaluations]
    hours = {unit.id: (map(rates.training_hours, unit.chain), map(rates.evaluation_hours, unit.evaluations)) for unit in own}
    seconds = _amounts(hours, HOUR, HOUR)
    if seconds is not None:
        return Work(seconds, seconds=True, usual=_mean(seconds))
    tokens = {unit.id: (map(rates.training_tokens, unit.chain), map(rates.evaluation_tokens, unit.evaluations)) for unit in own}
    amounts = _amounts(tokens, _BACKWARD, 1.0)
    return Work() if amounts is None else Work(amounts, usual=_mean(amounts))


def _amounts(
    figures: Mapping[str, tuple[Iterable[Figure], Iterable[Figure]]], training: float, evaluation: float
) -> dict[str, Amount] | None:
    """The sums of each unit's figures, times a factor; None where one is not known, or there are none."""
    found = {}
    for name, (trainings, evaluations) in figures.items():
        sums = summed(trainings).value, summed(evaluations).value
        if sums[0] is None or sums[1] is None:
            return None
        found[name] = Amount(sums[0] * training, sums[1] * evaluation)
    return found or None


def _mean(amounts: Mapping[str, Amount]) -> Amount:
    count = len(amounts)
    return Amount(sum(one.training for one in amounts.values()) / count, sum(one.evaluation for one in amounts.values()) / count)
