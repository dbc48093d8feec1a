"""The scheduler and the process pool, on units that do no work."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
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
from stiltsreport.store import Store
from stiltsreport.store.objects import UnreachableError
from tests.execute.conftest import Watcher, prepared


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
    keep: tuple[str, ...] = ()
    evaluations: tuple[Job, ...] = ()
    translation: None = None
    prompts: tuple[()] = ()

    @property
    def title(self) -> str:
        return self.id

    @property
    def chain(self) -> tuple[Job, ...]:
        return (Job(self.id),)


@dataclass
class Instant:
    """Runs at once; units named in `bad` fail. Remembers how many ran side by side."""

    slots: int = 2
    bad: tuple[str, ...] = ()
    mendable: bool = True
    ran: list[str] = field(default_factory=list)
    closed: list[bool] = field(default_factory=list)

    def submit(self, unit: Any) -> Future[Outcome]:
        self.ran.append(unit.id)
        future: Future[Outcome] = Future()
        future.set_result(Outcome(unit, "failed" if unit.id in self.bad else "done", mendable=self.mendable))
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
        running: list[tuple[Any, Future[Outcome]]] = []  # noqa: RUF012

        def submit(self, unit: Any) -> Future[Outcome]:
            future: Future[Outcome] = Future()
            self.running.append((unit, future))
            type(self).most = max(self.most, len(self.running))
            if len(self.running) == self.slots:
                for one, each in self.running:
                    each.set_result(Outcome(one, "done"))
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


def test_what_crashes_is_tried_three_times_and_what_the_user_can_mend_once(store: Store):
    executor, watcher = Instant(bad=("a",), mendable=False), Watcher()
    (outcome, skipped) = run_units([Fake("a"), Fake("b", ("a",))], executor, watcher, store)  # type: ignore[list-item]
    assert (outcome.state, outcome.error, skipped.state) == ("failed", " (tried 3 times)", "skipped")
    assert executor.ran == ["a", "a", "a"]
    assert watcher.started_units == ["a"]
    assert [event.text for event in watcher.events] == [
        f"attempt {number} of 3 failed, trying again: its worker was asked to end" for number in (1, 2)
    ]  # type: ignore[union-attr]
    assert [log.name for log in store.attempts.failures("a")] == ["1.txt", "2.txt", "3.txt"]
    # Another build is another count.
    assert [outcome.state for outcome in run_units([Fake("a")], Instant(), Watcher(), store)] == ["done"]  # type: ignore[list-item]
    executor = Instant(bad=("a",))
    assert states([Fake("a")], executor) == {"a": "failed"}
    assert executor.ran == ["a"]


def test_a_store_that_cannot_be_reached_for_a_moment_ends_no_build(store: Store, monkeypatch: pytest.MonkeyPatch):
    def down(_unit: str) -> list[Path]:
        raise UnreachableError(5, "the line is down (tried 14 times)")

    monkeypatch.setattr(store.attempts, "failures", down)
    outcomes = run_units([Fake("a"), Fake("b")], Instant(bad=("a",)), Watcher(), store)  # type: ignore[list-item]
    assert {outcome.unit.id: outcome.state for outcome in outcomes} == {"a": "failed", "b": "done"}


def test_a_second_attempt_that_succeeds_is_done():
    class Twice(Instant):
        def submit(self, unit: Any) -> Future[Outcome]:
            self.bad = ("a",) if not self.ran else ()
            return super().submit(unit)

    executor = Twice(mendable=False)
    assert states([Fake("a"), Fake("b", ("a",))], executor) == {"a": "done", "b": "done"}
    assert executor.ran == ["a", "a", "b"]


def publish(store: Store, unit: str) -> None:
    store.publish("trainings", unit, lambda folder: (folder / "record.json").write_text("{}") and None)


def test_what_another_build_has_done_meanwhile_is_not_run(store: Store):
    publish(store, "a")
    executor = Instant()
    outcomes = run_units([Fake("a"), Fake("b", ("a",))], executor, Watcher(), store)  # type: ignore[list-item]
    assert [outcome.state for outcome in outcomes] == ["done", "done"]
    assert executor.ran == ["b"]


def test_what_another_build_is_at_is_waited_for(store: Store):
    """The lease is this process's own: as alive as can be. Others go on meanwhile."""
    executor, watcher = Instant(), Watcher()
    lease = store.lease("a")
    lease.__enter__()

    def end() -> None:
        while not executor.ran:
            time.sleep(0.01)
        publish(store, "a")
        lease.__exit__(None, None, None)

    other = threading.Thread(target=end)
    other.start()
    outcomes = run_units([Fake("a"), Fake("b", ("a",)), Fake("c")], executor, watcher, store)  # type: ignore[list-item]
    other.join()
    assert {outcome.unit.id: outcome.state for outcome in outcomes} == {"a": "done", "b": "done", "c": "done"}
    assert executor.ran == ["c", "b"]
    assert watcher.waited_for == [("a", f"{os.getpid()} on {os.uname().nodename}")]


def test_what_another_build_lets_go_of_undone_is_taken_over(store: Store):
    executor = Instant()
    lease = store.lease("a")
    lease.__enter__()
    threading.Timer(0.3, lambda: lease.__exit__(None, None, None)).start()
    assert [outcome.state for outcome in run_units([Fake("a")], executor, Watcher(), store)] == ["done"]  # type: ignore[list-item]
    assert executor.ran == ["a"]


def test_a_worker_that_comes_second_waits(store: Store):
    """Both builds looked before either began: the lease decides, and no attempt is counted."""

    class Second(Instant):
        def submit(self, unit: Any) -> Future[Outcome]:
            future = super().submit(unit)
            if len(self.ran) < 6:
                future = Future()
                future.set_result(Outcome(unit, "held", error="7 on elsewhere"))
            return future

    executor, watcher = Second(), Watcher()
    assert [outcome.state for outcome in run_units([Fake("a")], executor, watcher, store)] == ["done"]  # type: ignore[list-item]
    assert executor.ran == ["a"] * 6
    assert watcher.waited_for == [("a", "7 on elsewhere")] * 5


def test_stopping_starts_nothing_and_lets_what_runs_end():
    stop = threading.Event()

    class Patient(Instant):
        futures: list[tuple[Any, Future[Outcome]]] = []  # noqa: RUF012
        asked = 0

        def submit(self, unit: Any) -> Future[Outcome]:
            self.ran.append(unit.id)
            future: Future[Outcome] = Future()
            self.futures.append((unit, future))
            if len(self.futures) == 2:
                stop.set()
            return future

        def interrupt(self) -> None:
            self.asked += 1
            (first, one), (second, other) = self.futures
            one.set_result(Outcome(first, "interrupted"))
            threading.Timer(0.5, lambda: other.set_result(Outcome(second, "done"))).start()

    executor, watcher = Patient(), Watcher()
    with pytest.raises(KeyboardInterrupt):
        run_units([Fake("a"), Fake("b"), Fake("c"), Fake("d", ("b",))], executor, watcher, stop=stop)  # type: ignore[list-item]
    assert executor.ran == ["a", "b"]
    assert executor.asked == 1
    assert watcher.stopped_with == [2]
    assert [(outcome.unit.id, outcome.state) for outcome in watcher.outcomes] == [("a", "interrupted"), ("b", "done")]
    assert executor.closed == [False]


def test_an_executor_that_cannot_be_asked_is_ended():
    stop = threading.Event()
    stop.set()
    executor = Instant()
    with pytest.raises(KeyboardInterrupt):
        run_units([Fake("a")], executor, Watcher(), stop=stop)  # type: ignore[list-item]
    assert (executor.ran, executor.closed) == ([], [True])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return prepared(tmp_path / "store")


def saved(_number: int, _frame: Any) -> None:
    raise InterruptedError


def act(unit: Fake) -> Outcome:
    """In a worker process: what `action` says."""
    mark = Path(unit.folder) / unit.id
    with mark.open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    if unit.action == "die" or (unit.action == "die once" and len(mark.read_text().splitlines()) == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if unit.action == "sleep":
        time.sleep(120)
    if unit.action == "save":
        with contextlib.suppress(InterruptedError):
            signal.signal(signal.SIGTERM, saved)
            (Path(unit.folder) / f"{unit.id}.begun").touch()
            time.sleep(120)
        return Outcome(unit, "interrupted")  # type: ignore[arg-type]
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


def test_a_unit_that_kills_its_worker_every_time_is_a_failure_of_its_own(pool: Pool, tmp_path: Path):
    units = [Fake("killer", action="die", folder=str(tmp_path)), *(Fake(f"b{number}", folder=str(tmp_path)) for number in range(4))]
    watcher = Watcher()
    found = {outcome.unit.id: outcome for outcome in run_units(units, pool, watcher)}  # type: ignore[arg-type]
    assert found["killer"].state == "failed"
    assert "its worker was killed, perhaps for want of memory" in found["killer"].error
    assert attempts(tmp_path, "killer") == 3
    assert all(found[f"b{number}"].state == "done" and attempts(tmp_path, f"b{number}") == 1 for number in range(4))


def test_a_bug_in_a_worker_is_a_failure_with_its_words(pool: Pool, tmp_path: Path):
    (outcome,) = run_units([Fake("bug", action="raise", folder=str(tmp_path))], pool, Watcher())  # type: ignore[list-item]
    assert (outcome.state, outcome.error) == ("failed", "RuntimeError: a bug (tried 3 times)")


def test_workers_that_are_asked_save_and_end(pool: Pool, tmp_path: Path):
    """One has a state to save; the other is asked before it is at anything that heeds it, and dies."""
    stop, watcher = threading.Event(), Watcher()
    units = [Fake("one", action="save", folder=str(tmp_path)), Fake("two", action="sleep", folder=str(tmp_path)), Fake("three")]

    def ask() -> None:
        while not ((tmp_path / "one.begun").is_file() and (tmp_path / "two").is_file()):
            time.sleep(0.05)
        stop.set()

    threading.Thread(target=ask, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run_units(units, pool, watcher, stop=stop)  # type: ignore[arg-type]
    assert {outcome.unit.id: outcome.state for outcome in watcher.outcomes} == {"one": "interrupted", "two": "interrupted"}
    for name in ("one", "two"):
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / name).read_text()), 0)


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
