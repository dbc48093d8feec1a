"""What --executor means: who runs the jobs, and on which device."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, TypeVar

from stiltsreport.cli.device import gpus, named_device, runnable_device
from stiltsreport.cli.options import Options
from stiltsreport.execute.executors.local import ENVIRONMENT, Pool, Serial, WorkerSettings
from stiltsreport.execute.progress import Observer
from stiltsreport.execute.scheduler import Executor
from stiltsreport.study.execution import ExecutionSettings, RaySettings, SlurmSettings

Asked = TypeVar("Asked", SlurmSettings, RaySettings)


def job_device(options: Options, execution: ExecutionSettings) -> str:
    """The device that jobs are planned for and run on: of this machine, or of a cluster's nodes, where a kind such as h200 may be named.

    Raises StiltsReportError for one that is not there.
    """
    if options.executor == "local":
        return runnable_device(options.device, gpus())
    asked = execution.slurm.gpus if options.executor == "slurm" else execution.ray.gpus
    return named_device(options.device, int(asked > 0))


def device_elsewhere(planned: str) -> str:
    """What torch calls the device of a node: plans speak of kinds, such as h200."""
    return "cpu" if planned == "cpu" else "cuda"


def executor_of(
    options: Options, execution: ExecutionSettings, settings: WorkerSettings, observer: Observer, workers: int, gpu_count: int
) -> Executor:
    """The executor. Raises StiltsReportError where what it needs is not there."""
    if options.executor == "ray":
        from stiltsreport.execute.executors.ray import Ray

        return Ray(settings, observer, together(execution.ray, settings.processes))
    if options.executor == "slurm":
        from stiltsreport.execute.executors.slurm import Slurm

        return Slurm(settings, observer, slurm_parameters(together(execution.slurm, settings.processes), options.workers))
    if workers == 0:
        os.environ.update(ENVIRONMENT)  # before torch is imported
        return Serial(settings, observer)
    return Pool(settings, workers, observer, gpu_count)


def together(asked: Asked, processes: int) -> Asked:
    """What is asked for a job of so many processes, on one node: a core each, and a GPU each where it has any.

    >>> together(SlurmSettings(gpus=1), 4).gpus, together(SlurmSettings(), 2).cpus, together(RaySettings(gpus=0.5), 1).gpus
    (4, 2, 0.5)
    """
    if processes == 1:
        return asked
    return replace(asked, gpus=max(asked.gpus, processes) if asked.gpus else asked.gpus, cpus=max(asked.cpus, processes))


def slurm_parameters(asked: SlurmSettings, workers: int | None) -> dict[str, Any]:
    """What submitit calls what is asked of Slurm; `workers` caps how many jobs of an array run side by side."""
    found: dict[str, Any] = {
        "job_name": "stiltsreport",
        "partition": asked.partition,
        "account": asked.account,
        "qos": asked.qos,
        "constraint": asked.constraint,
        "time": asked.minutes,
        "nodes": 1,
        "cpus_per_task": asked.cpus,
        "gpus_per_node": asked.gpus or None,
        "mem": f"{round(asked.memory_gb * 1024)}MB" if asked.memory_gb else None,
        "array_parallelism": workers or asked.parallel,
        "signal_delay_s": 120,
    }
    return {name: value for name, value in found.items() if value is not None}
