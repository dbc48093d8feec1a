"""Draws: the value of every evaluation of one set of items under every draw of the bootstrap, by one product of weights and counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stiltsreport.metrics import METRICS
from stiltsreport.results.items import Counted
from stiltsreport.stats.items.weights import ClusterWeights
from stiltsreport.stats.significance import Floats
from stiltsreport.tasks.task import Task

_CLOSE = 1e-6  # points: how far the value of all items may be from the score
_BLOCK = 4096  # clusters whose weights are turned into floats at a time
Places = NDArray[np.int64]


class Cell:
    """One target in one language: the distinct columns of counts of its evaluations, summed by cluster.

    `clusters` is the number of clusters of the whole pool. Arms often share columns (how many examples there are), which are kept once.
    """

    def __init__(self, task: Task, clusters: int) -> None:
        self.task, self.clusters = task, clusters
        self.there = np.zeros(clusters, dtype=np.bool_)
        self._columns: list[Floats] = []
        self._known: dict[bytes, int] = {}
        self._jobs: dict[str, list[tuple[str, list[int]]]] = {}

    def add(self, job: str, items: Counted, places: Places, value: float) -> str:
        """Take the counts of an evaluation, whose items belong to the clusters at `places`; `value` is its score in points.

        Gives why it cannot be used, or "".
        """
        found: list[tuple[str, list[int]]] = []
        values = []
        for metric in self.task.metrics:
            key = next((key for key in items.keys if key.partition(":")[0] == metric), None)
            if key is None:
                return f"nothing is counted by {metric}"
            try:
                counts = items.of(key, METRICS[key].counts)
            except KeyError:
                return f"nothing is counted by {metric}"
            values.append(float(METRICS[key].value(counts.sum(axis=0))))
            columns = [np.bincount(places, weights=column, minlength=self.clusters).astype(np.float64) for column in counts.T]
            found.append((key, [self._kept(column) for column in columns]))
        if abs(sum(values) / len(values) - value) > _CLOSE:
            return "the counts of its items do not give its score"
        self._jobs[job] = found
        self.there[places] = True
        return ""

    def _kept(self, column: Floats) -> int:
        name = hashlib.blake2b(column.tobytes(), digest_size=16).digest()
        if name not in self._known:
            self._known[name] = len(self._columns)
            self._columns.append(column)
        return self._known[name]

    def draws(self, weights: ClusterWeights) -> dict[str, Floats]:
        """(draws,) by job: the task's value in points, the mean of its metrics', in every draw."""
        filled = np.zeros(self.clusters, dtype=np.bool_)
        for column in self._columns:
            filled |= column != 0
        rows = np.flatnonzero(filled)  # of a mined set most queries count nothing
        matrix = np.stack([column[rows] for column in self._columns]) if self._columns else np.empty((0, 0))
        sums = np.zeros((len(matrix), weights.draws))
        for start in range(0, len(rows), _BLOCK):
            block = slice(start, start + _BLOCK)
            sums += matrix[:, block] @ weights.of(rows[block]).astype(np.float64)
        return {job: self._value(found, sums) for job, found in self._jobs.items()}

    @staticmethod
    def _value(found: Sequence[tuple[str, list[int]]], sums: Floats) -> Floats:
        values = [METRICS[key].value(sums[columns].T) for key, columns in found]
        return np.asarray(sum(values) / len(values), dtype=np.float64)
