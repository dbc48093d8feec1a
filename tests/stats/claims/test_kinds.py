"""Rankings, counts, interactions and trends: every verdict, with numbers by hand and from SciPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.results import Results, Score
from stiltsreport.stats.claims.answering import answer_claims
from tests.stats.claims.conftest import HEAD, NOISE, Answers, Gain, steady, study_of

NO_MARGIN = HEAD.replace("statistics: {margin: {average: 1, task: 1}}\n", "")
NOISES = np.array(NOISE)


def by_target(**gains: float) -> Gain:
    """MNLI's gain in each target, and noise of its own in each."""
    order = list(gains)

    def gain(arm: str, target: str, language: str, seed: int) -> float:
        del language
        return gains[target] + NOISE[(seed + order.index(target)) % 5] if arm == "mnli" else 0.0

    return gain


def test_a_ranking_is_decided_by_its_weakest_pair(answered: Answers):
    # Every arm has the same noise, so neighbours would differ by a constant: HellaSwag has twice the noise.
    def gain(arm: str, target: str, language: str, seed: int) -> float:
        del target, language
        level, noise = {"mnli": (3.0, 1), "squad": (1.5, 2), "hellaswag": (-2.0, -1)}.get(arm, (0.0, 0))
        return level + noise * NOISE[seed - 1]

    found = answered(["name: c, ranking: [mnli, squad, hellaswag]", "name: d, ranking: [squad, mnli, hellaswag]"], gain, NO_MARGIN)
    first, second = stats.ttest_1samp(1.5 - NOISES, 0).pvalue, stats.ttest_1samp(3.5 + 3 * NOISES, 0).pvalue
    assert found["c"].verdict == "supported"
    assert found["c"].p_value == pytest.approx(max(first, second))
    assert [part.name for part in found["c"].parts] == ["mnli > squad", "squad > hellaswag"]
    assert found["d"].verdict == "contradicted"
    assert found["d"].p_value == pytest.approx(2 * first)
    best = answered(["name: c, ranking: [mnli, others]"], gain, NO_MARGIN)["c"]
    assert best.verdict == "supported"
    assert {part.name for part in best.parts} == {"mnli > squad", "mnli > hellaswag"}
    assert best.p_value == pytest.approx(max(first, stats.ttest_1samp(5 + 2 * NOISES, 0).pvalue))


@pytest.mark.parametrize(
    ("claim", "gains", "verdict"),
    [
        ("tasks: 2", {"udpos": 2, "panx": 2, "tydiqa": 0}, "supported"),
        ("tasks: 3", {"udpos": 2, "panx": 2, "tydiqa": 0}, "contradicted"),
        ("tasks: 3", {"udpos": 2, "panx": 2, "tydiqa": 0.9}, "supported"),
        ("tasks: 2", {"udpos": 2, "panx": 0, "tydiqa": 0}, "contradicted"),
        ("fewer: 2", {"udpos": 2, "panx": 0, "tydiqa": 0}, "supported"),
        ("fewer: 2", {"udpos": 2, "panx": 2, "tydiqa": 0}, "contradicted"),
        ("fewer: 2", {"udpos": 2, "panx": 0.9, "tydiqa": 0.9}, "contradicted"),
        ("fewer: 1", {"udpos": 0.9, "panx": -1, "tydiqa": -1}, "contradicted"),
        ("fewer: 1", {"udpos": 0, "panx": -1, "tydiqa": -1}, "supported"),
        # Real, and less than the margin: each p value of 0 is three times the other that counts, and they are better all the same.
        ("tasks: 1", {"udpos": 0.5, "panx": 0.5, "tydiqa": 0.5}, "supported"),
        ("fewer: 1", {"udpos": 0.5, "panx": 0.5, "tydiqa": 0.5}, "contradicted"),
    ],
)
def test_counts_over_targets(answered: Answers, claim: str, gains: dict[str, float], verdict: str):
    found = answered([f"name: c, count: {{better: mnli, than: none, {claim}}}"], by_target(**gains))["c"]
    assert found.verdict == verdict
    assert len(found.parts) == 3


def test_a_count_is_bonferronis_partial_conjunction(answered: Answers):
    """At least 2 of 3: twice the second smallest one-sided p; doubled, as every claim is tested on both sides."""
    found = answered(["name: c, count: {better: mnli, than: none, tasks: 2}"], by_target(udpos=0.8, panx=0.6, tydiqa=0.0), NO_MARGIN)["c"]
    one_sided = sorted(stats.ttest_1samp(gain + NOISES, 0, alternative="greater").pvalue for gain in (0.8, 0.6, 0.0))
    assert found.p_value == pytest.approx(2 * 2 * one_sided[1])
    assert found.effect in (2, 3)  # how many are higher: rounding decides on the one that is equal
    assert found.verdict == "supported"
    assert any("no margin is declared" in note for note in found.notes)


def test_missing_targets_count_as_not_better(answered: Answers):
    gains = by_target(udpos=3, panx=3, tydiqa=3)
    found = answered(
        ["name: c, count: {better: mnli, than: none, tasks: 2}", "name: d, count: {better: mnli, than: none, tasks: 3}"],
        lambda arm, target, language, seed: None if arm == "mnli" and target == "panx" else gains(arm, target, language, seed),
        NO_MARGIN,
    )
    assert found["c"].verdict == "supported"
    assert found["d"].verdict == "undecided"
    assert any(note.startswith("panx: results are missing") for note in found["d"].notes)


def test_a_count_leaves_out_the_arms_own_data(answered: Answers):
    head = HEAD.replace("udpos, languages: [fi]", "xquad, languages: [es]")
    found = answered(["name: c, count: {better: squad, than: none, tasks: 3}"], steady(squad=3.0), head)["c"]
    assert found.verdict == "undecided"
    assert found.reasons == ("3 of 2 targets without an arm's own training data",)
    against = answered(["name: c, count: {better: mnli, than: squad, tasks: 2}"], steady(mnli=3.0), head)["c"]
    assert [part.name for part in against.parts] == ["panx", "tydiqa"]
    assert against.notes == ("own training data: XQuAD left out",)


def test_small_gains_that_are_real_are_told_as_such(answered: Answers):
    found = answered(["name: c, count: {better: mnli, than: none, tasks: 1}"], by_target(udpos=0.5, panx=0.5, tydiqa=0.5))["c"]
    assert any("by less than the margin" in note for note in found.notes)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.high


def test_counts_over_intermediates_on_each_quantity(answered: Answers):
    def gain(arm: str, target: str, language: str, seed: int) -> float:
        del language
        level = {"mnli": 2.0, "squad": 2.0 if target == "panx" else 0.0, "hellaswag": 0.0}.get(arm, 0.0)
        return level + NOISE[(seed + len(arm)) % 5] if arm != "none" else 0.0

    found = answered(
        [
            "name: two, count: {better: all, than: none, intermediates: 2}, on: panx",
            "name: each, count: {better: all, than: none, intermediates: 2}, on: [panx, udpos]",
            "name: one, count: {better: all, than: none, intermediates: 1}, on: [panx, udpos]",
        ],
        gain,
    )
    assert {name: one.verdict for name, one in found.items()} == {"two": "supported", "each": "contradicted", "one": "supported"}
    assert len(found["each"].parts) == 6


@pytest.mark.parametrize(("gain", "verdict"), [(2.0, "supported"), (-2.0, "contradicted"), (0.0, "undecided")])
def test_an_interaction_of_targets_is_the_difference_of_gains_by_seed(answered: Answers, gain: float, verdict: str):
    claim = "name: c, interaction: targets, of: mnli, between: [panx, tydiqa]"
    found = answered([claim], by_target(panx=1 + gain, tydiqa=1.0, udpos=0.0))["c"]
    # In seed i: panx has noise i, tydiqa noise i + 1.
    differences = gain + np.roll(NOISES, -1) - np.roll(NOISES, -2)
    assert found.verdict == verdict
    assert found.effect == pytest.approx(gain)
    assert found.p_value == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)


def test_an_interaction_of_languages_is_within_targets(answered: Answers):
    """PAN-X alone has both groups; levels of other targets play no part."""

    def gain(arm: str, target: str, language: str, seed: int) -> float:
        level = {"de": 1.0, "ru": 2.0, "sw": 5.0, "fi": 40.0}[language] if target != "tydiqa" else 80.0
        return level + NOISE[(seed + ord(language[0])) % 5] if arm == "mnli" else 0.0

    claims = [
        "name: f, interaction: families, of: mnli, between: [Niger-Congo, Indo-European]",
        "name: s, interaction: scripts, of: mnli, between: [Cyrillic, others]",
    ]
    found = answered(claims, gain)
    assert found["f"].effect == pytest.approx(5 - 1.5)
    assert found["f"].verdict == "supported"
    assert found["s"].effect == pytest.approx(2 - 3)
    assert any(note.startswith("within PAN-X; English") for note in found["f"].notes)


def test_groups_that_no_target_has_both_of_are_said(answered: Answers):
    found = answered(
        [
            "name: c, interaction: families, of: mnli, between: [Uralic, Niger-Congo]",
            "name: s, interaction: seen, of: mnli, between: [seen, unseen]",
        ],
        steady(mnli=1.0),
    )
    assert found["c"].reasons == ("no target has languages of both Uralic and Niger-Congo",)
    assert found["s"].reasons == ("no target has languages of both seen and unseen",)


def test_the_trend_over_distance_is_a_slope_over_languages_by_seed(answered: Answers):
    """German 0, Russian 1, Swahili 2 steps from English: gains 1, 2, 3 have the slope 1; targets of one language have none."""

    def gain(arm: str, target: str, language: str, seed: int) -> float:
        del target
        places = {"de": 0, "ru": 1, "sw": 2, "fi": 2}
        return 1 + places[language] * (1 + NOISE[seed - 1]) if arm == "mnli" else 0.0

    claims = [f"name: {way}, trend: gain-by-distance, of: mnli, direction: {way}" for way in ("up", "down")]
    found = answered(claims, gain)
    assert found["up"].effect == pytest.approx(1.0)
    assert found["up"].p_value == pytest.approx(stats.ttest_1samp(1 + NOISES, 0).pvalue)
    assert (found["up"].verdict, found["down"].verdict) == ("supported", "contradicted")
    assert any("0 for Germanic languages" in note for note in found["up"].notes)
    assert any("with languages as the units: slope +1.00 points" in note and "3 languages" in note for note in found["up"].notes)


def test_the_trend_over_examples_is_a_slope_on_their_doublings(answered: Answers):
    sizes = ", ".join(f"{{task: mnli, examples: {size}}}" for size in (1000, 4000, 16000))
    head = HEAD.replace("[mnli, squad, hellaswag]", f"[{sizes}]")
    levels = {"mnli-1000": 1.0, "mnli-4000": 2.0, "mnli-16000": 4.0}

    def gain(arm: str, target: str, language: str, seed: int) -> float:
        del target, language
        return levels[arm] + (NOISE[seed - 1] if arm == "mnli-16000" else 0.0) if arm in levels else 0.0

    claims = [f"name: {way}, trend: gain-by-examples, of: mnli-1000, direction: {way}" for way in ("up", "down")]
    found = answered(claims, gain, head)
    # Doublings 0, 2, 4: the slope is (value of the last - value of the first) / 4.
    slopes = (4 + NOISES - 1) / 4
    assert found["up"].effect == pytest.approx(0.75)
    assert found["up"].p_value == pytest.approx(stats.ttest_1samp(slopes, 0).pvalue)
    assert (found["up"].verdict, found["down"].verdict) == ("supported", "contradicted")
    assert [part.name for part in found["up"].parts] == ["mnli-1000 on average", "mnli-4000 on average", "mnli-16000 on average"]


def test_a_trend_without_known_sizes_is_undecided(answered: Answers):
    head = HEAD.replace("[mnli, squad, hellaswag]", "[mnli, {task: mnli, examples: 1000}]")
    found = answered(["name: c, trend: gain-by-examples, of: mnli, direction: up"], steady(mnli=3.0, **{"mnli-1000": 1.0}), head)["c"]
    assert found.reasons == ("the number of examples of mnli is not known",)


def test_a_gain_larger_where_the_two_sentences_are_in_different_languages(tmp_path: Path):
    head = """\
title: Pairs
models: [mbert]
intermediate: []
target: [{task: xnli, languages: [en, de], pairs: all}]
variants: [{robust: adv}]
seeds: [1, 2, 3, 4, 5]
"""
    between = 'name: c, interaction: targets, of: none+adv, than: none, between: ["pairs:xnli", xnli]'
    study = study_of(tmp_path, [between, 'name: d, better: none+adv, than: none, on: "pairs:xnli"'], head)

    def rows(missing: int | None) -> list[Score]:
        gains = {"plain": (0.0, 0.0), "adv": (1.0, 3.0)}
        return [
            Score("mbert", variant, "none", "xnli", "target", "test", first, None if first == second else second, seed, "accuracy",
                  60 + gains[variant][first != second] + noise * (first != second) * (variant == "adv"), 100, f"{variant}{first}{second}{seed}")
            for variant in ("plain", "adv") for first in ("en", "de") for second in ("en", "de")
            for seed, noise in zip(study.seeds, NOISE, strict=True)
            if not (seed == missing and (first, second) == ("en", "de"))
        ]  # fmt: skip

    by_name = {one.claim: one for one in answer_claims(study, Results(tuple(rows(None))))}
    assert by_name["c"].effect == pytest.approx(2.0)
    assert by_name["c"].p_value == pytest.approx(stats.ttest_1samp(2 + NOISES, 0).pvalue)
    assert by_name["d"].effect == pytest.approx(3.0)
    assert by_name["d"].verdict == "supported"
    assert by_name["d"].comparison is None  # the target's own row is of the ordinary setting
    gap = {one.claim: one for one in answer_claims(study, Results(tuple(rows(5))))}
    assert (gap["c"].verdict, gap["c"].n) == ("undecided", 4)
    assert any("4" in reason for reason in gap["c"].reasons)
