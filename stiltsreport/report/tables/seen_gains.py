"""Gains in languages that a model has seen in pretraining and in those that it has not, on the targets that have both."""

from __future__ import annotations

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed
from stiltsreport.report.tables.cells import evaluated, footnotes, half_width_title
from stiltsreport.report.tables.effects import exploratory, explored_cell, interval_name
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.report.titles import language_title
from stiltsreport.stats.exploration import Explored, Sides, explore, without_own_data
from stiltsreport.stats.language_groups import in_languages, with_both
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry
from stiltsreport.tasks.language_facts import pretraining

Groups = tuple[frozenset[str], frozenset[str]]  # seen, unseen


def seen_gains(evidence: Evidence) -> list[Table]:
    """The table `seen-gains`; none where no model is known not to have seen some language of a target that has seen ones too."""
    study = evidence.study
    if len(study.arms) < 2:  # noqa: PLR2004 - the baseline alone
        return []
    groups, notes = [], []
    for model in study.models:
        seen, unseen = languages(evidence, model.checkpoint)
        entries = with_both(study.target, seen, unseen)
        if entries:
            groups.append(RowGroup(evidence.model_title(model.name), _rows(evidence, model.name, entries, (seen, unseen))))
            there = [code for entry in entries for code in entry.languages if code in unseen]
            names = listed([language_title(code) for code in dict.fromkeys(there)])
            notes.append(
                f"{model.title} has not seen {names}; targets with languages of both kinds: "
                f"{listed([entry.task.title for entry in entries])}. Source: {pretraining(model.checkpoint).source}."
            )
        elif not seen:
            notes.append(f"What {model.title} has seen is not known.")
    if not groups:
        return []
    return [
        Table(
            id="seen-gains",
            title="Gains in languages seen and not seen in pretraining",
            caption=(
                f"Mean difference to {BASELINE} in points, over {evidence.seeds}, in the mean over targets of their languages of a kind, "
                f"without English and without targets whose own training data the intermediate task holds; the second line is half of the "
                f"{interval_name(evidence)}. Difference: seen minus not seen, by seed. "
                f"{exploratory(evidence, 'the rows and columns of a model')} {evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=(Column("Seen"), Column("Not seen"), Column("Difference")),
            groups=tuple(groups),
            footnotes=footnotes(evidence, groups),
            source_notes=(*notes, "The interval speaks of these languages: others that are not seen may differ."),
            signature=evidence.signature("seen-gains", study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]


def languages(evidence: Evidence, checkpoint: str) -> Groups:
    """The study's languages that a checkpoint is known to have seen, and those that it is known not to have."""
    known = pretraining(checkpoint).languages
    asked = {code for entry in evidence.study.target for code in entry.languages}
    first, second = (frozenset(code for code in asked if known.get(code) == answer) for answer in ("yes", "no"))
    return first, second


def _rows(evidence: Evidence, model: str, entries: list[TargetEntry], groups: Groups) -> tuple[Row, ...]:
    arms = [arm for arm in evidence.arms(model) if not arm.baseline]
    base = (model, PLAIN, BASELINE)
    family: list[Sides] = []
    for arm in arms:
        kept = without_own_data(evidence.study, entries, arm.intermediate)
        own, than = (
            [in_languages(evidence.aggregates, one, kept, group) for group in groups]
            for one in ((model, arm.variant, arm.intermediate), base)
        )
        # The last: how much further apart the two groups are in the row than in the baseline, which is the difference of the gains.
        family += [(own[0], than[0]), (own[1], than[1]), (own[0] - own[1], than[0] - than[1])]
    found = explore(evidence.study, family)
    return tuple(_row(evidence, arm, found[3 * place : 3 * place + 3]) for place, arm in enumerate(arms))


def _row(evidence: Evidence, arm: Arm, found: list[Explored]) -> Row:
    missing = "a target or language of either kind, in this row or in the baseline, or all targets are its own data"
    cells: tuple[Cell, ...] = tuple(explored_cell(evidence, one, missing if one.effect.difference is None else "") for one in found)
    return Row(evidence.arm_title(arm), cells, key=row_key(arm))
