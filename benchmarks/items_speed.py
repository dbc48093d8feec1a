"""How long the second interval of a large study takes, and how much memory: a model, 11 intermediate tasks, 12 targets, languages, 5 seeds.

python -m benchmarks.items_speed [--languages 50] [--models 4] [--items 1500]

Counts by item are made up as they are asked for; those of 200 evaluations are written into a store to time how long files take to open.
Printed are scores, comparisons, seconds, and the peak of memory.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.statistics_speed import large_study
from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import FILE, digest_of, write_item_counts
from stiltsreport.results import Score
from stiltsreport.results.items import StoredItems
from stiltsreport.stats.compare import compare
from stiltsreport.stats.items.second import with_items
from stiltsreport.store import Store
from stiltsreport.study.study import BASELINE, Study
from stiltsreport.tasks.task import Task

POOL = 64  # made-up columns that evaluations take theirs from


@dataclass
class Made:
    """The items of one evaluation."""

    task: Task
    number: int
    digest: str
    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    right: np.ndarray

    @property
    def keys(self) -> tuple[str, ...]:
        """Those of the task."""
        return self.task.metrics

    def of(self, key: str, names: tuple[str, ...]) -> np.ndarray:
        """Right answers of this evaluation, and ones for whatever else is counted."""
        del key
        column = np.roll(self.right[self.number % POOL], self.number // POOL)
        return np.stack([column, *[np.ones(len(column))] * (len(names) - 1)], axis=1)


class MadeItems:
    """Items by job, which is named TARGET/LANGUAGE/NUMBER."""

    def __init__(self, study: Study, count: int) -> None:
        self._right = (np.random.default_rng(1).random((POOL, count)) < 0.7).astype(np.float64)  # noqa: PLR2004 - how many are right
        self._ids = tuple(f"q{number}" for number in range(count))
        self._tasks = {entry.task.name: entry.task for entry in study.target}
        self._known: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}

    def open(self, job: str) -> Made:
        """The items of that job."""
        target, language, number = job.split("/")
        task = self._tasks[target]
        if (target, language) not in self._known:
            grouped = task.type == "question_answering"
            clusters = tuple(f"{language} {place // 5}" for place in range(len(self._ids))) if grouped else self._ids
            self._known[target, language] = digest_of(self._ids, clusters), clusters
        digest, clusters = self._known[target, language]
        return Made(task, int(number), digest, self._ids, clusters, self._right)


def scores_of(study: Study, items: MadeItems) -> list[Score]:
    """The score of every evaluation, in every metric."""
    rows = []
    for model in study.models:
        for arm in (BASELINE, *(task.name for task in study.intermediate)):
            for entry in study.target:
                for language in entry.languages:
                    for seed in study.seeds:
                        job = f"{entry.task.name}/{language}/{zlib.crc32(f'{model.name}/{arm}/{seed}'.encode()) % 10_000}"
                        made = items.open(job)
                        for key in entry.task.metrics:
                            value = float(METRICS[key].value(made.of(key, METRICS[key].counts).sum(axis=0)))
                            rows.append(
                                Score(
                                    model.name, "plain", arm, entry.task.name, "target", "test", language, None, seed, METRICS[key].name,
                                    value, len(made.ids), job,
                                )
                            )  # fmt: skip
    return rows


def files(items: MadeItems, folder: Path, count: int = 200) -> float:
    """Seconds that an evaluation's file takes to open, and its counts to read."""
    store = Store(folder)
    for number in range(count):
        one, place = items.open(f"xnli/en/{number}"), store.path("evaluations", f"{number:04}")
        place.mkdir(parents=True)
        counts = {"accuracy": one.of("accuracy", METRICS["accuracy"].counts)}
        write_item_counts(place / FILE, one.ids, one.clusters, counts, {"accuracy": METRICS["accuracy"].counts})
    stored, began = StoredItems(store), time.perf_counter()
    for number in range(count):
        found = stored.open(f"{number:04}")
        assert found is not None
        found.of("accuracy", METRICS["accuracy"].counts)
    return (time.perf_counter() - began) / count


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--languages", type=int, default=50)
    parser.add_argument("--models", type=int, default=4)
    parser.add_argument("--items", type=int, default=1500)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = large_study(Path(folder))
        study = replace(
            study,
            models=study.models[: given.models],
            target=tuple(replace(entry, languages=entry.languages[: given.languages]) for entry in study.target),
        )
        items = MadeItems(study, given.items)
        print(f"a file of {given.items} items opens in {1000 * files(items, Path(folder) / 'store'):.2f} ms")
        scores = scores_of(study, items)
        rows = compare(study, scores)
        before, began, worked = _peak(), time.perf_counter(), time.process_time()
        found = with_items(study, scores, rows, items)
        wall, processor = time.perf_counter() - began, time.process_time() - worked
        resampled = sum(row.interval == "bootstrap" and row.low is not None for row in found)
        print(f"{len(scores)} scores, {len(rows)} comparisons, {resampled} resampled")
        print(f"{wall:.1f} s, {processor:.1f} s of them on the processor")
        print(f"memory {before:.0f} MiB before, {_peak():.0f} MiB at most")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
