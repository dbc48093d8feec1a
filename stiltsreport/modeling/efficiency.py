"""What a job cost: examples and tokens a second of the work itself, and the peak of memory."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Efficiency:
    """Seconds of work, what went through the model in them, and the peak memory: of the device, or of the whole process on a CPU."""

    seconds: float
    examples: int
    tokens: int
    peak_bytes: int
    device: str

    @property
    def examples_per_second(self) -> float:
        """Examples a second; 0 where nothing was done."""
        return self.examples / self.seconds if self.seconds else 0.0

    @property
    def tokens_per_second(self) -> float:
        """Real tokens (no padding) a second."""
        return self.tokens / self.seconds if self.seconds else 0.0


def peak_bytes(device: torch.device) -> int:
    """Peak memory in bytes: allocated on the GPU, or resident in this process since it began."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def device_name(device: torch.device) -> str:
    """What a report calls it."""
    return str(torch.cuda.get_device_name(device)) if device.type == "cuda" else device.type
