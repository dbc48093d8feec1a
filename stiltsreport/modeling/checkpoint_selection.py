"""Which checkpoint of a training is kept: the best on English dev data, the last, or the mean of those at every evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from stiltsreport.modeling.distributed.shards import local
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.recipes import Recipe


@dataclass(frozen=True)
class DevPoint:
    """The English dev set in the middle of a training: after `step`, the task's value in percent."""

    step: int
    value: float


class Selected:
    """Guards the checkpoint that is kept, and says what is known about it.

    "best": the best so far by its value on English dev data (the first of equals); "last": the latest; "average": the mean of the weights
    at every evaluation (Schmidt et al. 2023, "Free Lunch: Robust Cross-Lingual Transfer via Model Checkpoint Averaging"), which needs no
    dev data at all.

    What is kept lies in memory of the host, of which there is more than on a GPU. `step` is the kept checkpoint's (of a mean, the last of
    its checkpoints'; 0 before the first), `decay` what the rows outside the vocabulary cut were multiplied with until then (of a mean, the
    mean, which is exact: those rows are the pretrained ones times it), `evaluation` its predictions on dev; None of a checkpoint that an
    earlier process kept, until it is evaluated anew.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.points: list[DevPoint] = []
        self.evaluation: Evaluation | None = None
        self.step, self.decay, self.value, self.without_gain = 0, 1.0, float("-inf"), 0
        self._state: dict[str, Tensor] | None = None
        self._sums: dict[str, Tensor] = {}
        self._added, self._decays = 0, 0.0

    @property
    def averages(self) -> bool:
        """Whether the mean of several checkpoints is kept, which is to be put into the model and evaluated after the last step."""
        return self.recipe.selection == "average"

    def consider(self, step: int, decay: float, model: nn.Module, evaluation: Evaluation, value: float, last: bool) -> bool:
        """Take note of a dev evaluation after `step`; True where patience has run out."""
        self.points.append(DevPoint(step, value))
        if self.averages:
            self.add(step, decay, model)
            self.value, self.evaluation = value, evaluation  # until the mean itself is evaluated
            return False
        if self.recipe.selection == "best" and value <= self.value:
            self.without_gain += 1
            return self.recipe.patience is not None and self.without_gain >= self.recipe.patience
        self.step, self.decay, self.value, self.evaluation, self.without_gain = step, decay, value, evaluation, 0
        keep = self.recipe.selection == "best" and not last
        self._state = {name: tensor.detach().to("cpu", copy=True) for name, tensor in moving(model)} if keep else None
        return False

    def add(self, step: int, decay: float, model: nn.Module) -> None:
        """Add the model's weights to the mean; without a dev set, this is called at the evaluation points in the place of `consider`.

        Sums are float64, and in memory of the host: the mean of float32 weights is then exact to its last rounding, whatever their number.
        """
        self._added += 1
        self._decays += decay
        self.step, self.decay = step, self._decays / self._added
        for name, tensor in moving(model):
            if tensor.is_floating_point():
                value = tensor.detach().to("cpu", torch.float64)
                self._sums[name] = self._sums[name].add_(value) if name in self._sums else value.clone()

    def average(self, model: nn.Module) -> None:
        """Put the mean into the model, whose caller evaluates it and says so to `evaluated`. Whole numbers stay what they are."""
        if not self._added:
            raise ValueError("no checkpoint to average")
        with torch.no_grad():
            for name, tensor in moving(model):
                if name in self._sums:
                    tensor.copy_(self._sums[name] / self._added)

    def evaluated(self, evaluation: Evaluation, value: float) -> None:
        """Take note of the dev evaluation of the mean: it is no point of the training's curve."""
        self.evaluation, self.value = evaluation, value

    def restore(self, model: nn.Module) -> None:
        """Put the kept checkpoint back, or the mean in, unless it is what the model holds."""
        if self.averages and self._added:
            self.average(model)
        elif self._state is not None:
            with torch.no_grad():
                for name, tensor in moving(model):
                    tensor.copy_(self._state[name])

    def record(self) -> dict[str, Any]:
        """What is known, as plain values: with `tensors`, all that `resume` needs."""
        return {
            "points": [asdict(point) for point in self.points],
            "step": self.step,
            "decay": self.decay,
            "value": self.value if self.points else None,
            "without_gain": self.without_gain,
            "added": self._added,
            "decays": self._decays,
            "holds": self._state is not None,
        }

    def tensors(self) -> dict[str, Tensor]:
        """The kept weights, or the sums of those to be averaged, by name."""
        return self._sums if self.averages else dict(self._state or {})

    def resume(self, record: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `record` and `tensors` said of a model like this one."""
        self.points = [DevPoint(**point) for point in record["points"]]
        self.step, self.decay, self.without_gain = record["step"], record["decay"], record["without_gain"]
        self.value = float("-inf") if record["value"] is None else record["value"]
        self._added, self._decays = record["added"], record["decays"]
        if self.averages:
            self._sums = dict(tensors)
        elif record["holds"]:
            self._state = {name: value.to("cpu") for name, value in tensors.items()}


def moving(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """What a training changes: trained parameters and all buffers by name, each once, also where heads share an encoder.

    Of one that is shared out over processes it is what this one holds.
    """
    yield from ((name, local(value)) for name, value in model.named_parameters() if value.requires_grad)
    yield from model.named_buffers()
