"""The scheduler and the process pool, on units that do no work."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.execute.executors import local
from stiltsreport.execute.executors.local import Pool, WorkerSettings
from stiltsreport.execute.progress import Outcome
from stiltsreport.execute.scheduler import run_units
from tests.execute.conftest import Watcher


@dataclass(frozen=True)
class Job:
    id: str


@dataclass(frozen=True)
class Fake:
    """What the scheduler reads of a unit."""

    id: str
    needs: tuple[str, ...] = ()
    action: str = ""
    folder: str = ""

    @property
    def chain(self) -> tuple[Job, ...]:
        return (Job(self.id),)


@dataclass
class Instant:
    """Runs at once; units named in `bad` fail. Remembers how many ran side by side."""

    slots: int = 2
    bad: tuple[str, ...] = ()
    ran: list[str] = field(default_factory=list)
    closed: list[bool] = field(default_factory=list)

    def submit(self, unit: Any) -> Future[Outcome]:
        self.ran.append(unit.id)
        future: Future[Outcome] = Future()
        future.set_result(Outcome(unit, "failed" if unit.id in self.bad else "done"))
        return future

    def close(self, *, cancel: bool = False) -> None:
        self.closed.append(cancel)


def states(units: list[Any], executor: Any) -> dict[str, str]:
    return {outcome.unit.id: outcome.state for outcome in run_units(units, executor, Watcher())}


def test_parents_run_first_whatever_the_order():
    executor = Instant()
    states([Fake("c", ("b",)), Fake("b", ("a",)), Fake("a"), Fake("d")], executor)
    assert executor.ran.index("a") < executor.ran.index("b") < executor.ran.index("c")
    assert executor.closed == [False]


def test_a_parent_that_is_stored_already_is_not_waited_for():
    assert states([Fake("b", ("stored",))], Instant()) == {"b": "done"}


def test_a_failure_skips_all_that_rests_on_it_and_nothing_else():
    found = states(
        [Fake("a"), Fake("b", ("a",)), Fake("c", ("b", "x")), Fake("x"), Fake("y", ("x",)), Fake("z", ("y", "a"))], Instant(bad=("a",))
    )
    assert found == {"a": "failed", "b": "skipped", "c": "skipped", "x": "done", "y": "done", "z": "skipped"}


def test_no_more_side_by_side_than_there_are_slots():
    class Slow(Instant):
        most = 0
        running: list[Future[Outcome]] = []  # noqa: RUF012

        def submit(self, unit: Any) -> Future[Outcome]:
            future: Future[Outcome] = Future()
            self.running.append(future)
            type(self).most = max(self.most, len(self.running))
            if len(self.running) == self.slots:
                for each in self.running:
                    each.set_result(Outcome(unit, "done"))
                self.running.clear()
            return future

    states([Fake(str(number)) for number in range(6)], Slow(slots=3))
    assert Slow.most == 3


def test_an_interrupt_ends_the_workers():
    class Interrupted(Instant):
        def submit(self, unit: Any) -> Future[Outcome]:
            raise KeyboardInterrupt

    executor = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run_units([Fake("a")], executor, Watcher())
    assert executor.closed == [True]


def act(unit: Fake) -> Outcome:
    """In a worker process: what `action` says."""
    mark = Path(unit.folder) / unit.id
    with mark.open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    if unit.action == "die" or (unit.action == "die once" and len(mark.read_text().splitlines()) == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if unit.action == "sleep":
        time.sleep(120)
    if unit.action == "raise":
        raise RuntimeError("a bug")
    time.sleep(0.3)
    return Outcome(unit, "done")  # type: ignore[arg-type]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(local, "_work", act)
    made = Pool(WorkerSettings(str(tmp_path), offline=True, device="cpu"), 2, Watcher())
    yield made
    made.close(cancel=True)


def attempts(folder: Path, unit: str) -> int:
    return len((folder / unit).read_text().splitlines())


def test_a_killed_worker_s_unit_is_tried_once_more(pool: Pool, tmp_path: Path):
    units = [Fake("unlucky", action="die once", folder=str(tmp_path)), Fake("bystander", folder=str(tmp_path))]
    assert states(units, pool) == {"unlucky": "done", "bystander": "done"}
    assert attempts(tmp_path, "unlucky") == 2
    assert attempts(tmp_path, "bystander") == 1


def test_a_unit_that_kills_its_worker_twice_is_a_failure_of_its_own(pool: Pool, tmp_path: Path):
    units = [Fake("killer", action="die", folder=str(tmp_path)), *(Fake(f"b{number}", folder=str(tmp_path)) for number in range(4))]
    watcher = Watcher()
    found = {outcome.unit.id: outcome for outcome in run_units(units, pool, watcher)}  # type: ignore[arg-type]
    assert found["killer"].state == "failed"
    assert "its worker was killed, perhaps for want of memory" in found["killer"].error
    assert attempts(tmp_path, "killer") == 2
    assert all(found[f"b{number}"].state == "done" and attempts(tmp_path, f"b{number}") == 1 for number in range(4))


def test_a_bug_in_a_worker_is_a_failure_with_its_words(pool: Pool, tmp_path: Path):
    (outcome,) = run_units([Fake("bug", action="raise", folder=str(tmp_path))], pool, Watcher())  # type: ignore[list-item]
    assert (outcome.state, outcome.error) == ("failed", "RuntimeError: a bug")


def test_cancelling_ends_workers_in_the_middle(pool: Pool, tmp_path: Path):
    pool.submit(Fake("long", action="sleep", folder=str(tmp_path)))  # type: ignore[arg-type]
    deadline = time.monotonic() + 60
    while not (tmp_path / "long").is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    began = time.monotonic()
    pool.close(cancel=True)
    assert time.monotonic() - began < 30
    pid = int((tmp_path / "long").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
