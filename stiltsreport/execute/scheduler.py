"""The scheduler: start what is ready, go on past failures, skip what rests on them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Protocol

from stiltsreport.execute.progress import Observer, Outcome
from stiltsreport.plan.units import Unit


class Executor(Protocol):
    """Anything that runs a unit somewhere."""

    @property
    def slots(self) -> int:
        """How many units run side by side."""
        ...

    def submit(self, unit: Unit) -> Future[Outcome]:
        """Begin the unit; the future never raises: a failure is an Outcome."""
        ...

    def close(self, *, cancel: bool = False) -> None:
        """Wait for the workers to end, or end them."""
        ...


def run_units(units: Sequence[Unit], executor: Executor, observer: Observer) -> list[Outcome]:
    """Run every unit after the one it needs; a failed one skips its descendants and nothing else."""
    waiting = list(units)
    made = {unit.id for unit in units if unit.chain or unit.translation}
    done: set[str] = set()
    failed: set[str] = set()
    running: dict[Future[Outcome], Unit] = {}
    outcomes: list[Outcome] = []
    observer.begin(len(units))

    def end(outcome: Outcome) -> None:
        outcomes.append(outcome)
        (done if outcome.state == "done" else failed).add(outcome.unit.id)
        observer.ended(outcome)

    try:
        while waiting or running:
            for unit in [unit for unit in waiting if failed & set(unit.needs)]:
                waiting.remove(unit)
                end(Outcome(unit, "skipped", error="what it rests on has failed"))
            ready = [unit for unit in waiting if all(name in done or name not in made for name in unit.needs)]
            for unit in ready[: max(0, executor.slots - len(running))]:
                waiting.remove(unit)
                observer.started(unit)
                running[executor.submit(unit)] = unit
            if not running:
                assert not waiting or any(failed & set(unit.needs) for unit in waiting), "units wait for each other"
                continue
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                running.pop(future)
                end(future.result())
    except BaseException:
        executor.close(cancel=True)
        raise
    executor.close()
    return outcomes
