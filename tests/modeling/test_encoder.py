"""Loading encoders, fresh heads, handing weights on, saving and loading."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.encoder import Encoder, embedding_name, head_weights, load_encoder, save_encoder, with_head, without_head
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.vocabulary import VocabularyCut
from tests.modeling.small import loaded

HEADS = {
    "AutoModelForSequenceClassification": 3,
    "AutoModelForTokenClassification": 17,
    "AutoModelForQuestionAnswering": 2,
    "AutoModel": 1,
}
CUT = [[20, 30, 40, 50]]


def fresh(encoder: Encoder, head: str, seed: int = 1, dropout: float | None = None) -> Any:
    """A model with a head on a cut table."""
    cut = VocabularyCut.of(CUT, len(encoder.table.base))
    return with_head(encoder, getattr(transformers, head), cut, seed, labels=HEADS[head], dropout=dropout)


def trained(encoder: Encoder) -> Encoder:
    """The same encoder with every weight moved, as after an intermediate training."""
    generator = torch.Generator().manual_seed(9)
    weights = {name: value + 0.01 * torch.randn(value.shape, generator=generator) for name, value in encoder.weights.items()}
    ids = torch.tensor([3, 20, 33])
    rows = encoder.table.look_up(ids) + 1
    return replace(encoder, weights=weights, table=encoder.table.updated(ids, rows, 0.99))


@pytest.fixture
def copied(tiny_model: Path, tmp_path: Path) -> Path:
    """A folder of the tiny model to damage."""
    return Path(shutil.copytree(tiny_model, tmp_path / "damaged"))


def configured(folder: Path, **entries: Any) -> None:
    """Change entries of config.json."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, **entries}), encoding="utf-8")


def test_an_encoder_is_the_checkpoint(encoder: Encoder, tiny_model: Path) -> None:
    base = transformers.AutoModel.from_pretrained(tiny_model)
    state = base.state_dict()
    assert torch.equal(encoder.table.base, state.pop(embedding_name(base)))
    assert set(encoder.weights) == set(state)  # its pooler too: this checkpoint has one
    assert all(torch.equal(encoder.weights[name], value) for name, value in state.items())
    assert encoder.layers == 2
    assert not encoder.trusted


def test_a_pooler_that_the_checkpoint_lacks_belongs_to_the_head(copied: Path) -> None:
    from safetensors.torch import load_file, save_file

    state = {name: value for name, value in load_file(copied / "model.safetensors").items() if "pooler" not in name}
    save_file(state, copied / "model.safetensors", {"format": "pt"})
    encoder = loaded(copied)
    assert not any("pooler" in name for name in encoder.weights)
    one, same, other = (fresh(encoder, "AutoModelForSequenceClassification", seed) for seed in (1, 1, 2))
    assert {"bert.pooler.dense.weight", "classifier.weight"} <= set(head_weights(one, encoder))
    assert torch.equal(one.bert.pooler.dense.weight, same.bert.pooler.dense.weight)
    assert not torch.equal(one.bert.pooler.dense.weight, other.bert.pooler.dense.weight)


@pytest.mark.parametrize("head", list(HEADS))
@pytest.mark.parametrize("name", ["encoder", "roberta"])
def test_two_arms_start_from_one_head_and_their_own_encoders(name: str, head: str, request: pytest.FixtureRequest) -> None:
    baseline = request.getfixturevalue(name)
    method = trained(baseline)
    one, two, other = fresh(baseline, head), fresh(method, head), fresh(baseline, head, seed=2)
    heads = [head_weights(model, baseline) for model in (one, two, other)]
    assert heads[0].keys() == heads[1].keys()
    assert all(torch.equal(heads[0][key], heads[1][key]) for key in heads[0])
    if head != "AutoModel":
        assert any(not torch.equal(heads[0][key], heads[2][key]) for key in heads[0])
    ids = VocabularyCut.of(CUT, len(baseline.table.base)).ids
    for model, encoder in ((one, baseline), (two, method)):
        state = model.base_model.state_dict()
        assert torch.equal(state.pop(embedding_name(model.base_model)), encoder.table.look_up(ids))
        used = [key for key in encoder.weights if key in state]
        assert len(used) >= len(encoder.weights) - 2  # XLM-R's classifiers have no use for a pooler
        assert all(torch.equal(state[key], encoder.weights[key]) for key in used)


def test_a_fresh_head_leaves_the_callers_generator_alone(encoder: Encoder) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fresh(encoder, "AutoModelForSequenceClassification")
    assert torch.equal(torch.rand(3), expected)


def test_a_head_is_drawn_as_the_architecture_draws_it(encoder: Encoder) -> None:
    head = head_weights(fresh(encoder, "AutoModelForTokenClassification"), encoder)
    assert float(head["classifier.weight"].std()) == pytest.approx(encoder.config.initializer_range, rel=0.15)
    assert not head["classifier.bias"].any()


def test_dropout_is_the_checkpoints_unless_the_recipe_says_otherwise(encoder: Encoder) -> None:
    def rates(model: torch.nn.Module) -> set[float]:
        return {module.p for module in model.modules() if isinstance(module, torch.nn.Dropout)}

    assert rates(fresh(encoder, "AutoModelForSequenceClassification")) == {0.1}
    assert rates(fresh(encoder, "AutoModelForSequenceClassification", dropout=0.25)) == {0.25}
    assert rates(fresh(encoder, "AutoModelForSequenceClassification", dropout=0.0)) == {0.0}
    assert encoder.config.hidden_dropout_prob == 0.1  # the encoder's own configuration is not written to


@pytest.mark.parametrize("name", ["encoder", "roberta"])
def test_what_training_made_is_handed_on_without_the_head(name: str, request: pytest.FixtureRequest) -> None:
    encoder = request.getfixturevalue(name)
    cut = VocabularyCut.of(CUT, len(encoder.table.base))
    model = fresh(encoder, "AutoModelForSequenceClassification")
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.5)
    after = without_head(encoder, model, cut, decay=0.9)
    assert after.weights.keys() == encoder.weights.keys()
    for key, value in encoder.weights.items():
        moved = not (name == "roberta" and "pooler" in key)
        assert torch.equal(after.weights[key], value + 0.5 if moved else value), key
    assert torch.equal(after.table.look_up(cut.ids), encoder.table.look_up(cut.ids) + 0.5)
    outside = torch.tensor([60, 70])
    assert torch.equal(after.table.look_up(outside), encoder.table.base[outside] * 0.9)
    before = after.weights["embeddings.LayerNorm.bias"].clone()
    with torch.no_grad():
        model.base_model.embeddings.LayerNorm.bias.add_(1)
    assert torch.equal(after.weights["embeddings.LayerNorm.bias"], before)  # a copy: training may go on


def test_saved_is_loaded_to_the_bit(encoder: Encoder, tmp_path: Path) -> None:
    after = trained(encoder)
    save_encoder(after, tmp_path / "encoder.safetensors")
    again = load_encoder(tmp_path / "encoder.safetensors", encoder)
    assert all(torch.equal(again.weights[name], value) for name, value in after.weights.items())
    everything = torch.arange(len(encoder.table.base))
    assert torch.equal(again.table.look_up(everything), after.table.look_up(everything))


def test_a_checkpoint_saved_in_half_precision_is_trained_in_float32(copied: Path) -> None:
    """The recipe's precision counts: bfloat16 there is autocast over float32 weights, never bfloat16 weights."""
    configured(copied, dtype="bfloat16")
    model = fresh(loaded(copied), "AutoModelForSequenceClassification")
    assert {value.dtype for value in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("left", [True, False])
def test_a_folder_without_a_tokenizer_is_refused(copied: Path, left: bool) -> None:
    """transformers makes up a tokenizer of five special tokens, to which every word is unknown."""
    (copied / "tokenizer.json").unlink()
    if not left:
        (copied / "tokenizer_config.json").unlink()
    with pytest.raises(StiltsReportError, match=r"model damaged.*tokenizer \(tokenizer.json\); save it beside the weights"):
        loaded(copied)


def test_a_slow_tokenizer_is_refused(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lambda *_args, **_options: object())
    with pytest.raises(StiltsReportError, match="no fast tokenizer"):
        loaded(tiny_model)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "cannot load"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x10" * 1000), "model.safetensors is cut off"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda folder: configured(folder, model_type="nothing-known"), "cannot load"),
        (lambda folder: configured(folder, hidden_size=48), "cannot load"),
        (lambda folder: configured(folder, num_hidden_layers=3), "lacks 16 weights of its encoder, encoder.layer.2"),
    ],
)
def test_a_damaged_checkpoint_is_one_clear_error(copied: Path, damage: Any, said: str) -> None:
    damage(copied)
    with pytest.raises(StiltsReportError, match=said) as caught:
        loaded(copied)
    assert caught.value.where == "model damaged"
    assert "\n" not in str(caught.value)


def test_code_of_a_checkpoint_never_runs_by_itself(copied: Path) -> None:
    configured(copied, model_type="own", auto_map={"AutoConfig": "own.Own", "AutoModel": "own.OwnModel"})
    mark = copied / "ran"
    (copied / "own.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    with pytest.raises(StiltsReportError, match=r"brings code of its own.*trust_remote_code: \[damaged\]"):
        loaded(copied)
    assert not mark.exists()


def test_a_padding_id_far_in_the_table_stays_in_the_cut(encoder: Encoder, device: torch.device) -> None:
    """EuroBERT and decoders pad with a late id; the cut moves it, and the model is told."""
    far = padded_with(encoder, 90)
    feature = Feature(0, ((0, 20, 2),), ((0, 0, 0),))
    cut = cut_for(far, [feature, replace(feature, rows=((0, 2),))])
    assert 90 in cut.ids
    assert len(cut.ids) < len(encoder.table.base)
    model = with_head(far, transformers.AutoModel, cut, 1, labels=1, dropout=0.0)
    assert model.config.pad_token_id == int(cut.places[90])  # type: ignore[union-attr]
    assert model(**padding_for(far, cut, device).collate([feature]).inputs).last_hidden_state.shape == (1, 3, 32)


def test_where_positions_go_by_the_padding_id_a_late_one_keeps_the_whole_table(roberta: Encoder) -> None:
    far = padded_with(roberta, 90)
    assert len(cut_for(far, []).ids) == len(far.table.base)
    with pytest.raises(ValueError, match="does not survive the cut"):
        with_head(far, transformers.AutoModel, VocabularyCut.of(CUT, len(far.table.base)), 1, labels=1, dropout=0.0)


def padded_with(encoder: Encoder, pad: int) -> Encoder:
    tokenizer = copy.deepcopy(encoder.tokenizer)
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(pad)
    return replace(encoder, tokenizer=tokenizer, config=type(encoder.config).from_dict({**encoder.config.to_dict(), "pad_token_id": pad}))


def test_a_tokenizer_of_another_model_is_a_clear_error(encoder: Encoder) -> None:
    beyond = Feature(0, ((0, len(encoder.table.base), 2),), ((0, 0, 0),))
    with pytest.raises(StiltsReportError, match="ids beyond the"):
        cut_for(encoder, [beyond])


def test_how_many_tokens_fit(encoder: Encoder, roberta: Encoder) -> None:
    assert encoder.longest == 260
    assert roberta.longest == 258  # its positions begin at padding id + 1
    for one in (encoder, roberta):
        row = (0, *(20,) * (one.longest - 2), 2)
        feature = Feature(0, (row,), ((0,) * len(row),))
        cut = cut_for(one, [feature])
        model = with_head(one, transformers.AutoModel, cut, 1, labels=1, dropout=0.0).eval()
        batch = padding_for(one, cut, torch.device("cpu")).collate([feature])
        assert model(**batch.inputs).last_hidden_state.shape[1] == one.longest
