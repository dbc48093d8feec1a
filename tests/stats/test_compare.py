"""Comparisons: families, verdicts, notes, gaps, and what must not change them."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.results import Score
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.corrections import benjamini_hochberg
from stiltsreport.stats.verdicts import significant
from stiltsreport.study.study import Margin, Study
from tests.fabricated import fabricated_scores, fabricated_study, noise, scores_by, without

MODEL = "multilingual-e5-small"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return fabricated_study(tmp_path)


def one(rows: Sequence[Comparison], intermediate: str, target: str, scope: str = "average", model: str = MODEL) -> Comparison:
    found = [row for row in rows if (row.model, row.intermediate, row.target, row.scope) == (model, intermediate, target, scope)]
    assert len(found) == 1, (intermediate, target, scope, len(found))
    return found[0]


def noisy(gain: dict[str, float], sd: float = 0.5, seed_of: int = 0):
    """A score by cell: 60, the arm's gain, and noise of arm, target and seed."""

    def value(arm: str, target: str, language: str, seed: int | None) -> float:
        return 60 + gain.get(arm, 0.0) + sd * noise(seed_of, arm, target, seed) + 0.2 * sd * noise(seed_of, arm, target, language, seed)

    return value


def test_an_average_by_hand(study: Study) -> None:
    scores = fabricated_scores(study)
    found = one(compare(study, scores), "hellaswag", "average")
    means = Aggregates(study, scores)
    method, baseline = (means.average(MODEL, "plain", arm, "average") for arm in ("hellaswag", "none"))
    assert method is not None
    assert baseline is not None
    expected = stats.ttest_rel(method.values, baseline.values)
    interval = expected.confidence_interval(0.95)
    assert found.difference == pytest.approx(np.mean(method.values) - np.mean(baseline.values))
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert found.seeds == (1, 2, 3, 4, 5)
    assert (found.sign_flip_p_value, found.smallest_sign_flip_p_value) == (0.0625, 0.0625)
    assert (found.test, found.interval, found.baseline, found.margin, found.n) == ("paired-t", "t", "none", 1.0, method.n)
    assert found.family == "confirmatory"


def test_a_constant_baseline_pairs_with_every_seed(study: Study) -> None:
    scores = fabricated_scores(study)
    found = one(compare(study, scores), "mnli", "tatoeba", "language:sw")
    method = Aggregates(study, scores).language(MODEL, "plain", "mnli", "tatoeba", "sw")
    baseline = Aggregates(study, scores).language(MODEL, "plain", "none", "tatoeba", "sw")
    assert method is not None
    assert baseline is not None
    assert baseline.seeds == (None,)
    assert found.p_value == pytest.approx(stats.ttest_1samp(method.values, baseline.values[0]).pvalue)
    assert found.seeds == study.seeds
    assert "constant" in found.note


def test_the_confirmatory_family_is_holm_over_claims_and_equivalences(study: Study) -> None:
    rows = [row for row in compare(study, fabricated_scores(study)) if row.model == MODEL]
    claims = [one(rows, arm, "average-without-own-data") for arm in ("mnli", "squad", "hellaswag")]
    raw = np.array([value for row in claims for value in (row.p_value, row.equivalence_p_value)], dtype=float)
    order = np.argsort(raw)
    adjusted = np.empty(6)
    adjusted[order] = np.minimum(1, np.maximum.accumulate((6 - np.arange(6)) * raw[order]))
    found = [value for row in claims for value in (row.adjusted_p_value, row.adjusted_equivalence_p_value)]
    np.testing.assert_allclose(np.array(found, dtype=float), adjusted)
    # MNLI and SQuAD have cells of their own data: their plain average is no claim. HellaSwag's is the claim itself, under two names.
    assert [one(rows, arm, "average").family for arm in ("mnli", "squad", "hellaswag")] == ["exploratory", "exploratory", "confirmatory"]
    assert replace(one(rows, "hellaswag", "average"), target="average-without-own-data") == one(
        rows, "hellaswag", "average-without-own-data"
    )
    assert {row.target for row in rows if row.family == "confirmatory"} == {"average", "average-without-own-data"}


def test_tasks_and_languages_are_families_of_benjamini_and_hochberg(study: Study) -> None:
    rows = compare(study, fabricated_scores(study))
    for begins in ("task", "language:"):
        family = [row for row in rows if row.model == MODEL and row.scope.startswith(begins)]
        assert len(family) == {"task": 15, "language:": 36}[begins]
        assert {row.family for row in family} == {"exploratory"}
        expected = benjamini_hochberg(np.array([row.p_value for row in family], dtype=float))
        np.testing.assert_allclose(np.array([row.adjusted_p_value for row in family], dtype=float), expected)


def test_own_data_is_marked(study: Study) -> None:
    rows = compare(study, fabricated_scores(study))
    marked = {(row.intermediate, row.target) for row in rows if row.own_data and row.scope == "task"}
    assert marked == {("mnli", "xnli"), ("squad", "xquad")}
    assert one(rows, "mnli", "average").own_data
    assert one(rows, "mnli", "group:classification").own_data
    assert not one(rows, "mnli", "average-without-own-data").own_data
    assert not one(rows, "mnli", "group:qa").own_data
    assert one(rows, "mnli", "xnli", "language:sw").own_data


def test_a_system_against_itself(study: Study) -> None:
    rows = compare(
        study, scores_by(study, lambda arm, target, language, seed: 60 + noise(target, language, seed if target != "tatoeba" else 0))
    )
    assert len(rows) > 100
    for row in rows:
        assert row.difference == 0
        assert row.p_value == 1
        assert row.sign_flip_p_value == 1
        assert row.verdict == "undecided"
        assert (row.low, row.high, row.equivalence_p_value) == (None, None, None)
        assert "no variance" in row.note


def test_the_same_gain_in_every_seed_claims_nothing(study: Study) -> None:
    gains = {"mnli": 3.0, "squad": -3.0}
    rows = compare(study, scores_by(study, lambda arm, target, language, seed: 60 + gains.get(arm, 0.0)))
    row = one(rows, "mnli", "pawsx", "task")
    assert row.difference == 3.0
    assert (row.p_value, row.adjusted_p_value, row.low, row.equivalence_p_value) == (None, None, None, None)
    assert row.sign_flip_p_value == 0.0625
    assert row.verdict == "undecided"


def test_under_five_seeds_is_descriptive(study: Study) -> None:
    rows = compare(study, [score for score in fabricated_scores(study) if score.seed in (None, 1, 2, 3, 4)])
    assert rows
    for row in rows:
        assert row.verdict == "descriptive only"
        assert not significant(row)
        assert row.adjusted_p_value is None
        assert row.adjusted_equivalence_p_value is None
        assert row.p_value is not None
        assert row.seeds == (1, 2, 3, 4)
        assert "4 of 5 seeds" in row.note


def test_one_seed(study: Study) -> None:
    rows = compare(study, [score for score in fabricated_scores(study) if score.seed in (None, 2)])
    row = one(rows, "mnli", "average")
    assert row.seeds == (2,)
    assert (row.low, row.high, row.p_value, row.sign_flip_p_value, row.smallest_sign_flip_p_value) == (None,) * 5
    assert row.verdict == "descriptive only"
    assert not math.isnan(row.difference)


def test_disjoint_seeds_give_no_comparison(study: Study) -> None:
    scores = [
        score for score in fabricated_scores(study) if score.seed is None or (score.seed in (1, 2, 3)) == (score.intermediate == "none")
    ]
    rows = compare(study, scores)
    assert {row.target for row in rows} == {"tatoeba", "group:retrieval"}  # whose baseline is a constant
    assert compare(study, []) == []


def test_a_missing_language_costs_its_seed_where_it_counts(study: Study) -> None:
    whole = compare(study, fabricated_scores(study))
    rows = compare(study, without(fabricated_scores(study), model=MODEL, intermediate="mnli", target="xnli", language="sw", seed=3))
    assert one(rows, "mnli", "xnli", "task").seeds == (1, 2, 4, 5)
    assert one(rows, "mnli", "average").seeds == (1, 2, 4, 5)
    assert one(rows, "mnli", "xnli", "language:sw").seeds == (1, 2, 4, 5)
    assert one(rows, "mnli", "average").verdict == "descriptive only"
    assert one(rows, "mnli", "xnli", "language:de").p_value == one(whole, "mnli", "xnli", "language:de").p_value
    assert one(rows, "mnli", "average-without-own-data") == one(whole, "mnli", "average-without-own-data")
    assert [row for row in rows if row.model != MODEL] == [row for row in whole if row.model != MODEL]


def test_a_missing_task_gives_no_average(study: Study) -> None:
    rows = compare(study, without(fabricated_scores(study), model=MODEL, intermediate="none", target="udpos"))
    found = {(row.intermediate, row.target) for row in rows if row.model == MODEL and row.scope == "average"}
    assert ("hellaswag", "average") not in found
    assert ("hellaswag", "group:qa") in found


def test_a_gap_makes_no_other_claim_easier(study: Study) -> None:
    whole = compare(study, fabricated_scores(study, gains={"mnli": 0.4, "squad": 0.0, "hellaswag": 0.0}))
    gap = compare(study, without(fabricated_scores(study, gains={"mnli": 0.4, "squad": 0.0, "hellaswag": 0.0}), intermediate="squad"))
    for model in study.models:
        before, after = (one(rows, "mnli", "average-without-own-data", model=model.name) for rows in (whole, gap))
        assert before.p_value == after.p_value
        assert before.adjusted_p_value is not None
        assert after.adjusted_p_value is not None
        assert after.adjusted_p_value >= before.adjusted_p_value - 1e-12


def test_driven_by_retrieval(study: Study) -> None:
    def value(arm: str, target: str, language: str, seed: int | None) -> float:
        gain = 0.0 if arm != "hellaswag" else 12.0 if target == "tatoeba" else -1.0
        return 60 + gain + 0.2 * noise(arm, target, language, seed)

    rows = compare(study, scores_by(study, value))
    row = one(rows, "hellaswag", "average")
    assert row.difference > 1
    assert row.adjusted_p_value is not None
    assert row.adjusted_p_value < 0.01
    assert row.verdict == "undecided"
    assert row.note.startswith("driven by retrieval: without retrieval tasks the difference is -")
    assert not significant(row)
    assert one(rows, "hellaswag", "average-without-retrieval").verdict == "worse"
    assert one(rows, "hellaswag", "group:retrieval").verdict == "better"
    assert "driven" not in one(rows, "mnli", "average-without-retrieval").note


def test_verdicts_of_real_negligible_and_absent_gains(study: Study) -> None:
    tight = scores_by(study, noisy({"mnli": 0.5, "squad": 3.0, "hellaswag": 0.0}, sd=0.15))
    rows = compare(study, tight)
    assert one(rows, "mnli", "average-without-own-data").verdict == "better but negligible"
    assert one(rows, "squad", "average-without-own-data").verdict == "better"
    loose = replace(study, statistics=replace(study.statistics, margin=Margin()))
    rows = compare(loose, tight)
    assert one(rows, "mnli", "average-without-own-data").verdict == "better"
    assert one(rows, "hellaswag", "average").verdict == "undecided"
    assert {(row.margin, row.equivalence_p_value, row.adjusted_equivalence_p_value) for row in rows} == {(None, None, None)}
    rows = compare(study, scores_by(study, noisy({}, sd=0.3, seed_of=4)))
    assert one(rows, "hellaswag", "average").verdict == "equivalent"


def test_margins_are_those_of_the_scope(study: Study) -> None:
    rows = compare(study, fabricated_scores(study))
    assert {(row.scope.partition(":")[0], row.margin) for row in rows} == {("average", 1), ("task", 2), ("language", 3)}
    only = compare(replace(study, statistics=replace(study.statistics, margin=Margin(task=2))), fabricated_scores(study))
    assert {row.scope for row in only if row.equivalence_p_value is not None} == {"task"}


def test_corrections_of_the_study(study: Study) -> None:
    scores = fabricated_scores(study)
    plain = compare(replace(study, statistics=replace(study.statistics, correction="none")), scores)
    assert all(row.adjusted_p_value == row.p_value for row in plain)
    assert all(row.adjusted_equivalence_p_value == row.equivalence_p_value for row in plain)
    rows = compare(replace(study, statistics=replace(study.statistics, correction="benjamini-hochberg")), scores)
    claims = [one(rows, arm, "average-without-own-data") for arm in ("mnli", "squad", "hellaswag")]
    expected = benjamini_hochberg(np.array([row.p_value for row in claims], dtype=float))
    np.testing.assert_allclose(np.array([row.adjusted_p_value for row in claims], dtype=float), expected)


def test_the_sign_flip_test_of_the_study(study: Study) -> None:
    rows = compare(replace(study, statistics=replace(study.statistics, test="sign-flip")), fabricated_scores(study))
    for row in rows:
        assert row.test == "sign-flip"
        assert row.p_value == row.sign_flip_p_value
        assert row.p_value is not None
        assert row.p_value >= 0.0625
        assert "cannot reach 0.05" in row.note
        assert not significant(row)


def test_nothing_is_nan(study: Study) -> None:
    scores = without(without(fabricated_scores(study), intermediate="mnli", seed=1), intermediate="none", target="xquad", seed=5)
    for row in compare(study, scores):
        assert not any(isinstance(value, float) and math.isnan(value) for value in asdict(row).values())


def test_order_and_company_change_nothing(study: Study) -> None:
    scores = list(fabricated_scores(study))
    rows = compare(study, scores)
    shuffled = scores.copy()
    random.Random(8).shuffle(shuffled)
    assert compare(study, shuffled) == rows
    alone = replace(study, models=study.models[1:])
    assert compare(alone, scores) == [row for row in rows if row.model != MODEL]
    fewer = replace(study, intermediate=study.intermediate[:1])
    assert [row.p_value for row in compare(fewer, scores)] == [row.p_value for row in rows if row.intermediate == "mnli"]


def test_inputs_follow_jobs_and_seeds_alone(study: Study) -> None:
    scores = fabricated_scores(study)
    before = {(row.model, row.intermediate, row.target, row.scope): row.inputs for row in compare(study, scores)}
    values = compare(replace(study, title="Other"), tuple(replace(score, value=score.value + 1) for score in scores))
    assert {(row.model, row.intermediate, row.target, row.scope): row.inputs for row in values} == before

    def touched(changed: Sequence[Score]) -> set[tuple[str, str, str]]:
        after = {(row.model, row.intermediate, row.target, row.scope): row.inputs for row in compare(study, changed)}
        return {key[1:] for key in before if after[key] != before[key]}

    def place(score: Score) -> tuple[object, ...]:
        return score.model, score.intermediate, score.target, score.language, score.seed

    other = tuple(replace(score, job="other") if place(score) == (MODEL, "mnli", "xnli", "de", 2) else score for score in scores)
    averages = {"average", "average-without-retrieval", "zero-shot-average", "group:classification"}
    expected = {("mnli", "xnli", "task"), ("mnli", "xnli", "language:de"), *(("mnli", name, "average") for name in averages)}
    assert touched(other) == expected
    fewer = touched(without(scores, model=MODEL, intermediate="mnli", target="xnli", language="de", seed=2))
    assert fewer == expected


def test_two_names_for_one_average(tmp_path: Path) -> None:
    text = "title: T\nmodels: [xlmr-base]\nintermediate: [hellaswag, csqa]\ntarget: [{task: pawsx, languages: [de, fr]}]\n"
    study = fabricated_study(tmp_path, text)
    rows = compare(study, fabricated_scores(study, gains={"hellaswag": 0.4}))
    averages = [row for row in rows if row.scope == "average"]
    # without retrieval tasks, English and own data every average is the same one, and it counts once
    assert {row.family for row in averages} == {"confirmatory"}
    assert len({row.p_value for row in averages}) == 2
    first, second = (one(rows, arm, "average", model="xlmr-base") for arm in ("hellaswag", "csqa"))
    assert first.p_value is not None
    assert second.p_value is not None
    low, high = sorted((first.p_value, second.p_value))
    adjusted = [min(1.0, 2 * low), max(min(1.0, 2 * low), high)]
    assert sorted([first.adjusted_p_value or 0, second.adjusted_p_value or 0]) == pytest.approx(adjusted)


def test_a_study_without_intermediate_tasks(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, "title: T\nmodels: [xlmr-base]\ntarget: [pawsx]\n")
    assert compare(study, fabricated_scores(study)) == []
