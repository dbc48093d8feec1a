"""How the study's trainings ended, and the losses on their way: from the records of the store."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from stiltsreport.plan.jobs import Train
from stiltsreport.plan.plan import Plan
from stiltsreport.results.setup import CurveFacts, RunHealth
from stiltsreport.results.trainings import owned
from stiltsreport.store import Store

DIVERGED = re.compile(r"the loss is \S+ and the gradient's norm \S+ at step \d+")  # what a training says when a number is not finite
POINTS = 60  # of a curve: enough for a figure, and little in provenance.json


def health(plan: Plan, records: Mapping[str, Mapping[str, Any]], store: Store) -> tuple[RunHealth, ...]:
    """The verdict on every training that has run or diverged, once an arm that rests on it; trainings of older stores have none."""
    found = []
    for one in owned(plan):
        verdict = _verdict(one.train, records, store)
        if verdict:
            reserve = one.seed not in plan.study.seeds
            found.append(
                RunHealth(one.model, one.variant, one.intermediate, one.target, one.stage, one.seed, one.train.id, verdict, reserve)
            )
    return tuple(found)


def _verdict(train: Train, records: Mapping[str, Mapping[str, Any]], store: Store) -> str:
    if train.id in records:
        return str((records[train.id].get("health") or {}).get("verdict") or "")
    reason = store.failure(train.id)
    return "diverged" if reason and DIVERGED.search(reason) else ""


def curves(plan: Plan, records: Mapping[str, Mapping[str, Any]], store: Store) -> tuple[CurveFacts, ...]:
    """The losses by part of every intermediate training of several parts, or of masked language modelling, in the first seed."""
    found = []
    for item in plan.intermediates:
        mixed = len(item.train.parts) > 1 or item.train.form == "masked_language_modelling"
        if mixed and item.seed == plan.study.seeds_of(item.variant, item.intermediate)[0] and item.train.id in records:
            for part, points in _losses(store, item.train).items():
                steps, losses = thinned(points)
                found.append(CurveFacts(item.model.name, item.variant, item.intermediate, item.seed, part, steps, losses))
    return tuple(found)


def _losses(store: Store, train: Train) -> dict[str, list[tuple[int, float]]]:
    """(step, loss) by part; a curve that is gone or torn gives what can be read of it, since scores do not rest on it."""
    file = store.path("trainings", train.id) / "curve.jsonl"
    found: dict[str, list[tuple[int, float]]] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row.get("loss"), int | float) and math.isfinite(row["loss"]):
            found.setdefault(str(row.get("part") or train.training.task.name), []).append((int(row["number"]), float(row["loss"])))
    return found


def thinned(points: list[tuple[int, float]], most: int = POINTS) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """At most so many points: runs of neighbours become their mean, at the last of their steps.

    >>> thinned([(1, 4.0), (2, 2.0), (3, 1.0), (5, 2.0)], most=2)
    ((2, 5), (3.0, 1.5))
    """
    size = -(-len(points) // most) if points else 1
    groups = [points[place : place + size] for place in range(0, len(points), size)]
    return tuple(group[-1][0] for group in groups), tuple(sum(loss for _, loss in group) / len(group) for group in groups)
