"""Gains by learning rate on the reported scores, where variants of a study change the rate of target training alone."""

from __future__ import annotations

from dataclasses import replace

from stiltsreport.recipes import RecipeBook
from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import evaluated, footnotes, half_width_title
from stiltsreport.report.tables.effects import exploratory, explored_cell, interval_name
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.aggregate import average_title
from stiltsreport.stats.exploration import Sides, explore, sides, without_own_data
from stiltsreport.study.study import BASELINE, PLAIN, Study, Variant


def gains_at_rates(evidence: Evidence) -> list[Table]:
    """The table `gains-at-rates`; none where no variant tries another rate with the baseline too."""
    study = evidence.study
    rates = rates_of(study)
    names = [entry.name for entry in study.intermediate if entry.control is None]
    if len(rates) < 2 or not names:  # noqa: PLR2004 - one rate is no comparison of rates
        return []
    groups = tuple(RowGroup(evidence.model_title(model.name), _rows(evidence, model.name, names, rates)) for model in study.models)
    return [
        Table(
            id="gains-at-rates",
            title="Gains by learning rate of target training",
            caption=(
                f"Mean difference in points to {BASELINE} trained at the same rate, on the {average_title(study)} without the targets' own "
                f"data, over {evidence.seeds}; the second line is half of the {interval_name(evidence)}. "
                f"{exploratory(evidence, 'the rows of a model and all rates')} {evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=tuple(Column(f"{rate:g}", variant) for rate, variant in rates),
            groups=groups,
            footnotes=footnotes(evidence, groups),
            source_notes=("A gain at one rate alone may be a baseline that the rate does not suit.",),
            signature=evidence.signature("gains-at-rates", study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]


def rates_of(study: Study) -> list[tuple[float, str]]:
    """(rate, variant) of plain and of each variant of all rows that changes nothing but the rate of target training, the lowest first."""
    found = [(study.target_recipe.base.learning_rate, PLAIN)]
    found += [
        (one.target_recipe.base.learning_rate, one.name)
        for one in study.variants
        if one.target_recipe is not None and one.of is None and _rate_alone(study, one)
    ]
    return sorted(found)


def _rate_alone(study: Study, variant: Variant) -> bool:
    """Whether a variant has no method, and its recipe no other change than the rate."""
    if variant.target_recipe is None or variant != Variant(
        variant.name, variant.title, variant.citation, target_recipe=variant.target_recipe, note=variant.note
    ):
        return False
    before, after = study.target_recipe, variant.target_recipe
    return after.base.learning_rate != before.base.learning_rate and _without_rate(after) == _without_rate(before)


def _without_rate(book: RecipeBook) -> RecipeBook:
    by_task = tuple((task, kept) for task, changes in book.by_task if (kept := tuple(one for one in changes if one[0] != "learning_rate")))
    return replace(book, name="", title="", citation="", note="", base=replace(book.base, learning_rate=1.0), by_task=by_task)


def _rows(evidence: Evidence, model: str, names: list[str], rates: list[tuple[float, str]]) -> tuple[Row, ...]:
    keys = [(name, variant) for name in names for _, variant in rates]
    found = dict(zip(keys, explore(evidence.study, [_sides(evidence, model, *key) for key in keys]), strict=True))
    return tuple(
        Row(
            evidence.arm_title(Arm(model, PLAIN, name)),
            tuple(explored_cell(evidence, found[name, variant], _missing(evidence, model, name, variant)) for _, variant in rates),
            key=row_key(Arm(model, PLAIN, name)),
        )
        for name in names
    )


def _sides(evidence: Evidence, model: str, name: str, variant: str) -> Sides:
    members = without_own_data(evidence.study, evidence.study.target, name)
    return sides(evidence.aggregates, (model, variant, name), (model, variant, BASELINE), members)


def _missing(evidence: Evidence, model: str, name: str, variant: str) -> str:
    found = [
        gap for arm in (name, BASELINE) for gap in evidence.aggregates.missing_of(model, variant, arm, "average-without-own-data", name)
    ]
    return ", ".join(dict.fromkeys(found))
