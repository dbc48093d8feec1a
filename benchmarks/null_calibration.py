"""How often the statistics claim something where there is nothing, and how often they see what is there.

    python benchmarks/null_calibration.py --studies 1000

Studies are simulated and go through `compare`. Their scores are drawn with noise of the seed (shared by both arms and all languages), of
seed and method (the intermediate checkpoint, shared by all targets; the fine-tuning, shared by all languages of a target) and of the items
(binomial counts, one draw a run). The nominal error is 5 %.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stiltsreport.metrics import METRICS
from stiltsreport.results import Score
from stiltsreport.stats.compare import compare
from stiltsreport.study.reading import read_study
from stiltsreport.study.study import BASELINE, Study

STUDY = """\
title: A simulated study
models: [xlmr-base]
intermediate: [hellaswag, csqa, siqa, cosmosqa]
target:
  - {task: xnli, languages: [en, de, sw, zh]}
  - {task: pawsx, languages: [en, de, fr]}
  - {task: udpos, languages: [en, fi, hi]}
seeds: [1, 2, 3, 4, 5]
statistics: {margin: {average: 1, task: 1, language: 2}}
"""
LEVEL = 0.7  # the true share of right answers in every cell
ITEMS = 1000
SD_SEED, SD_CHECKPOINT, SD_FINETUNING = 0.8, 0.4, 0.6  # points


@dataclass(frozen=True)
class Rates:
    """Shares of `tests` (single tests and intervals) and of `studies` (families)."""

    rejected: dict[str, float]  # raw p <= alpha, by scope
    covered: dict[str, float]  # the t interval holds the true difference, by scope
    equivalent: dict[str, float]  # raw p of equivalence <= alpha, by scope
    any_claim: float  # studies with a confirmatory verdict that is better or worse
    any_equivalence: float  # studies with a confirmatory verdict that is equivalent or negligible
    studies: int


def simulated_study(folder: Path) -> Study:
    """The study, read from a file in the folder."""
    file = folder / "simulated.yaml"
    file.write_text(STUDY, encoding="utf-8")
    return read_study(file)


def simulated_scores(study: Study, generator: np.random.Generator, gain: float = 0.0) -> list[Score]:
    """Scores of every cell; each intermediate task gains `gain` points in every language."""
    arms = (BASELINE, *(task.name for task in study.intermediate))
    targets, seeds = len(study.target), len(study.seeds)
    checkpoint = generator.normal(0, SD_CHECKPOINT, (len(arms), seeds))
    finetuning = generator.normal(0, SD_FINETUNING, (len(arms), targets, seeds))
    shared = generator.normal(0, SD_SEED, (targets, seeds))
    rows = []
    for place, entry in enumerate(study.target):
        effect = np.array([0.0 if arm == BASELINE else gain for arm in arms])[:, None]
        truth = LEVEL + (effect + shared[place] + checkpoint + finetuning[:, place]) / 100
        values = generator.binomial(ITEMS, np.clip(truth, 0, 1)[:, None, :].repeat(len(entry.languages), 1)) * 100 / ITEMS
        metric = METRICS[entry.task.metrics[0]].name
        rows.extend(
            Score(
                "xlmr-base",
                "plain",
                arm,
                entry.task.name,
                "target",
                "test",
                language,
                None,
                seed,
                metric,
                float(values[a, b, c]),
                ITEMS,
                "",
            )
            for a, arm in enumerate(arms)
            for b, language in enumerate(entry.languages)
            for c, seed in enumerate(study.seeds)
        )
    return rows


def average_difference_sd(study: Study) -> float:
    """The standard deviation of the per-seed difference of the average, in points, as the simulation makes it."""
    item = LEVEL * (1 - LEVEL) / ITEMS * 100**2
    targets = len(study.target)
    by_target = sum((SD_FINETUNING**2 + item / len(entry.languages)) for entry in study.target) / targets**2
    return float(np.sqrt(2 * (SD_CHECKPOINT**2 + by_target)))


def rates(study: Study, studies: int, seed: int, gain: float = 0.0) -> Rates:
    """What `compare` claims over so many simulated studies."""
    generator = np.random.default_rng(seed)
    alpha = study.statistics.alpha
    outcomes: dict[str, list[tuple[bool, bool, bool]]] = {"average": [], "task": [], "language": []}
    claims: list[tuple[bool, bool]] = []
    for _ in range(studies):
        found = compare(study, simulated_scores(study, generator, gain))
        for row in found:
            if row.scope != "average" or row.target == "average":
                assert row.low is not None
                assert row.high is not None
                assert row.p_value is not None
                assert row.equivalence_p_value is not None
                outcomes[row.scope.partition(":")[0]].append(
                    (row.p_value <= alpha, row.low <= gain <= row.high, row.equivalence_p_value <= alpha)
                )
        verdicts = {row.verdict for row in found if row.family == "confirmatory"}
        claims.append(
            (
                bool(verdicts & {"better", "worse", "better but negligible", "worse but negligible"}),
                any("negligible" in v or v == "equivalent" for v in verdicts),
            )
        )
    shares: dict[str, NDArray[np.float64]] = {scope: np.array(rows, dtype=float).mean(axis=0) for scope, rows in outcomes.items()}
    by_study = np.array(claims, dtype=float).mean(axis=0)
    return Rates(
        {scope: float(share[0]) for scope, share in shares.items()},
        {scope: float(share[1]) for scope, share in shares.items()},
        {scope: float(share[2]) for scope, share in shares.items()},
        float(by_study[0]),
        float(by_study[1]),
        studies,
    )


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2020)
    given = parser.parse_args()
    from statsmodels.stats.power import TTestPower

    with tempfile.TemporaryDirectory() as folder:
        study = simulated_study(Path(folder))
        null = rates(study, given.studies, given.seed)
        print(f"no effect, {given.studies} studies of {len(study.intermediate)} intermediate tasks, {len(study.seeds)} seeds")
        for scope in ("average", "task", "language"):
            print(f"  {scope:9s} paired t rejects {null.rejected[scope]:6.1%}   95 % t interval covers {null.covered[scope]:6.1%}")
        print(f"  Holm's family claims anything in {null.any_claim:.1%} of the studies")
        margin = study.statistics.margin.average or 0.0
        edge = rates(study, given.studies, given.seed + 1, margin)
        print(f"an effect at the margin of {margin:g} points")
        print(f"  TOST rejects {edge.equivalent['average']:6.1%} on averages")
        print(f"  Holm's family claims equivalence in {edge.any_equivalence:.1%} of the studies")
        print(f"  95 % t interval covers {edge.covered['average']:6.1%} on averages")
        for gain in (0.5, 1.0, 2.0):
            real = rates(study, given.studies, given.seed + 2, gain)
            planned = TTestPower().power(gain / average_difference_sd(study), len(study.seeds), study.statistics.alpha)
            print(f"an effect of {gain:g} points: power {real.rejected['average']:6.1%} on averages, {planned:6.1%} by the noncentral t")


if __name__ == "__main__":
    main()
