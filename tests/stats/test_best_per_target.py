"""The best intermediate of each target: chosen on dev, told by the reported scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from stiltsreport.results import SelectionFacts
from stiltsreport.stats.aggregate import Aggregates, Floats
from stiltsreport.stats.best_per_target import best_per_target, choose, oracle, reported
from stiltsreport.stats.selection_scores import SelectionScores
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_study, scores_by, without

MODEL = "multilingual-e5-small"
TEXT = """\
title: Best
models: [multilingual-e5-small]
intermediate: [mnli, squad, hellaswag, {name: shuffled, of: hellaswag}]
target:
  - {task: xnli, languages: [en, de]}
  - {task: udpos, languages: [en, fi]}
  - {task: xquad, languages: [en, es]}
  - {task: tatoeba, languages: [de]}
seeds: [1, 2, 3]
"""
# Dev scores by target and intermediate in seeds 1, 2, 3; MNLI is XNLI's own data, SQuAD is XQuAD's.
DEV = {
    "xnli": {"none": (70, 70, 70), "mnli": (90, 90, 90), "squad": (71, 72, 71), "hellaswag": (72, 71, 71), "shuffled": (99, 99, 99)},
    "udpos": {"none": (60, 60, 60), "mnli": (61, 63, 60), "squad": (62, 61, 60), "hellaswag": (60, 60, 64), "shuffled": (0, 0, 0)},
    "xquad": {"none": (50, 50, 50), "mnli": (53, 50, 50), "squad": (80, 80, 80), "hellaswag": (52, 51, 51), "shuffled": (0, 0, 0)},
}
TEST = {"none": 0.0, "mnli": 1.0, "squad": 2.0, "hellaswag": 3.0, "shuffled": 9.0}


def facts(dev: dict[str, dict[str, tuple[float, ...]]] = DEV) -> tuple[SelectionFacts, ...]:
    names = {"xnli": ("xnli", ("accuracy",)), "udpos": ("udpos", ("f1", "token_accuracy")), "xquad": ("squad", ("exact_match", "f1"))}
    rows = []
    for target, arms in dev.items():
        task, metrics = names[target]
        for arm, values in arms.items():
            for seed, value in zip((1, 2, 3), values, strict=True):
                for place, metric in enumerate(metrics):
                    # F1 and exact match lie 4 apart, about the value; token accuracy says the reverse and must not enter.
                    shown = -value if metric == "token_accuracy" else value + (4 * place - 2) * (len(metrics) - 1) * (task == "squad")
                    rows.append(SelectionFacts(MODEL, "plain", arm, target, seed, task, metric, shown, 100, 5, f"{target}-{arm}-{seed}"))
    return tuple(rows)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return fabricated_study(tmp_path, TEXT)


@pytest.fixture
def aggregates(study: Study) -> Aggregates:
    """Reported: 50, plus the arm's number, plus a tenth of the seed; MNLI gives 5 more on UD-POS in seed 1."""
    return Aggregates(study, scores_by(study, value))


def value(arm: str, target: str, language: str, seed: int | None) -> float:
    extra = 5.0 if (arm, target, seed) == ("mnli", "udpos", 1) else 0.0
    return 50 + TEST[arm] + 0.1 * (seed or 0) + extra + (1.0 if language == "es" else 0.0)


def test_dev_chooses_seed_by_seed_and_never_the_own_data(study: Study) -> None:
    scores = SelectionScores(study, facts())
    assert choose(study, scores, MODEL, "xnli").picks == ("hellaswag", "squad", "squad")  # of equals in seed 3 the first
    assert choose(study, scores, MODEL, "xnli", own=True).picks == ("mnli", "mnli", "mnli")
    assert choose(study, scores, MODEL, "udpos").picks == ("squad", "mnli", "hellaswag")
    assert choose(study, scores, MODEL, "xquad").picks == ("mnli", "hellaswag", "hellaswag")


def test_a_target_without_training_takes_what_gains_most_on_the_others(study: Study) -> None:
    # Gains on dev, without own data. Seed 1: MNLI (1 + 3) / 2, SQuAD (1 + 2) / 2, HellaSwag (2 + 0 + 2) / 3: MNLI.
    # Seed 2: (3 + 0) / 2, (2 + 1) / 2, (1 + 0 + 1) / 3: MNLI, the first of two equals. Seed 3: 0, 1 / 2, (1 + 4 + 1) / 3: HellaSwag.
    chosen = choose(study, SelectionScores(study, facts()), MODEL, "tatoeba")
    assert (chosen.rule, chosen.picks) == ("others", ("mnli", "mnli", "hellaswag"))
    assert chosen.counts() == [("mnli", 2), ("hellaswag", 1)]


def told(study: Study, aggregates: Aggregates, selection: Sequence[SelectionFacts], on: str) -> tuple[Floats, int, tuple[str, ...]]:
    """Of a quantity by its name."""
    target, _, language = on.partition("/")
    members = [aggregates.entries[target]] if target in aggregates.entries else aggregates.members(on, "none")
    return best_per_target(study, aggregates, selection, MODEL, members, language or None)


def test_reported_values_are_those_of_the_chosen(study: Study, aggregates: Aggregates) -> None:
    values, n, notes = told(study, aggregates, facts(), "udpos")
    assert values == pytest.approx([52.1, 51.2, 53.3])
    assert n == 200
    assert "English dev data" in notes[-1]
    assert told(study, aggregates, facts(), "xquad/es")[0] == pytest.approx([52.1, 54.2, 54.3])
    # XNLI 53.1 52.2 52.3, UD-POS as above, XQuAD 51.6 53.7 53.8 (a mean of 50 and 51), Tatoeba 51.1 51.2 53.3
    whole, _, notes = told(study, aggregates, facts(), "average")
    assert whole == pytest.approx([(53.1 + 52.1 + 51.6 + 51.1) / 4, (52.2 + 51.2 + 53.7 + 51.2) / 4, (52.3 + 53.3 + 53.8 + 53.3) / 4])
    assert "Tatoeba: chosen on the dev sets of the other targets" in notes
    spoken, _, _ = told(study, aggregates, facts(), "average-without-retrieval")
    assert spoken == pytest.approx((4 * whole - np.array([51.1, 51.2, 53.3])) / 3)


def test_the_oracle_is_never_below_the_chosen(study: Study, aggregates: Aggregates) -> None:
    best = oracle(study, aggregates, MODEL, "udpos")
    assert best.picks == ("mnli", "hellaswag", "hellaswag")  # MNLI has 56.1 in seed 1
    chosen = choose(study, SelectionScores(study, facts()), MODEL, "udpos")
    optimism = reported(aggregates, MODEL, [best])[0] - reported(aggregates, MODEL, [chosen])[0]
    assert optimism == pytest.approx([4.0, 2.0, 0.0])


def test_a_missing_dev_score_leaves_the_seed_out(study: Study, aggregates: Aggregates) -> None:
    rows = tuple(row for row in facts() if (row.intermediate, row.target, row.seed) != ("hellaswag", "udpos", 2))
    values, _, notes = told(study, aggregates, rows, "udpos")
    assert np.isnan(values).tolist() == [False, True, False]
    assert "UD-POS: no dev score of every intermediate in seed 2" in notes
    assert np.isnan(told(study, aggregates, (), "average")[0]).all()


def test_a_missing_reported_score_leaves_the_seed_out(study: Study) -> None:
    scores = without(scores_by(study, value), intermediate="squad", target="udpos", language="fi", seed=1)
    values, _, _ = told(study, Aggregates(study, scores), facts(), "udpos")
    assert np.isnan(values).tolist() == [True, False, False]


def test_where_every_intermediate_is_the_own_data_nothing_is_chosen(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT.replace("[mnli, squad, hellaswag, {name: shuffled, of: hellaswag}]", "[mnli]"))
    values, _, notes = told(study, Aggregates(study, scores_by(study, value)), facts(), "xnli")
    assert np.isnan(values).all()
    assert any("own training data" in note and "XNLI" in note for note in notes)


def test_what_holds_the_data_of_all_trained_targets_is_no_choice_for_the_others(tmp_path: Path) -> None:
    text = TEXT.replace("  - {task: udpos, languages: [en, fi]}\n  - {task: xquad, languages: [en, es]}\n", "")
    study = fabricated_study(tmp_path, text)
    assert choose(study, SelectionScores(study, facts()), MODEL, "tatoeba").picks == ("hellaswag", "squad", "squad")  # not MNLI
    alone = fabricated_study(tmp_path, text.replace("[mnli, squad, hellaswag, {name: shuffled, of: hellaswag}]", "[mnli]"))
    assert "no other target" in choose(alone, SelectionScores(alone, facts()), MODEL, "tatoeba").missing


def test_the_order_of_the_facts_does_not_matter(study: Study, aggregates: Aggregates) -> None:
    assert np.array_equal(
        told(study, aggregates, facts(), "average")[0],
        told(study, aggregates, facts()[::-1], "average")[0],
    )
