"""How fast a device multiplies here, of which utilisation (MFU) is a share: measured once a process, at a large layer's shape."""

from __future__ import annotations

import functools
import time

import torch

from stiltsreport.recipes import Precision

_SIZES = {"cpu": (512, 1024, 1024), "cuda": (8192, 4096, 4096)}  # rows, inputs, outputs
_TIMES = {"cpu": 4, "cuda": 20}
_REPETITIONS = 3


@functools.cache
def products_per_second(device: torch.device, precision: Precision) -> float:
    """Floating point operations a second of this process's matrix products on the device: the best of several repetitions.

    On a CPU seconds are those of this thread on the processor, so that work beside it changes little; it takes about 0.1 s.
    """
    kind = "cuda" if device.type == "cuda" else "cpu"
    (rows, inputs, outputs), times = _SIZES[kind], _TIMES[kind]
    left, right = (torch.ones(*size, device=device, dtype=getattr(torch, precision)) for size in ((rows, inputs), (inputs, outputs)))
    best = 0.0
    with torch.inference_mode():
        for _ in range(_REPETITIONS + 1):  # the first warms up, and the last are faster
            began = _now(device)
            for _ in range(times):
                left @ right
            best = max(best, 2.0 * rows * inputs * outputs * times / max(_now(device) - began, 1e-9))
    return best


def _now(device: torch.device) -> float:
    if device.type != "cuda":
        return time.thread_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()
