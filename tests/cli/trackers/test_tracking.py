"""Trackers: what they are told, and that none of them can stop a build."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.cli.trackers.asked import tracked
from stiltsreport.cli.trackers.serving import Told
from stiltsreport.cli.trackers.tracking import Several, Tracking
from stiltsreport.execute.progress import Noted, Outcome, Silent, Steps
from stiltsreport.plan.units import Unit
from tests.cli.studies import Desk

Capture = pytest.CaptureFixture[str]


def unit(name: str) -> Unit:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Job:
        id: str

    return Unit(None, (Job(f"id-{name}"),), (), (), (name,))


class Kept:
    """A tracker that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list = []

    def tell(self, told: Told) -> None:
        self.told.append(told)

    def close(self) -> None:
        self.told.append(None)


def test_a_tracker_is_told_of_each_job_s_losses_and_its_end() -> None:
    kept = Kept()
    tracking = Tracking(kept)
    first = unit("a/none/x/1")
    tracking.started(first)
    tracking.event(Steps(first.id, 2, 9, 0.25, 3.0))
    tracking.event(Noted(first.id, "slower"))
    tracking.ended(Outcome(first, "failed", error="x"))
    tracking.close()
    step = ("step", first.id, (2, {"loss": 0.25, "examples_per_second": 3.0}))
    assert kept.told == [("title", first.id, "a/none/x/1"), step, ("end", first.id, "failed"), None]


def test_several_observers_hear_the_same_and_notes_go_to_the_first() -> None:
    class Hears(Silent):
        def __init__(self) -> None:
            self.events: list = []

        def event(self, event) -> None:
            self.events.append(event)

    one, other = Hears(), Hears()
    both = Several([one, other])
    step, note = Steps("u", 1, 2, 0.1, 1.0), Noted("u", "slower")
    both.event(step)
    both.event(note)
    assert (one.events, other.events) == ([step, note], [step])


def test_without_a_tracker_the_observer_is_itself(tmp_path: Path) -> None:
    observer = Silent()
    with tracked(observer, (), "s", tmp_path, pytest.fail, pytest.fail) as found:
        assert found is observer


def test_tensorboard_reads_a_build_s_losses(desk: Desk, capsys: Capture) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result = desk.run(capsys, "build", desk.study(seeds="[1]"), "--track", "tensorboard", "-q")
    assert result.code == 0
    folder = desk.folder / "reports" / "small" / "tensorboard"
    runs = sorted(path.name for path in folder.iterdir())
    assert any("none-xnli-1" in name for name in runs), runs
    found = EventAccumulator(str(next(path for path in folder.iterdir() if "none-xnli-1" in path.name)))
    found.Reload()
    losses = found.Scalars("loss")
    assert losses
    assert all(event.value > 0 and event.step >= 1 for event in losses)


def test_mlflow_keeps_a_build_s_losses(desk: Desk, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file:{desk.folder / 'mlruns'}")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    result = desk.run(capsys, "build", desk.study(seeds="[1]"), "--track", "mlflow", "-q")
    assert (result.code, result.err) == (0, result.err)
    client = mlflow.tracking.MlflowClient(f"file:{desk.folder / 'mlruns'}")
    experiment = client.get_experiment_by_name("small")
    runs = client.search_runs([experiment.experiment_id])
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert any("loss" in run.data.metrics for run in runs)


def test_wandb_offline_keeps_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    from stiltsreport.cli.trackers.wandb import wandb_runs

    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    begin = wandb_runs("small", tmp_path)
    first, second = begin("a/none/x/1"), begin("a/none/x/2")
    first.log(1, {"loss": 0.5})
    second.log(1, {"loss": 0.25})
    first.close("done")
    second.close("failed")
    assert len(list((tmp_path / "wandb").glob("offline-run-*"))) == 2
