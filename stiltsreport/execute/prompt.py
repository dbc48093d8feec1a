"""The prompts of a unit: one pretrained decoder asked, each prompt published as an evaluation as soon as it is answered."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.artifacts import write_evaluation
from stiltsreport.execute.costs import prompt_cost
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.inputs import Reading, examples_of
from stiltsreport.execute.machine import forget_peak
from stiltsreport.execute.progress import Evaluated, Event
from stiltsreport.modeling.efficiency import device_name, peak_bytes
from stiltsreport.modeling.energy import EnergyMeter
from stiltsreport.modeling.interruption import Interruption
from stiltsreport.modeling.prompting.answers import alone, asked
from stiltsreport.modeling.prompting.language_model import LanguageModel, load_language_model
from stiltsreport.plan.jobs import Pretrained
from stiltsreport.plan.pretrained import content_of
from stiltsreport.plan.prompts import Prompt
from stiltsreport.plan.units import Unit
from stiltsreport.recipes import Precision
from stiltsreport.store import Store
from stiltsreport.tasks.examples import Retrieval
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.limit import limited
from stiltsreport.tasks.prompts import Prompted

Tell = Callable[[Event], None]


def prompt(unit: Unit, settings: WorkerSettings, store: Store, tell: Tell, interruption: Interruption) -> None:
    """Ask for what is missing. A request to stop ends it between two prompts."""
    missing = [job for job in unit.prompts if not store.has("evaluations", job.id)]
    done = len(unit.prompts) - len(missing)
    reading = Reading(settings.offline, store)
    if torch.device(settings.device).type == "cpu":
        torch.set_num_threads(1)
    for job in missing:
        model = _loaded(job.checkpoint, job.protocol.precision, settings.device, settings.offline, settings.trust_remote_code)
        _ask(job, model, settings, store, reading)
        done += 1
        tell(Evaluated(unit.id, done, len(unit.prompts)))
        interruption.check()


def forget_decoder(unit: Unit) -> None:
    """Give back the memory of the decoder that was asked last, unless the unit asks one: what trains plans with all of its device's."""
    if not unit.prompts and _loaded.cache_info().currsize:
        _loaded.cache_clear()
        torch.cuda.empty_cache()


def _ask(job: Prompt, model: LanguageModel, settings: WorkerSettings, store: Store, reading: Reading) -> None:
    """One language by one template."""
    task, examples = examples_of(job.data, None, reading)
    if isinstance(examples, Retrieval):
        raise TypeError(f"{task.name} is a pool that is searched")
    demonstrations = _drawn(job, reading)
    forget_peak(settings.device)
    model.work.clear()
    meter = EnergyMeter.of(model.device, alone=settings.share == 1.0)
    began = time.perf_counter()
    evaluation = asked(model, examples, task, job.protocol, job.language, job.template, demonstrations)
    cost = {
        "seconds": time.perf_counter() - began,
        "examples": len(examples),
        "tokens": model.work.tokens,
        **prompt_cost(model.work, model.network.config, job.protocol.precision, model.device),
        "energy_joules": meter.joules(),
        "peak_bytes": peak_bytes(model.device),
        "latency_seconds": alone(model, examples, task, job.protocol, job.template, demonstrations),
        "device": device_name(model.device),
    }
    store.publish("evaluations", job.id, lambda folder: write_evaluation(folder, job, evaluation, cost, settings.device))


def _drawn(job: Prompt, reading: Reading) -> Sequence[Prompted]:
    """The demonstrations: by their ids and the prompt's number alone, so that every language and model sees the same."""
    if job.demonstrations is None:
        return ()
    _, examples = examples_of(job.demonstrations, None, reading)
    found = limited(examples, job.shots, f"demonstrations-{job.number}")
    if isinstance(found, Retrieval):
        raise TypeError("a pool that is searched gives no demonstrations")
    return found  # type: ignore[return-value] # of the target's own form, which can be asked


@functools.lru_cache(maxsize=1)
def _loaded(start: Pretrained, precision: Precision, device: str, offline: bool, trusted: tuple[str, ...]) -> LanguageModel:
    """One at a time. Raises StiltsReportError where a folder's content is no longer what was planned."""
    checkpoint = Path(start.model.checkpoint)
    if checkpoint.is_dir() and content_of(checkpoint, Memo()) != start.revision:
        raise StiltsReportError("has changed since the study was planned", where=str(checkpoint), hint="run the same command again")
    return load_language_model(
        start.model,
        start.revision,
        device=torch.device(device),
        precision=precision,
        offline=offline,
        trusted=start.model.checkpoint in trusted or start.model.name in trusted,
    )
