"""Evidence: everything that tables, figures and sentences are made of, with the look-ups that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from stiltsreport.report.arms import Arm, arm_title
from stiltsreport.report.compared import Compared
from stiltsreport.report.design_words import digest_of, limits_in_words, seeds_in_words, signature
from stiltsreport.report.document import Mark
from stiltsreport.report.evaluated_data import EvaluatedData
from stiltsreport.results import ArmCost, Results
from stiltsreport.results import Cell as PlannedCell
from stiltsreport.stats.aggregate import Aggregates, Series
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.collapse import Sensitivity, sensitivity
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.own_data import own_data
from stiltsreport.stats.pairs import Pairs
from stiltsreport.study.study import Study

_STATES: dict[str, Mark] = {"missing": "not run", "left out": "not run", "failed": "failed", "no data": "no data"}


class Evidence:
    """A study with its results, comparisons, answers to its claims; `examples`: where the texts of items stand, by `ItemFacts.key`."""

    def __init__(
        self,
        study: Study,
        results: Results,
        comparisons: Sequence[Comparison],
        answers: Sequence[Answer] = (),
        examples: Mapping[tuple[str, ...], str] | None = None,
    ) -> None:
        self.examples = examples or {}
        self.study, self.results, self.comparisons, self.answers = study, results, tuple(comparisons), tuple(answers)
        self.aggregates = Aggregates(study, results.scores)
        self.entries = {entry.task.name: entry for entry in study.target}
        self.compared = Compared(comparisons)
        self.data = EvaluatedData(study, results)
        self._cells: dict[tuple[str, str, str, str], list[PlannedCell]] = {}
        reported = {None, *study.seeds}
        for cell in results.setup.cells:
            if cell.second_language is None and cell.seed in reported:
                self._cells.setdefault((cell.model, cell.variant, cell.intermediate, cell.target), []).append(cell)

    @property
    def digest(self) -> str:
        """What reports and tables are recognised by."""
        return digest_of(self.study)

    def arms(self, model: str) -> list[Arm]:
        """The rows of a model, the baseline first."""
        return [Arm(model, variant, intermediate) for variant, intermediate in self.aggregates.arms(model)]

    def arm_title(self, arm: Arm) -> str:
        """What a row is called: the intermediate's title, "none" for the baseline; with a variant "SQuAD 1.1 + MLM"."""
        return arm_title(self.study, arm)

    def costs(self, arm: Arm) -> list[ArmCost]:
        """What the arm's trainings took, by stage; empty where none has run, and in reports of older versions."""
        return [
            row
            for row in self.results.setup.costs
            if (row.model, row.variant, row.intermediate) == (arm.model, arm.variant, arm.intermediate)
        ]

    @cached_property
    def pairs(self) -> Pairs:
        """The scores of sentence pairs in two languages."""
        return Pairs(self.study, self.results.scores)

    @cached_property
    def sensitivity(self) -> Sensitivity | None:
        """The comparisons without collapsed runs, and with these replaced; None where nothing has collapsed."""
        return sensitivity(self.study, self.results.scores, self.results.setup.health)

    def model_title(self, name: str) -> str:
        """A model's title."""
        return next((model.title for model in self.study.models if model.name == name), name)

    def comparison(self, arm: Arm, target: str, scope: str) -> Comparison | None:
        """The comparison of an arm with the study's baseline; None for the baseline, or where none could be made."""
        return self.compared.with_baseline(arm, target, scope)

    def gaps(self, arm: Arm, target: str, language: str | None = None) -> tuple[tuple[Mark, ...], str]:
        """Why results are missing of an arm on a target: marks, and the reasons in words."""
        cells = [
            cell
            for cell in self._cells.get((arm.model, arm.variant, arm.intermediate, target), ())
            if cell.state != "stored" and language in (None, cell.language)
        ]
        marks = tuple(dict.fromkeys(_STATES[cell.state] for cell in cells))
        reasons = dict.fromkeys(f"{_STATES[cell.state]}: {cell.reason}" if cell.reason else _STATES[cell.state] for cell in cells)
        return marks or ("not run",), "; ".join(list(reasons)[:3]) or "not run"

    def partial(self, series: Series) -> bool:
        """Whether planned seeds are absent from a series."""
        planned = {frozenset(self.study.seeds), *(frozenset(seeds) for _, seeds in self.study.arm_seeds)}
        return not series.constant and (frozenset(series.seeds) not in planned or bool(self.study.arm_seeds and series.missing))

    def own(self, arm: Arm, target: str) -> bool:
        """Whether the arm was trained on the target's own training data before."""
        return target in self.entries and not arm.baseline and own_data(self.study, arm.intermediate, target)

    @property
    def limits(self) -> str:
        """What caps the examples, as captions say it; "" without a limit."""
        return limits_in_words(self.study)

    @property
    def seeds(self) -> str:
        """Intermediate seeds x target seeds; by row, where rows have seeds of their own."""
        return seeds_in_words(self.study)

    def signature(self, *parts: str) -> str:
        """How a table's numbers were made, in sacreBLEU's manner."""
        return signature(self.study, self.digest, *parts)
