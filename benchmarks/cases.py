"""A case of a benchmark, and what one process reads off one side of it."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from benchmarks.workloads import SHAPES, WORKLOADS, Shape, Workload

Stage = Literal["training", "evaluation"]
SEED = 1


@dataclass(frozen=True)
class Case:
    """`amount`: optimizer steps of a training, examples of an evaluation. `warm`: steps (or examples) before the clock starts."""

    stage: Stage
    shape: str
    workload: str
    precision: Literal["float32", "bfloat16"]
    device: str
    amount: int
    warm: int
    tokens: int | None = None  # about so many a step, by more or fewer examples than the workload's own

    @property
    def sizes(self) -> Shape:
        """The encoder."""
        return SHAPES[self.shape]

    @property
    def work(self) -> Workload:
        """The examples."""
        found = WORKLOADS[self.workload]
        return found.with_tokens(self.tokens) if self.tokens else found

    @property
    def name(self) -> str:
        """SHAPE/WORKLOAD/PRECISION, and the tokens a step where they are not the workload's own."""
        return "/".join((self.shape, self.workload, self.precision, *([f"T{self.tokens}"] if self.tokens else [])))

    def as_json(self) -> dict[str, Any]:
        """Plain values, from which `Case(**values)` is the same again."""
        return asdict(self)


@dataclass(frozen=True)
class Reading:
    """Real tokens a second, real tokens a step (of a batch in an evaluation), the share of padding, peak memory in bytes.

    `context`: tokens that a token attends to, on the mean. `clock`: "cpu" (seconds of the processor) or "wall".
    """

    tokens_per_second: float
    tokens_per_step: float
    padding: float
    peak_bytes: int
    context: float
    clock: str


def clock(device: str) -> Callable[[], float]:
    """Seconds: of this process on the processor, or on the wall once the GPU has done all it was given."""
    if not device.startswith("cuda"):
        return time.process_time
    import torch

    def synchronised() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    return synchronised


def peak_bytes(device: str) -> int:
    """Peak memory: allocated on the GPU, or resident in this process since it began."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
