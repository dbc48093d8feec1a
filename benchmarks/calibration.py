"""Conditions of the calibration: simulated studies through the statistics of the package, counted as hits and tests.

Each condition takes a folder to write its study file into, a number of studies and a generator, and gives (hits, tests) by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.simulated_items import items_study, simulated_items
from benchmarks.simulated_studies import simulated_scores, simulated_study
from stiltsreport.results import Results, Setup
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.second import with_items
from stiltsreport.stats.languages_like_these import like_these
from stiltsreport.stats.looks import at_look
from stiltsreport.study.study import BASELINE, PLAIN, Study

Counts = dict[str, tuple[int, int]]
DIFFERS = ("better", "worse", "better but negligible", "worse but negligible")
GAINS = (0.5, 1.0, 2.0)
ITEM_DRAWS = 400
ONE_TASK = "[xnli]"
THREE_TASKS = "[xnli, {task: pawsx, languages: [en, de, es, fr, ja, ko, zh]}, udpos]"
BY_ARM = "seeds={default: 5, none: 15}"


def added(*counts: Counts) -> Counts:
    """The sums by name."""
    found: Counts = {}
    for one in counts:
        for name, (hits, tests) in one.items():
            before = found.get(name, (0, 0))
            found[name] = (before[0] + hits, before[1] + tests)
    return found


def null(folder: Path, studies: int, generator: np.random.Generator) -> Counts:
    """No effect at all: paired t, t intervals, Holm's family."""
    study = simulated_study(folder)
    return added(*(_tests("t", study, compare(study, simulated_scores(study, generator)), 0.0) for _ in range(studies)))


def margin(folder: Path, studies: int, generator: np.random.Generator) -> Counts:
    """An effect at the very margin of averages and tasks: no equivalence is true, and none should be claimed."""
    study = simulated_study(folder)
    size = study.statistics.margin.average or 0.0
    found: Counts = {}
    for _ in range(studies):
        rows = _once(compare(study, simulated_scores(study, generator, size)))
        alpha = study.statistics.alpha
        for scope in ("average", "task"):
            own = [row for row in rows if row.scope == scope]
            hits = sum(row.equivalence_p_value is not None and row.equivalence_p_value <= alpha for row in own)
            found = added(found, {f"tost {scope}": (hits, len(own)), f"margin covers {scope}": (_covered(own, size), len(own))})
        family = any(row.verdict.endswith("negligible") or row.verdict == "equivalent" for row in rows if row.family == "confirmatory")
        found = added(found, {"tost family": (int(family), 1)})
    return found


def power(folder: Path, studies: int, generator: np.random.Generator) -> Counts:
    """True effects: how often the averages' paired t sees each."""
    study = simulated_study(folder)
    found: Counts = {}
    for gain in GAINS:
        for _ in range(studies):
            rows = [row for row in _once(compare(study, simulated_scores(study, generator, gain))) if row.scope == "average"]
            found = added(found, {f"power {gain:g}": (_rejected(rows, study.statistics.alpha), len(rows))})
    return found


def by_arm(folder: Path, studies: int, generator: np.random.Generator) -> Counts:
    """A baseline with three times the seeds, by Welch's and by Dunnett's test; arms of one seed share nothing, as both tests assume."""
    of = {test: simulated_study(folder, [BY_ARM, f"statistics={{test: {test}}}"]) for test in ("welch", "dunnett")}
    found: Counts = {}
    for _ in range(studies):
        scores = simulated_scores(of["welch"], generator, sd_seed=0.0)
        found = added(found, *(_tests(test, study, compare(study, scores), 0.0) for test, study in of.items()))
    return found


def looks(folder: Path, studies: int, generator: np.random.Generator) -> Counts:
    """Looks at 5 and at 10 of 10 seeds: what is claimed at either, by one test alone and by a family."""
    found: Counts = {}
    plan = "seeds={{planned: 10, looks: [5, 10], spending: {}}}"
    for spending in ("obrien-fleming", "pocock"):
        for kind, intermediate in (("single", ["intermediate=[csqa]"]), ("family", [])):
            study = simulated_study(folder, [plan.format(spending), "statistics={}", *intermediate])
            stages = [at_look(study, number) for number in (1, 2)]
            for _ in range(studies):
                scores = simulated_scores(study, generator)
                claimed = any(row.verdict in DIFFERS for one in stages for row in compare(one, scores) if row.family == "confirmatory")
                found = added(found, {f"looks {spending} {kind}": (int(claimed), 1)})
    return found


CLAIMS = """claims=[
  {name: a, better: csqa, than: none, on: average}, {name: b, worse: siqa, than: none, on: [average, xnli]},
  {name: c, ranking: [hellaswag, cosmosqa], on: average}, {name: d, count: {better: csqa, than: none, tasks: 2}},
  {name: e, interaction: targets, of: hellaswag, than: none, between: [xnli, udpos]}]"""
AT_THE_EDGE = """claims=[
  {name: a, equivalent: csqa, than: none, within: 1, on: average}, {name: b, no_better: siqa, than: none, by: 1, on: average},
  {name: c, at_least: {better: hellaswag, than: none, by: 1}, on: average}]"""


def claims(folder: Path, studies: int, generator: np.random.Generator) -> Counts:
    """Declared claims of which none is true: what is called supported, or contradicted by a difference, is false.

    With no effect at all, and with one at the margin. Fewer targets than a claim counts is true without an effect, and left aside.
    """
    found: Counts = {}
    for name, text, gain in (("null", CLAIMS, 0.0), ("edge", AT_THE_EDGE, 1.0)):
        study = simulated_study(folder, [text])
        for _ in range(studies):
            answers = answer_claims(study, Results(tuple(simulated_scores(study, generator, gain)), (), Setup(), {}))
            false = any(one.verdict == "supported" or (one.verdict == "contradicted" and one.kind != "count") for one in answers)
            found = added(found, {f"claims {name} family": (int(false), 1)})
    return found


def items(folder: Path, studies: int, generator: np.random.Generator) -> Counts:
    """Items with gains of their own whose mean over all items there could be is 0: what each of the two intervals says it covers."""
    study = items_study(folder)
    found: Counts = {}
    for _ in range(studies):
        scores, counts, on_these = simulated_items(study, generator)
        rows = [row for row in with_items(study, scores, compare(study, scores), counts, ITEM_DRAWS) if row.scope == "task"]
        first, second = (next(row for row in rows if row.interval == interval) for interval in ("t", "bootstrap"))
        found = added(
            found,
            {
                "items new": (_rejected([second], study.statistics.alpha), 1),
                "items covers new": (_covered([second], 0.0), 1),
                "items covers these": (_covered([first], on_these), 1),
            },
        )
    return found


def mixed(folder: Path, studies: int, generator: np.random.Generator) -> Counts:
    """Gains that differ by language (and by task), 0 in the mean: the mixed model of one task and of three, with seed x method noise.

    Where tasks hardly differ their variance is still estimated from three of them: the model then rejects in 1 to 3 %.
    """
    found: Counts = {}
    for name, targets, sd_task in (("one task", ONE_TASK, 0.0), ("three tasks", THREE_TASKS, 1.0)):
        study = simulated_study(folder, ["intermediate=[csqa]", f"target={targets}", "statistics={}"])
        for _ in range(studies):
            aggregates = Aggregates(study, simulated_scores(study, generator, sd_language=0.5, sd_task=sd_task))
            fitted = like_these(aggregates, "xlmr-base", (PLAIN, "csqa"), (PLAIN, BASELINE), study.target)
            one = None if isinstance(fitted, str) else fitted.overall
            known = one is not None and one.p_value is not None and one.low is not None and one.high is not None
            if known:
                rejected, covered = one.p_value <= study.statistics.alpha, one.low <= 0 <= one.high
                found = added(found, {f"mixed {name}": (int(rejected), 1), f"mixed covers {name}": (int(covered), 1)})
    return found


def same(folder: Path, studies: int, generator: np.random.Generator) -> Counts:
    """A system against itself: the baseline's scores stand for every arm."""
    study = simulated_study(folder)
    found: Counts = {}
    for _ in range(max(1, studies // 20)):
        scores = simulated_scores(study, generator)
        base = [row for row in scores if row.intermediate == "none"]
        copied = [replace(row, intermediate=entry.name) for entry in study.intermediate for row in base]
        rows = compare(study, [*base, *copied])
        found = added(found, {"itself": (sum(row.p_value != 1.0 or row.verdict in DIFFERS for row in rows), len(rows))})
    return found


def _tests(name: str, study: Study, rows: Iterable[Comparison], truth: float) -> Counts:
    """Single tests and intervals by scope, and whether the declared family claims a difference."""
    once = _once(rows)
    found: Counts = {}
    for scope in ("average", "task", "language"):
        own = [row for row in once if row.scope.partition(":")[0] == scope]
        found[f"{name} {scope}"] = (_rejected(own, study.statistics.alpha), len(own))
        found[f"{name} covers {scope}"] = (_covered(own, truth), len(own))
    found[f"{name} family"] = (int(any(row.verdict in DIFFERS for row in once if row.family == "confirmatory")), 1)
    return found


def _once(rows: Iterable[Comparison]) -> list[Comparison]:
    """Without the other names of an average."""
    return [row for row in rows if row.scope != "average" or row.target == "average"]


def _rejected(rows: Iterable[Comparison], alpha: float) -> int:
    return sum(row.p_value is not None and row.p_value <= alpha for row in rows)


def _covered(rows: Iterable[Comparison], truth: float) -> int:
    return sum(row.low is not None and row.high is not None and row.low <= truth <= row.high for row in rows)


CONDITIONS: dict[str, Callable[[Path, int, np.random.Generator], Counts]] = {
    "null": null,
    "margin": margin,
    "power": power,
    "by arm": by_arm,
    "looks": looks,
    "claims": claims,
    "items": items,
    "mixed": mixed,
    "same": same,
}
