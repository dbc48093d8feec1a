"""What texts begin with alike is read once, and gives the likelihoods of texts that are read whole."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from stiltsreport.modeling.prompting import spans
from stiltsreport.modeling.prompting.language_model import LanguageModel
from stiltsreport.modeling.prompting.prefixes import batches, beginning, kept, nothing_read, read_on
from stiltsreport.modeling.prompting.spans import span_answers
from stiltsreport.modeling.prompting.tags import tag_answers
from tests.architectures import DECODERS
from tests.modeling.prompting.decoders import make_language_model
from tests.modeling.prompting.test_language_model import loaded

SHOWN = "the red cat sleeps Answer: not a dog runs Answer: the blue one and the green two where Answer: not "
PROMPTS = [
    SHOWN + rest for rest in ("the cat eats Answer:", "what Answer:", "a man and the dog and the red cat in the city who runs Answer:")
]
TAGS = ("NOUN", "VERB", "DET")


@pytest.fixture(scope="module", params=DECODERS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return loaded(make_language_model(tmp_path_factory.mktemp("decoder"), request.param))


@pytest.fixture
def tokens(model: LanguageModel) -> Any:
    """The tokens of each pass, padding counted."""
    seen: list[int] = []
    handle = model.network.base_model.register_forward_pre_hook(lambda *call: seen.append(call[2]["input_ids"].numel()), with_kwargs=True)
    yield seen
    handle.remove()


def test_likelihoods_are_those_of_rows_read_whole(model: LanguageModel, tokens: list[int]) -> None:
    continuations = [" red", " not the cat", " a dog", " blue"]
    groups = model.rows([(prompt, continuations) for prompt in PROMPTS])
    expected = model.whole(groups)
    whole = sum(tokens)
    tokens.clear()
    found = model.log_likelihoods([(prompt, one) for prompt in PROMPTS for one in continuations])
    assert found == pytest.approx([value for row in expected for value in row], rel=1e-4)
    assert len({round(value, 3) for value in found}) == len(found)
    assert sum(tokens) < whole / 3
    with torch.no_grad():
        assert len(beginning(model, groups).tokens[0]) > 15, "the demonstrations"


def test_tags_read_each_word_once(model: LanguageModel, tokens: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    words = [("the", "red", "cat", "sleeps"), ("a", "dog"), (), ("who", "eats", "the", "dog", "and", "the", "cat")]
    asked = [(f"{SHOWN}Sentence: {' '.join(one)}\nTags:", one) for one in words]
    found = tag_answers(model, asked, TAGS)
    assert [len(tags) for tags in found] == [4, 2, 0, 7]
    read = sum(tokens)
    tokens.clear()
    monkeypatch.setattr(LanguageModel, "keeps", False)
    assert tag_answers(model, asked, TAGS) == found, "as a decoder whose keys and values nobody knows"
    assert read < sum(tokens) / 4


@pytest.mark.parametrize("ends", [True, False])
def test_spans_are_written_side_by_side(model: LanguageModel, tokens: list[int], monkeypatch: pytest.MonkeyPatch, *, ends: bool) -> None:
    """Weights drawn at random end most answers early: without ends they go on as far as they may, or to the end of their context."""
    if not ends:
        monkeypatch.setattr(spans, "_ends", lambda model: [])
    contexts = ("runs the red cat runs in the city runs and the blue dog", "eats a man", "", "who", "eats the cat eats a dog")
    asked = [(f"{SHOWN}{context} {rest} Answer:", context) for context in contexts for rest in ("who", "what eats the red cat in the city")]
    alone = [answer for one in asked for answer in span_answers(model, [one], 5)]
    assert len({len(model.ids(answer)) for answer in alone}) > (1 if ends else 2), "some end before others"
    tokens.clear()
    assert span_answers(model, asked, 5) == alone
    read = sum(tokens)
    assert read < sum(len(ids) for ids in model.texts([prompt for prompt, _ in asked])), "what all begin with is read once"
    tokens.clear()
    monkeypatch.setattr(LanguageModel, "keeps", False)
    assert span_answers(model, asked, 5) == alone, "as a decoder whose keys and values nobody knows"
    assert read < sum(tokens)


def test_beginnings_are_put_in_place(model: LanguageModel) -> None:
    """A text that is cut and read on again has the states that it has alone, beside one of another length."""
    first, second = model.texts(PROMPTS[:2])
    with torch.no_grad():
        states, both = read_on(model, nothing_read(2), [first, second])
        again, _ = read_on(model, kept(both, [1, 0, 1], [5, 9, 0]), [second[5:], first[9:], second])
    for row, text, from_place in ((0, 1, 5), (1, 0, 9), (2, 1, 0)):
        alone = states[text, from_place : len((first, second)[text])]
        torch.testing.assert_close(again[row, : len(alone)], alone, rtol=1e-3, atol=1e-3)


def test_batches_hold_what_a_pass_takes() -> None:
    """On a CPU 2,048 tokens: three rows of 400 twice are too many, and the longest goes alone."""
    assert list(batches([(3, 400), (2, 10), (3, 400), (1, 5_000)], "cpu")) == [[3], [0], [2, 1]]
    assert list(batches([], "cpu")) == []
