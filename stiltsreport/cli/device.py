"""Which device a command means, found without loading torch."""

from __future__ import annotations

import importlib.metadata
import os
import re
from collections.abc import Mapping
from pathlib import Path

from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.devices import device_named

_RUNNABLE = re.compile(r"cpu|cuda(:\d+)?")


def gpus(environment: Mapping[str, str] = os.environ, nodes: Path = Path("/dev")) -> int:
    """How many NVIDIA GPUs this process may use; 0 where the driver shows none, or torch is a build without CUDA."""
    try:
        if importlib.metadata.version("torch").endswith("+cpu"):
            return 0
    except importlib.metadata.PackageNotFoundError:
        return 0
    found = shown_by_driver(nodes)
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is None or not found:
        return found
    return len([entry for entry in visible.split(",") if entry.strip() and entry.strip() != "-1"])


def shown_by_driver(nodes: Path = Path("/dev")) -> int:
    """How many NVIDIA GPUs the driver shows, whatever torch can do with them."""
    return len([node for node in nodes.glob("nvidia*") if re.fullmatch(r"nvidia\d+", node.name)])


def named_device(asked: str, found: int) -> str:
    """The device of `--device`, or a kind to plan for; "auto" is cuda where there is a GPU.

    Raises StiltsReportError for a name that is not known.
    """
    device = ("cuda" if found else "cpu") if asked == "auto" else asked
    device_named(device)
    return device


def runnable_device(asked: str, found: int) -> str:
    """The device that jobs run on here.

    Raises StiltsReportError for one that is not there, or is a kind to plan for only.
    """
    device = ("cuda" if found else "cpu") if asked == "auto" else asked
    if not _RUNNABLE.fullmatch(device):
        raise StiltsReportError(
            "no device that jobs can run on here", where=f"--device {asked}", hint="cpu, cuda or cuda:N; check and plan take a kind"
        )
    number = int(device.partition(":")[2] or 0)
    if device.startswith("cuda") and number >= found:
        raise StiltsReportError(
            f"{found or 'no'} GPU is found here", where=f"--device {asked}", hint="--device cpu, or a torch with CUDA and its driver"
        )
    return device
