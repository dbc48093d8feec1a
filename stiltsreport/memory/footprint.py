"""The memory of one training at its peak, part by part, by arithmetic over the model's sizes and what the training does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.memory.activations import activation_bytes, input_bytes
from stiltsreport.model_arithmetic import Architecture

Optimizer = Literal["adamw", "adamw-8bit"]
ROWS = 60_000  # of the embedding table that a job meets, at most: the others are cut off
MOMENTS: dict[Optimizer, float] = {"adamw": 8.0, "adamw-8bit": 2.0 + 2 * 4 / 256}  # bytes a trained weight; of 8 bits with a scale for 256
FOUR_BITS = (4 + 0.127) / 8  # bytes of a weight in 4 bits, its scales quantised too (Dettmers et al. 2023, arXiv 2305.14314, section 3)
LARGE = 2 * 2**30  # bytes of a checkpoint from which its weights stay in its files until they are asked for
RUNTIME = 550_000_000  # Python, torch, transformers and their working space
ADAPTERS = 60_000_000  # peft, which is imported where adapters are
GPU_RUNTIME = 1_500_000_000  # CUDA's context, and what its libraries keep to work in
_WIDE_LOGITS = 10  # bytes of a value of logits over a vocabulary: in bfloat16, in float32 for the softmax, and its gradient


@dataclass(frozen=True)
class Setting:
    """How a model is trained, as far as memory depends on it.

    `half`: bfloat16 products. `tokens` go through the layers at once, each attending to `context`; `rows` of the embedding table are met.
    `recompute`: activations are computed again on the way back. `devices` share what is trained, and its states. `offload`: what is trained
    and its states lie in the host's memory. `keeps_best`: a copy of the best checkpoint so far, which beside a GPU is the host's to keep.
    `accumulates`: a batch goes through in several pieces. `predicted`: tokens at once whose logits are over all rows, in masked language
    modelling.
    """

    gpu: bool
    half: bool
    tokens: int
    context: float
    adaptation: Adaptation = FULL
    optimizer: Optimizer = "adamw"
    rows: int = ROWS
    recompute: bool = False
    devices: int = 1
    offload: bool = False
    keeps_best: bool = True
    accumulates: bool = False
    predicted: int = 0


@dataclass(frozen=True)
class Footprint:
    """Bytes of one device at its peak, by part.

    `working`: the most that gradients, bfloat16 copies and activations take at one time of a step. `host`: of the machine's own memory
    beside a GPU; on a CPU all is one, and it is 0.
    """

    weights: float
    copies: float
    gradients: float
    moments: float
    kept: float
    activations: float
    working: float
    runtime: float
    handed_on: float = 0.0
    host: float = 0.0

    @property
    def fixed(self) -> float:
        """All that does not depend on how many tokens go through at once, gradients and copies there at the same time."""
        return self.weights + self.copies + self.gradients + self.moments + self.kept + self.runtime

    @property
    def peak(self) -> float:
        """In a step, or at the end on a CPU, when gradients are gone and what was trained is handed on."""
        return self.weights + self.moments + self.kept + self.runtime + max(self.working, self.copies + self.handed_on)


def trained_parameters(model: Architecture, adaptation: Adaptation = FULL, rows: int = ROWS) -> int:
    """Weights that are trained, without the head: all with the table cut to the `rows` that are met, or the adapters alone.

    An adapter of rank r has r * (inputs + outputs) weights (Hu et al. 2021, arXiv 2106.09685), DoRA's one an output beside (Liu et al.
    2024, arXiv 2402.09353, section 4).
    """
    if adaptation.method == "full":
        return model.parameters - model.embedding_parameters + min(model.vocabulary, rows) * model.table_width
    if not adaptation.low_rank:
        return 0
    more = adaptation.method == "dora"
    chosen = [one for name, one in model.named_linears if adaptation.stands_beside(name)]
    return sum(adaptation.rank * (one.inputs + one.outputs) + more * one.outputs for one in chosen)


def head_parameters(model: Architecture) -> int:
    """Of the largest head of the usual ones: a map of the width and one to the classes."""
    return model.hidden * (model.hidden + 1)


def footprint(model: Architecture, setting: Setting) -> Footprint:
    """The parts of a training's memory.

    Weights that train are float32, with a bfloat16 copy of those that are multiplied with where products are in bfloat16. Those that do not
    are held as they are multiplied with on a GPU, or in 4 bits; tables and norms are float32.
    """
    trained = trained_parameters(model, setting.adaptation, setting.rows) + head_parameters(model)
    share = trained / setting.devices
    on_device = 0.0 if setting.offload else 1.0
    full = setting.adaptation.method == "full"
    weights = on_device * 4.0 * share + frozen_bytes(model, setting) / setting.devices
    cast = setting.half and (full or not setting.gpu) and not setting.adaptation.bits  # beside a GPU frozen maps are bfloat16 themselves
    copies = 2.0 * model.products / (setting.devices if full else 1) if cast else 0.0
    gathered = 2 * _layer(model) * (2.0 if setting.half else 4.0) if setting.devices > 1 or setting.offload else 0.0
    host = _host(model, setting, trained)
    gradients = on_device * 4.0 * share
    layer = setting.tokens * activation_bytes(model, setting.context, setting.adaptation, gpu=setting.gpu, half=setting.half)
    activations = setting.tokens * token_bytes(model, setting) + _WIDE_LOGITS * setting.predicted * setting.rows
    return Footprint(
        weights=weights + gathered + (0.0 if setting.gpu else host),
        copies=copies,
        gradients=gradients,
        moments=on_device * MOMENTS[setting.optimizer] * share,
        kept=4.0 * share if setting.keeps_best and not setting.gpu else 0.0,
        activations=activations,
        working=_working(setting, gradients, copies, activations, layer),
        runtime=GPU_RUNTIME if setting.gpu else RUNTIME + (ADAPTERS if setting.adaptation.low_rank else 0),
        handed_on=0.0 if setting.gpu else 4.0 * trained,
        host=host + RUNTIME if setting.gpu else 0.0,
    )


def _working(setting: Setting, gradients: float, copies: float, activations: float, layer: float) -> float:
    """The most that they take together. On the way back gradients come as activations and copies go, from the last layer to the first.

    A CPU's allocator hands out anew what has the same size and keeps the rest: there all count together, and what one layer passes back. So
    they do from a batch's second piece on, whose activations come beside the gradients of the first.
    """
    if not setting.gpu:
        return gradients + copies + activations + layer
    if not setting.recompute:
        ahead = copies + activations
        return gradients + ahead if setting.accumulates else max(ahead, gradients)
    inputs = activations - layer
    at_once = max(copies + inputs, activations)
    return gradients + at_once if setting.accumulates else max(at_once, gradients + layer)


def token_bytes(model: Architecture, setting: Setting) -> float:
    """Bytes that a token leaves behind in all layers, and what the embeddings and the head keep.

    Where layers are computed again, one layer's are held at a time.
    """
    layer = activation_bytes(model, setting.context, setting.adaptation, gpu=setting.gpu, half=setting.half)
    ends = 3 * 4.0 * model.hidden  # the norm of the embeddings, the states that the head reads, and their gradient
    if setting.recompute:
        return layer + model.layers * input_bytes(model, setting.adaptation, gpu=setting.gpu, half=setting.half) + ends
    return layer * model.layers + ends


def frozen_bytes(model: Architecture, setting: Setting) -> float:
    """Bytes of the weights that do not train, as a device holds them."""
    if setting.adaptation.method == "full":
        return 0.0
    width = FOUR_BITS if setting.adaptation.bits else 2.0 if setting.half and setting.gpu and setting.adaptation.low_rank else 4.0
    return _frozen(model, setting, width)


def _frozen(model: Architecture, setting: Setting, width: float) -> float:
    """Bytes of the weights that do not train, those of the layers' maps in `width` bytes, tables and norms in float32."""
    others = model.parameters - model.embedding_parameters - model.products + min(model.vocabulary, setting.rows) * model.table_width
    return 4.0 * others + width * model.products


def _host(model: Architecture, setting: Setting, trained: float) -> float:
    """The pretrained weights, from which every training starts; of a large checkpoint the table alone is held.

    Beside a GPU the larger of two comes on top: the model as it is made for the GPU, or what is offloaded and the best checkpoint. LoRA's
    frozen maps are made in bfloat16; those of DoRA and of 4 bits, and what is shared out or offloaded, are whole until they leave.
    """
    pretrained = 4.0 * (model.parameters if 4 * model.parameters < LARGE else model.embedding_parameters)
    away = trained * (8.0 + MOMENTS[setting.optimizer]) if setting.offload else 0.0
    if not setting.gpu:
        return pretrained + away
    alone = setting.devices == 1 and not setting.offload
    low = alone and setting.half and setting.adaptation.method == "lora" and not setting.adaptation.bits
    frozen = 0.0 if setting.adaptation.method == "full" else _frozen(model, setting, 2.0 if low else 4.0)
    return pretrained + max(frozen + 4.0 * trained, away + (4.0 * trained if setting.keeps_best else 0.0))


def _layer(model: Architecture) -> float:
    return sum(linear.parameters for linear in model.linears) + model.beside
