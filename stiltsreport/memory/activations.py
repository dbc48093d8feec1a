"""What a token leaves behind in the layers for the way back, in bytes, by whose layers they are: what each operation of a layer keeps.

Korthikanti et al. 2022 (Reducing Activation Recomputation in Large Transformer Models, arXiv 2205.05198, section 4.1) count 34 bytes a
token, layer and unit of width in half precision for a layer of GPT's kind, without attention probabilities. Autocast keeps more, since
norms work in float32 and each map has a cast copy of its input; gated layers and norms of queries and keys keep more again. The numbers
are sums over the layers' code; a test counts the tensors that autograd really keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.architectures import Layers, record_of
from stiltsreport.model_arithmetic import Architecture

# How a layer computes: on packed tokens, on padded ones by transformers' own code, or written out for bfloat16 on a CPU.
Way = Literal["packed", "padded", "written out"]


@dataclass(frozen=True)
class Kept:
    """Bytes a token and layer for each value of the feed-forward's inside, of the width, of the query heads, of the key and value heads.

    `square`: for each head and token that is attended to, where no fused kernel makes it needless.
    """

    inner: float
    hidden: float
    query: float = 0.0
    shared: float = 0.0
    square: float = 0.0


_MASK = 1  # byte of a value that dropout drops or keeps
# (float32, bfloat16 by autocast); None: of layers that nobody has counted
_KEPT: dict[Layers | None, tuple[Kept, Kept]] = {
    "BERT": (Kept(8, 32 + 2 * _MASK, square=4 + _MASK), Kept(4, 24 + 2 * _MASK, square=2 + _MASK)),
    "DeBERTa": (Kept(8, 71.7, square=10.5), Kept(4, 43.7, square=5.5)),
    "ModernBERT": (Kept(16, 40, square=4), Kept(8, 24, square=2)),
    "Llama": (Kept(16, 24, query=16, square=4), Kept(8, 26, query=8, square=2)),
    "Qwen 3": (Kept(16, 24.5, query=24, shared=8, square=4), Kept(8, 26.5, query=14, shared=6, square=2)),
    "Gemma 3": (Kept(16, 40.7, query=24, shared=8, square=4), Kept(8, 42.7, query=16, shared=8, square=2)),
    "T5": (Kept(32, 32, query=16, square=12), Kept(16, 30, query=14, square=12)),
    None: (Kept(16, 41, query=16, square=12), Kept(8, 43, query=12, square=12)),
}
_LOW = Kept(4, 20, square=4)  # of layers that are written out: all in bfloat16


def way_of(family: str, *, gpu: bool, half: bool, adaptation: Adaptation = FULL) -> Way:
    """How a family's layers compute there; those with adapters by transformers' own code."""
    if not gpu and half and record_of(family).written_out and not adaptation.low_rank:
        return "written out"
    return "packed" if record_of(family).packable else "padded"


def activation_bytes(model: Architecture, context: float, adaptation: Adaptation = FULL, *, gpu: bool, half: bool) -> float:
    """Bytes that a token leaves behind in one layer; `context`: tokens that it attends to.

    On a GPU fused kernels keep no probabilities, but for families whose attention has a bias of its own (T5, DeBERTa). LoRA keeps within
    2 % of what full fine-tuning does: the adapters read the same inputs. DoRA keeps two more values of every output. With the head alone
    training nothing is kept.
    """
    if adaptation.method == "frozen":
        return 0.0
    way = way_of(model.family, gpu=gpu, half=half, adaptation=adaptation)
    kept = _LOW if way == "written out" else _KEPT[record_of(model.family).layers][1 if half else 0]
    attended = min(context, model.window) if model.window else context
    fused = gpu and way == "packed"
    return (
        kept.inner * model.intermediate
        + kept.hidden * model.hidden
        + kept.query * model.heads * model.head_size
        + kept.shared * model.key_value_heads * model.head_size
        + (0.0 if fused else kept.square * model.heads * attended)
        + (2 * (2 if half else 4) * sum(linear.outputs for linear in model.linears) if adaptation.method == "dora" else 0.0)
    )


def input_bytes(model: Architecture, adaptation: Adaptation = FULL, *, gpu: bool, half: bool) -> float:
    """Bytes of a token's input of one layer, which is all that is kept of it where layers are computed again."""
    way = way_of(model.family, gpu=gpu, half=half, adaptation=adaptation)
    return 0.0 if adaptation.method == "frozen" else float(model.hidden * (2 if way == "written out" else 4))
