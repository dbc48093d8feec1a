"""How many workers run side by side, and on which device each: as many as cores and memory hold."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from stiltsreport.errors import StiltsReportError
from stiltsreport.models import Model
from stiltsreport.plan.devices import Device
from stiltsreport.plan.fitting import demand_of
from stiltsreport.plan.memory import Demand, placed
from stiltsreport.plan.units import Unit
from stiltsreport.recipes import Precision

A_GPU = 8  # workers on one GPU at most: small jobs wait for their launches, and eight of them fill what one leaves idle


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_bytes(file: Path = Path("/proc/meminfo")) -> int | None:
    """Memory that can be had without swapping; None where the system does not say."""
    try:
        line = next(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1]) * 1024


def largest_peak(units: Iterable[Unit], models: Iterable[Model], device: Device, precision: Precision) -> float | None:
    """Bytes of the largest job of those models; None where the sizes of one are not known."""
    trainings = [train for unit in units for train in unit.chain]
    peaks = []
    for model in models:
        own = [train for train in trainings if train.pretrained.model.name == model.name]
        found = placed(model, device, demand_of(own, precision) or Demand(precision, adaptation=model.adaptation))
        peaks.append(None if found is None else found.footprint.peak)
    known = [peak for peak in peaks if peak is not None]
    return max(known) if known and len(known) == len(peaks) else None


def default_workers(needed: float | None, device: Device, gpus: int, processors: int, free: int | None, processes: int = 1) -> int:
    """One a core as far as `free` bytes hold jobs of `needed` bytes; on GPUs, as many on each as its memory holds, at most A_GPU.

    What is not known holds nobody back on a CPU; on a GPU, whose memory cannot be swapped, it means one worker on each. At least one, and
    never more than cores (on GPUs, at least one on each). Of jobs that take several `processes`, as many as have a core or a GPU for each.
    """
    if processes > 1:
        if device.gpu:
            return max(1, gpus // processes)
        needed, processors = needed and needed * processes, processors // processes
    if not device.gpu:
        room = int(free // needed) if free is not None and needed else processors
        return max(1, min(processors, room))
    each = int(device.memory * device.shares // needed) if device.memory is not None and needed else 1
    return max(gpus, min(processors, gpus * max(1, min(each, A_GPU))))


def processes_of(asked: int | None, needed: float | None, device: Device, gpus: int) -> int:
    """How many processes do one job: as many as were asked for; None: as many GPUs as hold its `needed` bytes, shared out over them.

    On a CPU, and where a job's need is not known, that is one. Raises StiltsReportError where there are fewer GPUs.
    """
    if asked is None:
        room = device.memory * device.shares if device.gpu and device.memory else None
        return min(max(1, gpus), math.ceil(needed / room)) if needed and room else 1
    if device.gpu and asked > max(1, gpus):
        what = f"{asked} processes a job, and {gpus} GPUs here"
        raise StiltsReportError(what, where="execution: processes_per_job", hint="at most as many as GPUs, or auto")
    return asked


def devices_of(device: str, workers: int, gpus: int, processes: int = 1) -> Sequence[str]:
    """The device of each worker: "cuda" means all GPUs, in turn. One of several `processes` has those that follow it, too.

    >>> devices_of("cuda", 5, 2)
    ['cuda:0', 'cuda:1', 'cuda:0', 'cuda:1', 'cuda:0']
    >>> devices_of("cuda:1", 2, 2), devices_of("cpu", 2, 0)
    (['cuda:1', 'cuda:1'], ['cpu', 'cpu'])
    >>> devices_of("cuda", 3, 5, processes=2)
    ['cuda:0', 'cuda:2', 'cuda:0']
    """
    if device != "cuda":
        return [device] * workers
    return [f"cuda:{number % max(1, gpus // processes) * processes}" for number in range(workers)]
