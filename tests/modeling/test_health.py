"""The rule against collapse: planted cases, and two trainings of which one really collapses."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
import transformers

from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.modeling.health import Health, health
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.optimizer import optimizer_for
from stiltsreport.modeling.passes import evaluate_set
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.recipes import Protocol, Recipe
from tests.modeling.small import examples, task_of

LOW = [0.3] * 60


def dev(predictions: list[Any], golds: list[Any]) -> Evaluation:
    return Evaluation("en", tuple(map(str, range(len(golds)))), tuple(predictions), tuple(golds), {})


NLI, TAGS, CHOICE, SPAN, DUAL = map(
    task_of, ("sequence_classification", "token_classification", "multiple_choice", "question_answering", "dual_encoder")
)


@pytest.mark.parametrize(
    ("task", "predictions", "golds", "distinct"),
    [
        (NLI, ["neutral"] * 4, ["neutral", "entailment", "neutral", "neutral"], 1),
        (CHOICE, [0, 0, 0], [0, 3, 1], 1),
        (TAGS, [["NOUN", "NOUN"], ["NOUN"], []], [["NOUN", "VERB"], ["NOUN"], []], 1),
        (SPAN, ["", "", ""], [["a"], [], ["b", "c"]], 1),
        (DUAL, [["p1", "p2"]] * 3, [["p1"], ["p2"], ["p3"]], 1),
    ],
)
def test_one_prediction_for_everything_is_a_collapse(task: Any, predictions: list[Any], golds: list[Any], distinct: int) -> None:
    found = health(task, dev(predictions, golds), LOW)
    assert (found.verdict, found.distinct) == ("constant", distinct)


@pytest.mark.parametrize(
    ("task", "predictions", "golds", "distinct"),
    [
        (NLI, ["neutral"] * 3 + ["entailment"], ["neutral", "entailment", "neutral", "neutral"], 2),
        (NLI, ["neutral"] * 3, ["neutral"] * 3, 1),  # a dev set of one class is no collapse
        (NLI, ["neutral"] * 3, ["entailment"] * 3, 1),
        (CHOICE, [0, 1, 0], [0, 3, 1], 2),
        (TAGS, [["NOUN"], ["NOUN"]], [["NOUN"], ["NOUN"]], 1),
        (TAGS, [["NOUN", "VERB"], ["NOUN", "VERB"]], [["NOUN", "VERB"], ["NOUN", "ADV"]], 2),  # sentences alike, words not
        (SPAN, ["", "a", ""], [["a"], [], ["b", "c"]], 2),
        (DUAL, [["p1", "p2"], ["p2", "p1"]], [["p1"], ["p2"]], 2),
    ],
)
def test_what_is_no_collapse(task: Any, predictions: list[Any], golds: list[Any], distinct: int) -> None:
    found = health(task, dev(predictions, golds), LOW)
    assert (found.verdict, found.distinct) == ("healthy", distinct)


MIXED = dev(["neutral", "entailment"], ["neutral", "entailment"])


@pytest.mark.parametrize(
    ("loss", "verdict"),
    [(0.97 * math.log(3), "healthy"), (0.9801 * math.log(3), "chance loss"), (math.log(3), "chance loss"), (5.0, "chance loss")],
)
def test_a_loss_near_that_of_guessing(loss: float, verdict: str) -> None:
    assert health(NLI, MIXED, [loss] * 40).verdict == verdict
    assert health(NLI, None, [loss] * 40) == Health(verdict, 3, pytest.approx(loss), math.log(3), 0)


@pytest.mark.parametrize(
    ("losses", "final"),
    [
        ([9.0] * 90 + [1.0] * 10, 1.0),  # a tenth
        ([9.0] * 91 + [1.0] * 10, (9.0 + 10.0) / 11),  # rounded up: 11 of 101
        ([9.0, 1.0, 2.0, 3.0, 4.0, 5.0], 3.0),  # five at the least
        ([1.0, 3.0], 2.0),  # or all there are
    ],
)
def test_the_final_loss_is_the_mean_of_the_last_tenth(losses: list[float], final: float) -> None:
    assert health(NLI, MIXED, losses).final_loss == pytest.approx(final)


def test_the_number_of_classes() -> None:
    assert (health(NLI, None, LOW).classes, health(TAGS, None, LOW).classes) == (3, len(TAGS.labels))
    assert (health(CHOICE, None, LOW).classes, health(CHOICE, None, LOW).chance_loss) == (4, math.log(4))
    own = replace(CHOICE, chance=None)
    assert health(own, dev([0, 1], [1, 2]), LOW).classes == 3
    assert health(own, None, LOW).classes is None
    for task in (SPAN, DUAL):  # no fixed number: a loss says nothing
        assert health(task, None, [50.0] * 40) == Health("healthy", None, 50.0, None, 0)


def test_a_training_without_steps_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="without steps"):
        health(NLI, MIXED, [])


def learnable(encoder: Encoder, learning_rate: float) -> Health:
    """A tiny classifier, 80 steps on pairs whose label stands in their first word."""
    form, task = FORMS["sequence_classification"], NLI
    words = dict(zip(task.labels, ("red", "dog", "city"), strict=True))
    pairs = [replace(pair, first=f"{words[pair.label]} {pair.first}") for pair in examples("sequence_classification", 48)]
    data = EncodedSet.of(task, pairs, encoder.tokenizer, Recipe(max_length=32))
    cut = cut_for(encoder, data.features)
    model = with_head(encoder, transformers.AutoModelForSequenceClassification, cut, 3, labels=3, dropout=0.1).train()
    padding, losses = padding_for(encoder, cut, torch.device("cpu")), []
    optimizer = optimizer_for(model, Recipe(learning_rate=learning_rate, weight_decay=0.0))
    torch.manual_seed(0)
    for step in range(80):
        start = 16 * step % 48
        loss, count = form.loss(model, padding.collate(data.features[start : start + 16]))
        (loss / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item() / count)
    return health(task, evaluate_set(model, data, padding, Protocol(), "en"), losses)


def test_a_training_that_collapses_and_one_that_does_not(encoder: Encoder) -> None:
    good, bad = learnable(encoder, 2e-3), learnable(encoder, 1.0)
    assert (good.verdict, good.distinct) == ("healthy", 3)
    assert good.final_loss < 0.5
    assert (bad.verdict, bad.distinct) == ("constant", 1)
    assert bad.final_loss > 0.98 * math.log(3)
