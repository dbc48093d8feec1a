"""Likelihoods of continuations: those that transformers' own model gives, token by token, one sequence at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.prompting.language_model import LanguageModel, load_language_model
from stiltsreport.study.beside import Beside
from stiltsreport.study.definitions import model_of_checkpoint
from tests.architectures import DECODERS, make_architecture
from tests.modeling.prompting.decoders import make_language_model

PAIRS = [
    ("the cat sleeps", " red"), ("the cat sleeps", " a dog runs"), ("where is the dog? Answer:", " in the city"),
    ("the red one and the blue two and the green three", " not"), ("a", " b"), ("the cat sleeps", " red"),
]  # fmt: skip


def loaded(folder: Path) -> LanguageModel:
    model = model_of_checkpoint(str(folder), Beside(folder.parent), "here")
    return load_language_model(model, "", device=torch.device("cpu"), precision="float32", offline=True)


@pytest.fixture(scope="module", params=DECODERS)
def language_model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return loaded(make_language_model(tmp_path_factory.mktemp("decoder"), request.param))


def alone(model: LanguageModel, prompt: str, continuation: str) -> float:
    """One sequence without padding, by the whole model's own logits."""
    ids = model.tokenizer(prompt + continuation)["input_ids"]
    start = len(model.tokenizer(prompt)["input_ids"])
    logs = model.network(torch.tensor([ids])).logits.float().log_softmax(-1)[0]
    return sum(float(logs[place - 1, ids[place]]) for place in range(start, len(ids)))


def test_likelihoods_are_those_of_the_model_itself(language_model: LanguageModel) -> None:
    with torch.no_grad():
        expected = [alone(language_model, *pair) for pair in PAIRS]
    assert language_model.log_likelihoods(PAIRS) == pytest.approx(expected, rel=1e-4)
    assert len({round(value, 3) for value in expected}) == 5


def test_the_order_and_company_of_pairs_move_nothing(language_model: LanguageModel) -> None:
    assert language_model.log_likelihoods(PAIRS[::-1])[::-1] == pytest.approx(language_model.log_likelihoods(PAIRS), rel=1e-5)
    assert language_model.log_likelihoods(PAIRS[2:3]) == pytest.approx(language_model.log_likelihoods(PAIRS)[2:3], rel=1e-5)


def test_probabilities_of_all_next_tokens_add_up_to_one(language_model: LanguageModel) -> None:
    ids = language_model.ids("the cat")
    hidden = language_model.network.base_model(torch.tensor([ids])).last_hidden_state
    assert language_model.logits(hidden[0, -1]).softmax(-1).sum().item() == pytest.approx(1)


def test_a_long_prompt_loses_its_beginning(language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stiltsreport.modeling.prompting.language_model._LONGEST", 8)
    ids, start = language_model.pair("one two three not where what who the cat sleeps", " red")
    assert len(ids) == 8
    assert start == 7


def test_an_encoder_without_an_output_layer_is_refused(tmp_path: Path) -> None:
    folder = make_architecture(tmp_path / "bare", "llama")
    with pytest.raises(StiltsReportError, match=r"lacks lm_head\.weight"):
        loaded(folder)
