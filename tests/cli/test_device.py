"""Devices found without torch."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from stiltsreport.cli.device import gpus, named_device, runnable_device
from stiltsreport.errors import StiltsReportError


@pytest.fixture
def cuda_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch is a build with CUDA."""
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "2.13.0")


@pytest.mark.usefixtures("cuda_torch")
@pytest.mark.parametrize(("visible", "found"), [(None, 2), ("", 0), ("-1", 0), ("1", 1), ("0,1", 2)])
def test_gpus_are_the_drivers_nodes_that_are_visible(tmp_path: Path, visible: str | None, found: int) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert gpus({} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}, tmp_path) == found


def test_a_torch_without_cuda_sees_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia0").touch()
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "2.13.0+cpu")
    assert gpus({}, tmp_path) == 0


def test_auto_is_cuda_where_there_is_one() -> None:
    assert (named_device("auto", 0), named_device("auto", 2)) == ("cpu", "cuda")
    assert (runnable_device("auto", 0), runnable_device("cuda:1", 2)) == ("cpu", "cuda:1")


@pytest.mark.parametrize(("asked", "found"), [("cuda", 0), ("cuda:2", 2), ("h200", 1), ("tpu", 0)])
def test_what_jobs_cannot_run_on_is_refused(asked: str, found: int) -> None:
    with pytest.raises(StiltsReportError):
        runnable_device(asked, found)
