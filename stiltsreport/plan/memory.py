"""Whether a model's trainings fit a device, how their batches go through it, and what would make them fit: by arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.errors import StiltsReportError
from stiltsreport.memory import (
    CPU_TOKENS,
    GPU_TOKENS,
    Footprint,
    MemoryPlan,
    Optimizer,
    Recompute,
    Setting,
    footprint,
    memory_plan,
    trained_parameters,
)
from stiltsreport.model_arithmetic import Architecture
from stiltsreport.models import Model
from stiltsreport.plan.devices import HOST_SHARE, Device
from stiltsreport.plan.figure import UNKNOWN, Figure
from stiltsreport.plan.jobs import Part, Train
from stiltsreport.recipes import Precision, Recipe
from stiltsreport.study.architectures import architecture_of

BATCH_TOKENS = 8_192  # 32 examples of 256 tokens, 21 of 384
EXAMPLE_TOKENS = 1_024  # the longest example: four choices of 256
CONTEXT = 256  # tokens of the longest rows, by which a batch's memory goes
_SHARES = (2, 4, 8)  # devices that a job may be spread over


@dataclass(frozen=True)
class Demand:
    """What the trainings of one model ask of a device's memory. `batch` tokens a step at most, `example` of its longest example.

    The latter is of a whole batch where that is not cut.
    """

    precision: Precision = "float32"
    batch: int = BATCH_TOKENS
    example: int = EXAMPLE_TOKENS
    context: int = CONTEXT
    optimizer: Optimizer = "adamw"
    recompute: Recompute = "auto"
    offload: bool = False
    keeps_best: bool = True
    adaptation: Adaptation = FULL
    devices: int = 1

    @classmethod
    def of(cls, train: Train, precision: Precision) -> Demand:
        """That of one training."""
        recipe = train.recipe
        return cls(
            precision, max(_example(part) * part.recipe.batch_size for part in train.parts), max(map(_at_once, train.parts)),
            max(map(_row, train.parts)), recipe.optimizer, recipe.recompute, recipe.offload == "cpu", _keeps_best(recipe), train.adaptation,
        )  # fmt: skip

    @property
    def divisible(self) -> bool:
        """Whether what is trained can be shared out over devices, or lie in the host's memory: not in 8 or 4 bits, which stay whole."""
        return self.optimizer == "adamw" and self.adaptation.bits is None

    def setting(self, device: Device, tokens: int, *, again: bool = False) -> Setting:
        """The same as the arithmetic has it."""
        return Setting(
            gpu=device.gpu, half=self.precision == "bfloat16", tokens=tokens, context=self.context, adaptation=self.adaptation,
            optimizer=self.optimizer, recompute=again, devices=self.devices, offload=self.offload, keeps_best=self.keeps_best,
        )  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """How a model's trainings go through a device: pieces of so many tokens, whether layers are computed again, and bytes by part.

    `fits` is None where the device's memory is not known.
    """

    pieces: MemoryPlan
    footprint: Footprint
    fits: bool | None


def placed(model: Model, device: Device, demand: Demand) -> Placed | None:
    """The model on that device, in pieces as large as fit; None for a model whose sizes are not known."""
    sizes = architecture_of(model)
    return None if sizes is None else _placed(sizes, device, demand)


def peak_memory(model: Model, device: Device, precision: Precision = "float32", batch_tokens: int = BATCH_TOKENS) -> Figure:
    """Bytes that a training of the model takes at its peak: on the GPU, or in all on a CPU. Unknown for a model whose sizes are not."""
    found = placed(model, device, Demand(precision, batch_tokens, adaptation=model.adaptation))
    return UNKNOWN if found is None else Figure(found.footprint.peak, "estimated", "arithmetic over the model's sizes")


def fits(model: Model, device: Device, precision: Precision = "float32", batch_tokens: int = BATCH_TOKENS) -> bool | None:
    """Whether training the model fits the device's memory; None where one of the two is not known."""
    found = placed(model, device, Demand(precision, batch_tokens, adaptation=model.adaptation))
    return None if found is None else found.fits


def remedies(model: Model, device: Device, demand: Demand) -> list[str]:
    """What would make a model fit that does not, the cheapest in time first: each that is enough by itself."""
    sizes = architecture_of(model)
    if sizes is None or device.memory is None:
        return []
    gentle = list(_gentle(demand, device))
    arms = list(_arms(demand, device))
    divided = _SHARES if device.gpu and demand.divisible else ()
    spread = [(f"{count} devices a job", replace(demand, devices=count)) for count in divided if count > demand.devices]
    away = [(_away(sizes, device, demand), replace(demand, offload=True))] if divided and not demand.offload else []

    def enough(choices: Iterable[tuple[str, Demand]]) -> list[str]:
        return [words for words, changed in choices if _placed(sizes, device, changed).fits]

    return [*enough(gentle), *enough(arms), *enough(spread)[:1], *enough(away)]


def _away(sizes: Architecture, device: Device, demand: Demand) -> str:
    """The entry, and what it takes of a machine whose memory is not known."""
    host = footprint(sizes, replace(demand, offload=True).setting(device, demand.example)).host
    return "offload: cpu" if device.host is not None else f"offload: cpu in a machine with {host / 1e9 / HOST_SHARE:.0f} GB"


def trained(model: Model) -> int:
    """Weights that are trained, without the head; 0 where the model's sizes are not known."""
    sizes = architecture_of(model)
    return 0 if sizes is None else trained_parameters(sizes, model.adaptation)


def checkpoint_bytes(model: Model) -> Figure:
    """Bytes of a stored checkpoint: all that was trained, of the table the changed rows alone; of a frozen encoder the intermediate one."""
    sizes = architecture_of(model)
    number = 0 if sizes is None else trained_parameters(sizes, model.adaptation.at("intermediate"))
    return Figure(4.0 * number, "estimated", "arithmetic over the model's sizes") if model.parameters else UNKNOWN


def state_bytes(model: Model) -> Figure:
    """Bytes at most of a training's state on the disk: what is trained, its two moments, and the best checkpoint so far, in float32."""
    checkpoint = checkpoint_bytes(model)
    return Figure(checkpoint.value and 4 * checkpoint.value, checkpoint.basis, checkpoint.source)


def _placed(sizes: Architecture, device: Device, demand: Demand) -> Placed:
    most = GPU_TOKENS if device.gpu else CPU_TOKENS[demand.precision]
    whole = min(demand.batch, most)
    if not device.gpu or device.memory is None:
        again = demand.recompute == "always"
        found = footprint(sizes, demand.setting(device, whole, again=again))
        return Placed(MemoryPlan(most, again), found, None if device.memory is None else found.peak <= device.memory * device.shares)
    example = footprint(sizes, demand.setting(device, demand.example, again=demand.recompute != "never"))
    free = device.memory * device.shares - example.fixed
    try:
        setting = demand.setting(device, demand.example)
        pieces = memory_plan(free, sizes, setting, demand.example, most, demand.recompute)
    except StiltsReportError:
        return Placed(MemoryPlan(demand.example, demand.recompute != "never"), example, fits=False)
    setting = replace(demand.setting(device, min(whole, pieces.tokens), again=pieces.recompute), accumulates=pieces.tokens < whole)
    found = footprint(sizes, setting)
    return Placed(pieces, found, fits=not lacks_host(device, found))


def lacks_host(device: Device, found: Footprint) -> bool:
    """Whether the machine beside a GPU has too little memory of its own: for what every training starts from, and what is offloaded."""
    return device.host is not None and found.host > device.host * HOST_SHARE


def _gentle(demand: Demand, device: Device) -> Iterator[tuple[str, Demand]]:
    """What moves numbers little or not at all."""
    if device.gpu and demand.recompute == "never":
        yield "recompute: auto", replace(demand, recompute="auto")
    if device.gpu and demand.optimizer == "adamw" and demand.adaptation.method == "full":
        yield "optimizer: adamw-8bit", replace(demand, optimizer="adamw-8bit")


def _arms(demand: Demand, device: Device) -> Iterator[tuple[str, Demand]]:
    """What is another arm of a study."""
    if demand.adaptation.method == "full":
        yield "adaptation: lora", replace(demand, adaptation=Adaptation("lora"))
    if device.gpu and demand.adaptation.method in ("full", "lora") and demand.adaptation.bits is None:
        yield "adaptation: qlora", replace(demand, adaptation=Adaptation("lora", bits=4))


def _row(part: Part) -> int:
    """Tokens of a text at most."""
    return max(part.recipe.query_length, part.recipe.passage_length) if part.form == "dual_encoder" else part.recipe.max_length


def _example(part: Part) -> int:
    """Tokens of an example as a batch counts it: a choice by itself, a query with its passage."""
    return part.recipe.query_length + part.recipe.passage_length if part.form == "dual_encoder" else part.recipe.max_length


def _at_once(part: Part) -> int:
    """Tokens that no smaller piece of a batch has: of an example, or of the whole batch where its examples are told from each other."""
    if part.form == "dual_encoder":
        return _example(part) * part.recipe.batch_size
    return _example(part) * (4 if part.form == "multiple_choice" else 1)


def _keeps_best(recipe: Recipe) -> bool:
    return recipe.selection == "best"
