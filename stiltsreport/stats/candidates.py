"""What a study compares, in averages, tasks and languages, as differences by seed: each arm with the baseline, each method with plain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stiltsreport.stats.aggregate import AVERAGES, ENGLISH, GROUP_AVERAGES, Aggregates, Arm, Floats
from stiltsreport.stats.inputs import Inputs, Parts, digest
from stiltsreport.stats.own_data import own_data
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry

# What is declared: the average of each intermediate task against the baseline, and of each method against plain of its intermediate.
# The others are explored. Variants and controls against the baseline ("further") are families of their own, so that a study that adds a
# method or a control changes no number of its plain arms; each is our choice.
Family = Literal[
    "confirmatory", "averages", "tasks", "languages",
    "methods", "method averages", "method tasks", "method languages",
    "further averages", "further tasks", "further languages",
]  # fmt: skip
WITHOUT_OWN_DATA = "average-without-own-data"


@dataclass(frozen=True)
class Candidate:
    """One comparison before it is tested.

    `names` are the targets in comparisons.jsonl that it stands for: averages over the same tasks are one comparison. `baseline` is the
    intermediate whose plain arm it is compared with.
    `values`: both arms' by the place of the study's seed, `differences` theirs, NaN where an arm lacks it. `constant`: neither arm was
    trained, so no seed stands behind it. `without_retrieval` is the mean difference without retrieval targets, over the same seeds; None
    where it says nothing of its own.
    """

    arm: Arm
    names: tuple[str, ...]
    scope: str
    family: Family
    values: tuple[Floats, Floats]
    n: int
    parts: tuple[Parts, Parts]
    own_data: bool = False
    baseline: str = BASELINE
    constant: bool = False
    constant_baseline: bool = False
    without_retrieval: float | None = None

    @property
    def baseline_variant(self) -> str:
        """Of the arm that it is compared with, which is always plain."""
        return PLAIN

    @property
    def differences(self) -> Floats:
        """The first arm minus the second, seed by seed."""
        return self.values[0] - self.values[1]

    def inputs(self, seeds: Sequence[int], *, paired: bool = True) -> str:
        """The digest of the jobs of both arms and the seeds that the comparison rests on: those of both arms where they are `paired`."""
        sides = (self.differences, self.differences) if paired else self.values
        return digest(
            f"{side} {seeds[place]} {self.parts[side][place]}"
            for side, values in enumerate(sides)
            for place in range(len(seeds))
            if not np.isnan(values[place])
        )


@dataclass(frozen=True)
class _Contrast:
    """An arm and what it is compared with, and the families of its averages (the declared one first), tasks and languages."""

    arm: Arm
    baseline: Arm
    declared: Family
    averages: Family
    tasks: Family
    languages: Family

    def own(self, aggregates: Aggregates, target: str) -> bool:
        """Whether the two differ by the target's own training data: a method and plain of one intermediate have it both."""
        return self.arm[2] != self.baseline[2] and own_data(aggregates.study, self.arm[2], target)


def candidates(aggregates: Aggregates, model: str) -> Iterator[Candidate]:
    """Every comparison of one model that the study plans, whether or not its scores are there, in the order of the study."""
    inputs = Inputs(aggregates)
    for contrast in contrasts(aggregates, model):
        yield from _averages(aggregates, inputs, contrast)
        yield from _cells(aggregates, inputs, contrast)


def contrasts(aggregates: Aggregates, model: str) -> Iterator[_Contrast]:
    """Each arm with the baseline, followed by each method with plain of its intermediate; a method on the baseline is one of the latter.

    Where the study declares claims, these are the confirmatory family (declared.py), and every average is explored.
    """
    claimed = bool(aggregates.study.claims)
    for variant, intermediate in aggregates.arms(model):
        arm, plain = (model, variant, intermediate), (model, PLAIN, intermediate)
        entry = aggregates.study.entry(intermediate)
        if intermediate != BASELINE:
            if variant == PLAIN and entry is not None and entry.control is None:
                yield _Contrast(arm, baseline_of(arm), "averages" if claimed else "confirmatory", "averages", "tasks", "languages")
            else:
                yield _Contrast(arm, baseline_of(arm), "further averages", "further averages", "further tasks", "further languages")
        if variant != PLAIN:
            declared: Family = "method averages" if claimed else "methods"
            yield _Contrast(arm, plain, declared, "method averages", "method tasks", "method languages")


def _averages(aggregates: Aggregates, inputs: Inputs, contrast: _Contrast) -> Iterator[Candidate]:
    """The averages, those over the same tasks once; the claim is the one without the target's own training data.

    A method is compared with plain of the same intermediate, whose cells hold that data too: there nothing is left out.
    """
    arm, baseline = contrast.arm, contrast.baseline
    own = {name for name in aggregates.entries if contrast.own(aggregates, name)}
    names: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    members: dict[tuple[tuple[str, ...], bool], list[TargetEntry]] = {}
    for kind in (*AVERAGES, *GROUP_AVERAGES):
        entries = aggregates.members(kind, arm[2] if arm[2] != baseline[2] else BASELINE)
        without_english = kind == "zero-shot-average" and any(ENGLISH in entry.languages for entry in entries)
        key = (tuple(entry.task.name for entry in entries), without_english)
        if entries:
            names.setdefault(key, []).append(kind)
            members[key] = entries
    for key, kinds in names.items():
        entries, without_english = members[key], key[1]
        values, n, constant, constant_baseline = _values(aggregates, contrast, entries, without_english)
        spoken = [entry for entry in entries if entry.task.group != "retrieval"]
        checked = 0 < len(spoken) < len(entries)
        rest = _values(aggregates, contrast, spoken, without_english)[0] if checked else None
        yield Candidate(
            arm,
            tuple(kinds),
            "average",
            contrast.declared if WITHOUT_OWN_DATA in kinds else contrast.averages,
            values,
            n,
            (inputs.mean(arm, key[0], without_english), inputs.mean(baseline, key[0], without_english)),
            bool(own & set(key[0])),
            baseline[2],
            constant,
            constant_baseline,
            _mean_difference(rest, values, paired=aggregates.study.statistics.paired) if rest is not None else None,
        )


def _cells(aggregates: Aggregates, inputs: Inputs, contrast: _Contrast) -> Iterator[Candidate]:
    """The tasks, each followed by its languages."""
    arm, baseline = contrast.arm, contrast.baseline
    for name, entry in aggregates.entries.items():
        own = contrast.own(aggregates, name)
        values, n, constant, constant_baseline = _values(aggregates, contrast, [entry], without_english=False)
        parts = inputs.task(arm, name), inputs.task(baseline, name)
        yield Candidate(arm, (name,), "task", contrast.tasks, values, n, parts, own, baseline[2], constant, constant_baseline)
        left, right = aggregates.block(arm, name), aggregates.block(baseline, name)
        for place, language in enumerate(left.languages):
            parts = inputs.language(arm, name, language), inputs.language(baseline, name, language)
            both = left.values[place], right.values[place]
            yield Candidate(
                arm, (name,), f"language:{language}", contrast.languages, both, int(left.n[place]), parts, own, baseline[2], constant,
                constant_baseline
            )  # fmt: skip


def _values(
    aggregates: Aggregates, contrast: _Contrast, entries: Sequence[TargetEntry], without_english: bool
) -> tuple[tuple[Floats, Floats], int, bool, bool]:
    """(both arms by seed, examples, whether both arms are constants, whether the baseline is one)."""
    left, n, _, left_constant = aggregates.mean_over(contrast.arm, entries, without_english)
    right, _, _, right_constant = aggregates.mean_over(contrast.baseline, entries, without_english)
    return (left, right), n, left_constant and right_constant, right_constant


def _mean_difference(rest: tuple[Floats, Floats], values: tuple[Floats, Floats], *, paired: bool) -> float | None:
    """The mean difference of `rest` over the seeds that `values` rest on; None where there are none."""
    left, right = (~np.isnan(side) for side in values)
    if paired:
        left = right = left & right
    if not left.any() or not right.any():
        return None
    return float((rest[0] - rest[1])[left].mean()) if paired else float(rest[0][left].mean() - rest[1][right].mean())


def baseline_of(arm: Arm) -> Arm:
    """The study's baseline, on the model of the arm."""
    return arm[0], PLAIN, BASELINE
