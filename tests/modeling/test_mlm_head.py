"""The head of masked language modelling: the checkpoint's where it has one, and said to be new where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.finetune import Finetuned, finetune
from stiltsreport.modeling.inference import padding_for
from stiltsreport.modeling.learners import learners_of
from stiltsreport.modeling.mlm_head import check_masks, load_mlm_head
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Protocol, Recipe
from tests.modeling.small import encoded, loaded, texts
from tests.tiny import make_tiny_model

CPU = torch.device("cpu")
SEEDS = Seeds(1, "intermediate", ("set",))
RECIPE = Recipe(learning_rate=1e-3, batch_size=8, steps=6, max_length=40, selection="last", weight_decay=0.1, warmup=0.0, vocabulary="met")


@pytest.fixture(params=["bert", "xlm-roberta"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A checkpoint with a trained head, whose every weight is unlike what would be drawn."""
    folder = make_tiny_model(tmp_path / "model", family=request.param)
    config = transformers.AutoConfig.from_pretrained(folder)
    torch.manual_seed(5)
    model = transformers.AutoModelForMaskedLM.from_config(config)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(torch.randn_like(value) * 0.1)
    model.save_pretrained(folder)
    return folder


def headed(encoder: Encoder, cut: VocabularyCut) -> Any:
    return with_head(encoder, transformers.AutoModelForMaskedLM, cut, 3, labels=1, dropout=0.0)


def test_the_head_of_a_checkpoint_scores_as_the_checkpoint_does(checkpoint: Path) -> None:
    encoder = loaded(checkpoint)
    size = len(encoder.table.base)
    plain = transformers.AutoModelForMaskedLM.from_pretrained(checkpoint).eval()
    ids = torch.tensor([[0, 30, 400, 31, 2], [0, 400, 2, 1, 1]])
    given = {"attention_mask": (ids != 1).long()}
    expected = plain(input_ids=ids, **given).logits
    for cut in (VocabularyCut.whole(size), VocabularyCut.of([[30, 31, 400]], size)):
        model = headed(encoder, cut).eval()
        assert load_mlm_head(model, encoder, cut) == "checkpoint"
        found = model(input_ids=cut.places[ids], **given).logits
        torch.testing.assert_close(found, expected[..., cut.ids], rtol=1e-4, atol=1e-5)


def test_a_checkpoint_without_a_head_gets_a_new_one(encoder: Encoder) -> None:
    cut = VocabularyCut.whole(len(encoder.table.base))
    model = headed(encoder, cut)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert load_mlm_head(model, encoder, cut) == "new"
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_half_a_head_is_none(checkpoint: Path) -> None:
    from safetensors.torch import load_file, save_file

    state = load_file(checkpoint / "model.safetensors")
    state.pop(next(name for name in state if "dense.bias" in name and ("cls." in name or "lm_head" in name)))
    save_file(state, checkpoint / "model.safetensors", {"format": "pt"})
    encoder = loaded(checkpoint)
    cut = VocabularyCut.whole(len(encoder.table.base))
    assert load_mlm_head(headed(encoder, cut), encoder, cut) == "new"


def tuned(encoder: Encoder, recipe: Recipe = RECIPE, *, mixed: bool = False) -> Finetuned:
    parts = [TrainingPart("mlm", (texts(encoder, recipe),), None, recipe, Protocol(), share=0.5 if mixed else None)]
    if mixed:
        parts.insert(0, TrainingPart("nli", (encoded("sequence_classification", encoder, recipe),), None, recipe, Protocol()))
    return finetune(encoder, parts, recipe, SEEDS, CPU)


def test_a_training_says_where_its_head_came_from(checkpoint: Path, encoder: Encoder) -> None:
    assert tuned(loaded(checkpoint)).mlm_head == "checkpoint"
    assert tuned(encoder).mlm_head == "new"
    assert tuned(encoder, mixed=True).mlm_head == "new"
    data = encoded("sequence_classification", encoder, RECIPE)
    assert finetune(encoder, [TrainingPart("nli", (data,), None, RECIPE, Protocol())], RECIPE, SEEDS, CPU).mlm_head is None


def test_a_trained_head_starts_with_a_lower_loss_than_a_new_one(checkpoint: Path) -> None:
    """What the checkpoint's head has learnt is used: a head trained for a while, saved, and loaded again goes on where it was."""
    encoder = loaded(checkpoint)
    recipe = replace(RECIPE, vocabulary="whole", learning_rate=5e-3, steps=60, dropout=0.0)
    found = tuned(encoder, recipe)
    assert found.curve[-1].loss < 0.7 * found.curve[0].loss
    assert not any(value.shape == encoder.table.base.shape for value in found.head.values())  # the tied layer is no part of the head
    found.model.config.vocab_size = len(encoder.table.base)
    state = {name: value for name, value in found.model.state_dict().items() if "position_ids" not in name}
    plain = transformers.AutoModelForMaskedLM.from_config(type(encoder.config).from_dict(encoder.config.to_dict()))
    plain.load_state_dict(state)
    plain.save_pretrained(checkpoint)
    again = tuned(loaded(checkpoint), replace(recipe, steps=1))
    assert again.curve[0].loss < 0.75 * found.curve[0].loss


def test_rows_that_no_text_meets_are_only_decayed_where_the_vocabulary_is_cut(encoder: Encoder) -> None:
    met, whole = tuned(encoder), tuned(encoder, replace(RECIPE, vocabulary="whole"))
    table = met.encoder.table
    outside = torch.tensor([row for row in range(len(table.base)) if row not in set(table.ids.tolist())])
    assert len(outside) > 10
    assert table.scale < 1
    torch.testing.assert_close(table.look_up(outside), encoder.table.base[outside] * table.scale)
    moved = whole.encoder.table.look_up(outside) - encoder.table.base[outside] * whole.encoder.table.scale
    assert float(moved.abs().min(dim=1).values.max()) > 1e-5  # the whole softmax pushes every row away
    assert encoder.tokenizer.mask_token_id in table.ids


def test_an_encoder_that_cannot_mask_is_a_clear_error(encoder: Encoder) -> None:
    decoder = replace(encoder, config=transformers.GPT2Config(vocab_size=40))
    with pytest.raises(StiltsReportError, match=r"model tiny: gpt2 has no head for masked language modelling"):
        check_masks(decoder)

    class Maskless:
        mask_token_id = None

    with pytest.raises(StiltsReportError, match="no mask token"):
        check_masks(replace(encoder, tokenizer=Maskless()))


def test_scores_over_a_large_vocabulary_make_small_pieces(encoder: Encoder) -> None:
    """250,000 scores a hidden token: a piece of a GPU's usual size would take ten gigabytes."""
    part = TrainingPart("mlm", (texts(encoder, RECIPE),), None, RECIPE, Protocol())
    nli = TrainingPart("nli", (encoded("sequence_classification", encoder, RECIPE),), None, RECIPE, Protocol())
    cut = VocabularyCut.whole(len(encoder.table.base))
    models, padding = [headed(encoder, cut), headed(encoder, cut)], padding_for(encoder, cut, CPU)
    small = learners_of(encoder, [nli, part], models, padding, 65_536, SEEDS)
    assert [learner.tokens for learner in small] == [65_536, 65_536]
    assert [learner.alter is None for learner in small] == [True, False]
    large = learners_of(encoder, [nli, part], models, replace(padding, cut=VocabularyCut.whole(250_002)), 65_536, SEEDS)
    assert large[0].tokens == 65_536
    assert 2_048 < large[1].tokens < 2**30 / (12 * 0.15 * 250_002)
