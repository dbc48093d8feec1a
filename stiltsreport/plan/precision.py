"""Which precision "auto" means on the device that will run: bfloat16 where the hardware multiplies it faster, float32 else."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.recipes import Precision

CPU_INFO = Path("/proc/cpuinfo")


def resolved_precision(device: str, cpu_info: Path = CPU_INFO) -> Precision:
    """bfloat16 on a GPU, and on a CPU with AMX tiles: without them it is slower than float32."""
    if device.startswith("cuda"):
        return "bfloat16"
    try:
        flags = cpu_info.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "float32"
    return "bfloat16" if "amx_bf16" in flags.split() else "float32"
