"""Answers of a language model: calibrated as the papers have it, and spans and tags held against a search without a cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from stiltsreport.modeling.prompting.answers import asked
from stiltsreport.modeling.prompting.calibration import contextual, domain_conditional
from stiltsreport.modeling.prompting.language_model import LanguageModel
from stiltsreport.modeling.prompting.spans import _ends, _likeliest, _Writing, span_answers
from stiltsreport.modeling.prompting.tags import tag_answers
from stiltsreport.recipes import Protocol
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import MultipleChoice, Question, SentencePair, TaggedSentence
from stiltsreport.tasks.prompts import MOST, PROMPTED, templates
from tests.architectures import DECODERS
from tests.modeling.prompting.decoders import make_language_model
from tests.modeling.prompting.test_language_model import loaded

CONTEXT = "The red cat sleeps in the city and the blue dog runs to a man. Who eats green?"


@pytest.fixture(scope="module", params=DECODERS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return loaded(make_language_model(tmp_path_factory.mktemp("decoder"), request.param))


def test_contextual_calibration_divides_by_what_nothing_is_answered_with() -> None:
    # Worked by hand: a model that says "yes" to nothing with 0.8 needs more than 0.8 for a yes.
    labels = np.log([[0.7, 0.3], [0.9, 0.1], [0.35, 0.15]])  # the last: the same odds as the first, at half the mass
    free = np.log([[0.9, 0.1], [0.7, 0.3]])
    assert contextual(labels, free).tolist() == [1, 0, 1]
    assert contextual(labels, np.log([[0.5, 0.5]])).tolist() == [0, 0, 0]


def test_domain_conditional_mutual_information_does_not_mind_how_common_a_choice_is() -> None:
    # Section 3 of Holtzman et al. 2021: argmax of log P(y | x) - log P(y | domain premise).
    assert domain_conditional([[-2.0, -5.0], [-2.0, -5.0, -9.0]], [[-2.0, -6.0], [-1.0, -5.0, -8.5]]) == [1, 1]


def slow_span(model: LanguageModel, prompt: str, context: str, longest: int) -> str:
    """Greedy by whole passes: after each token every place where the tokens so far stand in the context is looked for again."""
    encoded = model.tokenizer(f" {context}", add_special_tokens=False, return_offsets_mapping=True)
    tokens, offsets = encoded["input_ids"], encoded["offset_mapping"]
    before, taken, ends = model.ids(prompt), [], set(_ends(model))

    def begins(at: int) -> bool:
        return bool(f" {context}"[offsets[at][0] : offsets[at][1]].strip())

    def places(run: Sequence[int]) -> list[int]:
        return [at for at in range(len(tokens) - max(1, len(run)) + 1) if tokens[at : at + len(run)] == list(run) and begins(at)]

    while len(taken) < longest:
        follow = {tokens[at + len(taken)] for at in places(taken) if at + len(taken) < len(tokens)}
        if not taken:
            follow = {tokens[at] for at in range(len(tokens)) if begins(at)}
        inner = (
            {tokens[at + len(taken)] for at in places(taken) if f" {context}"[offsets[at + len(taken)][1] :][:1].strip()}
            if taken
            else set()
        )
        with torch.no_grad():
            logits = model.network(torch.tensor([[*before, *taken]])).logits[0, -1].float()
        if not follow or (
            taken and max((float(logits[end]) for end in ends - inner), default=-np.inf) >= max(float(logits[one]) for one in follow)
        ):
            break
        taken.append(max(sorted(follow), key=lambda one: float(logits[one])))
    at = places(taken)[0]
    return f" {context}"[offsets[at][0] : offsets[at + len(taken) - 1][1]].strip()


def test_spans_are_those_of_greedy_search_in_the_context(model: LanguageModel) -> None:
    prompts = [f"{CONTEXT} Question: {question} Answer:" for question in ("who sleeps", "what runs", "where", "a man", "not the cat")]
    found = span_answers(model, [(prompt, CONTEXT) for prompt in prompts], 6)
    assert found == [slow_span(model, prompt, CONTEXT, 6) for prompt in prompts]
    assert all(answer and answer in CONTEXT for answer in found)
    assert span_answers(model, [("who?", "")], 6) == [""]


def test_a_point_within_a_number_ends_no_answer() -> None:
    """Its token is an end, too: as likely as itself, it would end every 3.5 behind the 3."""
    logits = torch.tensor([[0.0, 1.0, 9.0, 2.0]])
    assert _likeliest(logits, [[1, 2]], [2, 3], [[True, False]]) == [(2, False)]
    assert _likeliest(logits, [[1, 2]], [2, 3], [[False, False]]) == [(2, True)]
    assert _likeliest(torch.tensor([[0.0, 1.0, 9.0, 9.5]]), [[1, 2]], [2, 3], [[True, False]]) == [(2, True)]
    written = _Writing(
        [0], " It has 3.5. So", [5, 6, 7, 2, 8, 2, 9], [(0, 3), (3, 7), (7, 9), (9, 10), (10, 11), (11, 12), (12, 15)], [(2, 3)]
    )
    assert (written.allowed, written.within([2, 3])) == ([2], [True, False])
    written.go_on(2)
    written.go_on(8)
    assert written.within([2, 3]) == [False, False], "a sentence's own point"
    assert written.answer == "3.5"


def test_an_answer_is_no_longer_than_it_may_be(model: LanguageModel) -> None:
    (answer,) = span_answers(model, [("what:", CONTEXT)], 1)
    assert len(model.tokenizer(f" {answer}", add_special_tokens=False)["input_ids"]) == 1


def test_tags_are_the_likeliest_one_after_another(model: LanguageModel) -> None:
    words, tags = [("the", "cat", "sleeps"), ("a", "dog")], ("NOUN", "VERB", "DET")
    prompts = [f"Sentence: {' '.join(one)}\nTags:" for one in words]
    expected = []
    for prompt, sentence in zip(prompts, words, strict=True):
        text, own = prompt, []
        for word in sentence:
            text += f" {word}/"
            values = [model.log_likelihoods([(text, tag)])[0] for tag in tags]
            own.append(tags[int(np.argmax(values))])
            text += own[-1]
        expected.append(own)
    assert tag_answers(model, list(zip(prompts, words, strict=True)), tags) == expected


def test_every_form_is_asked_and_counted(model: LanguageModel) -> None:
    pairs = [
        SentencePair(str(n), f"the cat {word}", "a dog runs", label)
        for n, (word, label) in enumerate((("eats", "0"), ("runs", "1"), ("sleeps", "0")))
    ]
    choices = [MultipleChoice("c", "the man", ("eats", "runs to the city"), 1)]
    questions = [Question("q", "who sleeps?", CONTEXT, (("The red cat", 0),), "p")]
    tagged = [TaggedSentence("t", ("Anna", "sleeps"), ("B-PER", "O"))]
    for name, examples in (("pawsx", pairs), ("xcopa", choices), ("xquad", questions), ("panx", tagged)):
        task = TASKS[name]
        for template in templates(task):
            bare = asked(model, examples, task, Protocol(), "de", template)
            shown = asked(model, examples, task, Protocol(), "de", template, examples)
            assert bare.ids == shown.ids == tuple(example.id for example in examples)
            assert all(0 <= value <= 100 for value in (*bare.values().values(), *shown.values().values()))
    assert asked(model, [], TASKS["pawsx"], Protocol(), "de", templates(TASKS["pawsx"])[0]).ids == ()


def test_demonstrations_stand_before_the_example_with_their_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []

    def likelihoods(self: LanguageModel, pairs: Sequence[tuple[str, str]]) -> list[float]:
        seen.extend(pairs)
        return [float(-len(continuation)) for _, continuation in pairs]

    monkeypatch.setattr(LanguageModel, "log_likelihoods", likelihoods)
    model = LanguageModel(None, None, torch.device("cpu"))
    shown = SentencePair("1", "One.", "Two.", "1")
    asked(model, [SentencePair("2", "Drei.", "Vier.", "0")], TASKS["pawsx"], Protocol(), "de", templates(TASKS["pawsx"])[1], [shown])
    before = "Sentence 1: One.\nSentence 2: Two.\nThe sentences are equivalent\n\n"
    assert seen[0] == (before + "Sentence 1: N/A\nSentence 2: N/A\nThe sentences are", " different")
    assert seen[-1] == (before + "Sentence 1: Drei.\nSentence 2: Vier.\nThe sentences are", " equivalent")


def test_there_are_as_many_templates_for_every_form_and_each_names_every_label() -> None:
    for task in TASKS.values():
        found = templates(task)
        assert len(found) == (MOST if task.type in PROMPTED else 0), task.name
        assert len({template.text for template in found}) == len(found)
        if task.type in ("sequence_classification", "token_classification"):
            assert all(len(set(template.words)) == len(task.labels) for template in found), task.name
