"""The gain of an arm by model, on three scales, and its trend over the models' sizes: the unit is the pretrained model.

Seeds measure each model's gain, no more (statistics of trends: meta_regression.py). A gain that shrinks in points may shrink because large
models leave less to gain; on the scale of relative error reduction and of the logit it then need not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from stiltsreport.models import Model
from stiltsreport.stats.aggregate import Aggregates, Arm, Floats
from stiltsreport.stats.effect import Effect, effect
from stiltsreport.stats.meta_regression import MetaRegression, meta_regression
from stiltsreport.study.study import TargetEntry
from stiltsreport.tasks.task import SEARCHED

Scale = Literal["points", "relative error reduction", "logit"]
SCALES: tuple[Scale, ...] = get_args(Scale)
Size = Literal["parameters", "non-embedding parameters"]
LEAST_DF = 2  # of a trend that speaks of more than the checkpoints at hand


@dataclass(frozen=True)
class SizePoint:
    """A model's gain by scale: points (0 to 100), percent of the baseline's errors, log odds. `missing` names what it lacks."""

    model: Model
    gains: dict[Scale, Effect]
    missing: tuple[str, ...] = ()

    @property
    def gain(self) -> Effect:
        """In points."""
        return self.gains["points"]

    def size(self, of: Size = "parameters") -> int:
        """Its parameters in use, with or without the table of embeddings; 0 where unknown."""
        return self.model.parameters if of == "parameters" else max(0, self.model.parameters - self.model.embedding_parameters)


@dataclass(frozen=True)
class SizeTrend:
    """The slope over log10 of the size, with an intercept for each family; `fit` None: it cannot be told from these models.

    `df`: models - families - 1.
    """

    scale: Scale
    models: tuple[str, ...]
    families: tuple[str, ...]
    df: int
    fit: MetaRegression | None

    @property
    def row(self) -> Floats:
        """What picks the slope out of the coefficients."""
        return np.array([0.0] * len(self.families) + [1.0])


def without_layers(members: Sequence[TargetEntry]) -> tuple[tuple[TargetEntry, ...], tuple[str, ...]]:
    """(members that models of unlike depth can be compared on, titles of the others).

    Left out is retrieval without training, unless its layer is chosen by one rule on languages that are not reported: a fixed layer suits
    some depths better than others.
    """
    kept = tuple(entry for entry in members if entry.task.type not in SEARCHED or entry.layer_on)
    return kept, tuple(entry.task.title for entry in members if entry not in kept)


def size_points(
    aggregates: Aggregates,
    models: Sequence[Model],
    arm: tuple[str, str],
    than: tuple[str, str],
    members: Sequence[TargetEntry],
    *,
    language: str | None = None,
    without_english: bool = False,
) -> list[SizePoint]:
    """The gain of an arm (variant, intermediate) over another in each model, on the mean over members.

    The scales are taken task by task, since each task has a ceiling of its own, and averaged then.
    """
    found = []
    for model in models:
        left, right = (_values(aggregates, (model.name, *one), members, language, without_english) for one in (arm, than))
        missing = [
            gap
            for one in (arm, than)
            for gap in aggregates.mean_over((model.name, *one), members, without_english)[2]
            if language is None or np.isnan(left + right).all()
        ]
        gains = {scale: effect(*_on_scale(scale, left, right), aggregates.study.statistics) for scale in SCALES}
        found.append(SizePoint(model, gains, tuple(dict.fromkeys(missing))))
    return found


def measured(points: Sequence[SizePoint], scale: Scale, of: Size = "parameters") -> list[SizePoint]:
    """Those whose gain has an error by seed, and whose size is known."""
    return [one for one in points if one.gains[scale].difference is not None and one.gains[scale].sd is not None and one.size(of) > 0]


def size_trend(points: Sequence[SizePoint], scale: Scale = "points", of: Size = "parameters", beyond: float | None = None) -> SizeTrend:
    """The trend of the gain; with `beyond` the slope is that of a step there: models past so many parameters against the others."""
    kept = measured(points, scale, of)
    families = tuple(dict.fromkeys(one.model.family for one in kept))
    df = len(kept) - len(families) - 1
    models = tuple(one.model.name for one in kept)
    if df < 1:
        return SizeTrend(scale, models, families, df, None)
    places = [float(one.size() > beyond) if beyond is not None else math.log10(one.size(of)) for one in kept]
    design = np.column_stack([*(np.array([one.model.family == name for one in kept], dtype=np.float64) for name in families), places])
    effects = np.array([one.gains[scale].difference for one in kept], dtype=np.float64)
    errors = np.array([(one.gains[scale].sd or 0.0) ** 2 / one.gains[scale].n for one in kept])
    return SizeTrend(scale, models, families, df, meta_regression(effects, errors, design))


def _values(aggregates: Aggregates, arm: Arm, members: Sequence[TargetEntry], language: str | None, without_english: bool) -> Floats:
    """(members, seeds), in points."""
    if language is not None:
        blocks = [aggregates.block(arm, entry.task.name) for entry in members]
        return np.stack([block.values[block.languages.index(language)] for block in blocks])
    rows = [aggregates.task_values(arm, entry.task.name, None, without_english)[0] for entry in members]
    return np.stack(rows) if rows else np.full((1, len(aggregates.seeds)), np.nan)


def _on_scale(scale: Scale, left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Both sides, (seeds,) each, so that their difference is the gain on that scale; NaN where the scale has no value."""
    if scale == "points":
        return left.mean(axis=0), right.mean(axis=0)
    if scale == "logit":
        return _logit(left), _logit(right)
    there = ~np.isnan(right)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = (np.where(there, right, 0.0).sum(axis=1) / there.sum(axis=1))[:, None]
        room = np.where(base < 100, 100 - base, np.nan)  # noqa: PLR2004 - percent
    return (100 * (left - base) / room).mean(axis=0), (100 * (right - base) / room).mean(axis=0)


def _logit(values: Floats) -> Floats:
    inside = np.where((values > 0) & (values < 100), values, np.nan)  # noqa: PLR2004 - percent
    return np.asarray(np.log(inside / (100 - inside)).mean(axis=0), dtype=np.float64)
