"""Gains by the number of examples of an intermediate task, where a study trains on parts of it."""

from __future__ import annotations

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, listed, probability
from stiltsreport.report.tables.cells import evaluated, footnotes, half_width_title
from stiltsreport.report.tables.effects import exploratory, explored_cell, interval_name
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.aggregate import average_title
from stiltsreport.stats.by_examples import Step, by_examples
from stiltsreport.study.study import BASELINE, PLAIN


def gains_by_examples(evidence: Evidence) -> list[Table]:
    """The table `gains-by-examples`; none where no intermediate task stands in two sizes."""
    study = evidence.study
    found = {model.name: by_examples(study, evidence.aggregates, evidence.results.setup, model.name) for model in study.models}
    if not any(found.values()):
        return []
    groups = tuple(
        RowGroup(evidence.model_title(model), tuple(_row(evidence, model, step) for step in steps)) for model, steps in found.items()
    )
    return [
        Table(
            id="gains-by-examples",
            title="Gains by number of intermediate examples",
            caption=(
                f"Examples that the intermediate task is trained on, and the mean difference to {BASELINE} in points on the "
                f"{average_title(study)} without the task's own data, over {evidence.seeds}; the second line is half of the "
                f"{interval_name(evidence)}. {exploratory(evidence, 'the rows of a model')} {evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=(Column("Examples"), Column("Gain"), Column("adjusted")),
            groups=groups,
            footnotes=footnotes(evidence, groups),
            source_notes=_notes(evidence, [step for steps in found.values() for step in steps]),
            signature=evidence.signature("gains-by-examples", study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]


def _row(evidence: Evidence, model: str, step: Step) -> Row:
    arm = Arm(model, PLAIN, step.arm)
    examples = Cell(text=counted(step.examples)) if step.examples else Cell(details=(("missing", "its data were not at hand"),))
    missing = evidence.aggregates.missing_of(model, PLAIN, step.arm, "average-without-own-data", step.arm)
    gain = explored_cell(evidence, step.gain, ", ".join(missing))
    return Row(evidence.arm_title(arm), (examples, gain, Cell(text=probability(step.gain.adjusted) or " ")), key=row_key(arm))


def _notes(evidence: Evidence, steps: list[Step]) -> tuple[str, ...]:
    own = {
        entry.task.title
        for step in steps
        for entry in evidence.study.target
        if evidence.own(Arm(evidence.study.models[0].name, PLAIN, step.arm), entry.task.name)
    }
    found = ["Whether the gain grows with the examples is a test of its own: the kind trend of claims, gain-by-examples."]
    if own:
        found.append(f"Own data, left out in the rows that hold it: {listed(sorted(own))}.")
    return tuple(found)
