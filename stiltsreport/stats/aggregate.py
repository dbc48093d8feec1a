"""XTREME's averages: over metrics, languages and tasks, seed by seed; what is missing leaves a gap that is named, never a 0.

Scores of pairs in two languages stand in no average, nor do those of reserve seeds (collapse.py has their use).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stiltsreport.errors import StiltsReportError
from stiltsreport.metrics import METRICS
from stiltsreport.registry import look_up
from stiltsreport.results.cells import untrained
from stiltsreport.results.score import Score
from stiltsreport.stats.own_data import own_data
from stiltsreport.study.study import Study, TargetEntry
from stiltsreport.tasks.benchmarks import BENCHMARKS
from stiltsreport.tasks.task import Group, Task

AVERAGES = ("average", "average-without-retrieval", "zero-shot-average", "average-without-own-data")
GROUPS: tuple[Group, ...] = ("classification", "structured", "qa", "retrieval")
GROUP_AVERAGES = tuple(f"group:{group}" for group in GROUPS)
ENGLISH = "en"

Floats = NDArray[np.float64]
Arm = tuple[str, str, str]  # model, variant, intermediate
Means = tuple[Floats, int, tuple[str, ...], bool]  # value by seed with NaN for gaps, examples, what is missing, whether it is a constant


@dataclass(frozen=True)
class Series:
    """One quantity, in points (0 to 100), seed by seed.

    A seed of None stands for a constant: nothing was trained, and the value pairs with every seed. `n` is the number of examples that a
    value rests on.
    `missing` names what keeps planned seeds out of the series. `jobs`: the evaluation of each value, where it is of one language; an
    average has none, nor has a further metric, which comes of the same evaluations.
    """

    seeds: tuple[int | None, ...]
    values: tuple[float, ...]
    n: int
    missing: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()

    def mean(self) -> float:
        """The mean over seeds."""
        return statistics.fmean(self.values)

    def sd(self) -> float | None:
        """The standard deviation over seeds (n - 1); None under two seeds."""
        return _deviation(self.values) if len(self.values) > 1 else None

    @property
    def constant(self) -> bool:
        """Whether it is one value that no training stands behind."""
        return self.seeds == (None,)


@dataclass(frozen=True)
class Block:
    """The scores of one arm on one target in one metric: languages by seeds, NaN where there is none.

    A constant fills every column. `jobs` holds the evaluations' ids, "" where there is none.
    """

    languages: tuple[str, ...]
    values: Floats
    n: NDArray[np.int64]
    jobs: tuple[tuple[str, ...], ...]
    constant: bool


class Aggregates:
    """Every mean of a study's scores. The order of the scores does not matter; scores of anything the study does not name are left aside.

    Raises StiltsReportError where two scores of one cell differ.
    """

    def __init__(self, study: Study, scores: Iterable[Score]) -> None:
        self.study = study
        self.seeds = study.seeds
        self.entries = {entry.task.name: entry for entry in study.target}
        self._rows: dict[tuple[Arm, str, str], dict[tuple[str, int | None], Score]] = {}
        self._dev: dict[tuple[Arm, str], dict[str, dict[int | None, Score]]] = {}
        own_seeds = {(variant, name): {None, *study.seeds_of(variant, name)} for variant, name in study.arms}
        self._blocks: dict[tuple[Arm, str, str | None], Block] = {}
        self._tasks: dict[tuple[Arm, str, str | None, bool], Means] = {}
        for score in scores:
            arm = (score.model, score.variant, score.intermediate)
            if score.seed not in own_seeds.get(arm[1:], ()):
                continue
            if score.stage == "intermediate":
                self._dev.setdefault((arm, score.target), {}).setdefault(score.metric, {})[score.seed] = score
            elif score.second_language is None and score.target in self.entries:
                _add(self._rows.setdefault((arm, score.target, score.metric), {}), score)

    def arms(self, model: str) -> list[tuple[str, str]]:
        """(variant, intermediate) of each row of a table, in the study's order, the baseline first, each followed by its variants."""
        del model  # every model of a study has the same arms yet
        return list(self.study.arms)

    def block(self, arm: Arm, target: str, metric: str | None = None) -> Block:
        """The scores of an arm on a target; without a metric the mean of the task's own metrics (exact match and F1 for QA)."""
        key = (arm, target, metric)
        if key not in self._blocks:
            names = metric_names(self.entries[target].task) if metric is None else (metric_name(metric),)
            self._blocks[key] = self._joined([self._block(arm, target, name) for name in names])
        return self._blocks[key]

    def _block(self, arm: Arm, target: str, metric: str) -> Block:
        rows = self._rows.get((arm, target, metric), {})
        languages = self.entries[target].languages
        constant = bool(rows) and all(seed is None for _, seed in rows)
        found = [[rows.get((language, None if constant else seed)) for seed in self.seeds] for language in languages]
        return Block(
            languages,
            np.array([[row.value if row else np.nan for row in line] for line in found], dtype=np.float64).reshape(
                len(languages), len(self.seeds)
            ),
            np.array([max((row.n for row in line if row), default=0) for line in found], dtype=np.int64),
            tuple(tuple(row.job if row else "" for row in line) for line in found),
            constant,
        )

    @staticmethod
    def _joined(blocks: Sequence[Block]) -> Block:
        if len(blocks) == 1:
            return blocks[0]
        values = np.stack([block.values for block in blocks]).mean(axis=0)
        return Block(blocks[0].languages, values, blocks[0].n, blocks[0].jobs, all(block.constant for block in blocks))

    def language(self, model: str, variant: str, intermediate: str, target: str, language: str, metric: str | None = None) -> Series | None:
        """The scores in one language; None where there is none."""
        block = self.block((model, variant, intermediate), target, metric)
        if language not in block.languages:
            return None
        place = block.languages.index(language)
        arm = (model, variant, intermediate)
        values, missing = block.values[place], ""
        if np.isnan(values).any():
            missing = _missing_seeds(language, *self._planned(arm, values), self._untrained(target, variant, intermediate))
        jobs = block.jobs[place] if metric is None else ()
        return self._series(values, int(block.n[place]), (missing,) if missing else (), block.constant, jobs)

    def task(
        self, model: str, variant: str, intermediate: str, target: str, metric: str | None = None, without_english: bool = False
    ) -> Series | None:
        """The mean over the study's languages of the target; a seed that lacks one of them is absent, and `missing` names the language.

        None where no seed is whole (`missing` says why), or where English is the only language and left out.
        """
        values, n, missing, constant = self.task_values((model, variant, intermediate), target, metric, without_english)
        return self._series(values, n, missing, constant) if n else None

    def task_values(self, arm: Arm, target: str, metric: str | None = None, without_english: bool = False) -> Means:
        """The mean over a target's languages, by the place of the seed."""
        key = (arm, target, metric, without_english)
        if key not in self._tasks:
            self._tasks[key] = self._task_values(*key)
        return self._tasks[key]

    def _task_values(self, arm: Arm, target: str, metric: str | None, without_english: bool) -> Means:
        block = self.block(arm, target, metric)
        kept = [place for place, language in enumerate(block.languages) if not (without_english and language == ENGLISH)]
        if not kept:
            return np.full(len(self.seeds), np.nan), 0, (), block.constant
        bare = self._untrained(target, arm[1], arm[2])
        values = block.values[kept]
        if np.isnan(values).all():
            return np.full(len(self.seeds), np.nan), 0, ("all languages",), block.constant
        planned = [(block.languages[place], *self._planned(arm, block.values[place])) for place in kept]
        gaps = [_missing_seeds(name, values, seeds, bare) for name, values, seeds in planned if np.isnan(values).any()]
        return values.mean(axis=0), int(block.n[kept].sum()), tuple(gaps), block.constant

    def members(self, kind: str, intermediate: str) -> list[TargetEntry]:
        """The targets of an average. Raises StiltsReportError for a kind that there is not."""
        entries = list(self.entries.values())
        if kind in ("average", "zero-shot-average"):
            return [entry for entry in entries if kind == "average" or set(entry.languages) != {ENGLISH}]
        if kind == "average-without-retrieval":
            return [entry for entry in entries if entry.task.group != "retrieval"]
        if kind == "average-without-own-data":
            return [entry for entry in entries if not own_data(self.study, intermediate, entry.task.name)]
        if kind in GROUP_AVERAGES:
            return [entry for entry in entries if f"group:{entry.task.group}" == kind]
        look_up(dict.fromkeys((*AVERAGES, *GROUP_AVERAGES)), kind, "average")
        raise AssertionError(kind)

    def average(self, model: str, variant: str, intermediate: str, kind: str, own_of: str | None = None) -> Series | None:
        """The mean over tasks, of a kind of AVERAGES or GROUP_AVERAGES.

        A seed that lacks a task is absent, and the task is named in `missing`. "average-without-own-data" leaves out the targets whose
        training data `own_of` contains: by default the arm's own intermediate task; name the method there when its baseline is asked for.
        None where no seed has every task (`missing_of` says what is missing), or no task belongs.
        """
        members = self.members(kind, own_of or intermediate)
        values, n, missing, constant = self.mean_over((model, variant, intermediate), members, without_english=kind == "zero-shot-average")
        return self._series(values, n, missing, constant) if n else None

    def mean_over(self, arm: Arm, members: Sequence[TargetEntry], without_english: bool = False) -> Means:
        """The mean over these targets, by the place of the seed."""
        if not members:
            return np.full(len(self.seeds), np.nan), 0, (), False
        parts = [self.task_values(arm, entry.task.name, None, without_english) for entry in members]
        missing: list[str] = []
        for entry, part in zip(members, parts, strict=True):
            missing.extend(f"{entry.task.title}: {gap}" if gap != "all languages" else entry.task.title for gap in part[2])
        return (
            np.stack([part[0] for part in parts]).mean(axis=0),
            sum(part[1] for part in parts),
            tuple(missing),
            all(part[3] for part in parts),
        )

    def missing_of(self, model: str, variant: str, intermediate: str, target: str, own_of: str | None = None) -> tuple[str, ...]:
        """What keeps a task or an average from being whole, also where there is no series at all; empty where nothing is missing."""
        arm = (model, variant, intermediate)
        if target in self.entries:
            return self.task_values(arm, target)[2]
        return self.mean_over(arm, self.members(target, own_of or intermediate), without_english=target == "zero-shot-average")[2]

    def intermediate_dev(self, model: str, variant: str, intermediate: str, task: str | None = None) -> Series | None:
        """The English dev score of an intermediate training on its task, or on that one of its tasks: the mean of the task's metrics.

        None where none was recorded.
        """
        name = task or intermediate
        rows = self._dev.get(((model, variant, intermediate), name), {})
        found = self.study.tasks.get(name)
        names = [one for one in metric_names(found) if one in rows] if found else sorted(rows)
        if not names:
            return None
        values = np.array([[rows[one][seed].value if seed in rows[one] else np.nan for seed in self.seeds] for one in names]).mean(axis=0)
        return self._series(values, max(score.n for score in rows[names[0]].values()), (), constant=False)

    def _planned(self, arm: Arm, values: Floats) -> tuple[Floats, tuple[int, ...]]:
        """The values of the seeds that the arm has, and these."""
        own = self.study.seeds_of(arm[1], arm[2])
        return values[[self.seeds.index(seed) for seed in own]], own

    def _untrained(self, target: str, variant: str, intermediate: str) -> bool:
        return untrained(self.study, variant, intermediate, self.entries[target])

    def _series(self, values: Floats, n: int, missing: tuple[str, ...], constant: bool, jobs: tuple[str, ...] = ()) -> Series | None:
        if constant:
            return None if np.isnan(values[0]) else Series((None,), (float(values[0]),), n, missing, jobs[:1])
        kept = values.tolist()
        there = [place for place, value in enumerate(kept) if not math.isnan(value)]
        if not there:
            return None
        if len(there) == len(kept):
            return Series(self.seeds, tuple(kept), n, missing, jobs)
        seeds = tuple(self.seeds[place] for place in there)
        return Series(seeds, tuple(kept[place] for place in there), n, missing, tuple(jobs[place] for place in there) if jobs else ())


def _deviation(values: Sequence[float]) -> float:
    """The standard deviation (n - 1) without rounding on the way, as statistics.stdev has it up to the last bit, in a tenth of its time.

    Every float is a whole number of some power of two: sums of squares of these are exact.
    """
    ratios = [value.as_integer_ratio() for value in values]
    common = max(below for _, below in ratios)
    whole = [above * (common // below) for above, below in ratios]
    count = len(whole)
    squares = count * sum(one * one for one in whole) - sum(whole) ** 2
    return math.sqrt(squares / (count * (count - 1) * common * common))


def metric_names(task: Task) -> tuple[str, ...]:
    """The names in scores.jsonl of the metrics whose mean is the task's value."""
    return tuple(METRICS[key].name for key in task.metrics)


def metric_name(metric: str) -> str:
    """A metric's name in scores.jsonl, by that name or by its key."""
    return METRICS[metric].name if metric in METRICS else metric


def average_title(study: Study) -> str:
    """What the mean over tasks is called: a benchmark's average only where the study holds all its tasks in all its languages."""
    if study.benchmark is not None:
        return f"{BENCHMARKS[study.benchmark].title} average"
    return f"mean of {len(study.target)} task{'' if len(study.target) == 1 else 's'}"


def _missing_seeds(name: str, values: Floats, seeds: Sequence[int], untrained: bool) -> str:
    """`name` with the planned seeds that have no value; "" where all have one."""
    absent = [str(seed) for seed, value in zip(seeds, values, strict=True) if np.isnan(value)]
    if not absent:
        return ""
    if untrained or len(absent) == len(seeds):
        return name
    return f"{name} (seed{'s' if len(absent) > 1 else ''} {', '.join(absent)})"


def _add(rows: dict[tuple[str, int | None], Score], score: Score) -> None:
    before = rows.setdefault((score.language, score.seed), score)
    if before.value != score.value:
        arm = score.intermediate if score.variant == "plain" else f"{score.intermediate}+{score.variant}"
        cell = f"{score.model}/{arm}/{score.target}/{score.seed} in {score.language!r}"
        raise StiltsReportError(
            f"two scores of one cell differ: {before.value} and {score.value}", where=cell, hint="one row a cell and metric"
        )
