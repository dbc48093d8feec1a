"""A planted collapse: found, counted, and shown to decide a verdict; reserve seeds stand in no primary number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stiltsreport.results import RunHealth, Score
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.collapse import (
    exact_interval,
    fisher,
    interquartile_mean,
    judged,
    rates,
    sensitivity,
    with_replacements,
    without_collapsed,
)
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_study, noise, scores_by

TEXT = """\
title: Collapse
models: [multilingual-e5-small]
intermediate: [hellaswag, squad]
target: [{task: xnli, languages: [en, de]}, {task: udpos, languages: [en, fi]}, {task: tatoeba, languages: [de]}]
seeds: [1, 2, 3, 4, 5]
"""
MODEL = "multilingual-e5-small"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return fabricated_study(tmp_path, TEXT)


def value(arm: str, target: str, language: str, seed: int | None) -> float:
    """HellaSwag gains 2 points; it has collapsed on XNLI in seed 3, where it scores chance."""
    if (arm, target, seed) == ("hellaswag", "xnli", 3):
        return 33.3
    return 70 + (2.0 if arm == "hellaswag" else 0.0) + 0.3 * noise(arm, target, language, seed)


def health_of(study: Study, bad: tuple[str, str, int] = ("hellaswag", "xnli", 3)) -> list[RunHealth]:
    """One row for each target training; `bad` has collapsed."""
    return [
        RunHealth(MODEL, "plain", name, target, "target", seed, f"{name}-{target}-{seed}",
                  "constant" if (name, target, seed) == bad else "healthy")
        for _, name in study.arms
        for target in ("xnli", "udpos")
        for seed in study.seeds
    ]  # fmt: skip


def reserve(study: Study, seed: int, arms: tuple[str, ...] = ("none", "hellaswag", "squad"), target: str = "xnli") -> tuple[Score, ...]:
    """The rows of a reserve seed, healthy, in every arm."""
    rows = scores_by(replace(study, seeds=(seed,)), value)
    return tuple(row for row in rows if row.target == target and row.intermediate in arms)


def row(rows: list[Comparison] | tuple[Comparison, ...], arm: str, target: str, scope: str = "task") -> Comparison:
    (found,) = [one for one in rows if (one.intermediate, one.target, one.scope) == (arm, target, scope)]
    return found


def test_the_rate_of_an_arm(study: Study) -> None:
    found = {one.intermediate: one for one in rates(study, health_of(study))}
    assert (found["hellaswag"].collapsed, found["hellaswag"].trainings) == (1, 10)
    assert found["hellaswag"].verdicts == (("constant", 1),)
    assert found["none"].p_value is None
    assert found["hellaswag"].p_value == pytest.approx(1.0)  # 1 of 10 against 0 of 10: 2 * 1/2
    # one of ten: Clopper and Pearson's bounds are the roots of (1 - p)^10 = .975 and of the lower tail
    assert found["hellaswag"].low == pytest.approx(1 - 0.975**0.1)
    assert found["none"].low == 0
    assert found["none"].high == pytest.approx(1 - 0.025**0.1)


def test_a_training_that_serves_two_targets_counts_once(study: Study) -> None:
    shared = [replace(one, job=f"{one.intermediate}-{one.seed}") for one in health_of(study, ("", "", 0))]
    assert {one.trainings for one in rates(study, shared)} == {5}


def test_reserve_seeds_are_in_no_rate(study: Study) -> None:
    rows = [*health_of(study), RunHealth(MODEL, "plain", "hellaswag", "xnli", "target", 1003, "r", "constant", reserve=True)]
    found = {one.intermediate: one for one in rates(study, rows)}
    assert (found["hellaswag"].collapsed, found["hellaswag"].trainings) == (1, 10)


def test_fisher_against_the_hypergeometric() -> None:
    # 5 of 5 against 0 of 5: one table of 252 is as extreme on each side
    assert fisher(5, 5, 0, 5) == pytest.approx(2 / 252)
    assert exact_interval(0, 5)[1] == pytest.approx(1 - 0.025**0.2)


def test_a_planted_collapse_decides_a_verdict(study: Study) -> None:
    scores = scores_by(study, value)
    as_run = row(compare(study, scores), "hellaswag", "xnli")
    assert as_run.difference < 0  # one collapsed seed turns a gain of 2 points
    assert as_run.verdict == "undecided"
    found = row(judged(study, scores, health_of(study)), "hellaswag", "xnli")
    assert found.verdict == "depends on collapsed runs"
    assert "as run: undecided; without them: better (+" in found.note
    assert found == replace(as_run, verdict=found.verdict, note=found.note)  # the numbers stay those of all planned seeds
    # what has not collapsed is as it was
    assert row(judged(study, scores, health_of(study)), "hellaswag", "udpos") == row(compare(study, scores), "hellaswag", "udpos")
    assert judged(study, scores, health_of(study, ("", "", 0))) == compare(study, scores)
    assert judged(study, scores, []) == compare(study, scores)


def test_without_collapsed_runs_a_seed_leaves_both_arms(study: Study) -> None:
    scores = scores_by(study, value)
    found = sensitivity(study, scores, health_of(study))
    assert found is not None
    assert found.replaced == {}  # no reserve seed has run
    without = found.without[MODEL, "plain", "hellaswag", "none", "xnli", "task"]
    assert without.seeds == (1, 2, 4, 5)
    means = Aggregates(study, scores)
    method, base = (means.task(MODEL, "plain", name, "xnli") for name in ("hellaswag", "none"))
    assert method is not None
    assert base is not None
    kept = [place for place in range(5) if place != 2]
    assert without.difference == pytest.approx(np.mean([method.values[place] - base.values[place] for place in kept]))
    assert len(without_collapsed(study, scores, health_of(study))) == len(scores) - 2  # two languages of one cell


def test_reserve_seeds_change_no_primary_number(study: Study) -> None:
    scores = scores_by(study, value)
    assert compare(study, (*reserve(study, 1003), *scores)) == compare(study, scores)
    series = Aggregates(study, (*scores, *reserve(study, 1003))).task(MODEL, "plain", "hellaswag", "xnli")
    assert series is not None
    assert series.seeds == study.seeds


def test_a_reserve_seed_stands_in_every_row_of_its_target(study: Study) -> None:
    scores = (*scores_by(study, value), *reserve(study, 1003))
    replaced = with_replacements(study, scores, health_of(study))
    assert len(replaced) == len(scores_by(study, value))
    changed = {(one.intermediate, one.target, one.seed) for one in set(replaced) - set(scores)}
    assert changed == {(name, "xnli", 3) for name in ("none", "hellaswag", "squad")}
    expected = {one.value for one in reserve(study, 1003) if one.intermediate == "none"}
    assert {one.value for one in replaced if (one.intermediate, one.target, one.seed) == ("none", "xnli", 3)} == expected
    found = row(judged(study, scores, health_of(study)), "hellaswag", "xnli")
    assert "replaced: better" in found.note


def test_a_collapsed_reserve_seed_stands_for_nothing(study: Study) -> None:
    bad = RunHealth(MODEL, "plain", "squad", "xnli", "target", 1003, "r", "chance loss", reserve=True)
    scores = (*scores_by(study, value), *reserve(study, 1003), *reserve(study, 2003))
    replaced = with_replacements(study, scores, [*health_of(study), bad])
    second = {one.value for one in reserve(study, 2003) if one.intermediate == "hellaswag"}
    assert {one.value for one in replaced if (one.intermediate, one.target, one.seed) == ("hellaswag", "xnli", 3)} == second


def test_a_row_whose_replacement_has_not_run_is_missing(study: Study) -> None:
    scores = (*scores_by(study, value), *reserve(study, 1003, ("none", "hellaswag")))
    found = sensitivity(study, scores, health_of(study))
    assert found is not None
    assert found.replaced[MODEL, "plain", "squad", "none", "xnli", "task"].seeds == (1, 2, 4, 5)
    assert found.replaced[MODEL, "plain", "hellaswag", "none", "xnli", "task"].seeds == (1, 2, 3, 4, 5)


def test_a_collapsed_intermediate_training_stands_behind_every_target(study: Study) -> None:
    scores = scores_by(study, value)
    bad = [RunHealth(MODEL, "plain", "squad", "", "intermediate", 2, "i", "diverged")]
    kept = without_collapsed(study, scores, bad)
    assert {one.target for one in set(scores) - set(kept)} == {"xnli", "udpos", "tatoeba"}
    assert {(one.intermediate, one.seed) for one in set(scores) - set(kept)} == {("squad", 2)}


def test_few_seeds_stay_descriptive(tmp_path: Path) -> None:
    few = fabricated_study(tmp_path, TEXT.replace("[1, 2, 3, 4, 5]", "[1, 2, 3]"))
    rows = judged(few, scores_by(few, value), health_of(few))
    assert {one.verdict for one in rows} == {"descriptive only"}


def test_the_interquartile_mean_by_hand() -> None:
    # of eight the two lowest and the two highest are left out
    assert interquartile_mean([8, 1, 2, 7, 3, 4, 100, -50]) == pytest.approx((2 + 3 + 4 + 7) / 4)
    assert interquartile_mean([5.0]) == 5.0


def test_a_verdict_that_rests_on_no_collapsed_run_stands(study: Study) -> None:
    scores = scores_by(study, value)
    found = judged(study, scores, health_of(study))
    assert {(one.intermediate, one.target) for one in found if one.verdict == "depends on collapsed runs" and one.scope == "task"} == {
        ("hellaswag", "xnli")
    }
