"""Which of a plan's models cannot be trained on a device, why, and what would help: `check` and `plan` warn, `build` refuses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.models import Model
from stiltsreport.plan.devices import HOST_SHARE, Device, device_named
from stiltsreport.plan.figure import Figure
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.memory import Demand, Placed, lacks_host, placed, remedies
from stiltsreport.plan.prompt_costs import asking_memory, fits_asked, half_of
from stiltsreport.plan.units import Unit
from stiltsreport.recipes import Precision
from stiltsreport.study.execution import DEFAULTS, ExecutionSettings

_COUNTS = (1, 2, 4, 8)  # devices of a job, where the study leaves it open


def demand_of(trainings: Iterable[Train], precision: Precision | None) -> Demand | None:
    """The largest demand of these trainings of one model, entry by entry; None without trainings.

    `precision`: that of all of them; None: as their recipes say.
    """
    found = [Demand.of(train, precision or train.recipe.precision) for train in trainings]
    if not found:
        return None
    most = max(found, key=lambda one: one.batch)
    return replace(
        most,
        example=max(one.example for one in found),
        context=max(one.context for one in found),
        keeps_best=any(one.keeps_best for one in found),
        adaptation=next((one.adaptation for one in found if one.adaptation.method == "full"), most.adaptation),
        optimizer="adamw" if any(one.optimizer == "adamw" for one in found) else "adamw-8bit",
        recompute="never" if any(one.recompute == "never" for one in found) else most.recompute,
        offload=all(one.offload for one in found),
    )


def settled(model: Model, device: Device, demand: Demand, execution: ExecutionSettings = DEFAULTS) -> tuple[Demand, Placed | None]:
    """The demand with as many devices as the study asks for, or as few as hold the model where that is left open; how it lies there."""
    counts: tuple[int, ...] = _COUNTS if execution.processes_per_job is None else (execution.processes_per_job,)
    if execution.sharding == "none" or not device.gpu or not demand.divisible:
        counts = (1,)
    for count in counts:
        spread = replace(demand, devices=count)
        found = placed(model, device, spread)
        if found is None or found.fits or lacks_host(device, found.footprint):
            return spread, found
    return spread, found


def unrunnable(model: Model, trainings: Iterable[Train], device: Device) -> str | None:
    """Why a model's jobs cannot run on such a device, whatever its memory; None where they can. One in 4 bits is not evaluated either."""
    if device.gpu:
        return None
    if model.adaptation.bits:
        return f"adaptation: {model.adaptation.bits} bits run on CUDA alone"
    if any(train.recipe.optimizer == "adamw-8bit" for train in trainings):
        return "optimizer: adamw-8bit runs on CUDA alone"
    return None


def unfit(model: Model, device: Device, demand: Demand, found: Placed) -> str:
    """That it does not fit, in words."""
    if lacks_host(device, found.footprint):
        sizes = f"about {found.footprint.host / 1e9:.0f} GB, there are {(device.host or 0) * HOST_SHARE / 1e9:.0f}"
        return f"{model.title} does not fit the memory of this machine: {demand.adaptation.title} takes {sizes} of it beside the GPU"
    room = (device.memory or 0) * device.shares
    where = device.title if demand.devices == 1 else f"{demand.devices} of {device.title}"
    sizes = f"about {found.footprint.peak / 1e9:.0f} GB, there are {room / 1e9:.0f}"
    return f"{model.title} does not fit {where}: {demand.adaptation.title} takes {sizes}"


def unaskable(model: Model, memory: Figure, device: Device) -> str | None:
    """That a decoder does not fit to be asked in words, in words; None where it does, or nobody knows."""
    if fits_asked(memory, device) is not False:
        return None
    room = (device.memory or 0) * device.shares
    return (
        f"{model.title} does not fit {device.title}: asking it takes about {(memory.value or 0) / 1e9:.0f} GB, there are {room / 1e9:.0f}"
    )


def refuse_unfit(
    units: Sequence[Unit], device_name: str, precision: Precision | None = None, execution: ExecutionSettings = DEFAULTS
) -> None:
    """Raise StudyErrors for every model whose jobs cannot run on the device: known before the first step, not hours after it."""
    device = device_named(device_name, precision or "float32")
    where = f"--device {device_name}"
    models = {unit.root.model.name: unit.root.model for unit in units if unit.root and not unit.prompts}
    errors = []
    for model in models.values():
        own = [train for unit in units for train in unit.chain if train.pretrained.model.name == model.name]
        reason = unrunnable(model, own, device)
        if reason is not None:
            errors.append(StiltsReportError(f"{model.title}: {reason}", where=where, hint="a GPU, or --only for the other models"))
            continue
        demand = demand_of(own, precision)
        if demand is None:
            continue
        spread, found = settled(model, device, demand, execution)
        if found is not None and found.fits is False:
            help_ = [*remedies(model, device, spread), "a larger device", "--only for the other models"]
            errors.append(StiltsReportError(unfit(model, device, spread, found), where=where, hint=", or ".join(help_)))
    prompts = {job.checkpoint.id: job for unit in units for job in unit.prompts}
    for job in prompts.values():
        words = unaskable(job.checkpoint.model, asking_memory(job.checkpoint.model, device, half=half_of(job)), device)
        if words:
            hint = "a larger device, precision: bfloat16, or --only for what is trained"
            errors.append(StiltsReportError(words, where=where, hint=hint))
    if errors:
        raise StudyErrors(errors)
