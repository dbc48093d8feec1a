"""Sequence classification beside transformers: tokens, loss, labels."""

from __future__ import annotations

import pytest
import torch
import transformers

from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.inference import cut_for
from stiltsreport.modeling.task_types.sequence_classification import FORM
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import SentencePair
from tests.modeling.small import encoded, examples, model_for, task_of, whole_model

KIND = "sequence_classification"
TASK = task_of(KIND)


@pytest.mark.parametrize("name", ["encoder", "bert", "roberta"])
def test_tokens_are_those_of_transformers(name: str, request: pytest.FixtureRequest) -> None:
    encoder = request.getfixturevalue(name)
    for length in (11 if name == "bert" else 12, 64):  # an even room, see test_features
        data = [
            *examples(KIND, 12),
            SentencePair("single", "the man sleeps", None, "neutral"),
            SentencePair("empty", "", "a dog", "neutral"),
        ]
        features = FORM.encode(data, encoder.tokenizer, TASK, Recipe(max_length=length))
        for index, (example, feature) in enumerate(zip(data, features, strict=True)):
            theirs = encoder.tokenizer(example.first, example.second, truncation=True, max_length=length, return_token_type_ids=True)
            assert feature.example == index
            assert feature.rows == (tuple(theirs["input_ids"]),)
            assert feature.types == (tuple(theirs["token_type_ids"]),)
            assert TASK.labels[feature.target] == example.label


@pytest.mark.parametrize("name", ["encoder", "bert", "roberta"])
def test_the_loss_is_that_of_transformers(name: str, request: pytest.FixtureRequest, device: torch.device) -> None:
    encoder = request.getfixturevalue(name)
    data = encoded(KIND, encoder, Recipe(max_length=32), 7)
    model, padding = model_for(KIND, encoder, data.features, device)
    with torch.no_grad():
        total, count = FORM.loss(model, padding.collate(data.features))
        classes = {"bert": transformers.BertForSequenceClassification, "xlm-roberta": transformers.XLMRobertaForSequenceClassification}
        head = classes[encoder.config.model_type]
        plain = whole_model(encoder, head, model, cut_for(encoder, data.features).ids, 3)
        texts = [[example.first for example in data.examples], [example.second for example in data.examples]]
        batch = encoder.tokenizer(*texts, padding=True, return_tensors="pt", return_token_type_ids=name == "bert")
        theirs = plain(**batch, labels=torch.tensor([TASK.labels.index(example.label) for example in data.examples])).loss
    assert count == 7
    assert float(total) / count == pytest.approx(float(theirs), rel=1e-5)


def test_a_prediction_is_the_label_of_the_highest_logit(encoder: Encoder) -> None:
    assert FORM.decode([None] * 3, [], [2, 0, 1], TASK, Protocol()) == [TASK.labels[2], TASK.labels[0], TASK.labels[1]]
    assert FORM.gold(examples(KIND, 1)[0], TASK) == "entailment"
    assert FORM.labels(TASK) == 3


def test_an_unknown_label_is_never_another(encoder: Encoder) -> None:
    with pytest.raises(KeyError):
        FORM.encode([SentencePair("x", "a", "b", "nonsense")], encoder.tokenizer, TASK, Recipe())
