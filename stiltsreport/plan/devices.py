"""Devices that a study may be planned for: memory, speed, and which one is here, found without loading torch."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import by_name, did_you_mean

GIGABYTE = 10**9
HOST_SHARE = 0.9  # of a machine's own memory that jobs may take


@dataclass(frozen=True)
class Device:
    """`flops` a second of bfloat16 products that a kernel reaches, `bandwidth` in bytes a second; 0 and None where it is not known.

    `host`: bytes of the machine's own memory beside a GPU; None for a kind of GPU in a machine that is not known.
    """

    name: str
    title: str
    memory: int | None
    flops: float
    bandwidth: float
    shares: float = 1.0  # of the memory that jobs may take: a CPU's is the system's too
    host: int | None = None

    @property
    def gpu(self) -> bool:
        """Whether hours on it are GPU-hours."""
        return self.name != "cpu"


# H200: measured, 790 TFLOP/s of bfloat16 products and 4.3 TB/s of copies. H100 has the same chip and slower memory; the others by the
# vendor's figures, scaled as the H200's reading is to its own (0.8 of the peak, 0.9 of the bandwidth).
DEVICES = by_name(
    (
        Device("h200", "NVIDIA H200 141 GB", 141 * GIGABYTE, 790e12, 4.3e12),
        Device("h100", "NVIDIA H100 80 GB", 80 * GIGABYTE, 790e12, 3.0e12),
        Device("a100", "NVIDIA A100 80 GB", 80 * GIGABYTE, 250e12, 1.8e12),
        Device("a100-40", "NVIDIA A100 40 GB", 40 * GIGABYTE, 250e12, 1.4e12),
        Device("l40s", "NVIDIA L40S 48 GB", 48 * GIGABYTE, 290e12, 0.78e12),
        Device("v100", "NVIDIA V100 32 GB", 32 * GIGABYTE, 100e12, 0.8e12),
        Device("t4", "NVIDIA T4 16 GB", 16 * GIGABYTE, 52e12, 0.29e12),
    )
)
# One core: 165 GFLOP/s of float32 products, 880 of bfloat16 where it has AMX; 13 GB/s of copies. Measured on a Xeon.
CPU_FLOPS = {"float32": 165e9, "bfloat16": 880e9}
CPU_BANDWIDTH = 13e9


def device_named(
    name: str, precision: str = "float32", drivers: Path = Path("/proc/driver/nvidia/gpus"), memory: Path = Path("/proc/meminfo")
) -> Device:
    """The device of a name: "cpu" is one core of this machine, "cuda" the GPU that its driver shows.

    Raises StiltsReportError for a name that is not known.
    """
    if name == "cpu":
        return Device("cpu", "a core of this machine", _system_memory(memory), CPU_FLOPS[precision], CPU_BANDWIDTH, shares=HOST_SHARE)
    if name.partition(":")[0] == "cuda":
        return replace(_present(drivers), host=_system_memory(memory))
    if name in DEVICES:
        return DEVICES[name]
    raise StiltsReportError(f"unknown device {name!r}", where="--device", hint=did_you_mean(name, ["cpu", "cuda", *DEVICES]))


def kind_of(reported: str) -> str:
    """The name of the device that a job's record calls so ("cpu", "NVIDIA H100 80GB HBM3"); the record's own words where it is not known.

    >>> kind_of("NVIDIA H100 80GB HBM3"), kind_of("NVIDIA A100-SXM4-40GB"), kind_of("cpu")
    ('h100', 'a100-40', 'cpu')
    """
    words = reported.lower().replace("-", " ").replace("_", " ").split()
    if "a100" in words and any(word.startswith("40gb") for word in words):
        return "a100-40"
    return next((name for name in DEVICES if name in words), reported)


def _present(drivers: Path) -> Device:
    try:
        text = next(iter(sorted(drivers.glob("*/information")))).read_text(encoding="utf-8", errors="replace")
    except (OSError, StopIteration):
        text = ""
    title = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("Model")), "")
    return DEVICES.get(kind_of(title)) or Device("cuda", title or "a GPU of unknown kind", None, 0.0, 0.0)


def _system_memory(file: Path) -> int | None:
    try:
        line = next(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("MemTotal"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        try:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (OSError, ValueError):
            return None
