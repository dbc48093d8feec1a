"""How many jobs run side by side on this machine, and how many processes do each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stiltsreport.cli.device import gpus
from stiltsreport.cli.opening import Opened
from stiltsreport.cli.options import Options
from stiltsreport.execute.workers import available_bytes, cores, default_workers, largest_peak, processes_of
from stiltsreport.plan.devices import device_named
from stiltsreport.plan.units import Unit


@dataclass(frozen=True)
class SideBySide:
    """`workers` here (0: in this process, or elsewhere), spread over `gpus`; `processes` of each job."""

    workers: int
    gpus: int
    processes: int


def side_by_side(units: Sequence[Unit], opened: Opened, options: Options, device: str) -> SideBySide:
    """What was asked for, else what cores, GPUs and memory hold: never more workers than units.

    Where jobs run elsewhere and nobody says how many processes do one, it is one for each GPU that a job asks for. Raises StiltsReportError
    where a job is to have more GPUs than there are.
    """
    execution = opened.study.execution
    if options.executor != "local":
        asked = execution.slurm.gpus if options.executor == "slurm" else int(execution.ray.gpus)
        return SideBySide(0, 1, execution.processes_per_job or max(1, asked))
    precision = opened.plan.precision or "float32"
    kind = device_named(device, precision)
    count = gpus() if device == "cuda" else 1
    needed = largest_peak(units, opened.study.models, kind, precision)
    processes = processes_of(execution.processes_per_job, needed, kind, count)
    workers = options.workers
    if workers is None:
        workers = default_workers(needed, kind, count, cores(), available_bytes(), processes)
    return SideBySide(min(workers, len(units)), count, processes)
