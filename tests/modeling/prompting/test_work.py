"""What a decoder reads is counted: tokens without padding, what they look at, and states before the vocabulary."""

from __future__ import annotations

import pytest

from stiltsreport.modeling.prompting.answers import alone
from stiltsreport.modeling.prompting.language_model import LanguageModel
from stiltsreport.modeling.prompting.spans import span_answers
from stiltsreport.modeling.prompting.work import Work
from stiltsreport.recipes import Protocol
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import SentencePair
from stiltsreport.tasks.prompts import templates
from tests.modeling.prompting.decoders import make_language_model
from tests.modeling.prompting.test_language_model import loaded


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return loaded(make_language_model(tmp_path_factory.mktemp("decoder")))


def test_by_hand() -> None:
    """Three tokens look at three, then two more at five."""
    work = Work()
    work.read(3)
    work.read(2, behind=3)
    assert (work.tokens, work.attended, work.context) == (5, 3 * 3 + 2 * 5, 19 / 5)
    work.clear()
    assert work == Work()
    assert work.context == 0.0


def test_a_prompt_and_its_continuations(model: LanguageModel) -> None:
    """All of the prompt but its last token once, then that one and a word in each of two rows; each word is judged by one state."""
    model.work.clear()
    prompt = len(model.ids("the cat sleeps in the city"))
    model.log_likelihoods([("the cat sleeps in the city", " red"), ("the cat sleeps in the city", " blue")])
    assert model.work == Work(tokens=prompt - 1 + 2 * 2, attended=(prompt - 1) ** 2 + 2 * 2 * (prompt + 1), scored=2)


def test_a_span_is_read_a_token_at_a_time(model: LanguageModel) -> None:
    model.work.clear()
    span_answers(model, [("who sleeps? the answer:", "the cat")], 1)
    assert model.work.tokens == len(model.ids("who sleeps? the answer:"))
    assert model.work.scored == 1


def test_one_example_is_timed_by_itself(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of median length goes first, with every label, and nothing that calibrates."""
    task, asked = TASKS["pawsx"], []
    monkeypatch.setattr(LanguageModel, "log_likelihoods", lambda self, pairs: asked.append(pairs) or [0.0] * len(pairs))
    examples = [SentencePair(str(n), "the cat", " ".join(["dog"] * n), "0") for n in (1, 3, 8)]
    took = alone(model, examples, task, Protocol(), templates(task)[0])
    assert took is not None
    assert took > 0
    assert [len(pairs) for pairs in asked] == [2, 2, 2]
    assert "dog dog dog\n" in asked[0][0][0]
    assert alone(model, [], task, Protocol(), templates(task)[0]) is None
