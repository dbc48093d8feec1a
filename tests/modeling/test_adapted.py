"""Adapters: trained as peft's own in a plain loop, alone with the head; merged, stacked, saved and read again without a base weight."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import nn

from stiltsreport.adaptation import Adaptation
from stiltsreport.errors import StiltsReportError
from stiltsreport.memory import trained_parameters
from stiltsreport.model_arithmetic import architecture
from stiltsreport.modeling import adapted
from stiltsreport.modeling import finetune as module
from stiltsreport.modeling.adapted import adapt
from stiltsreport.modeling.adapter import MAGNITUDE
from stiltsreport.modeling.batches import epoch_batches
from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.finetune import Finetuned, finetune
from stiltsreport.modeling.inference import cut_for, padding_for, run, with_table
from stiltsreport.modeling.kept_encoder import load_checkpoint, save_checkpoint
from stiltsreport.modeling.packed import is_packed, pack
from stiltsreport.modeling.retrieval import bare_model, sentence_encoder
from stiltsreport.modeling.room import MemoryPlan
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.shared_encoder import models_of
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.task_types.sentence_vectors import layers_of
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import Passage
from tests.architectures import ARCHITECTURES, make_architecture
from tests.modeling.small import encoded, loaded, task_of, texts
from tests.tiny import make_tiny_model

CPU = torch.device("cpu")
SEEDS = Seeds(1, "target", ("set",))
STEPS = 10
# A large epsilon: else Adam's first steps know little but the signs of gradients, and where those are near 0 float noise moves weights.
# An adapter's gradients are small.
RECIPE = Recipe(
    learning_rate=3e-2, batch_size=8, steps=STEPS, warmup=0.25, weight_decay=0.1, clip=0.5, dropout=0.0, max_length=40, document_stride=10,
    query_length=24, passage_length=24, selection="last", adam_epsilon=1e-4,
)  # fmt: skip
LORA, DORA = Adaptation("lora", rank=4, alpha=8.0), Adaptation("dora", rank=3, alpha=6.0)
ADAPTATIONS = {
    "lora": LORA,
    "dora": DORA,
    "lora with dropout": replace(LORA, dropout=0.3),
    "some": replace(LORA, targets=("query", "output.dense")),
}
ENCODERS = ("encoder", "roberta", "bert")
STRONG = replace(RECIPE, adam_epsilon=1e-8)
LAYERS = r".*encoder\.layer\.\d+\..*(query|key|value|dense)"  # of BERT's kind, as peft takes them: no pooler, no head


def part(kind: str, encoder: Encoder, recipe: Recipe = RECIPE, selects: bool = False, **entries: Any) -> TrainingPart:
    data = texts(encoder, recipe) if kind == "mlm" else encoded(kind, encoder, recipe)
    return TrainingPart(kind, (data,), data if selects else None, recipe, Protocol(), **entries)


def tuned(
    encoder: Encoder, adaptation: Adaptation, kind: str = "sequence_classification", recipe: Recipe = RECIPE, seeds: Seeds = SEEDS
) -> Finetuned:
    return finetune(encoder, [part(kind, encoder, recipe, selects=True)], recipe, seeds, CPU, adaptation=adaptation)


def drawn(encoder: Encoder, one: TrainingPart, adaptation: Adaptation) -> nn.Module:
    """Our model before its first step."""
    return models_of(encoder, [one], module._cut(encoder, [one]), SEEDS, RECIPE, CPU, adaptation=adaptation)[0]


def plainly(encoder: Encoder, one: TrainingPart, adaptation: Adaptation) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Losses and trained weights of transformers' model of the whole table with peft's adapters in the textbook's loop."""
    start = drawn(encoder, one, adaptation)
    config = type(encoder.config).from_dict({**encoder.config.to_dict(), "num_labels": one.form.labels(one.task)})
    for entry in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
        setattr(config, entry, 0.0)
    plain: Any = getattr(transformers, one.form.head).from_config(config)
    begun = {name.replace(".base_layer.", "."): value for name, value in start.state_dict().items() if ".lora_" not in name}
    table = next(name for name in begun if name.endswith("word_embeddings.weight"))
    plain.load_state_dict({**begun, table: encoder.table.base})
    heads = [name for name, child in plain.named_children() if name != plain.base_model_prefix and list(child.parameters())]
    if getattr(plain.base_model, "pooler", None) is not None:
        heads.append("pooler")
    config = LoraConfig(
        r=adaptation.rank, lora_alpha=adaptation.alpha, target_modules=LAYERS, use_dora=adaptation.method == "dora", modules_to_save=heads
    )
    model = get_peft_model(plain, config)
    for name, value in model.named_parameters():
        if ".lora_A." in name:
            ours = name.removeprefix("base_model.model.").replace(".default.", ".trained.")
            value.data.copy_(start.get_parameter(ours))
    model.train()
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    decayed, free = ([value for value in trained.values() if (value.dim() > 1) is many] for many in (True, False))
    groups = [{"params": decayed, "weight_decay": RECIPE.weight_decay}, {"params": free, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RECIPE.learning_rate, eps=RECIPE.adam_epsilon, foreach=False)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, round(RECIPE.warmup * STEPS), STEPS)
    padding = padding_for(encoder, VocabularyCut.whole(len(encoder.table.base)), CPU)
    order, losses = epoch_batches(len(one.sets[0].examples), RECIPE.batch_size, SEEDS.derive("order")), []
    for _ in range(STEPS):
        places = next(order)
        features = [feature for place in places for feature in one.sets[0].features if feature.example == place]
        loss, count = one.form.loss(model, padding.collate(features))
        (loss / count).backward()
        nn.utils.clip_grad_norm_(list(trained.values()), RECIPE.clip)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append((loss / count).item())
    return losses, {name: value.detach() for name, value in trained.items()}


@pytest.mark.parametrize("family", ENCODERS)
@pytest.mark.parametrize("kind", ["sequence_classification", "question_answering", "token_classification"])
@pytest.mark.parametrize("adaptation", [LORA, DORA], ids=["lora", "dora"])
def test_it_trains_as_peft_in_a_plain_loop(family: str, kind: str, adaptation: Adaptation, request: pytest.FixtureRequest) -> None:
    encoder: Encoder = request.getfixturevalue(family)
    one = part(kind, encoder)
    losses, trained = plainly(encoder, one, adaptation)
    found = finetune(encoder, [one], RECIPE, SEEDS, CPU, adaptation=adaptation)
    assert is_packed(found.model)
    assert [step.loss for step in found.curve] == pytest.approx(losses, rel=2e-4)
    assert losses[-1] < losses[0]
    (adapter,) = found.encoder.adapters
    prefix = f"base_model.model.{found.model.base_model_prefix}."
    start: Any = drawn(encoder, one, adaptation).base_model
    compared = 0
    for name, value in adapter.factors.items():
        layer, _, factor = name.rpartition(".")
        named = "lora_magnitude_vector" if factor == MAGNITUDE else factor
        theirs, begun = trained[f"{prefix}{layer}.{named}.default.weight"], start.get_parameter(f"{layer}.{named}.trained.weight").detach()
        moved = (theirs - begun).norm()
        assert float(moved / theirs.norm()) > 1e-4
        assert float((value - theirs).norm() / moved) < 5e-3, name
        compared += 1
    assert compared == 2 * 6 * (3 if adaptation.method == "dora" else 2)
    for name, value in found.head.items():
        theirs = next(there for there in trained if there.replace(".modules_to_save.default", "").endswith(name))
        torch.testing.assert_close(value, trained[theirs], atol=3e-4, rtol=1e-3)


@pytest.mark.parametrize("adaptation", ADAPTATIONS.values(), ids=list(ADAPTATIONS))
def test_adapters_and_the_head_alone_train(adaptation: Adaptation, bert: Encoder) -> None:
    found = tuned(bert, adaptation)
    state = {name.replace(".base_layer.", "."): value for name, value in found.model.base_model.state_dict().items()}
    moved = {name for name, value in bert.weights.items() if not torch.equal(state[name], value)}
    assert moved == {"pooler.dense.weight", "pooler.dense.bias"}
    (adapter,) = found.encoder.adapters
    assert set(adapter.whole) == moved
    assert found.encoder.table is bert.table
    assert all(bool(value.abs().sum() > 0) for value in adapter.factors.values())
    ends = {name.partition("layer.0.")[2] for name in adapter.layers} - {""}
    assert ends == (
        {"attention.self.query", "attention.output.dense", "output.dense"}
        if "query" in adaptation.targets
        else {
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
            "intermediate.dense",
            "output.dense",
        }
    )


@pytest.mark.parametrize("targets", [("all-linear",), ("query", "output.dense")])
@pytest.mark.parametrize("method", ["lora", "dora"])
def test_the_arithmetic_counts_what_trains(method: Any, targets: tuple[str, ...], bert: Encoder) -> None:
    adaptation = Adaptation(method, rank=5, alpha=5.0, targets=targets)
    model = drawn(bert, part("sequence_classification", bert), adaptation)
    base: Any = model.base_model
    counted = sum(value.numel() for name, value in base.named_parameters() if value.requires_grad and "pooler" not in name)
    assert trained_parameters(architecture(bert.config.to_dict()), adaptation) == counted


@pytest.mark.parametrize("adaptation", [LORA, DORA], ids=["lora", "dora"])
def test_packed_and_padded_are_the_same_function(adaptation: Adaptation, roberta: Encoder) -> None:
    data = encoded("sequence_classification", roberta, RECIPE)
    cut = cut_for(roberta, data.features)
    found, gradients = [], []
    for packs in (True, False):
        model = with_head(roberta, transformers.AutoModelForSequenceClassification, cut, 3, labels=3, dropout=0.0)
        adapt(model, roberta, CPU, "float32", adaptation, seed=5)
        if packs:
            pack(model, CPU)
        factors = [value for name, value in sorted(model.named_parameters()) if ".lora_" in name]
        generator = torch.Generator().manual_seed(9)
        for value in factors:
            value.data += 0.1 * torch.randn(value.shape, generator=generator)
        padding = replace(padding_for(roberta, cut, CPU), packs=packs)
        loss, _ = FORMS["sequence_classification"].loss(model.train(), padding.collate(data.features[:9], (1, 2), range(9)))
        loss.backward()
        found.append(loss.item())
        gradients.append([value.grad for value in factors])
    assert found[0] == pytest.approx(found[1], rel=1e-5)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
        assert bool(one.abs().sum() > 0)


def test_dropout_of_adapters_is_drawn_by_key(roberta: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """How a batch is cut into pieces changes no mask, and without dropout the losses are others."""
    dropped = replace(LORA, dropout=0.4)
    losses = []
    for adaptation, tokens in ((dropped, 1024), (dropped, 32), (LORA, 1024)):
        monkeypatch.setattr(module, "training_plan", lambda *_, tokens=tokens: MemoryPlan(tokens, recompute=False))
        losses.append([step.loss for step in tuned(roberta, adaptation, recipe=STRONG).curve])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[0] != pytest.approx(losses[2], rel=1e-3)


def test_in_bfloat16_it_trains_about_as_in_float32(roberta: Encoder) -> None:
    exact, low = (tuned(roberta, LORA, recipe=replace(RECIPE, precision=precision)) for precision in ("float32", "bfloat16"))
    assert [step.loss for step in low.curve] == pytest.approx([step.loss for step in exact.curve], abs=0.03)
    assert [step.loss for step in low.curve] != [step.loss for step in exact.curve]
    assert all(value.dtype == torch.float32 for value in low.encoder.adapters[0].factors.values())


@pytest.mark.parametrize("method", [LORA, replace(LORA, targets=("query",))], ids=["lora", "some layers"])
def test_frozen_weights_held_in_bfloat16_give_the_same_numbers(
    method: Adaptation, roberta: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a GPU: under autocast to the bit, without it but for the rounding of weights."""
    recipe = replace(RECIPE, precision="bfloat16")
    plain = tuned(roberta, method, recipe=recipe)
    activate = adapted._activate

    def lowered(base: nn.Module, names: list[str]) -> None:
        activate(base, names)
        adapted.lower(layers_of(base))

    monkeypatch.setattr(adapted, "_activate", lowered)
    low = tuned(roberta, method, recipe=recipe)
    assert [step.loss for step in low.curve] == [step.loss for step in plain.curve]
    kinds = {
        ("factor" if ".lora_" in name else "product" if re.search(r"layer\.\d.*(query|key|value|dense)", name) else "other"): value.dtype
        for name, value in low.model.named_parameters()
    }
    assert kinds == {"factor": torch.float32, "product": torch.bfloat16, "other": torch.float32}
    torch.testing.assert_close(logits(low.model, low.encoder), logits(plain.model, plain.encoder), atol=0.02, rtol=0.02)


def test_recomputation_changes_nothing(roberta: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = tuned(roberta, LORA)
    monkeypatch.setattr(module, "training_plan", lambda *_: MemoryPlan(1024, recompute=True))
    assert [step.loss for step in tuned(roberta, LORA).curve] == [step.loss for step in straight.curve]


def logits(model: nn.Module, encoder: Encoder, kind: str = "sequence_classification") -> torch.Tensor:
    data = encoded(kind, encoder, RECIPE)
    cut = cut_for(encoder, data.features)
    with_table(model, encoder, cut, CPU)
    return torch.stack(
        [torch.as_tensor(row) for row in run(model, data.features, padding_for(encoder, cut, CPU), "float32", FORMS[kind].outputs)]
    )


def started(encoder: Encoder, adaptation: Adaptation, found: Finetuned) -> nn.Module:
    """A model that begins where another training ended, with that one's head."""
    one = part("sequence_classification", encoder)
    return models_of(encoder, [one], module._cut(encoder, [one]), SEEDS, RECIPE, CPU, found.head, adaptation)[0]


@pytest.mark.parametrize("method", [LORA, DORA], ids=["lora", "dora"])
@pytest.mark.parametrize("stack", ["merged", "stacked"])
def test_the_target_training_begins_where_the_intermediate_ended(method: Adaptation, stack: Any, bert: Encoder) -> None:
    adaptation = replace(method, stack=stack)
    found = tuned(bert, adaptation)
    before = logits(found.model, found.encoder)
    assert not torch.allclose(before, logits(drawn(bert, part("sequence_classification", bert), adaptation), bert), atol=1e-2)
    model = started(found.encoder, adaptation, found)
    torch.testing.assert_close(logits(model, found.encoder), before, atol=2e-5, rtol=1e-4)
    layers = [layer for layer in model.modules() if isinstance(layer, LoraLayer)]
    assert {tuple(layer.lora_A) for layer in layers} == {("trained",) if stack == "merged" else ("0", "trained")}
    second = tuned(found.encoder, adaptation, seeds=replace(SEEDS, seed=2))
    first, last = second.encoder.adapters
    assert first.merged is (stack == "merged")
    assert all(torch.equal(first.factors[name], value) for name, value in found.encoder.adapters[0].factors.items())  # it rests
    assert not torch.equal(last.factors[f"{last.layers[0]}.lora_A"], first.factors[f"{first.layers[0]}.lora_A"])


@pytest.mark.parametrize("stack", ["merged", "stacked"])
@pytest.mark.parametrize("method", [LORA, DORA], ids=["lora", "dora"])
def test_after_reload_predictions_are_the_same_to_the_bit(method: Adaptation, stack: Any, bert: Encoder, tmp_path: Path) -> None:
    adaptation = replace(method, stack=stack)
    chain = tuned(tuned(bert, adaptation).encoder, adaptation, seeds=replace(SEEDS, seed=2))
    save_checkpoint(chain.encoder, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapters.json", "adapters.safetensors"]
    said = json.loads((tmp_path / "adapters.json").read_text())
    assert [(one["method"], one["rank"], one["merged"]) for one in said] == [
        (method.method, method.rank, stack == "merged"),
        (method.method, method.rank, False),
    ]
    held = sum(value.numel() for one in chain.encoder.adapters for value in (*one.factors.values(), *one.whole.values()))
    assert (tmp_path / "adapters.safetensors").stat().st_size < 4 * held + 20_000
    again = load_checkpoint(tmp_path, bert)
    whole = VocabularyCut.whole(len(bert.table.base))
    model = with_head(again, transformers.AutoModelForSequenceClassification, whole, 0, labels=3, dropout=None)
    model.load_state_dict(dict(chain.head), strict=False)
    model = pack(adapt(model, again, CPU, "float32"), CPU)
    assert torch.equal(logits(model, again), logits(chain.model, chain.encoder))


def test_sentence_vectors_are_those_of_the_adapted_encoder(bert: Encoder, tmp_path: Path) -> None:
    found = tuned(bert, LORA, recipe=STRONG)
    passages = [Passage(str(number), text, "en") for number, text in enumerate(("the cat sleeps", "a dog runs in the city", "two"))]
    protocol = Protocol(layer="last", pooling="mean", prefix="")
    vectors = sentence_encoder(found.encoder, passages, protocol, CPU)
    save_checkpoint(found.encoder, tmp_path)
    assert torch.equal(sentence_encoder(load_checkpoint(tmp_path, bert), passages, protocol, CPU), vectors)
    assert not torch.allclose(sentence_encoder(bert, passages, protocol, CPU), vectors, atol=1e-3)
    merged = bert.weights | {
        f"{name}.weight": found.encoder.adapters[0].into(name, bert.weights[f"{name}.weight"]) for name in found.encoder.adapters[0].layers
    }
    torch.testing.assert_close(sentence_encoder(replace(bert, weights=merged), passages, protocol, CPU), vectors, atol=1e-5, rtol=1e-4)


def test_several_heads_share_the_adapters(encoder: Encoder) -> None:
    parts = [part("sequence_classification", encoder), part("token_classification", encoder), part("mlm", encoder, share=0.3)]
    found = finetune(encoder, parts, replace(RECIPE, steps=12), SEEDS, CPU, adaptation=LORA)
    assert found.encoder.table is encoder.table
    assert len(found.encoder.adapters[0].layers) == 12
    models = models_of(encoder, parts, module._cut(encoder, parts), SEEDS, RECIPE, CPU, adaptation=LORA)
    first, *others = ([id(value) for name, value in model.named_parameters() if ".lora_" in name] for model in models)
    assert len(first) == 24
    assert all(other == first for other in others)
    assert models[2].get_output_embeddings().weight.requires_grad is False  # tied to the table


def test_arms_of_one_seed_start_from_the_same_adapters(bert: Encoder) -> None:
    def factors(encoder: Encoder, seeds: Seeds) -> Sequence[torch.Tensor]:
        one = part("sequence_classification", encoder)
        model = models_of(encoder, [one], module._cut(encoder, [one]), seeds, RECIPE, CPU, adaptation=LORA)[0]
        return [value.detach() for name, value in model.named_parameters() if ".lora_A.trained" in name]

    intermediate = tuned(bert, LORA).encoder
    baseline, arm, other = factors(bert, SEEDS), factors(intermediate, SEEDS), factors(bert, replace(SEEDS, seed=2))
    assert all(torch.equal(one, two) for one, two in zip(baseline, arm, strict=True))
    assert not any(torch.equal(one, two) for one, two in zip(baseline, other, strict=True))


def test_layers_that_are_not_there_are_refused(bert: Encoder) -> None:
    with pytest.raises(StiltsReportError, match=r"no linear layer 'q_proj'.*attention\.self\.query"):
        tuned(bert, replace(LORA, targets=("q_proj",)))


def test_without_peft_it_says_how_to_get_it(bert: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(StiltsReportError, match=r"adapters need the package peft.*stiltsreport\[adapters\]"):
        tuned(bert, LORA)


def test_a_dual_encoder_is_adapted_too(bert: Encoder) -> None:
    found = tuned(bert, LORA, "dual_encoder")
    assert "scale" in found.head
    assert found.curve[-1].loss < found.curve[0].loss
    assert task_of("dual_encoder").name == "mewslix"
    assert bare_model(found.encoder, CPU) is not None


QLORA = Adaptation("lora", bits=4, rank=4, alpha=8.0, stack="stacked")


def test_weights_in_4_bits_are_normal_floats_and_only_adapters_move(tmp_path: Path) -> None:
    """NF4 (Dettmers et al. 2023, section 3): 16 values a block of 64, each block scaled to its largest; products of what they stand for.

    So wide, because bitsandbytes' code for CPUs rounds the weights of smaller layers far worse than it says.
    """
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    bert = loaded(make_tiny_model(tmp_path / "wide", layers=2, hidden=256))
    found = tuned(bert, QLORA, recipe=STRONG)
    assert found.curve[-1].loss < found.curve[0].loss
    held = {
        name.removesuffix(".base_layer"): layer for name, layer in found.model.base_model.named_modules() if isinstance(layer, Linear4bit)
    }
    assert len(held) == 12
    meant = {name: dequantize_4bit(layer.weight.data, layer.weight.quant_state) for name, layer in held.items()}
    for name, weight in meant.items():
        exact = bert.weights[f"{name}.weight"]
        blocks = (weight.reshape(-1, 64) / weight.reshape(-1, 64).abs().amax(1, keepdim=True)).round(decimals=4)
        assert len(blocks.unique()) <= 16
        assert 0.0 < float((weight - exact).norm() / exact.norm()) < 0.12
    plain = replace(
        bert, weights=bert.weights | {f"{name}.weight": weight for name, weight in meant.items()}, adapters=found.encoder.adapters
    )
    model = with_head(
        plain, transformers.AutoModelForSequenceClassification, VocabularyCut.whole(len(bert.table.base)), 0, labels=3, dropout=0.0
    )
    model.load_state_dict(dict(found.head), strict=False)
    model = pack(adapt(model, plain, CPU, "float32"), CPU)
    torch.testing.assert_close(logits(model, plain), logits(found.model, found.encoder), atol=1e-4, rtol=1e-3)


def test_in_4_bits_a_chain_is_the_same_after_reload(bert: Encoder, tmp_path: Path) -> None:
    chain = tuned(tuned(bert, QLORA, recipe=STRONG).encoder, QLORA, recipe=STRONG, seeds=replace(SEEDS, seed=2))
    save_checkpoint(chain.encoder, tmp_path)
    assert (tmp_path / "adapters.safetensors").stat().st_size < 60_000
    again = load_checkpoint(tmp_path, replace(bert, bits=4))
    model = with_head(
        again, transformers.AutoModelForSequenceClassification, VocabularyCut.whole(len(bert.table.base)), 0, labels=3, dropout=None
    )
    model.load_state_dict(dict(chain.head), strict=False)
    assert torch.equal(logits(pack(adapt(model, again, CPU, "float32"), CPU), again), logits(chain.model, chain.encoder))
    passages = [Passage("1", "the cat sleeps", "en")]
    protocol = Protocol(layer="last", pooling="mean", prefix="")
    assert torch.equal(sentence_encoder(again, passages, protocol, CPU), sentence_encoder(chain.encoder, passages, protocol, CPU))
    low = tuned(bert, QLORA, recipe=replace(STRONG, precision="bfloat16"))
    assert [step.loss for step in low.curve] == pytest.approx([step.loss for step in tuned(bert, QLORA, recipe=STRONG).curve], abs=0.05)


def test_without_bitsandbytes_it_says_how_to_get_it(bert: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(StiltsReportError, match="weights in 4 bits need the package bitsandbytes"):
        tuned(bert, QLORA)


@pytest.mark.parametrize("method", ["lora", "dora"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_is_adapted(name: str, method: Any, tmp_path: Path) -> None:
    """Adapters beside every linear layer of its blocks, as many weights as the arithmetic says; the same after reload."""
    encoder = loaded(make_architecture(tmp_path / name, name))
    adaptation = Adaptation(method, rank=4, alpha=8.0)
    found = tuned(encoder, adaptation, recipe=STRONG)
    (adapter,) = found.encoder.adapters
    assert sum(value.numel() for value in adapter.factors.values()) == trained_parameters(
        architecture(encoder.config.to_dict()), adaptation
    )
    assert all(bool(value.abs().sum() > 0) for key, value in adapter.factors.items() if not key.endswith("key_proj.lora_B"))
    save_checkpoint(found.encoder, tmp_path)
    again = load_checkpoint(tmp_path, encoder)
    model = with_head(
        again, transformers.AutoModelForSequenceClassification, VocabularyCut.whole(len(encoder.table.base)), 0, labels=3, dropout=None
    )
    missing, unknown = model.load_state_dict(dict(found.head), strict=False)
    assert not unknown
    assert missing
    model = pack(adapt(model, again, CPU, "float32"), CPU)
    assert torch.equal(logits(model, again), logits(found.model, found.encoder))
