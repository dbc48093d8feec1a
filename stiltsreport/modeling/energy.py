"""The energy that a GPU takes, where its driver counts it: NVIDIA's management library (NVML), which comes with the driver."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import torch

_LIBRARY = "libnvidia-ml.so.1"
_MILLIJOULES = 1000.0


class EnergyMeter:
    """Guards the counter's reading at the beginning. `uuid` names the GPU; `library` is NVML, None where there is none."""

    def __init__(self, uuid: str, library: Any) -> None:
        self._uuid, self._library = uuid, library
        self._began = self._read()

    @classmethod
    def of(cls, device: torch.device, *, alone: bool) -> EnergyMeter:
        """That of a device. A job that is not `alone` on it has no energy of its own, and what is no GPU has no counter."""
        if device.type != "cuda" or not alone:
            return cls("", None)
        return cls(f"GPU-{torch.cuda.get_device_properties(device).uuid}", _nvml())

    def joules(self) -> float | None:
        """Energy since the beginning; None where nothing counts it."""
        now = self._read()
        return None if now is None or self._began is None or now < self._began else (now - self._began) / _MILLIJOULES

    def _read(self) -> int | None:
        """Millijoules since the driver was loaded (nvmlDeviceGetTotalEnergyConsumption, Volta and later)."""
        if self._library is None:
            return None
        handle, found = ctypes.c_void_p(), ctypes.c_ulonglong()
        if self._library.nvmlDeviceGetHandleByUUID(self._uuid.encode(), ctypes.byref(handle)):
            return None
        if self._library.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(found)):
            return None
        return int(found.value)


@functools.cache
def _nvml() -> Any:
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        return None
    return None if library.nvmlInit_v2() else library
