"""The variance of differences over test items, and their distribution over seeds and items, in one pass over the items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stiltsreport.results.items import Counted, Items
from stiltsreport.stats.aggregate import Aggregates, Arm
from stiltsreport.stats.items.draws import Cell
from stiltsreport.stats.items.quantities import Place, Quantity
from stiltsreport.stats.items.spaces import Clusters, pool_of
from stiltsreport.stats.items.weights import DRAWS, ClusterWeights, seed_weights
from stiltsreport.stats.significance import Floats

FEWEST_CLUSTERS = 10  # under which a bootstrap says little (our choice)
MULTI_SEEDS = 10  # from which seeds are resampled too (statistics: Sellam et al. 2021)


@dataclass
class ItemVariance:
    """What resampling the items says of one comparison, in points.

    `pools` holds of each pool of items its variance without and with the noise of single runs (`over_items`), and clusters - 1;
    `clusters` counts all. `multi` are the differences under draws of seeds and items together, from 10 paired seeds on. `missing` says
    why there is nothing.
    """

    pools: list[tuple[float, float, int]] = field(default_factory=list)
    clusters: int = 0
    multi: Floats | None = None
    missing: str = ""

    @property
    def variance(self) -> float:
        """Of all pools, which are independent; an estimate below 0 is 0."""
        return max(0.0, sum(variance for variance, _, _ in self.pools))

    @property
    def df(self) -> float:
        """Of the variance: clusters - 1, of several pools after Satterthwaite."""
        squares = sum(whole**2 / freedom for _, whole, freedom in self.pools)
        return sum(whole for _, whole, _ in self.pools) ** 2 / squares if squares else float(max(self.clusters - 1, 1))


def over_items(draws: Sequence[Floats]) -> tuple[float, float]:
    """The variance over items of a sum of means over seeds, each of the `draws` (seeds, draws): without noise of single runs, and with it.

    What a single run happens to get right is noise of seed and item together. The variance of the mean over seeds has it, and so has the
    variance of the seeds that is added to this one: it is counted there alone. Of n seeds with the mean variance a, and the variance b of
    their mean, it is (a - b) / (n - 1) of b. What is left is the mean covariance of two seeds: what other items would change in both. As
    an estimate without bias it can be below 0.
    """
    whole = float(np.sum([part.mean(axis=0) for part in draws], axis=0).var(ddof=1))
    noise = [float(part.var(axis=1, ddof=1).mean() - part.mean(axis=0).var(ddof=1)) / (len(part) - 1) for part in draws if len(part) > 1]
    return whole - sum(noise), whole


def item_variances(aggregates: Aggregates, asked: Sequence[Quantity], items: Items, draws: int = DRAWS) -> list[ItemVariance]:
    """Of each quantity, by one bootstrap of clusters, the same for all of them.

    Seeds stay as they are: what varies is the mean over seeds of the difference. Memory is bounded by one target in one language: its
    counts and weights, and by one row of draws a comparison.
    """
    found = [ItemVariance() for _ in asked]
    places = {place for quantity in asked for place in quantity.cells}
    pools: dict[str, list[Place]] = {}
    for name, entry in aggregates.entries.items():
        for language in entry.languages:
            if (name, language) in places:
                pools.setdefault(pool_of(entry.task, language), []).append((name, language))
    by_place: dict[Place, list[int]] = {}
    for number, quantity in enumerate(asked):
        for place in quantity.cells:
            by_place.setdefault(place, []).append(number)
    for pool, members in pools.items():
        _Pool(aggregates, asked, items, found, draws).resample(pool, members, by_place)
    return found


@dataclass
class _Sum:
    """A comparison within a pool, draw by draw: (seeds, draws) of the paired difference, or of each arm; and its clusters."""

    draws: list[Floats]
    there: NDArray[np.bool_]


class _Arms:
    """The draws of one cell by arm, (seeds, draws), each made once."""

    def __init__(self, draws: dict[str, Floats], jobs: Callable[[Arm], tuple[str, ...]], reasons: dict[str, str]) -> None:
        self._draws, self._jobs, self._reasons = draws, jobs, reasons
        self._stacked: dict[tuple[Arm, tuple[int, ...]], Floats] = {}

    def lacking(self, arm: Arm, seeds: tuple[int, ...]) -> str:
        """Why the arm cannot be resampled in these seeds, or ""."""
        jobs = self._jobs(arm)
        if not seeds:
            return "no results"
        return next((self._reasons.get(jobs[seed]) or "no items are stored" for seed in seeds if jobs[seed] not in self._draws), "")

    def of(self, arm: Arm, seeds: tuple[int, ...]) -> Floats:
        """Its values in these seeds."""
        if (arm, seeds) not in self._stacked:
            jobs = self._jobs(arm)
            self._stacked[arm, seeds] = np.stack([self._draws[jobs[seed]] for seed in seeds])
        return self._stacked[arm, seeds]


class _Pool:
    """One pool of items at a time."""

    def __init__(self, aggregates: Aggregates, asked: Sequence[Quantity], items: Items, found: list[ItemVariance], draws: int) -> None:
        self._aggregates, self._asked, self._items, self._found, self._draws = aggregates, asked, items, found, draws
        self._sums: dict[int, _Sum] = {}

    def resample(self, pool: str, members: Sequence[Place], by_place: dict[Place, list[int]]) -> None:
        """Add what this pool contributes to every comparison that it is in."""
        clusters = Clusters((f"{name}/{language}", items) for name, language in members if (items := self._sample((name, language))))
        weights = ClusterWeights(pool, clusters.names, self._draws)
        left: dict[int, int] = {}
        for place in members:
            for number in by_place[place]:
                left[number] = left.get(number, 0) + 1
        for place in members:
            numbers: dict[str, list[int]] = {}
            for number in by_place[place]:
                numbers.setdefault(self._asked[number].arm[0], []).append(number)
            for own in numbers.values():
                self._cell(place, own, clusters, weights, left)

    def _sample(self, place: Place) -> Counted | None:
        """The items of one cell, by the first evaluation that has any; one that knows of paragraphs before one that does not."""
        best: Counted | None = None
        for job in sorted({job for arm in self._arms() for job in self._jobs(arm, place) if job}):
            items = self._items.open(job)
            if items is not None:
                best = items if best is None else best
                if items.clusters != items.ids or self._aggregates.entries[place[0]].task.type != "question_answering":
                    return items
        return best

    def _arms(self) -> list[Arm]:
        return [(model.name, *arm) for model in self._aggregates.study.models for arm in self._aggregates.arms(model.name)]

    def _jobs(self, arm: Arm, place: Place) -> tuple[str, ...]:
        block = self._aggregates.block(arm, place[0])
        return block.jobs[block.languages.index(place[1])]

    def _cell(self, place: Place, numbers: Iterable[int], clusters: Clusters, weights: ClusterWeights, left: dict[int, int]) -> None:
        """One target in one language, for the comparisons of one model."""
        cell = Cell(self._aggregates.entries[place[0]].task, len(clusters.names))
        reasons: dict[str, str] = {}
        known: dict[str, NDArray[np.int64] | None] = {}
        numbers = list(numbers)
        for arm in dict.fromkeys(side for number in numbers for side in (self._asked[number].arm, self._asked[number].baseline)):
            values = self._aggregates.block(arm, place[0]).values
            row = values[self._aggregates.entries[place[0]].languages.index(place[1])]
            for job, value in zip(self._jobs(arm, place), row, strict=True):
                if job and job not in reasons and not np.isnan(value):
                    reasons[job] = self._take(cell, job, float(value), clusters, known)
        arms = _Arms(cell.draws(weights), lambda arm: self._jobs(arm, place), reasons)
        for number in numbers:
            self._add(number, place, cell, arms, left)

    def _take(self, cell: Cell, job: str, value: float, clusters: Clusters, known: dict[str, NDArray[np.int64] | None]) -> str:
        items = self._items.open(job)
        if items is None:
            return "no items are stored"
        if items.digest not in known:
            places = [clusters.place(name) for name in items.ids]
            known[items.digest] = None if None in places else np.array(places, dtype=np.int64)
        places_of = known[items.digest]
        return "its items are not those of the other rows" if places_of is None else cell.add(job, items, places_of, value)

    def _add(self, number: int, place: Place, cell: Cell, arms: _Arms, left: dict[int, int]) -> None:
        quantity, found = self._asked[number], self._found[number]
        left[number] -= 1
        sides = (quantity.arm, quantity.arm_seeds), (quantity.baseline, quantity.baseline_seeds)
        lacking = next((reason for side in sides if (reason := arms.lacking(*side))), "")
        if lacking:
            found.missing = f"{place[0]} in {place[1]!r}: {lacking}"
            self._sums.pop(number, None)
        if found.missing:
            return
        weight, arm, baseline = quantity.cells[place], arms.of(*sides[0]), arms.of(*sides[1])
        parts = [weight * (arm - baseline)] if quantity.by_difference else [weight * arm, -weight * baseline]
        total = self._sums.get(number)
        if total is None:
            total = self._sums[number] = _Sum(parts, cell.there.copy())
        else:
            for before, part in zip(total.draws, parts, strict=True):
                np.add(before, part, out=before)
            total.there |= cell.there
        if not left[number]:
            self._finish(number)

    def _finish(self, number: int) -> None:
        total, found, quantity = self._sums.pop(number), self._found[number], self._asked[number]
        clusters = int(total.there.sum())
        if clusters < FEWEST_CLUSTERS:
            found.missing = f"{clusters} clusters of items are too few"
            return
        found.pools.append((*over_items(total.draws), clusters - 1))
        found.clusters += clusters
        seeds = len(quantity.arm_seeds)
        if quantity.by_difference and seeds >= MULTI_SEEDS:
            drawn = (seed_weights(seeds, self._draws).T * total.draws[0]).sum(axis=0)
            found.multi = drawn if found.multi is None else found.multi + drawn
