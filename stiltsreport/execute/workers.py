"""How many workers run side by side, and on which device each: as many as cores and memory hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

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


def default_workers(needed: float | None, device: Device, gpus: int, processors: int, free: int | None) -> int:
    """One a core as far as `free` bytes hold jobs of `needed` bytes; on GPUs, as many on each as its memory holds, at most A_GPU.

    What is not known holds nobody back on a CPU; on a GPU, whose memory cannot be swapped, it means one worker on each. At least one, and
    never more than cores (on GPUs, at least one on each).
    """
    if not device.gpu:
        room = int(free // needed) if free is not None and needed else processors
        return max(1, min(processors, room))
    each = int(device.memory * device.shares // needed) if device.memory is not None and needed else 1
    return max(gpus, min(processors, gpus * max(1, min(each, A_GPU))))


def devices_of(device: str, workers: int, gpus: int) -> Sequence[str]:
    """The device of each worker: "cuda" means all GPUs, in turn.

    >>> devices_of("cuda", 5, 2)
    ['cuda:0', 'cuda:1', 'cuda:0', 'cuda:1', 'cuda:0']
    >>> devices_of("cuda:1", 2, 2), devices_of("cpu", 2, 0)
    (['cuda:1', 'cuda:1'], ['cpu', 'cpu'])
    """
    return [f"cuda:{number % max(1, gpus)}" for number in range(workers)] if device == "cuda" else [device] * workers
