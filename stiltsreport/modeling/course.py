"""The course of a training: what it has come to between two steps, and all that its next step depends on, to be taken out and put back.

Batches, masks of dropout, masked tokens and noise are drawn by seed and step and need no more than the step's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from stiltsreport.memory import MemoryPlan
from stiltsreport.modeling.checkpoint_selection import Selected, moving
from stiltsreport.modeling.distributed.shards import Rows, local, own_rows, rows_of, sharded_as
from stiltsreport.modeling.generators import generator_state, set_generator_state
from stiltsreport.modeling.loop import Step
from stiltsreport.modeling.room import Share
from stiltsreport.modeling.state_file import State

_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Resumption:
    """That a training went on from a state: after which step, which a processor or GPU of that name had taken."""

    step: int
    place: str


@dataclass
class Course:
    """Guards a training's weights, optimizer and kept checkpoint, and what is known of its steps.

    `decay`: what the rows outside the vocabulary cut were multiplied with; `spent`: seconds in steps; `plan`: how batches were to be cut.
    """

    whole: nn.Module
    optimizer: torch.optim.Optimizer
    kept: Selected
    plan: MemoryPlan
    device: torch.device
    share: Share = field(default_factory=Share)
    curve: list[Step] = field(default_factory=list)
    decay: float = 1.0
    spent: float = 0.0
    resumed: list[Resumption] = field(default_factory=list)

    @property
    def step(self) -> int:
        """How many steps are done."""
        return len(self.curve)

    def state(self) -> State:
        """All of it. Tensors are those in use: it is to be written before the next step. Of shards it has this process's rows."""
        owners = dict(self.whole.named_parameters())
        record = {
            "kept": self.kept.record(),
            "plan": asdict(self.plan),
            "share": self.share.parts,
            "decay": self.decay,
            "spent": self.spent,
            "parts": self._parts(),
            "resumed": [asdict(one) for one in self.resumed],
        }
        tensors: dict[str, Tensor | Rows] = {f"weights/{name}": _rows(value, owners.get(name)) for name, value in moving(self.whole)}
        tensors |= {f"kept/{name}": _rows(value, owners.get(name)) for name, value in self.kept.tensors().items()}
        tensors |= {f"generators/{device.type}": generator_state(device) for device in {_CPU, self.device}}
        for name, value in owners.items():
            tensors |= {f"optimizer/{key}/{name}": _rows(local(found), value) for key, found in self.optimizer.state.get(value, {}).items()}
        return State(record, tensors | self._curve())

    def unlike(self, state: State) -> str | None:
        """Why a state is not that of a training that was set up as this one is; None where it is."""
        owners = dict(self.whole.named_parameters())
        own = {f"weights/{name}": _rows(value, owners.get(name)).shape for name, value in moving(self.whole)}
        held = {name: value.shape for name, value in state.tensors.items() if name.startswith("weights/")}
        return None if own == held else "holds other weights"

    def resume(self, state: State) -> None:
        """Put it back into a training that was set up alike."""
        record, groups, owners = state.record, _groups(state.tensors), dict(self.whole.named_parameters())
        with torch.no_grad():
            for name, value in moving(self.whole):
                value.copy_(own_rows(groups["weights"][name], owners.get(name, value)))
        self._resume_optimizer(groups["optimizer"], owners)
        kept = {name: own_rows(value, owners.get(name, value)) for name, value in groups["kept"].items()}
        self.kept.resume(record["kept"], kept)
        for device in {_CPU, self.device}:
            set_generator_state(device, groups["generators"][device.type])
        self.share.parts = max(record["share"], self.share.parts)
        self.decay, self.spent = record["decay"], record["spent"]
        self.curve = _steps(groups["curve"], record["parts"])
        self.resumed = [*(Resumption(**one) for one in record["resumed"]), Resumption(self.step, record["place"])]

    def _resume_optimizer(self, tensors: Mapping[str, Tensor], owners: Mapping[str, nn.Parameter]) -> None:
        """Of each parameter that was moved so far; the others get theirs when they are."""
        found: dict[str, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            key, _, parameter = name.partition("/")
            found.setdefault(parameter, {})[key] = value
        for name, value in owners.items():
            if name in found:
                self.optimizer.state[value] = {key: _moment(tensor, value) for key, tensor in found[name].items()}

    def _parts(self) -> list[str]:
        return list(dict.fromkeys(step.part for step in self.curve))

    def _curve(self) -> dict[str, Tensor]:
        """In columns: a long training has a hundred thousand steps."""
        places = {name: place for place, name in enumerate(self._parts())}
        numbers = [(step.loss, step.learning_rate, step.gradient_norm) for step in self.curve]
        counts = [(step.examples, step.tokens, places[step.part]) for step in self.curve]
        return {
            "curve/numbers": torch.tensor(numbers, dtype=torch.float64).reshape(-1, 3),
            "curve/counts": torch.tensor(counts, dtype=torch.int64).reshape(-1, 3),
        }


def _rows(value: Tensor, owner: nn.Parameter | None) -> Tensor | Rows:
    """A part as rows of the whole; a buffer has no owner."""
    return value if owner is None else rows_of(value, owner)


def _moment(whole: Tensor, owner: nn.Parameter) -> Tensor:
    """What the optimizer keeps of a parameter, on its device: a number, or as many values as it has."""
    if not whole.dim():
        return whole.to(owner.device, copy=True)
    return sharded_as(own_rows(whole, owner).to(owner.device, copy=True), owner)


def plan_of(state: State) -> MemoryPlan:
    """How the batches of its training were cut: float noise depends on it."""
    return MemoryPlan(**state.record["plan"])


def _groups(tensors: Mapping[str, Any]) -> dict[str, dict[str, Tensor]]:
    """By the first part of their names, whose rest is the name in the group."""
    found: dict[str, dict[str, Tensor]] = {name: {} for name in ("weights", "kept", "generators", "optimizer", "curve")}
    for name, value in tensors.items():
        group, _, rest = name.partition("/")
        found[group][rest] = value
    return found


def _steps(columns: Mapping[str, Tensor], parts: list[Any]) -> list[Step]:
    rows = zip(columns["numbers"].tolist(), columns["counts"].tolist(), strict=True)
    return [
        Step(number, loss, rate, norm, examples, tokens, parts[part])
        for number, ((loss, rate, norm), (examples, tokens, part)) in enumerate(rows, start=1)
    ]
