"""What a study compares: each intermediate task with the baseline, in averages, tasks and languages, as differences by seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stiltsreport.stats.aggregate import AVERAGES, ENGLISH, GROUP_AVERAGES, Aggregates, Arm, Floats
from stiltsreport.stats.inputs import Inputs, Parts, digest
from stiltsreport.stats.own_data import own_data
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry

Family = Literal["confirmatory", "averages", "tasks", "languages"]
WITHOUT_OWN_DATA = "average-without-own-data"


@dataclass(frozen=True)
class Candidate:
    """One comparison before it is tested.

    `names` are the targets in comparisons.jsonl that it stands for: averages over the same tasks are one comparison.
    `differences` by the place of the study's seed, NaN where an arm lacks it. `constant`: neither arm was trained, so no seed stands
    behind it. `without_retrieval` is the mean difference without retrieval targets, over the same seeds; None where it says nothing of
    its own.
    """

    arm: Arm
    names: tuple[str, ...]
    scope: str
    family: Family
    differences: Floats
    n: int
    parts: tuple[Parts, Parts]
    own_data: bool = False
    constant: bool = False
    constant_baseline: bool = False
    without_retrieval: float | None = None

    def inputs(self, seeds: Sequence[int]) -> str:
        """The digest of the jobs of both arms and the seeds that the comparison rests on."""
        there = [place for place in range(len(seeds)) if not np.isnan(self.differences[place])]
        return digest(f"{side} {seeds[place]} {self.parts[side][place]}" for side in (0, 1) for place in there)


def candidates(aggregates: Aggregates, model: str) -> Iterator[Candidate]:
    """Every comparison of one model that the study plans, whether or not its scores are there, in the order of the study."""
    inputs = Inputs(aggregates)
    for variant, intermediate in aggregates.arms(model):
        if (variant, intermediate) != (PLAIN, BASELINE):
            arm = (model, variant, intermediate)
            yield from _averages(aggregates, inputs, arm)
            yield from _cells(aggregates, inputs, arm)


def _averages(aggregates: Aggregates, inputs: Inputs, arm: Arm) -> Iterator[Candidate]:
    """The averages, those over the same tasks once; the claim is the one without the target's own training data."""
    own = {name for name in aggregates.entries if own_data(aggregates.study, arm[2], name)}
    names: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    members: dict[tuple[tuple[str, ...], bool], list[TargetEntry]] = {}
    for kind in (*AVERAGES, *GROUP_AVERAGES):
        entries = aggregates.members(kind, arm[2])
        without_english = kind == "zero-shot-average" and any(ENGLISH in entry.languages for entry in entries)
        key = (tuple(entry.task.name for entry in entries), without_english)
        if entries:
            names.setdefault(key, []).append(kind)
            members[key] = entries
    for key, kinds in names.items():
        entries, without_english = members[key], key[1]
        differences, n, constant, constant_baseline = _difference(aggregates, arm, entries, without_english)
        spoken = [entry for entry in entries if entry.task.group != "retrieval"]
        checked = 0 < len(spoken) < len(entries)
        rest = _difference(aggregates, arm, spoken, without_english)[0] if checked else None
        there = ~np.isnan(differences)
        yield Candidate(
            arm,
            tuple(kinds),
            "average",
            "confirmatory" if WITHOUT_OWN_DATA in kinds else "averages",
            differences,
            n,
            (inputs.mean(arm, key[0], without_english), inputs.mean(baseline_of(arm), key[0], without_english)),
            bool(own & set(key[0])),
            constant,
            constant_baseline,
            float(rest[there].mean()) if rest is not None and there.any() else None,
        )


def _cells(aggregates: Aggregates, inputs: Inputs, arm: Arm) -> Iterator[Candidate]:
    """The tasks, each followed by its languages."""
    baseline = baseline_of(arm)
    for name, entry in aggregates.entries.items():
        own = own_data(aggregates.study, arm[2], name)
        differences, n, constant, constant_baseline = _difference(aggregates, arm, [entry], without_english=False)
        parts = inputs.task(arm, name), inputs.task(baseline, name)
        yield Candidate(arm, (name,), "task", "tasks", differences, n, parts, own, constant, constant_baseline)
        left, right = aggregates.block(arm, name), aggregates.block(baseline, name)
        by_language = left.values - right.values
        for place, language in enumerate(left.languages):
            parts = inputs.language(arm, name, language), inputs.language(baseline, name, language)
            yield Candidate(
                arm, (name,), f"language:{language}", "languages", by_language[place], int(left.n[place]), parts, own, constant,
                constant_baseline
            )  # fmt: skip


def _difference(aggregates: Aggregates, arm: Arm, entries: Sequence[TargetEntry], without_english: bool) -> tuple[Floats, int, bool, bool]:
    """(difference by seed, examples, whether both arms are constants, whether the baseline is one)."""
    left, n, _, left_constant = aggregates.mean_over(arm, entries, without_english)
    right, _, _, right_constant = aggregates.mean_over(baseline_of(arm), entries, without_english)
    return left - right, n, left_constant and right_constant, right_constant


def baseline_of(arm: Arm) -> Arm:
    """The arm that it is compared with."""
    return arm[0], PLAIN, BASELINE
