"""Gains by group of targets: where an intermediate task helps, without the targets whose own data it holds."""

from __future__ import annotations

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import evaluated, footnotes, half_width_title
from stiltsreport.report.tables.effects import exploratory, explored_cell, interval_name
from stiltsreport.report.tables.xtreme import GROUP_TITLES, row_key
from stiltsreport.stats.aggregate import GROUPS
from stiltsreport.stats.exploration import Sides, explore, sides, without_own_data
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry


def group_gains(evidence: Evidence) -> list[Table]:
    """The table `group-gains`; none where all targets are of one group, or nothing stands beside the baseline."""
    groups = [group for group in GROUPS if any(entry.task.group == group for entry in evidence.study.target)]
    if len(groups) < 2 or len(evidence.study.arms) < 2:  # noqa: PLR2004 - one group is the average, one arm the baseline
        return []
    members = [[entry for entry in evidence.study.target if entry.task.group == group] for group in groups]
    rows = tuple(RowGroup(evidence.model_title(model.name), _rows(evidence, model.name, members)) for model in evidence.study.models)
    columns = tuple(Column(GROUP_TITLES[group], _tasks(own)) for group, own in zip(groups, members, strict=True))
    return [
        Table(
            id="group-gains",
            title="Gains by group of targets",
            caption=(
                f"Mean difference to {BASELINE} in points over the targets of a group, over {evidence.seeds}, without those whose own "
                f"training data the intermediate task holds; the second line is half of the {interval_name(evidence)}. "
                f"{exploratory(evidence, 'the rows of a model and all groups')} {evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=columns,
            groups=rows,
            footnotes=footnotes(evidence, rows),
            source_notes=("Whether a gain is larger in one group than in another is a test of its own: the kind interaction of claims.",),
            signature=evidence.signature("group-gains", evidence.study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]


def _rows(evidence: Evidence, model: str, members: list[list[TargetEntry]]) -> tuple[Row, ...]:
    arms = [arm for arm in evidence.arms(model) if not arm.baseline]
    kept = {(arm, place): without_own_data(evidence.study, own, arm.intermediate) for arm in arms for place, own in enumerate(members)}
    found = dict(zip(kept, explore(evidence.study, [_sides(evidence, arm, kept[arm, place]) for arm, place in kept]), strict=True))
    return tuple(
        Row(
            evidence.arm_title(arm),
            tuple(
                explored_cell(evidence, found[arm, place], _missing(evidence, arm, kept[arm, place]))
                if kept[arm, place]
                else Cell(text="own data", details=(("why", "the intermediate task holds the own training data of every target here"),))
                for place in range(len(members))
            ),
            key=row_key(arm),
        )
        for arm in arms
    )


def _sides(evidence: Evidence, arm: Arm, members: list[TargetEntry]) -> Sides:
    return sides(evidence.aggregates, (arm.model, arm.variant, arm.intermediate), (arm.model, PLAIN, BASELINE), members)


def _missing(evidence: Evidence, arm: Arm, members: list[TargetEntry]) -> str:
    """What the row lacks, or what the baseline does."""
    both = ((arm.variant, arm.intermediate), (PLAIN, BASELINE))
    gaps = [gap for one in both for gap in evidence.aggregates.mean_over((arm.model, *one), members)[2]]
    return ", ".join(dict.fromkeys(gaps))


def _tasks(members: list[TargetEntry]) -> str:
    return members[0].task.title if len(members) == 1 else f"{len(members)} tasks"
