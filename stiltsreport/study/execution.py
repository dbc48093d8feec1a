"""Where and how jobs run beyond the command line: part of no job's id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sharding = Literal["auto", "none", "full"]  # of weights, gradients and optimizer over the processes of one job


@dataclass(frozen=True)
class SlurmSettings:
    """What is asked of Slurm for each job; None, and no memory: the cluster's own."""

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    minutes: int = 24 * 60
    gpus: int = 0
    cpus: int = 1
    memory_gb: float = 0.0
    parallel: int = 256  # jobs of one array side by side


@dataclass(frozen=True)
class RaySettings:
    """What is asked of Ray for each job. `address` of a running cluster; None: RAY_ADDRESS, else a cluster of this machine alone."""

    address: str | None = None
    gpus: float = 0.0
    cpus: float = 1.0
    memory_gb: float = 0.0


@dataclass(frozen=True)
class ExecutionSettings:
    """All of it. A training saves its state every `checkpoint_minutes`, to go on from after it was killed.

    `processes_per_job` share each step of one job, a GPU each; None: as many as the largest job needs. `sharding` "auto": where one device
    does not hold weights, gradients and optimizer.
    """

    checkpoint_minutes: float = 10.0
    slurm: SlurmSettings = SlurmSettings()
    ray: RaySettings = RaySettings()
    processes_per_job: int | None = 1
    sharding: Sharding = "auto"


DEFAULTS = ExecutionSettings()
