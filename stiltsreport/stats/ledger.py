"""The reproduction ledger: published numbers beside a study's own, how far apart they are, and what is known to part them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stiltsreport.metrics import METRICS
from stiltsreport.published import AVERAGE, BEST, MEAN, Published, transfer
from stiltsreport.results import SelectionFacts
from stiltsreport.stats.aggregate import Aggregates, Floats
from stiltsreport.stats.best_per_target import choose
from stiltsreport.stats.selection_scores import SelectionScores
from stiltsreport.stats.significance import EQUAL
from stiltsreport.study.study import BASELINE, PLAIN, Study, TargetEntry
from stiltsreport.tasks.benchmarks import BENCHMARKS
from stiltsreport.tasks.task import SEARCHED

_SEQEVAL = "0.0.12"  # the version whose F1 XTREME's tables hold
_NAMED = 4


@dataclass(frozen=True)
class LedgerRow:
    """A published number and ours. `sd` is that over our `seeds`, None for one or a constant; `reasons` are facts, not explanations."""

    published: Published
    model: str
    ours: float
    sd: float | None
    seeds: int
    reasons: tuple[str, ...]

    @property
    def difference(self) -> float:
        """Ours minus the published one, in points."""
        return self.ours - self.published.value

    @property
    def in_sds(self) -> float | None:
        """The difference in SDs over our seeds; None where there is none."""
        return self.difference / self.sd if self.sd else None


def ledger(aggregates: Aggregates, splits: Mapping[str, set[str]], selection: Sequence[SelectionFacts] = ()) -> list[LedgerRow]:
    """Every published number of which the study has the same model, intermediate task, target, language and metric, in the file's order.

    Another model is never set beside it. `splits`: of each target, those that were evaluated. An average stands beside one only where the
    study is that whole benchmark. `selection`: English dev scores, by which ours is chosen where the published number is of the best
    intermediate task of each target.
    """
    study = aggregates.study
    names = {model.name for model in study.models}
    arms = {name for variant, name in study.arms if variant == PLAIN}
    dev = SelectionScores(study, selection)
    found = []
    for one in transfer():
        if one.model not in names or one.arm not in (*arms, BEST):
            continue
        values = _best(aggregates, dev, one) if one.arm == BEST else _values(aggregates, one, one.arm)
        if one.kind == "gain" and values is not None:
            base = _values(aggregates, one, BASELINE)
            values = None if base is None else (values[0] - base[0], values[1] and base[1])
        there = np.empty(0) if values is None else values[0][~np.isnan(values[0])]
        if values is None or not len(there):
            continue
        seeds = 1 if values[1] else len(there)
        sd = float(there.std(ddof=1)) if seeds > 1 and np.ptp(there) > EQUAL else None
        found.append(LedgerRow(one, one.model, float(there.mean()), sd, seeds, tuple(_reasons(study, one, splits))))
    return found


def _values(aggregates: Aggregates, one: Published, arm: str) -> tuple[Floats, bool] | None:
    """Ours by the place of the seed, and whether they are a constant; None where the study has no such cell."""
    study, key = aggregates.study, (one.model, PLAIN, arm)
    if one.task == AVERAGE:
        if study.benchmark != one.languages:
            return None
        values, _, _, still = aggregates.mean_over(key, aggregates.members(AVERAGE, arm))
        return values, still
    entry = aggregates.entries.get(one.task)
    if entry is None or one.metric not in {METRICS[name].name for name in (*entry.task.metrics, *entry.task.beside)}:
        return None
    if one.language == MEAN:
        values, _, _, still = aggregates.task_values(key, one.task, one.metric)
        return values, still
    if one.language not in entry.languages:
        return None
    block = aggregates.block(key, one.task, one.metric)
    return block.values[block.languages.index(one.language)], block.constant


def _best(aggregates: Aggregates, dev: SelectionScores, one: Published) -> tuple[Floats, bool] | None:
    """Ours of what each seed's English dev score chooses for the target; None where nothing is chosen, or of an average."""
    if one.task not in aggregates.entries:
        return None
    picks = choose(aggregates.study, dev, one.model, one.task).picks
    found = np.full(len(picks), np.nan)
    for place, name in enumerate(picks):
        values = _values(aggregates, one, name) if name else None
        found[place] = values[0][place] if values else np.nan
    return None if np.isnan(found).all() else (found, False)


def _reasons(study: Study, one: Published, splits: Mapping[str, set[str]]) -> Iterator[str]:
    """What is known to differ, ours first."""
    entries = list(study.target) if one.task == AVERAGE else [entry for entry in study.target if entry.task.name == one.task]
    for entry in entries:
        if one.language == MEAN and one.task != AVERAGE:
            yield from _languages(entry, one)
    used = {split for entry in entries for split in splits.get(entry.task.name, ())}
    if used and used != {one.split}:
        yield f"split: {' and '.join(sorted(used))} here, {one.split} there"
    limit = study.limit
    if limit.train:
        yield f"at most {limit.train:,} training examples here"
    if limit.evaluate:
        yield f"at most {limit.evaluate:,} evaluated examples here"
    if study.precision not in (None, "auto", "float32"):
        yield f"precision {study.precision} here"
    kinds = {entry.task.type for entry in entries}
    versions = {study.target_recipe.evaluation(entry.task.name).seqeval for entry in entries if entry.task.type == "token_classification"}
    if versions - {_SEQEVAL}:
        yield f"seqeval {', '.join(sorted(versions))} here; XTREME's F1 is that of {_SEQEVAL}"
    if one.task != AVERAGE and not kinds.isdisjoint(SEARCHED):
        chosen = study.target_recipe.evaluation(one.task)
        yield f"vectors: {chosen.pooling} of layer {chosen.layer} here; with them one model's published Tatoeba goes from 31 to 75"
    if one.arm == BEST:
        yield "ours is chosen on English dev data, seed by seed, among tasks without the target's own training data"
    yield from one.known


def _languages(entry: TargetEntry, one: Published) -> Iterator[str]:
    theirs = set(dict(BENCHMARKS[one.languages].tasks).get(entry.task.name, ()))
    ours = set(entry.languages)
    if theirs and ours != theirs:
        absent = sorted(theirs - ours)
        more = f" and {len(absent) - _NAMED} more" if len(absent) > _NAMED else ""
        without = f" (without {', '.join(absent[:_NAMED])}{more})" if absent else ""
        yield f"mean over {len(ours)} languages here, {len(theirs)} there{without}"
