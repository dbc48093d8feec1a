"""The second level: the scores of scores.jsonl against the counts of the store's evaluations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from stiltsreport.metrics import METRICS
from stiltsreport.plan.prompts import PROMPTED_STAGE
from stiltsreport.report.numbers import counted, plural
from stiltsreport.report.verification.differences import Difference, Level
from stiltsreport.report.verification.recomputed import same
from stiltsreport.results import Results, Score
from stiltsreport.results.items import Counted, StoredItems
from stiltsreport.store import DamagedArtifact, Store


def verify_scores(results: Results, store: Store | None, where: str, file: str) -> Level:
    """Each value against its metric's function of the summed counts of every item, and its number of examples.

    Scores of intermediate training's own dev sets, whose items are not kept, are held against the record of their training. `file` names
    scores.jsonl; `where` says what is lacking without a store. Which rows should be there is known from the cells of provenance.json.
    """
    gaps = tuple(_cells(results, file))
    if store is None:
        return Level("scores", "", gaps, (where,))
    wrong: list[Difference] = list(gaps)
    items = StoredItems(store)
    absent = damaged = checked = 0
    evaluated = of_jobs(results.scores, "target") | of_jobs(results.scores, PROMPTED_STAGE)
    for job, rows in evaluated.items():
        if not store.has("evaluations", job):
            absent += 1
            continue
        found = items.open(job)
        if found is None:
            damaged += 1
            continue
        checked += len(rows)
        wrong += _evaluation(rows, values_of(found), len(found.ids), file)
    trained = of_jobs(results.scores, "intermediate")
    for job, rows in trained.items():
        if not store.has("trainings", job):
            absent += 1
            continue
        try:
            wrong += _training(rows, store.record("trainings", job), file)
        except DamagedArtifact as error:
            wrong.append(Difference("record.json", "artifact", str(error), "what was published", f"job {job}", named(rows[0])))
    lacking = []
    if absent:
        lacking.append(
            f"{counted(absent)} of {plural(len(evaluated) + len(trained), 'job')} {'is' if absent == 1 else 'are'} not in {store.place}"
        )
    if damaged:
        lacking.append(f"the items of {plural(damaged, 'evaluation')} cannot be read")
    about = f"{plural(checked, 'value')} against the counts of {plural(len(evaluated) - absent - damaged, 'evaluation')}" if checked else ""
    notes = (
        (f"{plural(sum(map(len, trained.values())), 'dev score')} of intermediate trainings against their records alone",)
        if trained
        else ()
    )
    return Level("scores", about, tuple(wrong), tuple(lacking), notes)


def of_jobs(scores: Sequence[Score], stage: str) -> dict[str, list[Score]]:
    """The scores of a stage by their job."""
    found: dict[str, list[Score]] = {}
    for row in scores:
        if row.stage == stage:
            found.setdefault(row.job, []).append(row)
    return found


def named(row: Score) -> str:
    """A score's row, as it is called in messages."""
    arm = row.intermediate if row.variant == "plain" else f"{row.intermediate}+{row.variant}"
    language = row.language if row.second_language is None else f"{row.language}-{row.second_language}"
    seed = "" if row.seed is None else f", seed {row.seed}"
    return f"{row.model}/{arm}/{row.target}/{language}{seed}"


def values_of(found: Counted) -> dict[str, float]:
    """Percent by the metric's name in scores.jsonl, from the counts of all items."""
    return {
        METRICS[key].name: float(METRICS[key].value(np.asarray(found.of(key, METRICS[key].counts)).sum(axis=0)))
        for key in found.keys
        if key in METRICS
    }


def _evaluation(rows: Sequence[Score], values: Mapping[str, float], n: int, file: str) -> Iterator[Difference]:
    for row in rows:
        if row.metric not in values:
            yield Difference(file, "metric", row.metric, f"one of {', '.join(values)}", row=named(row), column=row.metric)
        elif not same(row.value, values[row.metric]):
            yield Difference(file, "value", str(row.value), str(values[row.metric]), row=named(row), column=row.metric)
        if row.n != n:
            yield Difference(file, "n", str(row.n), str(n), row=named(row), column=row.metric)


def _training(rows: Sequence[Score], record: Mapping[str, object], file: str) -> Iterator[Difference]:
    devs = record.get("devs") or {}
    dev = record.get("dev") or {}
    for row in rows:
        its = devs.get(row.target) if isinstance(devs, dict) and row.target in devs else dev
        values = its.get("values", {}) if isinstance(its, dict) else {}
        if row.metric not in values:
            yield Difference(file, "metric", row.metric, f"one of {', '.join(values)}", row=named(row), column=row.metric)
        elif not same(row.value, values[row.metric]):
            yield Difference(file, "value", str(row.value), str(values[row.metric]), row=named(row), column=row.metric)


def _cells(results: Results, file: str) -> Iterator[Difference]:
    """Rows that should stand in scores.jsonl, since their cells were evaluated, and those that should not."""
    there: dict[tuple[object, ...], Score] = {}
    for row in results.scores:
        if row.stage == "target":
            there[row.model, row.variant, row.intermediate, row.target, row.seed, row.language, row.second_language] = row
    known: set[tuple[object, ...]] = set()
    for cell in results.setup.cells:
        key = (cell.model, cell.variant, cell.intermediate, cell.target, cell.seed, cell.language, cell.second_language)
        if cell.state == "stored":
            known.add(key)
            if key not in there:
                name = named(Score(*key[:4], "target", "", cell.language, cell.second_language, cell.seed, "", 0.0, 0, ""))
                yield Difference(file, "row", "", "the score of an evaluation that has run", row=name)
    if known:
        for found, row in there.items():
            if found not in known:
                yield Difference(file, "row", f"{row.value}", "", row=named(row), column=row.metric)
