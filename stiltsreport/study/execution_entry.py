"""`execution` of a study file: where jobs run, beyond the command line."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from stiltsreport.study.entry import Entry
from stiltsreport.study.execution import ExecutionSettings, RaySettings, Sharding, SlurmSettings
from stiltsreport.study.numbers import Count, Positive, number

_WORD = re.compile(r"[\w.,:@/&|*+=\[\]-]+")  # what names of partitions, accounts and constraints are made of: no blank, no new line
_TIME = re.compile(r"(?:(\d+)-)?(\d{1,3}):(\d{2})(?::(\d{2}))?")
_DAY, _HOUR = 24 * 60, 60


def _word(text: str) -> str:
    """It becomes a line of a batch script: what could begin another is refused."""
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is no name that a batch script can hold: letters, digits and . , : @ / & | * + = [ ] - _ alone")
    return text


def _minutes(value: Any) -> Any:
    """The minutes of a time as Slurm writes it; a number is minutes already. Anything else is left to be refused.

    >>> [_minutes(text) for text in ("12:00:00", "1-00:30", "0:30:30", 90)]
    [720, 1470, 31, 90]
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    days, first, second, third = (int(part) if part else 0 for part in match.groups())
    if match[4] is None and match[1] is None:  # Slurm reads MM:SS; nobody means it
        raise ValueError(f"{value!r} could be hours or minutes: write HH:MM:SS, D-HH:MM, or a number of minutes")
    return days * _DAY + first * _HOUR + second + (third > 0)


def _processes(value: Any) -> int | None:
    """None for "auto"."""
    found = number(value)
    if found == "auto":
        return None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise ValueError(f"{value!r} is neither a whole number from 1 nor auto")
    return found


Word = Annotated[str, AfterValidator(_word)]
Minutes = Annotated[int, BeforeValidator(_minutes), Field(gt=0), WithJsonSchema({"type": ["integer", "string"]})]
Processes = Annotated[int | None, BeforeValidator(_processes), WithJsonSchema({"type": ["integer", "string"]})]


class SlurmEntry(Entry):
    """What is asked of Slurm for each job."""

    partition: Word | None = None
    """As sbatch takes it."""
    account: Word | None = None
    """As sbatch takes it."""
    qos: Word | None = None
    """As sbatch takes it."""
    constraint: Word | None = None
    """As sbatch takes it."""
    time: Minutes = 24 * 60
    """Of a job: HH:MM:SS, D-HH:MM, or minutes."""
    gpus: Annotated[int, Field(ge=0)] = 0
    """Of a job."""
    cpus: Count = 1
    """Of a job."""
    memory_gb: Positive | None = None
    """Of a job."""
    parallel: Count = 256
    """The most jobs that run at once."""


class RayEntry(Entry):
    """What is asked of Ray for each job."""

    address: Word | None = None
    """Of a cluster that runs; without it RAY_ADDRESS, or this machine."""
    gpus: Annotated[float, Field(ge=0)] = 0.0
    """Of a job."""
    cpus: Positive = 1.0
    """Of a job."""
    memory_gb: Positive | None = None
    """Of a job."""


class Execution(Entry):
    """Where jobs run, and how often a training saves its state; part of no job's id."""

    slurm: SlurmEntry = SlurmEntry()
    """What is asked of Slurm."""
    ray: RayEntry = RayEntry()
    """What is asked of Ray."""
    checkpoint_minutes: Positive = 10.0
    """How often a training saves its state."""
    processes_per_job: Processes = 1
    """Processes, each with a GPU, that share a job's batches."""
    sharding: Sharding = "auto"
    """Whether they share the weights, too."""


def execution(entry: Execution) -> ExecutionSettings:
    """The settings of the entry."""
    slurm, ray = entry.slurm, entry.ray
    return ExecutionSettings(
        entry.checkpoint_minutes,
        SlurmSettings(
            slurm.partition, slurm.account, slurm.qos, slurm.constraint, slurm.time, slurm.gpus, slurm.cpus,
            slurm.memory_gb or 0.0, slurm.parallel,
        ),
        RaySettings(ray.address, ray.gpus, ray.cpus, ray.memory_gb or 0.0),
        entry.processes_per_job,
        entry.sharding,
    )  # fmt: skip
