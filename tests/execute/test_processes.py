"""One unit in two processes: what is published is what one process publishes, and one that dies ends all."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute import processes
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.perform import perform
from stiltsreport.execute.processes import ProcessFailedError
from stiltsreport.execute.progress import Event, Outcome, Steps
from stiltsreport.execute.workers import processes_of
from stiltsreport.modeling.interruption import Interrupted, Interruption
from stiltsreport.plan.devices import DEVICES
from stiltsreport.plan.units import Unit, missing_units
from stiltsreport.store import Store
from tests.execute.conftest import Built, prepared, settings

MEMBER = processes._member


@dataclass(frozen=True)
class Named:
    """What is read of a unit before it begins."""

    id: str


def unit_of(built: Built, store: Store, name: str) -> Unit:
    return next(unit for unit in missing_units(built.plan, store) if any(name in one for one in unit.names))


def lines(store: Store, job: str) -> list[Any]:
    file = store.path("evaluations", job) / "predictions.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "sharding"), [("none/xnli/1", "none"), ("none/tatoeba", "none"), ("none/xcopa/1", "full")])
def test_two_processes_publish_what_one_publishes(built: Built, tmp_path: Path, name: str, sharding: Any) -> None:
    """XCOPA: two trainings, the second of which goes on with the head of the first; Tatoeba: vectors of an encoder without a head."""
    store = prepared(tmp_path / "store")
    unit = unit_of(built, store, name)
    told: list[Event] = []
    outcome = perform(unit, replace(settings(store), processes=2, sharding=sharding), told.append)
    assert (outcome.state, outcome.error) == ("done", "")
    for job in unit.evaluations:
        assert lines(store, job.id) == lines(built.store, job.id)
    for train in unit.chain:
        ours, theirs = (one.record("trainings", train.id) for one in (store, built.store))
        assert (ours["processes"], ours["layers_shared_out"]) == (2, sharding == "full")
        assert "processes" not in theirs
        assert {key: ours[key] for key in ("steps", "examples", "selected_step")} == {
            key: theirs[key] for key in ("steps", "examples", "selected_step")
        }
        assert ours["dev"] == theirs["dev"]
    assert [event.step for event in told if isinstance(event, Steps)][-1:] == ([theirs["steps"]] if unit.chain else [])
    assert not store.attempts.of(unit.id).exists()


def killed(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, do: Callable[[list[Any]], None]) -> tuple[Outcome, Store, Unit]:
    """The unit in two processes, to which `do` does something once their second step is told."""
    from stiltsreport.execute import processes as module

    together: list[Any] = []
    begin = module._Together.__init__

    def remembering(self: Any, *given: Any) -> None:
        begin(self, *given)
        together.append(self)

    monkeypatch.setattr(module._Together, "__init__", remembering)
    store = prepared(tmp_path / "store")
    unit = unit_of(built, store, "none/xnli/1")
    done: list[int] = []

    def tell(event: Event) -> None:
        if isinstance(event, Steps) and not done:
            done.append(event.step)
            do(together[0]._processes)

    outcome = perform(unit, replace(settings(store), processes=2, checkpoint_minutes=1e-9), tell)
    assert done
    return outcome, store, unit


def gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_one_that_is_killed_ends_all_in_one_failed_attempt(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rank: int
) -> None:
    pids: list[int] = []

    def kill(processes: list[Any]) -> None:
        pids.extend(process.pid for process in processes)
        os.kill(pids[rank], signal.SIGKILL)

    outcome, store, unit = killed(built, tmp_path, monkeypatch, kill)
    assert outcome.state == "failed"
    assert outcome.error == f"process {rank + 1} of 2 was ended by SIGKILL, perhaps for want of memory"
    assert len(store.attempts.failures(unit.id)) == 1
    assert store.attempts.holder(unit.id) is None
    assert all(map(gone, pids))
    assert perform(unit, settings(store), lambda _: None).state == "done"  # one process goes on from the state of two
    for job in unit.evaluations:
        assert lines(store, job.id) == lines(built.store, job.id)


@pytest.mark.slow
def test_all_save_and_end_where_one_is_asked(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM to the process that waits for them."""
    outcome, store, unit = killed(built, tmp_path, monkeypatch, lambda _: signal.raise_signal(signal.SIGTERM))
    assert outcome.state == "interrupted"
    assert list(store.attempts.state(unit.id).glob("*.safetensors"))
    assert store.attempts.failures(unit.id) == []


def test_the_log_is_that_of_one_that_failed(built: Built, tmp_path: Path) -> None:
    """No GPU is here: each process fails before it has met the other."""
    store = prepared(tmp_path / "store")
    unit = unit_of(built, store, "none/xnli/1")
    outcome = perform(unit, replace(settings(store), processes=2, device="cuda:7"), lambda _: None)
    assert outcome.state == "failed"
    (log,) = store.attempts.failures(unit.id)
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert "set_device" in log.read_text(encoding="utf-8")


def sleeps(*_given: Any) -> None:
    """A process that has not begun: a signal ends it."""
    time.sleep(120)


def test_one_that_is_asked_to_stop_before_it_has_begun_has_not_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_member", sleeps)
    interruption = Interruption()
    timer = threading.Timer(2.0, interruption.ask)
    timer.start()
    with pytest.raises(Interrupted):
        processes.work_together(Named("a"), WorkerSettings("", True, "cpu", processes=2), lambda _: None, interruption)  # type: ignore[arg-type]
    timer.join()


def ends_as(*given: Any) -> None:
    """A process of a group that is never left, as NCCL's may not be; the unit's id says how the work of each rank ends."""
    from torch import distributed, ones

    from stiltsreport.execute import perform as module

    def do(how: str, peers: Any) -> None:
        if how == "fails":
            raise ValueError("the cause")
        if how == "falls":
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            if "done" not in how:
                peers.add(ones(1))
        except RuntimeError:
            if how == "aborts":  # as NCCL has it
                os.abort()
            raise

    distributed.destroy_process_group = lambda *_: time.sleep(600)
    module._Worker = lambda unit, *_, peers: SimpleNamespace(do=lambda: do(unit.id.split()[peers.rank], peers))  # type: ignore[assignment, misc]
    MEMBER(*given)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["fails aborts", "falls waits", "done done"])
def test_the_end_that_counts_is_the_cause_and_is_told_though_the_group_cannot_be_left(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_member", ends_as)
    interruption = Interruption()
    timer = threading.Timer(300.0, interruption.ask)
    timer.start()
    settings = WorkerSettings(str(prepared(tmp_path / "store").folder), True, "cpu", processes=2)
    try:
        with pytest.raises(ProcessFailedError) if "done" not in how else nullcontext() as found:
            processes.work_together(Named(how), settings, lambda _: None, interruption)  # type: ignore[arg-type]
    finally:
        timer.cancel()
    if found is not None:
        end = found.value.end
        assert (end.state, end.follows) == ("killed" if "falls" in how else "failed", False)
        assert end.rank == next(rank for rank, one in enumerate(how.split()) if one in ("fails", "falls"))
        assert end.what == ("ValueError: the cause" if "fails" in how else end.what)


def test_none_is_left_where_not_all_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_member", sleeps)
    start, started = SpawnProcess.start, []

    def second_fails(self: Any) -> None:
        if started:
            raise OSError(11, "Resource temporarily unavailable")
        start(self)
        started.append(self.pid)

    monkeypatch.setattr(SpawnProcess, "start", second_fails)
    with pytest.raises(OSError, match="temporarily"):
        processes.work_together(Named("a"), WorkerSettings("", True, "cpu", processes=2), lambda _: None, Interruption())  # type: ignore[arg-type]
    assert gone(started[0])


@pytest.mark.parametrize(
    ("asked", "needed", "gpus", "found"),
    [(None, 60e9, 4, 1), (None, 230e9, 4, 3), (None, 900e9, 4, 4), (None, None, 4, 1), (2, None, 4, 2), (1, 900e9, 4, 1)],
)
def test_as_many_processes_as_hold_the_job(asked: int | None, needed: float | None, gpus: int, found: int) -> None:
    assert processes_of(asked, needed, DEVICES["h100"], gpus) == found


def test_more_processes_than_gpus_are_refused() -> None:
    with pytest.raises(StiltsReportError, match="4 processes a job, and 2 GPUs here"):
        processes_of(4, None, DEVICES["h100"], 2)
    assert processes_of(4, None, replace(DEVICES["h100"], name="cpu"), 0) == 4
