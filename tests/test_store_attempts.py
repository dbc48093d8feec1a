"""Leases and logs of attempts: what other builds go by. Correctness does not rest on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from stiltsreport.store import Held, Store, Watch
from stiltsreport.store.attempts import Attempts
from stiltsreport.store.processes import alive, host, machine, started

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path / "store")
    found.prepare()
    return found


def leased(store: Store, unit: str, **changes: object) -> Path:
    """A lease as this process would write it, with changes."""
    mine = {"host": host(), "machine": machine(), "pid": os.getpid(), "started": started(os.getpid()), "token": "t"}
    file = store.attempt(unit) / "lease.json"
    file.write_text(json.dumps(mine | changes))
    return file


def ended() -> int:
    """The number of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_lease_is_one_processs_at_a_time(store: Store):
    with store.lease("u"):
        assert list(store.attempts.running()) == ["u"]
        assert json.loads((store.folder / "attempts" / "u" / "lease.json").read_text())["pid"] == os.getpid()
        with pytest.raises(Held, match=f"u is run by {os.getpid()} on {host()}"), store.lease("u"):
            pass
        with store.lease("other"):
            assert sorted(store.attempts.running()) == ["other", "u"]
    assert store.attempts.running() == {}
    assert list((store.folder / "attempts").iterdir()) == []  # nothing to tell, nothing left


def test_of_many_that_come_at_once_one_gets_it(store: Store):
    taken, held, inside = [], [], threading.Barrier(8)

    def come() -> None:
        inside.wait(10)
        try:
            with store.lease("u"):
                taken.append(1)
                everybody.wait(10)
        except Held:
            held.append(1)
            everybody.wait(10)

    everybody = threading.Barrier(8)
    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(held)) == (1, 7)


@pytest.mark.parametrize(
    "changes",
    [
        {"pid": "ended"},
        {"started": 1},  # the number has come again
    ],
)
def test_a_dead_ones_lease_is_free(store: Store, changes: dict[str, object]):
    if changes.get("pid") == "ended":
        changes = {"pid": ended()}
    leased(store, "u", **changes)
    assert store.attempts.running() == {}
    with store.lease("u"):
        assert store.attempts.holder("u").pid == os.getpid()


@pytest.mark.parametrize("torn", ["", '{"pi', "[]", "null", '{"pid": "x"}'])
def test_a_torn_lease_is_free(store: Store, torn: str):
    (store.attempt("u") / "lease.json").write_text(torn)
    assert store.attempts.running() == {}
    with store.lease("u"):
        assert list(store.attempts.running()) == ["u"]


def test_another_machines_lease_is_not_judged_by_its_process(store: Store):
    file = leased(store, "u", machine="another boot", host="elsewhere", pid=1)
    assert list(store.attempts.running()) == ["u"]
    with pytest.raises(Held, match="1 on elsewhere"), store.lease("u"):
        pass
    os.utime(file, (time.time() - 3600, time.time() - 3600))
    assert store.attempts.running() == {}  # long silent: not shown


def test_a_lease_that_somebody_else_has_taken_is_left_to_him(store: Store):
    file = leased(store, "u", pid=ended())
    dead = store.attempts.holder("u")
    leased(store, "u", token="newer")
    store.attempts.free("u", dead)
    assert store.attempts.holder("u").token == "newer"
    with pytest.raises(Held), store.lease("u"):
        pass
    file.unlink()
    with store.lease("u"):
        leased(store, "u", token="taken over")
    assert store.attempts.holder("u").token == "taken over"
    assert [entry.name for entry in (store.folder / "attempts" / "u").iterdir()] == ["lease.json"]


def test_the_heart_beats_while_work_goes_on(store: Store):
    with store.attempts.lease("u", every=0.05):
        file = store.folder / "attempts" / "u" / "lease.json"
        os.utime(file, (0, 0))
        deadline = time.monotonic() + 20
        while file.stat().st_mtime == 0:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        file.unlink()  # somebody tidied up: it is not made again
        time.sleep(0.2)
        assert not file.exists()


class Clock:
    """Monotonic seconds that the test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_another_machines_heart_is_listened_to_by_the_waiters_own_clock(store: Store):
    clock = Clock()
    watch = Watch(store.attempts, silent=60, clock=clock)
    assert watch.holder("u") is None
    file = leased(store, "u", machine="another boot", host="elsewhere", pid=1)
    for beat in (10**9, 0, 2 * 10**9):  # its clock, or the disk's, is set: in the future, in the past
        os.utime(file, (beat, beat))
        assert str(watch.holder("u")) == "1 on elsewhere"
        clock.now += 59
        assert watch.holder("u")
    clock.now += 2
    assert watch.holder("u") is None  # 61 seconds without a beat
    assert not file.exists()
    with store.lease("u"):
        assert watch.holder("u").pid == os.getpid()


def test_a_new_holder_is_listened_to_anew(store: Store):
    clock = Clock()
    watch = Watch(store.attempts, silent=60, clock=clock)
    file = leased(store, "u", machine="another boot")
    os.utime(file, (5, 5))
    assert watch.holder("u")
    clock.now += 50
    leased(store, "u", machine="a third", token="another")
    os.utime(file, (5, 5))
    assert watch.holder("u")
    clock.now += 50
    assert watch.holder("u").token == "another"


def test_a_process_of_this_machine_is_asked_for_however_long_it_is_silent(store: Store):
    clock = Clock()
    watch = Watch(store.attempts, silent=60, clock=clock)
    leased(store, "u")
    assert watch.holder("u")
    clock.now += 10**6
    assert watch.holder("u").pid == os.getpid()
    leased(store, "u", pid=ended())
    assert watch.holder("u") is None


def test_a_store_that_takes_no_lease_does_without(tmp_path: Path):
    attempts = Attempts(tmp_path / "gone" / "attempts")
    with attempts.lease("u"):
        assert attempts.running() == {}
    assert not (tmp_path / "gone").exists()


def test_no_link_leads_out_of_the_store(store: Store, tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (store.folder / "attempts" / "u").symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match="symbolic links"):
        store.attempt("u")
    with store.lease("u"):
        assert list((tmp_path / "outside").iterdir()) == []


def test_logs_of_all_attempts_are_kept(store: Store):
    assert store.failure("u") is None
    assert store.attempts.failures("u") == []
    for number in range(1, 12):
        store.note_failure("u", f"why {number}")
    assert store.failure("u") == "why 11"
    assert [log.name for log in store.attempts.failures("u")][-3:] == ["9.txt", "10.txt", "11.txt"]
    store.attempts.forget_failures("u")
    store.attempts.forget_failures("u")
    assert store.failure("u") is None
    assert not (store.folder / "attempts" / "u").exists()


def test_what_earlier_versions_left_is_cleared(store: Store):
    attempts = store.folder / "attempts"
    (attempts / "abc.txt").write_text("why")
    (attempts / "abc.running").write_text("{}")
    store.note_failure("abc", "why")
    store.prepare()
    assert [entry.name for entry in attempts.iterdir()] == ["abc"]


def test_a_zombie_does_not_live():
    child = subprocess.Popen([sys.executable, "-c", ""])
    deadline = time.monotonic() + 20
    while Path(f"/proc/{child.pid}/stat").is_file() and " Z " not in Path(f"/proc/{child.pid}/stat").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    if Path(f"/proc/{child.pid}/stat").is_file():
        assert not alive(child.pid)
    child.wait()
    assert not alive(child.pid)
    assert alive(os.getpid(), started(os.getpid()))
