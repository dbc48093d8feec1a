"""All claims together: one family, collapsed runs, tuned models, choices on dev, and input that has nothing to say."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from stiltsreport.results import Results
from stiltsreport.results.setup import RunHealth, SelectionFacts
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.claims.family import planned_tests
from stiltsreport.stats.corrections import holm
from tests.fabricated import fabricated_scores
from tests.stats.claims.conftest import HEAD, NOISE, Answers, results_of, steady, study_of

CLAIMS = [
    "name: a, better: mnli, than: none",
    "name: b, better: squad, than: none, by: 2",
    "name: c, equivalent: hellaswag, than: none, within: 1",
    "name: d, ranking: [mnli, squad, none]",
    "name: e, count: {better: mnli, than: none, tasks: 2}",
    "name: f, count: {better: all, than: none, intermediates: 2}, on: [average, panx/sw]",
    "name: g, interaction: families, of: mnli, between: [Niger-Congo, others]",
    "name: h, trend: gain-by-distance, of: mnli, direction: down",
    "name: i, better: best-per-target, than: none",
    "name: j, no_worse: squad, than: mnli",
    "name: k, trend: gain-by-parameters, of: mnli, direction: down, beyond: 10e9",
]
TWO_MODELS = HEAD.replace("[xlmr-base]", "[xlmr-base, xlmr-large]")


def test_all_p_values_of_all_claims_and_models_are_one_holm_family(tmp_path: Path):
    claims = ["name: a, better: mnli, than: none", "name: b, better: squad, than: none, on: panx", "name: c, worse: hellaswag, than: none"]
    study = study_of(tmp_path, claims, TWO_MODELS.replace("average: 1, ", ""))
    gains = {"xlmr-base": (0.5, 0.4, -0.3), "xlmr-large": (0.2, 0.6, 0.1)}
    results = results_of(study, lambda *_: 0.0)
    scores = tuple(
        replace(row, value=60 + gains[row.model][("mnli", "squad", "hellaswag").index(row.intermediate)] + NOISE[(row.seed or 0) - 1])
        if row.intermediate != "none"
        else row
        for row in results.scores
    )
    found = answer_claims(study, replace(results, scores=scores))
    assert [(one.claim, one.model) for one in found] == [(name, model) for name in "abc" for model in gains]
    # PAN-X has a margin, so that b brings a p value of equivalence too.
    raw = [one.p_value for one in found] + [one.equivalence_p_value for one in found]
    family = [p for p in raw if p is not None]
    assert planned_tests(study) == len(family) == 8
    adjusted = [one.adjusted_p_value for one in found] + [p for one in found if (p := one.adjusted_equivalence_p_value) is not None]
    assert adjusted == pytest.approx(holm(np.array(family)))


def test_what_is_missing_makes_no_other_claim_easier(answered: Answers):
    def gain(arm: str, target: str, language: str, seed: int) -> float | None:
        return None if arm == "squad" else steady(mnli=0.4)(arm, target, language, seed)

    claims = ["name: a, better: mnli, than: none", "name: b, better: squad, than: none"]
    found = answered(claims, gain, HEAD.replace("statistics: {margin: {average: 1, task: 1}}\n", ""))
    assert found["a"].adjusted_p_value == pytest.approx(2 * stats.ttest_1samp(0.4 + np.array(NOISE), 0).pvalue)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32))
def test_the_order_of_scores_and_of_claims_does_not_matter(tmp_path: Path, number: int):
    shuffle = random.Random(number)
    study = study_of(tmp_path, CLAIMS)
    results = Results(
        fabricated_scores(study, {"mnli": 2.0, "squad": 0.5, "hellaswag": 0.0}), (), results_of(study, lambda *_: 0.0).setup, {}
    )
    expected = {one.claim: one for one in answer_claims(study, results)}
    scores, claims = list(results.scores), list(study.claims)
    shuffle.shuffle(scores)
    shuffle.shuffle(claims)
    found = answer_claims(replace(study, claims=tuple(claims)), replace(results, scores=tuple(scores)))
    assert [one.claim for one in found] == [claim.name for claim in claims]
    for one in found:
        other = expected[one.claim]
        assert (one.verdict, one.reasons, one.inputs, one.n) == (other.verdict, other.reasons, other.inputs, other.n)
        assert (one.p_value, one.adjusted_p_value) == (pytest.approx(other.p_value), pytest.approx(other.adjusted_p_value))


@pytest.mark.parametrize("gone", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("spread", [0.0, 1e-12, 2.0])
@pytest.mark.parametrize("seeds", [1, 2, 5, 6])
def test_nothing_crashes_and_nothing_is_marked_without_evidence(tmp_path: Path, gone: float, spread: float, seeds: int):
    """Gaps anywhere, constants, one seed: every claim has an answer, and none is decided where nothing varies."""
    head = HEAD.replace("[1, 2, 3, 4, 5]", str(list(range(1, seeds + 1))))
    study, draw = study_of(tmp_path, CLAIMS, head), random.Random(f"{gone} {spread} {seeds}")

    def gain(arm: str, target: str, language: str, seed: int) -> float | None:
        del arm, target, language, seed
        return None if draw.random() < gone else spread * draw.gauss(0, 1)

    found = answer_claims(study, results_of(study, gain))
    assert [one.claim for one in found] == [claim.name for claim in study.claims]
    for one in found:
        assert bool(one.reasons) == (one.verdict == "undecided")
        for value in (one.effect, one.low, one.high, one.p_value, one.adjusted_p_value, one.smallest_detectable):
            assert value is None or np.isfinite(value)
        if seeds < 5 or spread < 1e-9 or gone == 1.0:
            assert one.verdict == "undecided", one


def test_a_study_without_claims_has_no_answers(tmp_path: Path):
    study = study_of(tmp_path, [])
    assert answer_claims(study, results_of(study, lambda *_: 0.0)) == ()


def test_a_verdict_that_collapsed_runs_decide_is_withdrawn(tmp_path: Path):
    """Seed 5 of SQuAD fell by 25 points: as run it proves nothing, without it SQuAD helps."""
    study = study_of(tmp_path, ["name: a, better: squad, than: none", "name: b, better: mnli, than: none"])

    def gain(arm: str, target: str, language: str, seed: int) -> float:
        return -25.0 if (arm, seed) == ("squad", 5) else steady(squad=2.0, mnli=2.0)(arm, target, language, seed)

    health = [
        RunHealth("xlmr-base", "plain", "squad", target, "target", 5, f"job-{target}", "constant") for target in ("udpos", "panx", "tydiqa")
    ]
    found = {one.claim: one for one in answer_claims(study, results_of(study, gain, health))}
    assert found["a"].verdict == "undecided"
    assert found["a"].reasons[-1].startswith("depends on collapsed runs: as run: undecided; without them: supported (+2.")
    assert found["b"].verdict == "supported"


def test_a_papers_claim_is_not_answered_on_a_model_tuned_on_labels(answered: Answers):
    head = HEAD.replace("xlmr-base", "multilingual-e5-small")
    claims = ["name: ours, better: mnli, than: none", "name: theirs, better: mnli, than: none, source: Phang et al. 2020"]
    found = answered(claims, steady(mnli=3.0), head)
    assert found["ours"].verdict == "supported"
    assert found["theirs"].verdict == "undecided"
    assert "tuned on labelled data" in found["theirs"].reasons[0]
    assert found["theirs"].effect == pytest.approx(3.0)


def test_seeds_that_were_added_after_a_look_decide_nothing(tmp_path: Path):
    study = replace(study_of(tmp_path, ["name: a, better: mnli, than: none"]), extended=True)
    (found,) = answer_claims(study, results_of(study, steady(mnli=3.0)))
    assert (found.verdict, found.reasons[0]) == ("undecided", "extended: descriptive")


def test_welchs_test_takes_arms_with_their_own_seeds(answered: Answers):
    head = HEAD.replace("[1, 2, 3, 4, 5]", "{default: 5, none: 8}").replace("{margin: {average: 1, task: 1}}", "{test: welch}")
    baseline = [0.1, -0.2, 0.3, 0.0, 0.2, -0.4, 0.1, -0.1]

    def gain(arm: str, target: str, language: str, seed: int) -> float:
        del target, language
        return {"mnli": 0.5 + NOISE[(seed - 1) % 5], "none": baseline[seed - 1]}.get(arm, 0.0)

    found = answered(["name: c, better: mnli, than: none"], gain, head)["c"]
    assert found.p_value == pytest.approx(stats.ttest_ind(0.5 + np.array(NOISE), baseline, equal_var=False).pvalue)


def test_the_best_per_target_is_chosen_on_dev_and_tested_on_the_reported_scores(tmp_path: Path):
    study = study_of(tmp_path, ["name: c, better: best-per-target, than: none"])
    dev = {"mnli": 50.0, "squad": 70.0, "hellaswag": 60.0, "none": 40.0}  # SQuAD in every seed, though MNLI gains most
    selection = [
        SelectionFacts("xlmr-base", "plain", arm, target, seed, target, metric, value, 100, 1, f"{arm}-{target}-{seed}")
        for arm, value in dev.items()
        for target, metric in (("udpos", "f1"), ("panx", "f1"), ("tydiqa", "f1"), ("tydiqa", "exact_match"))
        for seed in study.seeds
    ]
    (found,) = answer_claims(study, results_of(study, steady(mnli=3.0, squad=2.0, hellaswag=1.0), selection=selection))
    assert found.effect == pytest.approx(2.0)
    assert found.verdict == "supported"
    assert any("chosen on English dev data" in note for note in found.notes)


@pytest.mark.parametrize("on", ["average", "zero-shot-average", "group:structured", "panx", "panx/de"])
def test_the_best_per_target_is_compared_over_the_same_targets(tmp_path: Path, on: str):
    """Tatoeba's scores lie far below: in one of two means alone they would turn its sign. SQuAD's own data count for neither arm."""
    head = HEAD.replace("{task: tydiqa, languages: [sw]}", "{task: xquad, languages: [en, es]}\n  - {task: tatoeba, languages: [de]}")
    study = study_of(tmp_path, [f"name: {than}, better: best-per-target, than: {than}, on: '{on}'" for than in ("none", "squad")], head)
    metrics = {"udpos": ("f1",), "panx": ("f1",), "xquad": ("exact_match", "f1")}
    selection = [
        SelectionFacts(
            "xlmr-base", "plain", arm, target, seed, "squad" if target == "xquad" else target, metric, value, 100, 1, f"{arm}{seed}"
        )
        for arm, value in {"mnli": 70.0, "squad": 60.0, "hellaswag": 50.0, "none": 40.0}.items()
        for target in metrics
        for metric in metrics[target]
        for seed in study.seeds
    ]

    def gain(arm: str, target: str, language: str, seed: int) -> float:
        own = 20.0 if (arm, target) == ("squad", "xquad") else 0.0
        noise = NOISE[(seed + ("none", "mnli", "squad", "hellaswag").index(arm)) % 5]  # of each arm its own
        return {"mnli": 3.0, "squad": 1.0, "hellaswag": 1.0}.get(arm, 0.0) + own + noise - (25 if target == "tatoeba" else 0)

    found = {one.claim: one for one in answer_claims(study, results_of(study, gain, selection=selection))}
    assert found["none"].effect == pytest.approx(3.0, abs=0.1)  # Tatoeba, untrained in the baseline, has no noise there
    assert found["squad"].effect == pytest.approx(2.0, abs=0.1)
    assert [found[than].verdict for than in ("none", "squad")] == ["supported"] * 2
