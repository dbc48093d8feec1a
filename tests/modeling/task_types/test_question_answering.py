"""Span question answering: windows and targets beside transformers, and answers worked out by hand."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers

from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for
from stiltsreport.modeling.task_types.question_answering import FORM, LONGEST_QUESTION, UNANSWERABLE, best_span
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import Question
from tests.modeling.small import encoded, examples, model_for, sentence, task_of, whole_model

KIND = "question_answering"
TASK = task_of(KIND)
PROTOCOL = Protocol()
CONTEXT = "the cat sat on the red mat"
WORDS = [(0, 3), (3, 7), (7, 11), (11, 14), (14, 18), (18, 22), (22, 26)]  # a metaspace piece holds the space before it
ASKED = Question("x", "where?", CONTEXT, (("the red mat", 15),))


def window(first: int, last: int, example: int = 0) -> Feature:
    """<s> question </s></s> words first..last of CONTEXT </s>, one token a word; the context begins at token 4."""
    align = (None,) * 4 + tuple(WORDS[first : last + 1]) + (None,)
    return Feature(example, ((9,) * len(align),), ((0,) * len(align),), (0, 0), align)


def scores(feature: Feature, starts: dict[int, float], ends: dict[int, float]) -> np.ndarray:
    """Start and end scores of a window's tokens; -10 where nothing is said."""
    found = np.full((2, len(feature.align)), -10.0, dtype=np.float32)
    for row, given in enumerate((starts, ends)):
        for place, value in given.items():
            found[row, place] = value
    return found


def answer(features: list[Feature], outputs: list[np.ndarray], protocol: Protocol = PROTOCOL, unanswerable: bool = False) -> str:
    """The one answer."""
    task = replace(TASK, labels=(UNANSWERABLE,)) if unanswerable else replace(TASK, labels=())
    (text,) = FORM.decode([ASKED], features, outputs, task, protocol)
    return text


@pytest.mark.parametrize("name", ["encoder", "bert", "roberta"])
@pytest.mark.parametrize(("length", "stride"), [(128, 32), (32, 8), (28, 5)])
def test_windows_and_targets_are_those_of_transformers(name: str, length: int, stride: int, request: pytest.FixtureRequest) -> None:
    """As its question answering example makes them, with BERT's document stride; the gold span by its own char_to_token."""
    encoder = request.getfixturevalue(name)
    data = [*examples(KIND, 12), Question("none", "who?", sentence(random.Random(0), 30, 30), ())]
    features = FORM.encode(data, encoder.tokenizer, TASK, Recipe(max_length=length, document_stride=stride))
    special = encoder.tokenizer.num_special_tokens_to_add(pair=True)
    seen = 0
    for index, example in enumerate(data):
        room = length - special - len(encoder.tokenizer(example.question, add_special_tokens=False)["input_ids"])
        theirs = encoder.tokenizer(
            example.question, example.context, truncation="only_second", max_length=length, stride=max(0, room - stride),
            return_overflowing_tokens=True, return_offsets_mapping=True, return_token_type_ids=True,
        )  # fmt: skip
        mine = [feature for feature in features if feature.example == index]
        assert [list(feature.rows[0]) for feature in mine] == theirs["input_ids"]
        if name == "bert":
            assert [list(feature.types[0]) for feature in mine] == theirs["token_type_ids"]
        else:  # one type in every window; transformers leaves a second one in all windows but the first
            assert not any(kind for feature in mine for kind in feature.types[0])
        for place, feature in enumerate(mine):
            offsets = [
                offset if side == 1 else None
                for offset, side in zip(theirs["offset_mapping"][place], theirs.sequence_ids(place), strict=True)
            ]
            assert list(feature.align) == offsets
            expected = (0, 0)
            if example.answers:
                text, begin = example.answers[0]
                start = theirs.char_to_token(place, begin, sequence_index=1)
                end = theirs.char_to_token(place, begin + len(text) - 1, sequence_index=1)
                if start is not None and end is not None:
                    expected = (start, end)
            assert feature.target == expected
            seen += expected != (0, 0)
    assert seen >= 12  # every answer lies in some window
    assert len(features) > len(data) or length == 128


def test_a_target_is_the_gold_answer(encoder: Encoder) -> None:
    """Read back through the offsets, with the window that holds only half of it pointing at the first token."""
    data = [replace(ASKED, context=CONTEXT + " and the dog runs on")]
    for feature in FORM.encode(data, encoder.tokenizer, TASK, Recipe(max_length=17, document_stride=4)):
        start, end = feature.target
        if (start, end) != (0, 0):
            text = data[0].context[feature.align[start][0] : feature.align[end][1]].strip()
            assert text == "the red mat"
        else:
            inside = [span for span in feature.align if span]
            assert inside[0][0] > 15 or inside[-1][1] < 26


def test_questions_on_one_paragraph_do_not_disturb_each_other(encoder: Encoder) -> None:
    """Cutting works in place on the encoding that they share."""
    context = sentence(random.Random(3), 30, 30)
    data = [Question(str(i), question, context, ()) for i, question in enumerate(("who?", "what is the red man and dog?", "a?"))]
    recipe = Recipe(max_length=30, document_stride=7)
    together = FORM.encode(data, encoder.tokenizer, TASK, recipe)
    for index, example in enumerate(data):
        alone = FORM.encode([example], encoder.tokenizer, TASK, recipe)
        assert [feature.rows for feature in together if feature.example == index] == [feature.rows for feature in alone]


def test_a_long_question_leaves_room_for_the_context(encoder: Encoder) -> None:
    data = [replace(ASKED, question="the " * 100)]
    (feature,) = FORM.encode(data, encoder.tokenizer, TASK, Recipe(max_length=128))
    assert sum(span is None for span in feature.align) == LONGEST_QUESTION + 4


@pytest.mark.parametrize("name", ["encoder", "bert", "roberta"])
def test_the_loss_is_that_of_transformers(name: str, request: pytest.FixtureRequest, device: torch.device) -> None:
    """Window by window, since transformers lets padding take part in a batch."""
    encoder = request.getfixturevalue(name)
    data = encoded(KIND, encoder, Recipe(max_length=32, document_stride=8), 5)
    model, padding = model_for(KIND, encoder, data.features, device)
    classes = {"bert": transformers.BertForQuestionAnswering, "xlm-roberta": transformers.XLMRobertaForQuestionAnswering}
    plain = whole_model(encoder, classes[encoder.config.model_type], model, cut_for(encoder, data.features).ids, 2)
    theirs = 0.0
    with torch.no_grad():
        total, count = FORM.loss(model, padding.collate(data.features))
        outputs = FORM.outputs(model, padding.collate(data.features))
        for feature, output in zip(data.features, outputs, strict=True):
            given = {"input_ids": torch.tensor(feature.rows), "attention_mask": torch.ones(1, feature.length, dtype=torch.long)}
            if name == "bert":
                given["token_type_ids"] = torch.tensor(feature.types)
            start, end = (torch.tensor([place]) for place in feature.target)
            found = plain(**given, start_positions=start, end_positions=end)
            theirs += float(found.loss)
            np.testing.assert_allclose(output, torch.cat([found.start_logits, found.end_logits]).numpy(), rtol=1e-4, atol=1e-5)
    assert count == len(data.features) > 5
    assert float(total) == pytest.approx(theirs, rel=1e-5)


def test_the_best_span_begins_before_it_ends() -> None:
    """Best start 8 (the), best end 5 (cat) cannot be joined: the best pair that can is 8 to 10."""
    whole = window(0, 6)
    assert answer([whole], [scores(whole, {8: 5, 4: 1}, {5: 6, 10: 3})]) == "the red mat"  # 5 + 3 against 1 + 6 of "the cat"
    assert answer([whole], [scores(whole, {8: 5, 4: 3}, {5: 6, 10: 3})]) == "the cat"


def test_a_span_lies_within_the_context() -> None:
    whole = window(0, 6)
    strong = dict.fromkeys((0, 1, 2, 3, 11), 50.0)  # special tokens and the question
    assert answer([whole], [scores(whole, {**strong, 6: 1}, {**strong, 6: 1})]) == "sat"


def test_a_span_is_no_longer_than_allowed() -> None:
    whole = window(0, 6)
    outputs = [scores(whole, {4: 5, 9: 2, 10: -4}, {10: 5, 5: 1})]
    assert answer([whole], outputs) == CONTEXT
    assert answer([whole], outputs, replace(Protocol(), max_answer_length=7)) == CONTEXT
    assert answer([whole], outputs, replace(Protocol(), max_answer_length=6)) == "red mat"  # 2 + 5 against 5 + 1
    assert answer([whole], outputs, replace(Protocol(), max_answer_length=1)) == "mat"


def test_only_the_n_best_starts_and_ends_are_joined() -> None:
    """The two best starts lie behind the two best ends; the third start would fit."""
    whole = window(0, 6)
    outputs = [scores(whole, {9: 9, 10: 8, 4: 7}, {5: 9, 6: 8, 10: 0})]
    assert answer([whole], outputs, replace(Protocol(), n_best=3)) == "the cat"
    assert answer([whole], outputs, replace(Protocol(), n_best=2)) == ""


def test_the_best_window_answers() -> None:
    left, right = window(0, 3), window(3, 6)
    low, high = scores(left, {5: 3}, {5: 3}), scores(right, {5: 4}, {7: 4})  # cat; the red mat
    assert answer([left, right], [low, high]) == "the red mat"
    assert answer([left, right], [scores(left, {5: 5}, {5: 4}), high]) == "cat"


def test_no_answer_wins_only_above_the_best_span_of_all_windows() -> None:
    """Its score is the lowest of the windows' first tokens: a window that holds the answer knows better than one that does not."""
    left, right = window(0, 3), window(3, 6)
    nothing = scores(left, {0: 9, 5: -3}, {0: 9, 5: -3})
    for null, expected in ((3.9, "the red mat"), (4.1, "")):
        found = scores(right, {5: 4, 0: null}, {7: 4, 0: null})
        assert answer([left, right], [nothing, found], unanswerable=True) == expected
        assert answer([left, right], [nothing, found]) == "the red mat"  # every question of SQuAD 1.1 has an answer
    tie = scores(right, {5: 4, 0: 4}, {7: 4, 0: 4})
    assert answer([right], [tie], unanswerable=True) == "the red mat"  # the script's threshold of 0 must be exceeded


def test_only_squad_2_knows_questions_without_answer() -> None:
    assert [name for name, task in TASKS.items() if UNANSWERABLE in task.labels] == ["squad2"]


def test_each_question_gets_its_own_answer() -> None:
    one, two = window(0, 6, 0), window(0, 6, 1)
    found = FORM.decode([ASKED, ASKED], [two, one], [scores(two, {5: 1}, {5: 1}), scores(one, {6: 1}, {6: 1})], TASK, Protocol())
    assert found == ["sat", "cat"]
    assert FORM.gold(ASKED, TASK) == ["the red mat"]


def test_no_valid_span_is_no_answer() -> None:
    assert best_span(np.zeros((2, 3), dtype=np.float32), (None, None, None), 20, 30) == (float("-inf"), None)
