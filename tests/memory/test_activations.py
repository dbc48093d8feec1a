"""What a layer keeps for the way back: the arithmetic against the tensors that autograd keeps, counted family by family."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
import transformers
from torch import Tensor

from stiltsreport.memory.activations import activation_bytes, input_bytes, way_of
from stiltsreport.model_arithmetic import Architecture, architecture
from stiltsreport.modeling.packed import Packing, is_packed, pack
from stiltsreport.modeling.packed.masks import Masks
from stiltsreport.modeling.room import recompute

CPU = torch.device("cpu")
SIZES = {"vocab_size": 997, "hidden_size": 96, "num_attention_heads": 6, "intermediate_size": 200}
ROTARY = {**SIZES, "num_key_value_heads": 2, "head_dim": 32}
RELATIVE = {
    "relative_attention": True,
    "pos_att_type": "p2c|c2p",
    "norm_rel_ebd": "layer_norm",
    "position_biased_input": False,
    "share_att_key": True,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "bert": SIZES,
    "xlm-roberta": SIZES,
    "xlm-roberta-xl": SIZES,
    "deberta-v2": {**SIZES, **RELATIVE, "position_buckets": 16, "type_vocab_size": 0},
    "modernbert": SIZES,
    "eurobert": {**ROTARY, "head_dim": 16},
    "llama": ROTARY,
    "qwen3": ROTARY,
    "gemma3_text": ROTARY,
    "mt5": {"vocab_size": 997, "d_model": 96, "d_ff": 200, "d_kv": 32, "num_heads": 6},
}
ROWS, LENGTH = 16, 64
TOKENS = ROWS * LENGTH
# Bytes of a value of dropout's masks that keyed dropout keeps outside autograd: two of the width, and one of the probabilities.
UNSEEN = dict.fromkeys(("bert", "xlm-roberta", "xlm-roberta-xl"), 2 * 96 + 6 * LENGTH)


def passed(family: str, layers: int, *, half: bool, again: bool = False) -> tuple[Any, list[Tensor], Architecture]:
    """A model, what comes out of a pass with the tensors that autograd keeps of it, and the sizes."""
    depth = "num_layers" if family == "mt5" else "num_hidden_layers"
    config = transformers.AutoConfig.for_model(family, pad_token_id=0, use_cache=False, **FAMILIES[family], **{depth: layers})
    torch.manual_seed(0)
    model: Any = transformers.MT5EncoderModel(config) if family == "mt5" else transformers.AutoModel.from_config(config)
    model = pack(model.train(), CPU)
    if again:
        recompute(model)
    ids = torch.randint(5, 900, (ROWS, LENGTH))
    more = {}
    if is_packed(model):
        lengths = (LENGTH,) * ROWS
        more["packing"] = Packing.of(lengths, CPU, Masks((1, 2), [(row,) for row in range(ROWS)], lengths))
    found: list[Tensor] = []

    def keep(value: Tensor) -> Tensor:
        found.append(value)
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value), torch.autocast("cpu", torch.bfloat16, enabled=half):
        output = model(input_ids=ids, attention_mask=torch.ones_like(ids), **more).last_hidden_state
    return (model, output), found, architecture(json.loads(config.to_json_string()))


def kept(family: str, layers: int, *, half: bool, again: bool = False) -> tuple[int, Architecture]:
    """Bytes of all tensors that are kept of a pass, each storage once, without weights, and what they are of."""
    (model, _), found, sizes = passed(family, layers, half=half, again=again)
    storages = {value.untyped_storage().data_ptr(): value.untyped_storage().nbytes() for value in found}
    for value in (*model.parameters(), *model.buffers()):
        storages.pop(value.untyped_storage().data_ptr(), None)
    return sum(storages.values()), sizes


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_layer_keeps_what_is_counted(family: str, half: bool):
    written_out = way_of(family, gpu=False, half=half) == "written out"
    shallow, _ = kept(family, 4, half=half)
    deep, sizes = kept(family, 5, half=half)
    cast = 2 * sizes.products / sizes.layers if half and not written_out else 0.0  # copies of the weights, which footprints count apart
    seen = (deep - shallow - cast) / TOKENS
    expected = activation_bytes(sizes, LENGTH, gpu=False, half=half) - (0 if written_out else UNSEEN.get(family, 0))
    assert seen == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize(("family", "half"), [("xlm-roberta-xl", False), ("xlm-roberta", True)])
def test_what_is_computed_again_keeps_its_input_alone(family: str, half: bool):
    """The second is written out: what it keeps, too, is for autograd to see, and to let go."""
    shallow, _ = kept(family, 4, half=half, again=True)
    deep, sizes = kept(family, 5, half=half, again=True)
    assert (deep - shallow) / TOKENS == pytest.approx(input_bytes(sizes, gpu=False, half=half), rel=0.06)


def test_fused_kernels_keep_no_probabilities():
    """34 bytes in half precision (Korthikanti et al. 2022, section 4.1) and 8 that autocast adds: norms of float32, an input cast thrice."""
    sizes = architecture({"model_type": "xlm-roberta", **SIZES, "intermediate_size": 4 * 96, "num_hidden_layers": 2})
    assert activation_bytes(sizes, 512, gpu=True, half=True) == (34 + 8) * 96
    assert activation_bytes(sizes, 512, gpu=False, half=False) > activation_bytes(sizes, 10, gpu=False, half=False)


@pytest.mark.parametrize("family", ["eurobert", "llama", "qwen3", "gemma3_text"])
def test_rotary_layers_go_back_in_bfloat16(family: str):
    """Rotary positions are float32: queries and keys come in another precision than values, and are brought to theirs."""
    (model, output), _, _ = passed(family, 2, half=True)
    output.float().square().sum().backward()
    found = [value.grad for value in model.parameters() if value.grad is not None]
    assert found
    assert all(bool(grad.isfinite().all()) and float(grad.abs().sum()) > 0 for grad in found if grad.dim() > 1)
