"""Adapter: what a training left beside the weights of an encoder, as an artifact of its own; and how it goes into them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from stiltsreport.adaptation import Adaptation

TENSORS, CONFIG = "adapters.safetensors", "adapters.json"
A, B, MAGNITUDE = "lora_A", "lora_B", "magnitude"


@dataclass(frozen=True)
class Adapter:
    """The factors of every adapted layer by LAYER.lora_A (rank, inputs), LAYER.lora_B (outputs, rank), LAYER.magnitude (outputs; DoRA's).

    All are float32 and on the CPU. `whole`: weights of the encoder that were trained themselves, by name (a pooler, which belongs to the
    head). `merged`: what was trained after it began with it in the weights.
    """

    adaptation: Adaptation
    factors: Mapping[str, Tensor]
    whole: Mapping[str, Tensor]
    merged: bool = False

    @property
    def layers(self) -> list[str]:
        """The names of the adapted layers."""
        return [name.removesuffix(f".{A}") for name in self.factors if name.endswith(f".{A}")]

    @property
    def scaling(self) -> float:
        """What the product of its factors is multiplied with."""
        return self.adaptation.alpha / self.adaptation.rank

    def into(self, name: str, weight: Tensor) -> Tensor:
        """The weight (outputs, inputs) of a layer with the adapter in it: W + s B A; DoRA's, each row as long as its magnitude says.

        That of a layer without an adapter stays what it is.
        """
        if f"{name}.{A}" not in self.factors:
            return weight
        whole = weight.float() + self.factors[f"{name}.{B}"] @ self.factors[f"{name}.{A}"] * self.scaling
        magnitude = self.factors.get(f"{name}.{MAGNITUDE}")
        return whole if magnitude is None else whole * (magnitude / torch.linalg.vector_norm(whole, dim=1)).unsqueeze(1)

    def merge_into(self, base: nn.Module) -> None:
        """Put it into the weights of a model without a head, which lie on the CPU and are not adapted yet."""
        with torch.no_grad():
            for name in self.layers:
                weight: Any = base.get_submodule(name).weight
                weight.copy_(self.into(name, weight))


def save_adapters(adapters: Sequence[Adapter], folder: Path) -> None:
    """adapters.safetensors, and adapters.json with what each is; nothing of the weights that they stand beside."""
    tensors = {f"{place}/factors/{name}": value.contiguous() for place, one in enumerate(adapters) for name, value in one.factors.items()}
    tensors |= {f"{place}/whole/{name}": value.contiguous() for place, one in enumerate(adapters) for name, value in one.whole.items()}
    save_file(tensors, folder / TENSORS)
    config = [{**asdict(one.adaptation), "merged": one.merged} for one in adapters]
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def load_adapters(folder: Path) -> tuple[Adapter, ...]:
    """What `save_adapters` wrote, in order."""
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    found: list[dict[str, dict[str, Tensor]]] = [{"factors": {}, "whole": {}} for _ in config]
    with safe_open(folder / TENSORS, framework="pt") as stored:
        for key in stored.keys():  # noqa: SIM118 - it is no dict
            place, kind, name = key.split("/", 2)
            found[int(place)][kind][name] = stored.get_tensor(key)
    return tuple(
        Adapter(_adaptation(one), parts["factors"], parts["whole"], one["merged"]) for one, parts in zip(config, found, strict=True)
    )


def _adaptation(config: Mapping[str, Any]) -> Adaptation:
    values = {name: value for name, value in config.items() if name != "merged"}
    return Adaptation(**{**values, "targets": tuple(values["targets"])})


def is_factor(name: str) -> bool:
    """Whether a parameter of a model is an adapter's, as peft names them."""
    return ".lora_" in name


def plain_name(name: str) -> str:
    """A parameter's name in the model without adapters; what a weight in few bits needs beside it has the name of that weight.

    >>> plain_name("layer.0.query.base_layer.weight.absmax"), plain_name("layer.0.query.bias")
    ('layer.0.query.weight', 'layer.0.query.bias')
    """
    first, weight, _ = name.replace(".base_layer.", ".").partition(".weight.")
    return first + weight.removesuffix(".")
