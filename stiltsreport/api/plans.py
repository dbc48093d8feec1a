"""What a study would run, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stiltsreport.api.showing import table_html
from stiltsreport.cli import plan as command
from stiltsreport.cli import plan_claims, plan_text
from stiltsreport.cli.check import warnings
from stiltsreport.cli.opening import Opened
from stiltsreport.cli.rounds import Rounds
from stiltsreport.plan.units import Unit

if TYPE_CHECKING:
    import pandas as pd


class Plan:
    """The plan of a study for one device, as `stiltsreport plan` prints it."""

    def __init__(self, opened: Opened, units: list[Unit], rounds: Rounds) -> None:
        self._opened, self._units, self._rounds, self._estimate = opened, units, rounds, rounds.whole

    def to_dict(self) -> dict[str, Any]:
        """What `plan --json` prints: sizes in bytes, times in hours."""
        found = plan_claims.powers(self._opened, self._estimate)
        return {**command.as_json(self._opened, self._units, self._rounds), "claims": plan_claims.as_json(found)}

    def to_pandas(self) -> pd.DataFrame:
        """A row a model: what is left to run, in all rounds. `hours` are of one device, `peak_memory` and `disk` bytes; None: not known."""
        import pandas as pd

        rows = [
            {
                "model": cost.model, "parameters": cost.parameters, "trainings": cost.trainings, "evaluations": cost.evaluations,
                "hours": cost.hours.value, "peak_memory": cost.peak_memory.value, "disk": cost.disk.value, "fits": cost.fits,
            }
            for cost in self._estimate.models
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def warnings(self) -> list[str]:
        """What should be known before it runs."""
        return [*warnings(self._opened), *self._estimate.warnings]

    @property
    def jobs_left(self) -> int:
        """Jobs that the store lacks, of all rounds."""
        return sum(count.jobs - count.stored for count in self._estimate.jobs)

    def __str__(self) -> str:
        return "\n".join([*plan_text.text(self._opened, self._units, self._rounds, None), *plan_text.remarks(self._opened)])

    def __repr__(self) -> str:
        return f"<Plan of {self._opened.study.name}: {self.jobs_left:,} jobs to run>"

    def _repr_html_(self) -> str:
        """For notebooks."""
        return table_html(["model", self._estimate.hours_of, "memory", "disk", "fits"], list(self._rows()))

    def _rows(self) -> Any:
        for cost in self._estimate.models:
            sizes = ("?" if figure.value is None else f"{figure.value / 1e9:.1f} GB" for figure in (cost.peak_memory, cost.disk))
            hours = "?" if cost.hours.value is None else f"{cost.hours.value:.2f}"
            yield [cost.title, hours, *sizes, {True: "yes", False: "no", None: "?"}[cost.fits]]
