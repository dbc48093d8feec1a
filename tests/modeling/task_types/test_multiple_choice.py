"""Multiple choice beside transformers, and with unequal numbers of choices."""

from __future__ import annotations

import math

import pytest
import torch
import transformers

from stiltsreport.modeling.batches import Batch, Padding
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for
from stiltsreport.modeling.task_types.multiple_choice import FORM
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import MultipleChoice
from tests.modeling.small import encoded, model_for, task_of, whole_model

KIND = "multiple_choice"
TASK = task_of(KIND)


class Scores(torch.nn.Module):
    """Gives each row the score that its second token names."""

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> object:
        return transformers.modeling_outputs.SequenceClassifierOutput(logits=input_ids[:, 1:2].float() / 10)


def batch(*scores: tuple[int, ...], target: int = 0) -> Batch:
    """Examples whose choices have those scores, in tenths."""
    features = [Feature(i, tuple((0, score, 2) for score in row), tuple((0, 0, 0) for _ in row), target) for i, row in enumerate(scores)]
    return Padding(VocabularyCut.whole(100), 1, False, torch.device("cpu")).collate(features)


@pytest.mark.parametrize("name", ["encoder", "bert"])
def test_each_choice_is_a_row_and_a_long_prompt_loses_its_beginning(name: str, request: pytest.FixtureRequest) -> None:
    encoder = request.getfixturevalue(name)
    data = [
        MultipleChoice("x", "the man and the woman", ("sleeps in the city", "eats"), 1),
        MultipleChoice("y", "", ("one", "two", "three"), 2),
    ]
    features = FORM.encode(data, encoder.tokenizer, TASK, Recipe(max_length=40))
    for example, feature in zip(data, features, strict=True):
        for choice, row, kinds in zip(example.choices, feature.rows, feature.types, strict=True):
            theirs = encoder.tokenizer(example.prompt, choice, return_token_type_ids=True)
            assert list(row) == theirs["input_ids"]
            assert list(kinds) == theirs["token_type_ids"]
    assert [feature.target for feature in features] == [1, 2]
    prompt = encoder.tokenizer(data[0].prompt, add_special_tokens=False)["input_ids"]
    special = encoder.tokenizer.num_special_tokens_to_add(pair=True)
    short = FORM.encode(data[:1], encoder.tokenizer, TASK, Recipe(max_length=special + 6))[0]
    for choice, row in zip(data[0].choices, short.rows, strict=True):
        kept = encoder.tokenizer(choice, add_special_tokens=False)["input_ids"]
        shared = prompt[len(prompt) - min(len(prompt), 6 - len(kept)) :]
        assert (
            list(row)
            == encoder.tokenizer.backend_tokenizer.post_process(
                *(
                    encoder.tokenizer.backend_tokenizer.encode(encoder.tokenizer.decode(ids), add_special_tokens=False)
                    for ids in (shared, kept)
                )
            ).ids
        )


@pytest.mark.parametrize("name", ["encoder", "bert"])
def test_the_loss_is_that_of_transformers(name: str, request: pytest.FixtureRequest, device: torch.device) -> None:
    encoder = request.getfixturevalue(name)
    data = encoded(KIND, encoder, Recipe(max_length=40), 5)
    model, padding = model_for(KIND, encoder, data.features, device)
    prompts = [example.prompt for example in data.examples for _ in range(4)]
    choices = [choice for example in data.examples for choice in example.choices]
    with torch.no_grad():
        total, count = FORM.loss(model, padding.collate(data.features))
        plain = whole_model(encoder, transformers.BertForMultipleChoice, model, cut_for(encoder, data.features).ids, 1)
        tensors = encoder.tokenizer(prompts, choices, padding=True, return_tensors="pt", return_token_type_ids=True)
        four = {key: value.view(5, 4, -1) for key, value in tensors.items()}
        found = plain(**four, labels=torch.tensor([example.label for example in data.examples]))
        assert FORM.outputs(model, padding.collate(data.features)) == found.logits.argmax(-1).tolist()
    assert float(total) / count == pytest.approx(float(found.loss), rel=1e-5)


def test_examples_with_fewer_choices_are_no_easier_and_never_get_an_absent_one() -> None:
    """By hand: -log softmax of the first of (1, 2) and of the first of (-1, -2, -3, -1), alone and in one batch."""
    two, four = (10, 20), (30, 20, 10, 30)
    expected = [math.log(1 + math.exp(1.0)), math.log(2 + math.exp(-1.0) + math.exp(-2.0))]
    for rows, wanted in (((two,), expected[:1]), ((four,), expected[1:]), ((two, four), expected)):
        total, count = FORM.loss(Scores(), batch(*rows))
        assert count == len(rows)
        assert float(total) == pytest.approx(sum(wanted), rel=1e-6)
    assert FORM.outputs(Scores(), batch(two, four, (0,), (5, 4, 3))) == [1, 0, 0, 0]
    assert FORM.decode([None] * 2, [], [1, 0], TASK, Protocol()) == [1, 0]


def test_one_head_serves_tasks_of_any_number_of_choices(encoder: Encoder) -> None:
    assert FORM.labels(TASK) == 1
    assert FORM.gold(MultipleChoice("x", "a", ("b", "c"), 1), TASK) == 1
