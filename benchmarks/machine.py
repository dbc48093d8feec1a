"""What a figure was measured on, as it stands in every line: without it a speed means nothing."""

from __future__ import annotations

import importlib.metadata
import platform
from pathlib import Path
from typing import Any

from stiltsreport.execute.workers import cores
from stiltsreport.plan.devices import device_named
from stiltsreport.plan.precision import resolved_precision


def machine(device: str = "cpu", cpu_info: Path = Path("/proc/cpuinfo")) -> dict[str, Any]:
    """Processor, cores, memory, GPU where it is the device, what "auto" precision means there, and the versions that matter."""
    memory = device_named("cpu").memory
    return {
        "processor": _processor(cpu_info),
        "cores": cores(),
        "memory_bytes": memory,
        "gpu": device_named(device).title if device.startswith("cuda") else None,
        "precision": resolved_precision(device),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("torch", "transformers", "numpy")},
    }


def _processor(cpu_info: Path) -> str:
    try:
        lines = cpu_info.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    known = [title for flag, title in (("avx2", "AVX2"), ("avx512f", "AVX-512"), ("amx_bf16", "AMX-bf16")) if flag in flags]
    return " ".join([name, *([f"({', '.join(known)})"] if known else [])])
