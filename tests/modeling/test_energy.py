"""The driver's energy counter, by a library that answers as NVML does; and how fast a device multiplies."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest
import torch

from stiltsreport.modeling.device_speed import products_per_second
from stiltsreport.modeling.energy import EnergyMeter


class Library:
    """Millijoules by GPU; 0 is NVML's "all is well"."""

    def __init__(self, readings: dict[bytes, list[int]], unsupported: bool = False) -> None:
        self.readings, self.unsupported, self.names = readings, unsupported, sorted(readings)

    def nvmlDeviceGetHandleByUUID(self, uuid: bytes, handle: Any) -> int:  # noqa: N802 - NVML's name
        if uuid not in self.readings:
            return 6
        ctypes.cast(handle, ctypes.POINTER(ctypes.c_void_p))[0] = self.names.index(uuid) + 1
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: Any, found: Any) -> int:  # noqa: N802 - as above
        if self.unsupported:
            return 3
        value = self.readings[self.names[handle.value - 1]].pop(0)
        ctypes.cast(found, ctypes.POINTER(ctypes.c_ulonglong))[0] = value
        return 0


def test_joules_since_the_beginning():
    meter = EnergyMeter("GPU-b", Library({b"GPU-a": [1, 2], b"GPU-b": [10_000, 22_500, 4_000]}))
    assert meter.joules() == 12.5
    assert meter.joules() is None  # the driver was loaded anew in between


def test_what_counts_nothing_is_none():
    assert EnergyMeter("GPU-c", Library({b"GPU-a": [1, 2]})).joules() is None
    assert EnergyMeter("GPU-a", Library({b"GPU-a": [1, 2]}, unsupported=True)).joules() is None
    assert EnergyMeter.of(torch.device("cpu"), alone=True).joules() is None
    assert EnergyMeter.of(torch.device("cuda"), alone=False).joules() is None


def test_the_speed_of_products_is_this_machine_s():
    """numpy's own products of one thread reach the same order of magnitude; a second asking measures nothing anew."""
    import time

    found = products_per_second(torch.device("cpu"), "float32")
    array = np.ones((512, 512), dtype=np.float32)
    began = time.process_time()
    for _ in range(8):
        array @ array
    theirs = 8 * 2 * 512**3 / max(time.process_time() - began, 1e-9)
    assert theirs / 10 < found < theirs * 30
    assert products_per_second(torch.device("cpu"), "float32") == found


@pytest.mark.gpu
def test_a_gpu_s_counter_goes_up(device: torch.device):
    meter = EnergyMeter.of(device, alone=True)
    products_per_second(device, "bfloat16")
    assert (meter.joules() or 0.0) >= 0.0
