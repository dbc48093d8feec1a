"""Variants beside plain: families of their own that move no number of the plain arms, differences by hand, pairs in no average."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from stiltsreport.results import Score
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.corrections import benjamini_hochberg
from stiltsreport.study.study import Study
from tests.fabricated import METHOD_GAINS, METHODS, fabricated_scores, fabricated_study, without

MODEL = "multilingual-e5-small"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return fabricated_study(tmp_path_factory.mktemp("study"), METHODS)


@pytest.fixture(scope="module")
def scores(study: Study) -> tuple[Score, ...]:
    return fabricated_scores(study, METHOD_GAINS)


@pytest.fixture(scope="module")
def rows(study: Study, scores: tuple[Score, ...]) -> list[Comparison]:
    return compare(study, scores)


def plain_part(study: Study) -> Study:
    """The same study without variants and controls."""
    return replace(study, variants=(), intermediate=tuple(entry for entry in study.intermediate if entry.control is None))


def test_arms_follow_the_study(study: Study, scores: tuple[Score, ...]) -> None:
    assert Aggregates(study, scores).arms(MODEL) == list(study.arms)
    assert ("mlm", "none") in study.arms
    assert ("mlm", "shuffled") not in study.arms


def test_variants_and_controls_change_no_number_of_plain_arms(study: Study, scores: tuple[Score, ...], rows: list[Comparison]) -> None:
    alone = compare(plain_part(study), scores)
    kept = {"none", "mnli", "squad", "both"}
    assert [row for row in rows if row.variant == "plain" and row.intermediate in kept] == alone


def test_each_method_stands_against_plain_of_its_intermediate(study: Study, scores: tuple[Score, ...], rows: list[Comparison]) -> None:
    means = Aggregates(study, scores)
    for name in ("none", "mnli", "squad", "both"):
        for variant in ("mlm", "rs-da", "few-shot"):
            (row,) = [one for one in rows if (one.variant, one.intermediate, one.baseline, one.target) == (variant, name, name, "average")]
            method, plain = (means.average(MODEL, which, name, "average") for which in (variant, "plain"))
            assert method is not None
            assert plain is not None
            assert row.difference == pytest.approx(np.mean(method.values) - np.mean(plain.values))
            assert row.p_value == pytest.approx(stats.ttest_rel(method.values, plain.values).pvalue)
            assert row.family == "methods"
            assert not row.own_data  # both arms hold it


def test_the_methods_are_one_family_of_holm(study: Study, rows: list[Comparison]) -> None:
    family = [row for row in rows if row.family == "methods" and row.target == "average"]
    assert len(family) == 4 * 3
    raw = np.array([value for row in family for value in (row.p_value, row.equivalence_p_value)], dtype=float)
    order = np.argsort(raw)
    adjusted = np.empty(len(raw))
    adjusted[order] = np.minimum(1, np.maximum.accumulate((len(raw) - np.arange(len(raw))) * raw[order]))
    found = [value for row in family for value in (row.adjusted_p_value, row.adjusted_equivalence_p_value)]
    np.testing.assert_allclose(np.array(found, dtype=float), adjusted)
    tasks = [row for row in rows if row.scope == "task" and row.variant != "plain" and row.baseline == row.intermediate]
    assert {row.family for row in tasks} == {"exploratory"}
    np.testing.assert_allclose(
        np.array([row.adjusted_p_value for row in tasks], dtype=float),
        benjamini_hochberg(np.array([row.p_value for row in tasks], dtype=float), len(tasks)),
    )


def test_methods_and_controls_against_the_baseline_are_explored(rows: list[Comparison]) -> None:
    further = [row for row in rows if row.baseline == "none" and row.intermediate != "none"]
    assert {row.family for row in further if row.variant != "plain" or row.intermediate == "shuffled"} == {"exploratory"}
    assert {(row.variant, row.intermediate) for row in rows if row.family == "confirmatory"} == {
        ("plain", "mnli"), ("plain", "squad"), ("plain", "both"),
    }  # fmt: skip


def test_no_comparison_stands_twice(rows: list[Comparison]) -> None:
    keys = [(row.model, row.variant, row.intermediate, row.baseline, row.target, row.scope) for row in rows]
    assert len(keys) == len(set(keys))


def test_pairs_stand_in_no_average(study: Study, scores: tuple[Score, ...], rows: list[Comparison]) -> None:
    assert any(row.second_language for row in scores)
    assert compare(study, [row for row in scores if row.second_language is None]) == rows


def test_a_missing_method_leaves_the_others(study: Study, scores: tuple[Score, ...], rows: list[Comparison]) -> None:
    gone = compare(study, without(scores, variant="mlm"))
    assert {row.variant for row in gone} == {"plain", "rs-da", "few-shot"}

    def adjusted(found: list[Comparison]) -> list[float]:
        return [row.adjusted_p_value or 0 for row in found if row.family == "methods" and row.variant == "rs-da"]

    # the family's size is what the study plans: a gap makes no other claim easier
    assert all(one >= other - 1e-12 for one, other in zip(adjusted(gone), adjusted(rows), strict=True))


def test_dev_scores_of_a_mixture_stand_by_task(study: Study, scores: tuple[Score, ...]) -> None:
    means = Aggregates(study, scores)
    for task in ("mnli", "squad"):
        found = means.intermediate_dev(MODEL, "plain", "both", task)
        assert found is not None
        assert found.seeds == study.seeds
    assert means.intermediate_dev(MODEL, "rs-da", "both", "mnli") is None
