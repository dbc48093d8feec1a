"""How many workers, and where: by numbers, without a GPU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.execute.executors.local import Pool, WorkerSettings
from stiltsreport.execute.workers import available_bytes, default_workers, devices_of, largest_peak
from stiltsreport.models import MODELS
from stiltsreport.plan.devices import DEVICES, Device
from stiltsreport.plan.memory import peak_memory
from tests.execute.conftest import Watcher

GB = 10**9
CPU = Device("cpu", "a core", 24 * GB, 1.0, 1.0, shares=0.9)
UNKNOWN_GPU = Device("cuda", "a GPU", None, 0.0, 0.0)


def test_free_memory_is_what_the_system_says(tmp_path: Path):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    5000 kB\n")
    assert available_bytes(tmp_path / "meminfo") == 5000 * 1024
    assert available_bytes(tmp_path / "absent") is None


@pytest.mark.parametrize(
    ("needed", "processors", "free", "workers"),
    [
        (2 * GB, 2, 24 * GB, 2),  # a core each
        (2 * GB, 64, 24 * GB, 12),  # memory holds twelve
        (30 * GB, 8, 24 * GB, 1),  # one at the least: `build` has refused what does not fit
        (None, 8, 24 * GB, 8),
        (2 * GB, 8, None, 8),
        (2 * GB, 8, 0, 1),
    ],
)
def test_workers_on_a_cpu(needed: float | None, processors: int, free: int | None, workers: int):
    assert default_workers(needed, CPU, 0, processors, free) == workers


@pytest.mark.parametrize(
    ("needed", "device", "gpus", "processors", "workers"),
    [
        (5 * GB, "h100", 1, 16, 8),  # sixteen would fit its memory
        (30 * GB, "h100", 1, 16, 2),
        (30 * GB, "h100", 4, 16, 8),
        (5 * GB, "h100", 4, 16, 16),  # no more than cores
        (5 * GB, "h100", 1, 3, 3),
        (75 * GB, "h100", 2, 16, 2),
        (5 * GB, "h100", 4, 2, 4),  # no GPU stands idle for want of cores
        (None, "h100", 2, 16, 2),
        (5 * GB, None, 2, 16, 2),  # its memory is not known
    ],
)
def test_workers_on_gpus(needed: float | None, device: str | None, gpus: int, processors: int, workers: int):
    assert default_workers(needed, DEVICES[device] if device else UNKNOWN_GPU, gpus, processors, 1) == workers


def test_the_largest_model_counts_and_an_unknown_one_is_not_guessed():
    small, large = MODELS["multilingual-e5-small"], MODELS["xlmr-large"]
    assert largest_peak([], [small, large], DEVICES["h100"], "bfloat16") == peak_memory(large, DEVICES["h100"], "bfloat16").value
    assert largest_peak([], [small, replace(large, parameters=0)], DEVICES["h100"], "bfloat16") is None
    assert largest_peak([], [], CPU, "float32") is None


def test_each_slot_has_its_gpu(tmp_path: Path):
    pool = Pool(WorkerSettings(str(tmp_path), offline=True, device="cuda"), 5, Watcher(), gpus=2)
    try:
        assert sorted(slot.settings.device for slot in pool._slots) == ["cuda:0"] * 3 + ["cuda:1"] * 2
        assert pool.slots == 5
        assert pool._free[-1].settings.device == "cuda:0"  # the first unit goes to the first GPU, the second to the second
        assert pool._free[-2].settings.device == "cuda:1"
    finally:
        pool.close()


def test_one_named_gpu_may_hold_several():
    assert devices_of("cuda:3", 3, 8) == ["cuda:3"] * 3
