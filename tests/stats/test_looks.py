"""Declared looks: published boundaries, simulated families, and which results may be seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.results.looks import has_tests, log_look, look_of, read_looks
from stiltsreport.stats.collapse import judged
from stiltsreport.stats.looks import at_hand, at_look, extended, levels_of, look_reached, nominal_levels
from stiltsreport.study.study import Spending, Study
from tests.fabricated import fabricated_results, fabricated_scores, fabricated_study

PLANNED = ["seeds={planned: 10, looks: [5, 10]}", "models=[xlmr-base]"]


@pytest.mark.parametrize(
    ("seeds", "spending", "expected"),
    [
        # R: ldbounds' ldBounds(t = c(.5, 1), iuse = c(1, 1), alpha = c(.025, .025))$upper.bounds is 2.9626 1.9686; nominal .00305, .0490
        ((5, 10), "obrien-fleming", (2.9626, 1.9686)),
        # ... (t = seq(.2, 1, .2)): 4.8769 3.3570 2.6803 2.2898 2.0310, also in Jennison and Turnbull (2000), table 7.2's design
        ((2, 4, 6, 8, 10), "obrien-fleming", (4.8769, 3.3570, 2.6803, 2.2898, 2.0310)),
        # ... (iuse = c(2, 2)): 2.4380 2.4268 2.4101 2.3966 2.3859
        ((2, 4, 6, 8, 10), "pocock", (2.4380, 2.4268, 2.4101, 2.3966, 2.3859)),
        ((10,), "pocock", (1.9600,)),
    ],
)
def test_boundaries_are_the_published_ones(seeds: tuple[int, ...], spending: Spending, expected: tuple[float, ...]):
    found = [stats.norm.isf(level / 2) for level in nominal_levels(seeds, 0.05, spending)]
    assert found == pytest.approx(expected, abs=2e-4)


def test_in_a_family_the_levels_add_up_to_alpha():
    assert sum(nominal_levels((5, 7, 10), 0.05, "pocock", alone=False)) == pytest.approx(0.05)


@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
def test_all_looks_of_t_tests_together_err_as_often_as_declared(spending: Spending):
    drawn = np.random.default_rng(3).normal(0, 1, (40_000, 10))
    levels = nominal_levels((5, 10), 0.05, spending)
    rejected = [stats.ttest_1samp(drawn[:, :count], 0, axis=1).pvalue <= level for count, level in zip((5, 10), levels, strict=True)]
    assert 0.045 <= float((rejected[0] | rejected[1]).mean()) <= 0.055


def test_a_look_is_at_its_seeds_and_its_level(tmp_path: Path):
    study = fabricated_study(tmp_path, overrides=[*PLANNED, "intermediate=[mnli]", "statistics={alpha: 0.05}"])
    first, last = at_look(study, 1), at_look(study, 2)
    assert (first.seeds, last.seeds) == ((1, 2, 3, 4, 5), tuple(range(1, 11)))
    assert (first.statistics.alpha, last.statistics.alpha) == (pytest.approx(0.00305, abs=5e-6), pytest.approx(0.0490, abs=5e-5))
    assert at_look(last, 1) == first
    assert levels_of(first) == levels_of(study)


def test_a_family_has_no_more_than_it_may_spend(tmp_path: Path):
    study = fabricated_study(tmp_path, overrides=PLANNED)
    assert 0.0499 < sum(levels_of(study)) <= 0.05


def _named(study: Study, seeds: range) -> list[tuple[str, ...]]:
    return [("m", "plain", arm, "t", "en", "None", str(seed)) for arm in ("none", "mnli") for seed in seeds]


def test_a_look_is_reached_when_all_of_it_is_there(tmp_path: Path):
    study = fabricated_study(tmp_path, overrides=PLANNED)
    assert look_reached(study, (), []) == 1
    assert look_reached(study, (), _named(study, range(1, 4))) == 1
    assert look_reached(study, (), _named(study, range(1, 10))) == 1
    assert look_reached(study, (), _named(study, range(1, 11))) == 2


def test_seeds_beyond_the_look_are_not_seen(tmp_path: Path):
    study = fabricated_study(tmp_path, overrides=PLANNED)
    scores = fabricated_scores(study)
    partial = tuple(row for row in scores if row.seed is None or row.seed < 8)
    shown, results = at_hand(study, fabricated_results(study, partial))
    assert shown.looks is not None
    assert (shown.looks.at, shown.seeds) == (1, (1, 2, 3, 4, 5))
    assert {row.seed for row in results.scores} == {None, 1, 2, 3, 4, 5}
    assert {cell.seed for cell in results.setup.cells} == {None, 1, 2, 3, 4, 5}
    assert at_hand(shown, results)[0] == shown
    whole, everything = at_hand(study, fabricated_results(study, scores))
    assert (whole.seeds, len(everything.scores)) == (study.seeds, len(scores))


def test_a_failed_run_holds_no_look_up(tmp_path: Path):
    study = fabricated_study(tmp_path, overrides=PLANNED)
    scores = tuple(row for row in fabricated_scores(study) if (row.intermediate, row.target, row.seed) != ("mnli", "xnli", 9))
    results = fabricated_results(study, scores)
    assert at_hand(study, results)[0].seeds == (1, 2, 3, 4, 5)
    cells = tuple(replace(cell, state="failed") if cell.state == "missing" else cell for cell in results.setup.cells)
    assert at_hand(study, replace(results, setup=replace(results.setup, cells=cells)))[0].seeds == study.seeds


def test_looks_are_logged_once_and_only_of_what_they_were_of(tmp_path: Path):
    study = fabricated_study(tmp_path, overrides=["seeds=[1, 2, 3, 4, 5]"])
    assert read_looks(tmp_path, study) == ()
    assert log_look(tmp_path, study) == log_look(tmp_path, study) == (look_of(study),)
    other = fabricated_study(tmp_path, overrides=["intermediate=[csqa]"])
    assert read_looks(tmp_path, other) == ()
    assert not has_tests(fabricated_study(tmp_path, overrides=["seeds=[1, 2]"]))


def test_seeds_added_after_a_look_are_descriptive(tmp_path: Path):
    five = fabricated_study(tmp_path, overrides=["models=[xlmr-base]"])
    ten = fabricated_study(tmp_path, overrides=["models=[xlmr-base]", "seeds=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"])
    planned = fabricated_study(tmp_path, overrides=PLANNED)
    looks = (look_of(five),)
    assert not extended(five, looks)
    assert extended(ten, looks)
    assert not extended(at_look(planned, 1), looks)
    assert extended(at_look(planned, 2), looks)  # a plan that came after the look
    own = (look_of(at_look(planned, 1)),)
    assert not extended(at_look(planned, 2), own)
    longer = fabricated_study(tmp_path, overrides=["models=[xlmr-base]", "seeds={planned: 15, looks: [5, 10, 15]}"])
    assert extended(at_look(longer, 2), own)
    rows = judged(replace(ten, extended=True), fabricated_scores(ten), ())
    assert {row.verdict for row in rows} == {"descriptive only"}
    assert all(row.note.startswith("extended: descriptive") for row in rows)


def test_more_seeds_of_one_arm_are_an_extension_too(tmp_path: Path):
    before, after = (
        fabricated_study(tmp_path, overrides=[f"seeds={{default: {count}, none: 15}}", "statistics.test=welch"]) for count in (5, 9)
    )
    assert before.seeds == after.seeds
    assert extended(after, (look_of(before),))
    assert not extended(before, (look_of(after),))
