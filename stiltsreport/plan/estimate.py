"""What a plan costs before its first step, and what it can be expected to show: every figure measured, estimated or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from stiltsreport.memory import Footprint
from stiltsreport.models import Model
from stiltsreport.plan.detectable import Detectable, detectable
from stiltsreport.plan.devices import Device, device_named
from stiltsreport.plan.figure import UNKNOWN, Figure, summed
from stiltsreport.plan.fitting import demand_of, settled, unaskable, unfit, unrunnable
from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.plan.memory import Demand, checkpoint_bytes, remedies, state_bytes, trained
from stiltsreport.plan.plan import Plan, chain
from stiltsreport.plan.prompt_costs import PromptRates, fits_asked
from stiltsreport.plan.prompts import Prompt
from stiltsreport.plan.rates import Rates
from stiltsreport.plan.sharing import Tokens, tokens_in_all
from stiltsreport.plan.units import Unit, missing_units
from stiltsreport.recipes import Precision

Kind = Literal["trainings", "checkpoints", "evaluations", "translations"]
PREDICTION_BYTES = 350  # of an example: id, prediction, gold and counts in predictions.jsonl, id, cluster and counts in items.arrow


class Archive(Protocol):
    """What is read of a store."""

    def has(self, kind: Kind, job: str) -> bool:
        """Whether that artifact is there, whole."""
        ...

    def record(self, kind: Kind, job: str) -> dict[str, Any]:
        """Its record."""
        ...


@dataclass(frozen=True)
class JobCount:
    """Jobs of one kind: how many the plan has, how many are stored, and how many there would be if every run stood alone."""

    kind: str
    jobs: int
    stored: int
    alone: int

    @property
    def shared(self) -> int:
        """Jobs that sharing saves."""
        return self.alone - self.jobs


@dataclass(frozen=True)
class ModelCost:
    """What is left to run of one model: tokens through the encoder, hours of one device, peak memory and added disk in bytes.

    `trained` of its `parameters` train. A batch goes through at most `tokens_at_once` at a time on each of `devices`, with layers that are
    computed again where `recompute` says so; `parts` of the memory in bytes. `remedies`: what would make it fit.
    `state`: bytes that a training under way keeps on the disk besides, until its evaluations are there. `asked`: it is the row of a decoder
    that is asked in words, and its evaluations are prompts.
    """

    model: str
    title: str
    parameters: int
    trainings: int
    evaluations: int
    tokens: Figure
    hours: Figure
    peak_memory: Figure
    disk: Figure
    fits: bool | None
    trained: int = 0
    tokens_at_once: int | None = None
    recompute: bool = False
    devices: int = 1
    parts: Footprint | None = None
    remedies: tuple[str, ...] = ()
    state: Figure = UNKNOWN
    asked: bool = False


@dataclass(frozen=True)
class Estimate:
    """`hours_of` says of what: "GPU-hours" or "CPU-hours" (of one core). `repeated`: stored trainings whose checkpoint was not kept.

    `choosing`: tokens of the trainings that learning rates are chosen by, which more seeds do not repeat.
    """

    device: str
    hours_of: str
    jobs: tuple[JobCount, ...]
    models: tuple[ModelCost, ...]
    hours: Figure
    disk: Figure
    detectable: tuple[Detectable, ...]
    repeated: int
    warnings: tuple[str, ...]
    tokens: tuple[Tokens, ...] = ()
    choosing: Figure = UNKNOWN

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        found = asdict(self)
        for row, count in zip(found["jobs"], self.jobs, strict=True):
            row["shared"] = count.shared
        return {**found, "tokens": [row.as_json() for row in self.tokens]}


def estimate(plan: Plan, stored: Archive, device_name: str | None = None) -> Estimate:
    """The costs of what `stored` lacks of the plan, on that device ("cpu" without one), and the effects that the study can see.

    Reads the records of stored jobs, and each local data set once to count it. Raises StiltsReportError for an unknown device.
    """
    device = device_named(device_name or "cpu", plan.precision or "float32")
    units = missing_units(plan, stored, plan.study.keep == "all")
    records = _records(plan, stored)
    rates = Rates(plan, records, device)
    trained_models = tuple(_model_cost(model, plan, units, rates, device) for model in plan.study.models)
    models = (*trained_models, *_asked_costs(units, PromptRates(plan, records, device), device))
    repeated = sum(stored.has("trainings", train.id) for unit in units for train in unit.chain)
    return Estimate(
        device.title,
        "GPU-hours" if device.gpu else "CPU-hours",
        _counts(plan, records, stored),
        models,
        summed(cost.hours for cost in models),
        summed(cost.disk for cost in models),
        detectable(plan, records),
        repeated,
        tuple(_warnings(plan, models, device, repeated)),
        tokens_in_all(plan, rates),
        summed(rates.training_tokens(train) for train in _choosing(plan)),
    )


def _choosing(plan: Plan) -> Iterable[Train]:
    """The trainings that choices of learning rates rest on, and those that they start from."""
    found = {one.id: one for trial in plan.trials for one in chain(trial) if isinstance(one, Train)}
    return found.values()


def _records(plan: Plan, stored: Archive) -> dict[str, dict[str, Any]]:
    """The records of the plan's stored jobs; one that cannot be read counts as absent here, and is told of when it is gathered."""
    kinds: list[tuple[Kind, Iterable[str]]] = [("trainings", plan.trainings), ("evaluations", (*plan.evaluations, *plan.asked))]
    found = {}
    for kind, jobs in kinds:
        for job in jobs:
            if stored.has(kind, job):
                try:
                    found[job] = stored.record(kind, job)
                except (OSError, ValueError):
                    continue
    return found


def _counts(plan: Plan, records: Mapping[str, Any], stored: Archive) -> tuple[JobCount, ...]:
    rows = []
    if plan.translations:
        made = sum(stored.has("translations", job.id) for job in plan.translations)
        rows.append(JobCount("translation", len(plan.translations), made, len(plan.translations)))
    for stage in ("intermediate", "target"):
        jobs = [train for train in plan.trainings.values() if train.stage == stage]
        alone = sum(_steps(run.evaluations[0], stage) for run in plan.runs)
        rows.append(JobCount(f"{stage} training", len(jobs), sum(job.id in records for job in jobs), max(alone, len(jobs))))
    evaluations = sum(len(run.evaluations) for run in plan.runs) + len(plan.layer_trials)
    rows.append(JobCount("evaluation", len(plan.evaluations), sum(job in records for job in plan.evaluations), evaluations))
    if plan.prompts:
        rows.append(JobCount("prompt", len(plan.asked), sum(stored.has("evaluations", job) for job in plan.asked), len(plan.prompts)))
    return tuple(rows)


def _steps(job: Evaluate, stage: str) -> int:
    """How many trainings of a stage stand behind an evaluation."""
    found, checkpoint = 0, job.checkpoint
    while isinstance(checkpoint, Train):
        found += checkpoint.stage == stage
        checkpoint = checkpoint.start
    return found


def _model_cost(model: Model, plan: Plan, units: Sequence[Unit], rates: Rates, device: Device) -> ModelCost:
    own = [unit for unit in units if unit.root and unit.root.model.name == model.name]
    trainings = [train for unit in own for train in unit.chain]
    evaluations = [job for unit in own for job in unit.evaluations]
    precision = _precision(plan, trainings)
    asked = demand_of(trainings, plan.precision) or Demand(precision, adaptation=model.adaptation)
    demand, found = settled(model, device, asked, plan.study.execution)
    predicted = UNKNOWN if found is None else Figure(found.footprint.peak, "estimated", "arithmetic over the model's sizes")
    peak = rates.peak(model) or predicted
    fits = None if found is None else True if peak.basis == "measured" else found.fits  # a measured peak has fitted already
    kept = sum(len(unit.keep) for unit in own)
    predictions = [_predictions(rates.examples(job)) for job in evaluations]
    checkpoints = checkpoint_bytes(model)
    disk = summed([*predictions, *([Figure(checkpoints.value and checkpoints.value * kept, checkpoints.basis)] if kept else [])])
    return ModelCost(
        model.name,
        model.title,
        model.parameters,
        len(trainings),
        len(evaluations),
        summed([*(rates.training_tokens(train) for train in trainings), *(rates.evaluation_tokens(job) for job in evaluations)]),
        summed([*(rates.training_hours(train) for train in trainings), *(rates.evaluation_hours(job) for job in evaluations)]),
        peak if trainings or evaluations else UNKNOWN,
        disk,
        fits,
        trained(model),
        found.pieces.tokens if found else None,
        found is not None and found.pieces.recompute,
        demand.devices,
        found.footprint if found else None,
        tuple(remedies(model, device, demand)) if fits is False else (),
        state_bytes(model) if trainings else UNKNOWN,
    )


def _asked_costs(units: Sequence[Unit], rates: PromptRates, device: Device) -> Iterable[ModelCost]:
    """A row of each decoder that has yet to be asked; one by two names is asked by the first."""
    prompts: dict[str, list[Prompt]] = {}
    for unit in units:
        for job in unit.prompts:
            prompts.setdefault(job.checkpoint.model.name, []).append(job)
    for jobs in prompts.values():
        model, peak = jobs[0].checkpoint.model, rates.peak(jobs[0])
        yield ModelCost(
            model.name,
            f"{model.title}, asked",
            model.parameters,
            0,
            len(jobs),
            summed(map(rates.tokens, jobs)),
            summed(map(rates.hours, jobs)),
            peak,
            summed(_predictions(rates.examples(job)) for job in jobs),
            fits_asked(peak, device),
            asked=True,
        )


def _predictions(examples: Figure) -> Figure:
    return Figure(examples.value and examples.value * PREDICTION_BYTES, "estimated", examples.source)


def _warnings(plan: Plan, models: Sequence[ModelCost], device: Device, repeated: int) -> Iterable[str]:
    by_name = {model.name: model for model in plan.study.models}
    for cost in models:
        if cost.asked:
            yield from _unaskable(plan, cost, device)
            continue
        own = [train for train in plan.trainings.values() if train.pretrained.model.name == cost.model]
        reason = unrunnable(by_name[cost.model], own, device) if cost.trainings or cost.evaluations else None
        asked = demand_of(own, plan.precision)
        if reason is not None:
            yield f"{cost.title}: {reason}: `build` refuses its jobs there"
        elif cost.fits is False and asked is not None:
            demand, found = settled(by_name[cost.model], device, asked, plan.study.execution)
            if found is not None:
                helps = f"; it would fit with {', or '.join(cost.remedies)}" if cost.remedies else ""
                yield f"{unfit(by_name[cost.model], device, demand, found)}: `build` refuses its jobs there{helps}"
        if not cost.parameters:
            yield f"{cost.title}: its size is not known before it is fetched"
    if repeated:
        yield (
            f"{repeated} stored trainings must be repeated, since their checkpoints were not kept; "
            "`keep: {target_checkpoints: all}` keeps those of trainings to come"
        )


def _unaskable(plan: Plan, cost: ModelCost, device: Device) -> Iterable[str]:
    model = next(job.checkpoint.model for job in plan.prompts if job.checkpoint.model.name == cost.model)
    words = unaskable(model, cost.peak_memory, device)
    if words:
        yield f"{words}: `build` refuses its prompts there"


def _precision(plan: Plan, trainings: Sequence[Train]) -> Precision:
    return plan.precision or (trainings[0].recipe.precision if trainings else "float32")
