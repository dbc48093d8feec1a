"""Each method against plain of the same intermediate: gains with their intervals, and what the trainings took."""

from __future__ import annotations

from stiltsreport.report.arms import NOT_ZERO_SHOT, not_zero_shot
from stiltsreport.report.design_words import over_the_tasks, pairing_in_words, test_of_averages
from stiltsreport.report.document import RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import evaluated, footnotes, half_width_title
from stiltsreport.report.tables.costs import cost_note
from stiltsreport.report.tables.own_dev import DEV_NOTE
from stiltsreport.report.tables.transfer_gains import gain_columns, gain_row, table_columns
from stiltsreport.study.study import PLAIN


def methods(evidence: Evidence) -> list[Table]:
    """The table `methods`; none where a study has no variant."""
    arms = {model.name: [arm for arm in evidence.arms(model.name) if arm.variant != PLAIN] for model in evidence.study.models}
    if not any(arms.values()):
        return []
    columns, spanners = gain_columns(evidence)
    groups = tuple(
        RowGroup(
            evidence.model_title(model),
            tuple(gain_row(evidence, arm, columns, evidence.compared.with_plain, arm.plain) for arm in own),
        )
        for model, own in arms.items()
    )
    alpha = evidence.study.statistics.alpha
    flagged = [arm for own in arms.values() for arm in own if not_zero_shot(evidence.study, arm)]
    notes = [
        "Cells that hold the target's own training data hold it in both arms here, and stay in the averages.",
        DEV_NOTE,
        cost_note(evidence),
    ]
    if flagged:
        notes.append(f"Rows flagged {NOT_ZERO_SHOT!r} have learnt from examples in the target languages.")
    return [
        Table(
            id="methods",
            title="Methods against plain of the same intermediate",
            caption=(
                f"Mean difference in points to the same row without the method{pairing_in_words(evidence.study)}, over {evidence.seeds}; "
                f"the second line is half of the {100 * (1 - alpha):g} % t interval. {evaluated(evidence)} "
                f"{test_of_averages(evidence.study)} over the averages, which are a family of their own; "
                f"{over_the_tasks(evidence.study)}. {evidence.limits}"
            ).strip(),
            stub="Intermediate + method",
            columns=table_columns(columns, "method"),
            groups=groups,
            spanners=spanners,
            footnotes=footnotes(evidence, groups),
            source_notes=tuple(notes),
            signature=evidence.signature("methods", evidence.study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]
