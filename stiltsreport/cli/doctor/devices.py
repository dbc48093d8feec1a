"""Cores, memory and GPUs, and whether torch, the driver and they fit each other."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from stiltsreport.cli.device import shown_by_driver
from stiltsreport.cli.doctor.finding import Finding
from stiltsreport.execute.machine import processor
from stiltsreport.execute.workers import available_bytes, cores
from stiltsreport.modeling.torch_facts import TorchFacts, torch_facts
from stiltsreport.plan.precision import resolved_precision

AREA = "device"
_GB = 1e9
_WORKER = 2.0  # gigabytes that a worker with the embedded model takes
_REINSTALL = "a torch built for that driver: pytorch.org/get-started names the command; pip uninstall torch first"


def devices() -> Iterator[Finding]:
    """Imports torch, which takes a second or two."""
    try:
        facts = torch_facts()
    except (ImportError, OSError) as error:
        yield Finding(AREA, "torch", "wrong", f"cannot be loaded: {error}", "pip install --force-reinstall torch")
        return
    yield Finding(AREA, "torch", "right", f"{facts.version}, {'CUDA ' + facts.cuda if facts.cuda else 'without CUDA'}")
    yield from gpu_findings(facts, driver_version(), shown_by_driver())
    yield from _processor(facts)
    yield _memory()


def gpu_findings(facts: TorchFacts, driver: str, count: int) -> Iterator[Finding]:
    """What the driver shows against what torch sees; nothing where there is neither."""
    if facts.error:
        seen = f"the driver ({driver or 'version unknown'}) shows {count}, torch none: {facts.error}" if count else f"none: {facts.error}"
        yield Finding(AREA, "GPU", "wrong" if count else "note", seen, _REINSTALL if count else "")
    elif count and facts.cuda is None:
        said = f"the driver ({driver or 'version unknown'}) shows {count}, but this torch is built without CUDA: jobs run on the CPU"
        yield Finding(AREA, "GPU", "wrong", said, _REINSTALL)
    elif not facts.gpus:
        yield Finding(AREA, "GPU", "note", "none: jobs run on the CPU, which is enough for small encoders")
    for number, gpu in enumerate(facts.gpus):
        capability = ".".join(map(str, gpu.capability))
        said = f"{gpu.name}, {gpu.free / _GB:.0f} of {gpu.memory / _GB:.0f} GB free, compute capability {capability}"
        if gpu.free < gpu.memory * 0.5:
            yield Finding(AREA, f"GPU {number}", "note", f"{said}: something else runs on it", "nvidia-smi names the processes")
        else:
            yield Finding(AREA, f"GPU {number}", "right", said)
        if not gpu.bfloat16:
            yield Finding(AREA, f"GPU {number}", "note", "bfloat16 is emulated on it, and slow", "`precision: float32` in the study")


def driver_version() -> str:
    """Of the NVIDIA driver; "" where there is none."""
    try:
        text = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = re.search(r"Kernel Module\D*(\d+[\d.]*)", text)
    if found:
        return found[1]
    if not shutil.which("nvidia-smi"):
        return ""
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - fixed
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().partition("\n")[0] if done.returncode == 0 else ""


def _processor(facts: TorchFacts) -> Iterator[Finding]:
    count = cores()
    yield Finding(AREA, "processor", "right", f"{processor()}, {count} core{'s' if count > 1 else ''}")
    single, half = facts.products["float32"], facts.products["bfloat16"]
    speeds = f"products on one core: float32 {single / 1e9:.0f}, bfloat16 {half / 1e9:.0f} GFLOP/s"
    chosen = resolved_precision("cpu")
    if chosen == "bfloat16" and half < single:
        said = f"{speeds}: its tiles are not used, so `precision: auto` makes training slower here"
        yield Finding(AREA, "bfloat16", "note", said, "`precision: float32` in the study, or a newer torch")
    else:
        yield Finding(AREA, "bfloat16", "right", f"{speeds}; `precision: auto` means {chosen} on this processor")


def _memory() -> Finding:
    free = available_bytes()
    if free is None:
        return Finding(AREA, "memory", "note", "the system does not say how much is free")
    limit = _cgroup_limit()
    said = f"{free / _GB:.1f} GB free" + (f", but this process group may use {limit / _GB:.1f} GB" if limit and limit < free else "")
    room = min(free, limit or free) / _GB
    if room < _WORKER:
        short = f"{said}: a worker with the smallest model takes {_WORKER:g} GB"
        return Finding(AREA, "memory", "wrong", short, "free some, or ask for more")
    few = room < _WORKER * cores()
    mend = f"--workers {int(room // _WORKER)} for the smallest model, fewer for larger ones" if few else ""
    return Finding(AREA, "memory", "note" if few else "right", said, mend)


def _cgroup_limit() -> int | None:
    """The limit of this process's control group (v2, then v1); None where there is none."""
    for file in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            text = file.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit() and int(text) < 1 << 60:
            return int(text)
    return None
