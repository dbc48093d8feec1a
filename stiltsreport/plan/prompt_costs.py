"""Hours and memory of prompts: from the store's records of the same decoder and task where there are any, else by a cost model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stiltsreport.memory import asking_bytes
from stiltsreport.models import Model
from stiltsreport.plan.counts import evaluated_in
from stiltsreport.plan.devices import Device, kind_of
from stiltsreport.plan.figure import UNKNOWN, Figure
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.prompt_work import prompt_work
from stiltsreport.plan.prompts import Prompt
from stiltsreport.plan.rates import HOUR, UTILISATION
from stiltsreport.plan.roofline import forward_flops
from stiltsreport.study.architectures import architecture_of


class PromptRates:
    """Speeds by checkpoint, number of demonstrations and task, summed over the stored records of prompts on that kind of device."""

    def __init__(self, plan: Plan, records: Mapping[str, Mapping[str, Any]], device: Device) -> None:
        self._count, self._device = plan.data.count, device
        self._known: dict[tuple[str, int, str], tuple[float, float]] = {}  # seconds, examples
        self._peaks: dict[str, float] = {}
        for name, job in plan.asked.items():
            found = records.get(name, {})
            seconds, examples = float(found.get("seconds") or 0), float(found.get("examples") or 0)
            if kind_of(str(found.get("device", "cpu"))) == device.name and seconds > 0 and examples > 0:
                before = self._known.get(_key(job), (0.0, 0.0))
                self._known[_key(job)] = before[0] + seconds, before[1] + examples
                self._peaks[job.checkpoint.id] = max(self._peaks.get(job.checkpoint.id, 0.0), float(found.get("peak_bytes") or 0))

    def examples(self, job: Prompt) -> Figure:
        """Examples that are asked for."""
        return evaluated_in(job.data, self._count)

    def tokens(self, job: Prompt) -> Figure:
        """Tokens through the layers."""
        seen = self.examples(job)
        return Figure(seen.value and seen.value * prompt_work(job).tokens, "estimated", "mean lengths of samples")

    def hours(self, job: Prompt) -> Figure:
        """Hours of one device: products at a share of its speed, and for each token that is written all weights through its memory."""
        seen, model = self.examples(job), job.checkpoint.model
        known = self._known.get(_key(job))
        if known is not None and seen.value is not None:
            return Figure(seen.value / known[1] * known[0] / HOUR, seen.basis, "stored prompts of this model and task")
        sizes = architecture_of(model)
        if sizes is None or seen.value is None or not self._device.flops or not self._device.bandwidth:
            return UNKNOWN
        work, share = prompt_work(job), UTILISATION["gpu" if self._device.gpu else "cpu"]
        products = work.tokens * forward_flops(sizes, work.length) + work.scored * 2.0 * sizes.vocabulary * sizes.hidden
        width = 2.0 if job.protocol.precision == "bfloat16" else 4.0
        seconds = products / (self._device.flops * share) + work.steps * width * sizes.parameters / self._device.bandwidth
        return Figure(seen.value * seconds / HOUR, "estimated", f"cost model at {share:.0%} of {self._device.title}")

    def peak(self, job: Prompt) -> Figure:
        """Bytes of the device that asking takes at its peak."""
        if found := self._peaks.get(job.checkpoint.id):
            return Figure(found, "measured", "stored prompts of this model")
        return asking_memory(job.checkpoint.model, self._device, half=job.protocol.precision == "bfloat16")


def asking_memory(model: Model, device: Device, *, half: bool) -> Figure:
    """By arithmetic; unknown for a model whose sizes are not known."""
    sizes = architecture_of(model)
    if sizes is None:
        return UNKNOWN
    return Figure(asking_bytes(sizes, gpu=device.gpu, half=half, tied=model.tied), "estimated", "arithmetic over the model's sizes")


def _key(job: Prompt) -> tuple[str, int, str]:
    return job.checkpoint.id, job.shots, job.data.task.name


def fits_asked(memory: Figure, device: Device) -> bool | None:
    """Whether the device holds a decoder that is asked; None where one of the two is not known. What was measured has fitted already."""
    if memory.basis == "measured":
        return True
    return None if memory.value is None or device.memory is None else memory.value <= device.memory * device.shares


def half_of(job: Prompt) -> bool:
    """Whether the decoder is held in bfloat16."""
    return job.protocol.precision == "bfloat16"
