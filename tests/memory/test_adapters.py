"""What adapters keep for the way back and hold in memory, against real adapters in real models."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import torch
import transformers
from torch import Tensor

from stiltsreport.adaptation import Adaptation
from stiltsreport.memory import Setting, activation_bytes, footprint, trained_parameters
from stiltsreport.model_arithmetic import architecture
from stiltsreport.modeling.adapted import lower
from stiltsreport.modeling.packed import Packing, is_packed, pack
from stiltsreport.modeling.packed.masks import Masks
from stiltsreport.modeling.task_types.sentence_vectors import layers_of
from tests.memory.test_activations import CPU, FAMILIES, LENGTH, ROWS, TOKENS, UNSEEN

peft = pytest.importorskip("peft")
RANK = 2


def adapted(family: str, layers: int, *, dora: bool, low: bool) -> tuple[Any, Any]:
    depth = "num_layers" if family == "mt5" else "num_hidden_layers"
    config = transformers.AutoConfig.for_model(family, pad_token_id=0, use_cache=False, **FAMILIES[family], **{depth: layers})
    model: Any = transformers.MT5EncoderModel(config) if family == "mt5" else transformers.AutoModel.from_config(config)
    inside = {id(module) for layer in layers_of(model) for module in layer.modules() if isinstance(module, torch.nn.Linear)}
    names = [name for name, module in model.named_modules() if id(module) in inside]
    for value in model.parameters():
        value.requires_grad_(False)
    model = peft.inject_adapter_in_model(peft.LoraConfig(r=RANK, target_modules=names, use_dora=dora), model.train())
    if low:
        lower(layers_of(model))
    return model, architecture(json.loads(config.to_json_string()))


def kept(family: str, layers: int, *, dora: bool, half: bool) -> int:
    model, _ = adapted(family, layers, dora=dora, low=half)
    model = pack(model, CPU)
    lengths = (LENGTH,) * ROWS
    more = {"packing": Packing.of(lengths, CPU, Masks((1, 2), [(row,) for row in range(ROWS)], lengths))} if is_packed(model) else {}
    own = {value.untyped_storage().data_ptr() for value in (*model.parameters(), *model.buffers())}
    found: dict[int, int] = {}

    def keep(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in own:
            found[storage.data_ptr()] = storage.nbytes()
        return value

    ids = torch.randint(5, 900, (ROWS, LENGTH))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value), torch.autocast("cpu", torch.bfloat16, enabled=half):
        model(input_ids=ids, attention_mask=torch.ones_like(ids), **more)
    return sum(found.values())


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("method", ["lora", "dora"])
@pytest.mark.parametrize("family", ["xlm-roberta", "modernbert", "llama", "mt5"])
def test_a_layer_with_adapters_keeps_what_is_counted(family: str, method: Any, half: bool):
    counted = [kept(family, layers, dora=method == "dora", half=half) for layers in (4, 5)]
    _, sizes = adapted(family, 1, dora=False, low=False)
    expected = activation_bytes(sizes, LENGTH, Adaptation(method, rank=RANK), gpu=False, half=half) - UNSEEN.get(family, 0)
    assert (counted[1] - counted[0]) / TOKENS == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize("method", ["lora", "dora"])
@pytest.mark.parametrize("family", ["xlm-roberta", "deberta-v2", "modernbert", "qwen3", "mt5"])
def test_adapters_are_as_many_weights_as_peft_makes(family: str, method: Any):
    model, sizes = adapted(family, 3, dora=method == "dora", low=False)
    trained = sum(value.numel() for value in model.parameters() if value.requires_grad)
    assert trained_parameters(sizes, Adaptation(method, rank=RANK)) == trained


def test_frozen_maps_are_bfloat16_beside_a_gpu_alone():
    model, sizes = adapted("xlm-roberta", 3, dora=False, low=True)
    setting = Setting(gpu=True, half=True, tokens=0, context=10, adaptation=Adaptation("lora", rank=RANK), rows=10**6)
    held = sum(value.nbytes for value in model.parameters() if not value.requires_grad)
    head = 4 * 96 * 97
    assert footprint(sizes, setting).weights - 4 * trained_parameters(sizes, setting.adaptation) - head == pytest.approx(held, rel=0.01)
    assert footprint(sizes, setting).copies == 0
    assert footprint(sizes, replace(setting, gpu=False)).copies == 2 * sizes.products
    frozen = replace(setting, adaptation=Adaptation("frozen"), tokens=100)
    assert footprint(sizes, frozen).moments == 2 * head
    assert footprint(sizes, frozen).activations < 0.2 * footprint(sizes, replace(setting, tokens=100)).activations
