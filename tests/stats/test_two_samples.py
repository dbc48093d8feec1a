"""Welch's and Dunnett's tests: against R, SciPy and multcomp, and what compare makes of them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.stats.compare import compare
from stiltsreport.stats.effect import effect, equivalence
from stiltsreport.stats.two_samples import dunnett, pooled, welch
from stiltsreport.study.study import StatisticsSettings
from tests.fabricated import fabricated_scores, fabricated_study, scores_by, without

ARM = np.array([1.2, 0.4, 0.9, 1.1, 0.3])
BASELINE = np.array([0.2, 0.6, 0.1, 0.4, 0.9, -0.3, 0.5, 0.2, 0.7, 0.0])
PADDED = np.append(ARM, [np.nan] * 5)
WELCH, DUNNETT = StatisticsSettings("welch"), StatisticsSettings("dunnett")


def test_welch_is_that_of_r():
    # R: t.test(arm, baseline): t = 2.0913, df = 7.2086, p-value = 0.07368, interval -0.05583705 to 0.95583705
    found = welch(PADDED[None, :], BASELINE[None, :])
    assert found.df[0] == pytest.approx(7.2086, abs=5e-5)
    assert found.p_values()[0] == pytest.approx(0.07368, abs=5e-6)
    assert [end[0] for end in found.interval()] == pytest.approx([-0.05583705, 0.95583705], abs=1e-8)
    # R: t.test(arm, baseline, mu = 0.1, alternative = "greater")$p.value is 0.073305239
    assert found.p_values("greater", 0.1)[0] == pytest.approx(0.073305239, abs=1e-9)


def test_two_one_sided_tests_are_those_of_scipy():
    found = welch(PADDED[None, :], BASELINE[None, :]).outside(0.8)[0]
    sides = [
        stats.ttest_ind(ARM + 0.8, BASELINE, equal_var=False, alternative="greater").pvalue,
        stats.ttest_ind(ARM - 0.8, BASELINE, equal_var=False, alternative="less").pvalue,
    ]
    assert found == pytest.approx(max(sides), rel=1e-9)


def test_against_a_constant_it_is_the_test_of_one_sample():
    found = welch(ARM[None, :], np.full((1, 5), 0.5))
    assert found.p_values()[0] == pytest.approx(stats.ttest_1samp(ARM, 0.5).pvalue, rel=1e-9)


def test_dunnett_is_that_of_multcomp():
    # R: summary(glht(aov(y ~ g), linfct = mcp(g = "Dunnett")))$test$pvalues is 0.1281232, 6.151580e-06, 0.9983630
    arms = np.full((3, 10), np.nan)
    arms[:, :5] = [ARM, [2.0, 1.4, 2.2, 1.1, 1.9], [0.1, 0.5, -0.2, 0.8, 0.3]]
    found = dunnett(pooled(arms, BASELINE), (5, 5, 5), 10)
    assert found == pytest.approx([0.1281232, 6.15158e-06, 0.9983630], abs=3e-5)


def test_dunnett_of_one_arm_is_students_test():
    found = pooled(PADDED[None, :], BASELINE)
    assert dunnett(found, (5,), 10)[0] == pytest.approx(stats.ttest_ind(ARM, BASELINE).pvalue, abs=1e-6)
    assert found.p_values()[0] == pytest.approx(stats.ttest_ind(ARM, BASELINE).pvalue, rel=1e-9)


def test_planned_arms_that_are_missing_make_nothing_easier():
    found = pooled(PADDED[None, :], BASELINE)
    assert dunnett(found, (5,), 10)[0] < dunnett(found, (5,), 10, planned=3)[0] < 3 * found.p_values()[0]


def test_order_changes_nothing():
    generator = np.random.default_rng(4)
    arms, baseline = generator.normal(0, 1, (6, 5)), generator.normal(0, 1, 15)
    padded = np.hstack([arms, np.full((6, 10), np.nan)])
    found = dunnett(pooled(padded, baseline), [5] * 6, 15)
    assert dunnett(pooled(padded[::-1], baseline), [5] * 6, 15)[::-1] == pytest.approx(found, abs=1e-12)


def test_an_effect_is_that_of_the_test_that_is_declared():
    found = effect(PADDED, BASELINE, WELCH)
    assert found.p_value == pytest.approx(0.07368, abs=5e-6)
    assert (found.difference, found.n) == (pytest.approx(0.45), 5)
    assert found.sd is not None
    assert found.sd / math.sqrt(5) == pytest.approx(0.45 / 2.0913, abs=1e-4)
    assert effect(PADDED, BASELINE, DUNNETT).p_value == pytest.approx(stats.ttest_ind(ARM, BASELINE).pvalue, rel=1e-9)
    assert equivalence(PADDED, BASELINE, 2.0, WELCH) == pytest.approx(
        stats.ttest_ind(ARM - 2, BASELINE, equal_var=False, alternative="less").pvalue, rel=1e-9
    )


@pytest.mark.parametrize("settings", [WELCH, DUNNETT])
def test_what_cannot_be_tested_is_missing(settings: StatisticsSettings):
    nothing = np.full(5, np.nan)
    assert effect(nothing, ARM, settings).n == 0
    one = effect(np.array([1.0, np.nan, np.nan, np.nan, np.nan]), ARM, settings)
    assert (one.p_value, one.low) == (None, None)
    still = effect(np.full(5, 2.0), np.full(5, 1.0), settings)
    assert (still.difference, still.p_value, still.low) == (1.0, None, None)
    assert effect(np.full(5, 2.0), np.full(5, 2.0), settings).p_value == 1.0
    assert equivalence(nothing, ARM, 1.0, settings) is None


BY_ARM = ["seeds={default: 5, none: 8}", "intermediate=[mnli, hellaswag]", "models=[xlmr-base]"]


@pytest.mark.parametrize("test", ["welch", "dunnett"])
def test_a_baseline_with_more_seeds_is_used_whole(tmp_path: Path, test: str):
    study = fabricated_study(tmp_path, overrides=[*BY_ARM, f"statistics.test={test}"])
    scores = fabricated_scores(study)
    (row,) = [one for one in compare(study, scores) if (one.intermediate, one.target, one.scope) == ("hellaswag", "pawsx", "language:de")]
    values = {
        arm: [one.value for one in scores if (one.intermediate, one.target, one.language, one.metric) == (arm, "pawsx", "de", "accuracy")]
        for arm in ("mnli", "hellaswag", "none")
    }
    assert [len(found) for found in values.values()] == [5, 5, 8]
    assert row.difference == pytest.approx(np.mean(values["hellaswag"]) - np.mean(values["none"]))
    if test == "welch":
        assert row.p_value == pytest.approx(stats.ttest_ind(values["hellaswag"], values["none"], equal_var=False).pvalue)
    else:
        shared = sum(np.var(found, ddof=1) * (len(found) - 1) for found in values.values()) / 15
        t = row.difference / math.sqrt(shared * (1 / 5 + 1 / 8))
        assert row.p_value == pytest.approx(2 * stats.t.sf(abs(t), 15))
    assert (row.seeds, row.sign_flip_p_value, row.test) == ((1, 2, 3, 4, 5), None, test)
    assert row.note == "5 seeds against 8"


def test_dunnett_needs_no_holm(tmp_path: Path):
    target = "target=[{task: pawsx, languages: [en, de]}]"
    study = fabricated_study(tmp_path, overrides=[*BY_ARM, "statistics={test: dunnett}", target])
    scores = fabricated_scores(study, {"mnli": 0.6, "hellaswag": 0.2})
    rows = [one for one in compare(study, scores) if one.family == "confirmatory" and one.target == "average"]

    def mean(arm: str) -> list[float]:
        found: dict[int | None, list[float]] = {}
        for one in scores:
            if (one.intermediate, one.stage, one.metric) == (arm, "target", "accuracy"):
                found.setdefault(one.seed, []).append(one.value)
        return [float(np.mean(values)) for values in found.values()]

    expected = stats.dunnett(mean("mnli"), mean("hellaswag"), control=mean("none"), random_state=np.random.default_rng(0)).pvalue
    assert [row.adjusted_p_value for row in rows] == pytest.approx(list(expected), abs=2e-4)


@pytest.mark.parametrize("test", ["welch", "dunnett"])
def test_degenerate_scores_claim_nothing(tmp_path: Path, test: str):
    study = fabricated_study(tmp_path, overrides=[*BY_ARM, f"statistics.test={test}"])
    same = compare(study, scores_by(study, lambda arm, target, language, seed: 50.0))
    assert {row.verdict for row in same} <= {"undecided", "descriptive only"}
    shifted = compare(study, scores_by(study, lambda arm, target, language, seed: 50.0 if arm == "none" else 60.0))
    assert not [row for row in shifted if row.verdict.startswith(("better", "worse"))]
    gaps = compare(study, without(fabricated_scores(study), intermediate="none", target="xnli"))
    assert not [row for row in gaps if row.target == "xnli"]
    assert compare(study, ()) == []
