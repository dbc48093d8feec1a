"""Where a job ran: versions, processor, device, the commit of the tool; kept with every artifact."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import Any

import stiltsreport

_PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "numpy", "scipy", "statsmodels", "safetensors")


@functools.lru_cache(maxsize=8)
def machine(device: str) -> dict[str, Any]:
    """Versions by package, Python, processor, device and commit."""
    return {
        "stiltsreport": stiltsreport.__version__,
        "commit": tool_commit(),
        "python": platform.python_version(),
        "packages": versions(),
        "processor": processor(),
        "device": device,
    }


def forget_peak(device: str) -> None:
    """Begin to count peak memory afresh, so that a job's figure is its own; where the system cannot, it is the process's so far."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(device)
        return
    give_back()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # proc(5): resets the peak of resident memory


def give_back() -> None:
    """Return to the system what earlier jobs have freed: the C library keeps it, gigabytes after a hundred jobs.

    It would count as a later job's peak. Of glibc alone (malloc_trim(3)); elsewhere nothing is done.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def versions() -> dict[str, str]:
    """Versions of the packages that can move a number by float noise."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def processor() -> str:
    """The processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return name or platform.machine()


def tool_commit() -> str | None:
    """The commit of the checkout that the tool runs from; None for an installed one."""
    top = Path(stiltsreport.__file__).resolve().parents[1]
    if not (top / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", "-C", str(top), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=True)  # noqa: S603, S607
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
