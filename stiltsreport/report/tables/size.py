"""Gains by model size: each model's gain, and the slope over sizes on three scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stiltsreport.models import Model
from stiltsreport.report.arms import Arm, is_control
from stiltsreport.report.document import Cell, Column, Mark, Number, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import between, listed, plural, probability, shown
from stiltsreport.report.tables.cells import evaluated, footnotes
from stiltsreport.report.tables.effects import interval_name
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.claims.size_design import in_words
from stiltsreport.stats.corrections import benjamini_hochberg, uncorrected
from stiltsreport.stats.exploration import without_own_data
from stiltsreport.stats.model_sizes import LEAST_DF, SizePoint, SizeTrend, size_points, size_trend, without_layers
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.study.size_claims import carrying, groups, masks
from stiltsreport.study.study import BASELINE, PLAIN

_COLUMNS = ("points", "errors, %", "log odds", "points, non-embedding")
_DECIMALS = (1, 1, 2, 1)


@dataclass(frozen=True)
class Sized:
    """An arm over models that can be compared by size.

    `trends` in points, percent of the errors, log odds, and in points by non-embedding parameters. `title`: the arm's, with the models'
    adaptation where the study has several.
    """

    arm: Arm
    points: list[SizePoint]
    trends: tuple[SizeTrend, SizeTrend, SizeTrend, SizeTrend]
    left_out: tuple[str, ...]
    title: str


def sized(evidence: Evidence) -> list[Sized]:
    """Every arm but the baseline and controls over the models, for each group of them that stands in two sizes of a family.

    Models that differ in more than size (in adaptation, precision or attention mask) are not of one group.
    """
    found: list[Sized] = []
    compared = _groups(evidence)
    for models in compared:
        for arm in evidence.arms(models[0].name):
            if not arm.baseline and not is_control(evidence.study, arm):
                found += _sized(evidence, models, arm, several=len(compared) > 1)
    return found


def _groups(evidence: Evidence) -> list[list[Model]]:
    """The groups with a trend: the one that carries claims first."""
    study = evidence.study
    mask = masks(study.target_recipe)
    carried = carrying(study.models, mask)
    found = [group for group in groups(study.models, mask) if _has_sizes(group)]
    return sorted(found, key=lambda group: group != carried)


def _has_sizes(models: Sequence[Model]) -> bool:
    sizes: dict[str, set[int]] = {}
    for model in models:
        if model.parameters:
            sizes.setdefault(model.family, set()).add(model.parameters)
    return any(len(own) > 1 for own in sizes.values())


def _sized(evidence: Evidence, models: Sequence[Model], arm: Arm, *, several: bool) -> list[Sized]:
    members, left_out = without_layers(without_own_data(evidence.study, evidence.study.target, arm.intermediate))
    if not members:
        return []
    points = size_points(evidence.aggregates, models, (arm.variant, arm.intermediate), (PLAIN, BASELINE), members)
    trends = (
        size_trend(points), size_trend(points, "relative error reduction"), size_trend(points, "logit"),
        size_trend(points, of="non-embedding parameters"),
    )  # fmt: skip
    title = evidence.arm_title(arm) + (f", {models[0].adaptation.title}{_direction(evidence, models)}" if several else "")
    return [Sized(arm, points, trends, left_out, title)]


def size(evidence: Evidence) -> list[Table]:
    """The table `size`, and one more for each further way in which models are adapted; none where nothing stands beside the baseline."""
    rows = sized(evidence)
    found: dict[tuple[str, ...], list[Sized]] = {}
    for one in rows:
        found.setdefault(tuple(point.model.name for point in one.points), []).append(one)
    kept = [own for own in found.values() if any(point.gain.difference is not None for one in own for point in one.points)]
    return [_table(evidence, own, further=place > 0) for place, own in enumerate(kept)]


def _table(evidence: Evidence, rows: list[Sized], *, further: bool) -> Table:
    """Of the arms over one group of models."""
    study = evidence.study
    adjusted = _adjusted(evidence, rows)
    models = sorted((point.model for point in rows[0].points), key=lambda model: (model.parameters, model.name))
    group = RowGroup("", tuple(_row(evidence, one, p, [model.name for model in models]) for one, p in zip(rows, adjusted, strict=True)))
    left_out = sorted({title for one in rows for title in one.left_out})
    count, adaptation = len(models), models[0].adaptation
    way = adaptation.title + _direction(evidence, models)
    told = any(model.adaptation.suffix for model in study.models) or way != adaptation.title
    words = f" {way[0].upper()}{way[1:]}." if told else ""
    direction = _direction(evidence, models).partition(" ")[2].partition(" ")[0]
    name = "-".join(filter(None, ("size", adaptation.suffix or adaptation.method, direction))) if further else "size"
    return Table(
        id=name,
        title="Gains by model size" + (f", {way}" if words else ""),
        caption=(
            f"Mean difference to {BASELINE} in points by model, over {evidence.seeds}, on the mean over targets without the "
            f"intermediate task's own data; and the slope for a tenfold of the parameters, by random-effects meta-regression with an "
            f"intercept for each family of models (REML, Knapp-Hartung t).{words} The unit is the pretrained model: df are models less "
            f"families less one. The second line is half of the {interval_name(evidence)}. {_said(evidence)} "
            f"{evaluated(evidence)} {evidence.limits}"
        ).strip(),
        stub="Intermediate",
        columns=(
            *(
                Column(model.title, in_words(model.parameters) if model.parameters else "size unknown", key=f"model:{model.name}")
                for model in models
            ),
            *(Column(name) for name in _COLUMNS), Column("df"), Column("adjusted"),
        ),
        groups=(group,),
        spanners=(Spanner("gain", 0, count - 1), Spanner("slope for a tenfold", count, count + len(_COLUMNS) - 1)),
        footnotes=footnotes(evidence, (group,)),
        source_notes=_notes(rows, left_out),
        signature=evidence.signature(name, study.benchmark or "own-tasks"),
        second_title=f"± {100 * (1 - study.statistics.alpha):g} %",
    )  # fmt: skip


def _direction(evidence: Evidence, models: Sequence[Model]) -> str:
    """Which tokens the models of one group see, where those of another see others; else empty."""
    mask = masks(evidence.study.target_recipe)
    directions = {mask(model) or "bidirectional" for model in evidence.study.models}
    return f", {mask(models[0]) or 'bidirectional'} attention" if len(directions) > 1 else ""


def _testable(evidence: Evidence, one: Sized) -> bool:
    """Whether the slope speaks of more than these checkpoints: enough models, each with enough seeds."""
    trend = one.trends[0]
    seeds = [point.gain.n for point in one.points if point.model.name in trend.models]
    return trend.fit is not None and trend.df >= LEAST_DF and min(seeds) >= MINIMUM_SEEDS and not evidence.study.extended


def _adjusted(evidence: Evidence, rows: list[Sized]) -> list[float | None]:
    """Of each arm the larger p of points and log odds, adjusted over the arms."""
    values = np.full(len(rows), np.nan)
    for place, one in enumerate(rows):
        points, logit = one.trends[0].fit, one.trends[2].fit
        if _testable(evidence, one) and points is not None and logit is not None:
            slopes = [fit.estimate(trend.row)[0] for fit, trend in ((points, one.trends[0]), (logit, one.trends[2]))]
            values[place] = 1.0 if slopes[0] * slopes[1] <= 0 else max(points.p_value(one.trends[0].row), logit.p_value(one.trends[2].row))
    correct = uncorrected if evidence.study.statistics.correction == "none" else benjamini_hochberg
    return [None if np.isnan(p) else float(p) for p in correct(values, 0)] if rows else []


def _row(evidence: Evidence, one: Sized, adjusted: float | None, models: list[str]) -> Row:
    gains = {point.model.name: _gain(evidence, point) for point in one.points}
    slopes = tuple(_slope(evidence, one, place, adjusted if place == 0 else None, decimals) for place, decimals in enumerate(_DECIMALS))
    df = Cell(text=str(max(0, one.trends[0].df)))
    title = evidence.arm_title(one.arm)
    key = row_key(replace(one.arm, model="*"))
    return Row(title, (*(gains[name] for name in models), *slopes, df, Cell(text=probability(adjusted) or " ")), key=key)


def _gain(evidence: Evidence, point: SizePoint) -> Cell:
    gain = point.gain
    if gain.difference is None:
        return Cell(details=(("missing", ", ".join(point.missing) or "no seed has both"),))
    bounds = (gain.low, gain.high) if gain.low is not None and gain.high is not None else None
    told = shown(gain.difference, 2, signed=True) + (f", {interval_name(evidence)} {between(*bounds, 2)}" if bounds else "")
    half = Number((bounds[1] - bounds[0]) / 2, half_width=True, grey=True) if bounds else None
    details = (("gain", told), ("seeds", plural(gain.n, "seed")), *((("missing", ", ".join(point.missing)),) if point.missing else ()))
    return Cell(Number(gain.difference, signed=True, grey=True), half, interval=bounds, details=details)


def _slope(evidence: Evidence, one: Sized, place: int, adjusted: float | None, decimals: int) -> Cell:
    trend = one.trends[place]
    if trend.fit is None:
        why = "too few models" if trend.df < 1 else "no two sizes of a family with results, or no variance"
        return Cell(details=(("missing", why),))
    value, _ = trend.fit.estimate(trend.row)
    low, high = trend.fit.interval(trend.row, 1 - evidence.study.statistics.alpha)
    marks: tuple[Mark, ...] = ("discovered",) if adjusted is not None and adjusted <= evidence.study.statistics.alpha else ()
    test = (
        f"p {probability(trend.fit.p_value(trend.row))} (exploratory)"
        if _testable(evidence, one)
        else "descriptive: holds for these checkpoints"
    )
    details = (
        ("slope", f"{shown(value, 2, signed=True)}, {interval_name(evidence)} {between(low, high, 2)}"),
        ("test", f"{test}, {trend.df} df, {trend.fit.estimator}"),
        ("models", ", ".join(trend.models)),
    )
    return Cell(
        Number(value, decimals, signed=True, grey=True, marks=marks), Number((high - low) / 2, decimals, half_width=True, grey=True),
        interval=(low, high), details=details,
    )  # fmt: skip


def _said(evidence: Evidence) -> str:
    if evidence.study.fewest_seeds < MINIMUM_SEEDS:
        return f"Descriptive only: under {MINIMUM_SEEDS} seeds nothing is tested."
    how = "not adjusted" if evidence.study.statistics.correction == "none" else "adjusted after Benjamini-Hochberg over the rows"
    return f"Exploratory: the larger p of points and log odds, {how}."


def _notes(rows: list[Sized], left_out: list[str]) -> tuple[str, ...]:
    found = []
    if any(one.trends[0].df < LEAST_DF for one in rows):
        found.append(f"Under {LEAST_DF} df a slope is descriptive: it holds for these checkpoints.")
    found.append("A gain that shrinks in points and not in log odds may have met the ceiling of the scores: only both together count.")
    if left_out:
        found.append(f"Left out, since their layer is not chosen by one rule on languages that are not reported: {listed(left_out)}.")
    tuned = sorted({point.model.title for one in rows for point in one.points if point.model.tuned})
    if tuned:
        found.append(f"Tuned on labelled data after pretraining: {listed(tuned)}.")
    found.append("A claim over size is a test of its own: the kind trend of claims, gain-by-parameters.")
    return tuple(found)
