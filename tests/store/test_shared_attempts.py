from __future__ import annotations

import json
import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

from stiltsreport.modeling.interruption import Interrupted
from stiltsreport.store import Held, Watch
from stiltsreport.store.processes import machine
from stiltsreport.store.shared_attempts import SharedAttempts
from tests.store.far import Far

UNIT = "0123456789abcdef0123"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def at(far: Far, folder: Path, **named) -> SharedAttempts:
    folder.mkdir(parents=True, exist_ok=True)
    return SharedAttempts(folder, far.objects(), **named)


def elsewhere(far: Far, number: int = 1, token: str = "theirs", beat: int = 0) -> None:
    """A lease of another machine's process."""
    found = {"host": "far", "machine": "far boot", "pid": 7, "started": 1, "token": token, "beat": beat}
    far.objects().write(f"leases/{UNIT}/{number}.json", json.dumps(found).encode())


def test_one_works_and_the_others_are_told_who(tmp_path: Path):
    far = Far()
    here, there = at(far, tmp_path / "a"), at(far, tmp_path / "b")
    with here.lease(UNIT):
        with pytest.raises(Held) as held, there.lease(UNIT):
            pass
        assert str(held.value.holder) == f"{os.getpid()} on {os.uname().nodename}"
        assert there.running() == {UNIT: there.holder(UNIT)}
    assert not [key for key in far.names() if key.startswith("leases/")]
    with there.lease(UNIT):
        pass


def test_of_many_that_come_at_once_one_works_at_a_time(tmp_path: Path):
    far = Far(seconds=0.001)
    start, inside, most, done = threading.Barrier(8), [], [], []

    def work(number: int) -> None:
        attempts = at(far, tmp_path / str(number))
        start.wait()
        while True:
            try:
                with attempts.lease(UNIT):
                    inside.append(number)
                    most.append(len(inside))
                    time.sleep(0.02)
                    inside.remove(number)
                    done.append(number)
                    return
            except Held:
                time.sleep(0.005)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == list(range(8))
    assert max(most) == 1


def test_a_process_of_this_machine_that_died_holds_nothing(tmp_path: Path):
    far = Far()
    child = multiprocessing.get_context("spawn").Process(target=int)
    child.start()
    child.join()
    found = {"host": "here", "machine": machine(), "pid": child.pid, "started": None, "token": "dead", "beat": 3}
    far.objects().write(f"leases/{UNIT}/1.json", json.dumps(found).encode())
    here = at(far, tmp_path)
    assert here.running() == {}
    with here.lease(UNIT):
        assert sorted(key for key in far.names() if key.startswith("leases/")) == [f"leases/{UNIT}/1.json", f"leases/{UNIT}/2.json"]
        assert here.holder(UNIT).pid == os.getpid()
    assert not [key for key in far.names() if key.startswith("leases/")]


def test_another_machine_that_is_silent_is_dead_by_the_waiters_clock(tmp_path: Path):
    far, clock = Far(), Clock()
    here = at(far, tmp_path, clock=clock)
    watch = Watch(here, silent=60, clock=clock)
    for beat in range(4):  # it lives
        elsewhere(far, beat=beat)
        clock.now += 50
        assert watch.holder(UNIT).pid == 7
    clock.now += 59
    assert watch.holder(UNIT) is not None
    with pytest.raises(Held), here.lease(UNIT):
        pass
    clock.now += 3
    assert watch.holder(UNIT) is None
    assert here.holder(UNIT) is None
    with here.lease(UNIT):
        assert here.holder(UNIT).pid == os.getpid()
        elsewhere(far, beat=9)  # it was alive after all, and learns that it was outbid
        assert at(far, tmp_path / "b").holder(UNIT).pid == os.getpid()


def test_a_late_word_about_the_dead_ends_no_living_lease(tmp_path: Path):
    """What was found dead has been taken over, done and taken again before the finder says so."""
    far = Far()
    here, late = at(far, tmp_path / "a"), at(far, tmp_path / "b")
    elsewhere(far, token="dead")
    dead = late.holder(UNIT)
    far.objects().delete([f"leases/{UNIT}/1.json"])
    with here.lease(UNIT):
        late.free(UNIT, dead)
        assert late.holder(UNIT).pid == os.getpid()
    # It wrote the word in the moment between.
    with here.lease(UNIT):
        far.objects().create(f"leases/{UNIT}/2.json", b'{"dead": "dead", "by": "late"}')
        assert at(far, tmp_path / "c").holder(UNIT).pid == os.getpid()
        with pytest.raises(Held), at(far, tmp_path / "c").lease(UNIT):
            pass


def test_a_lease_is_renewed_and_given_up_once_outbid(tmp_path: Path):
    far = Far()
    here = at(far, tmp_path)
    with here.lease(UNIT, every=0.02):
        deadline = time.monotonic() + 20
        while json.loads(far.objects().read(f"leases/{UNIT}/1.json"))["beat"] < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        elsewhere(far, number=2)
        time.sleep(0.1)
        beat = json.loads(far.objects().read(f"leases/{UNIT}/1.json"))["beat"]
        time.sleep(0.1)
        assert json.loads(far.objects().read(f"leases/{UNIT}/1.json"))["beat"] == beat
    assert [key for key in far.names() if key.startswith("leases/")] == [f"leases/{UNIT}/2.json"]


def test_one_who_is_asked_to_stop_while_he_fetches_a_state_holds_nothing(tmp_path: Path):
    far = Far()
    far.objects().write(f"states/{UNIT}/job.safetensors", b"state")
    here = at(far, tmp_path)

    def fault(name: str, number: int) -> None:
        if name == "get_file":
            raise Interrupted

    far.fault = fault
    with pytest.raises(Interrupted), here.lease(UNIT, every=0.02):
        pass
    assert not [key for key in far.names() if key.startswith("leases/")]
    assert not [thread for thread in threading.enumerate() if thread.name == f"lease of {UNIT}"]


def test_a_torn_lease_is_nobodys(tmp_path: Path):
    far = Far()
    for content in (b"", b"{", b"[1]", b'{"pid": "x"}'):
        far.objects().write(f"leases/{UNIT}/1.json", content)
        here = at(far, tmp_path)
        assert here.running() == {}
        with here.lease(UNIT):
            assert here.running()[UNIT].pid == os.getpid()


def test_without_a_network_work_goes_on_without_a_lease(tmp_path: Path):
    far = Far()
    here = at(far, tmp_path)

    def fault(name: str, number: int) -> None:
        raise OSError("down")

    far.fault = fault
    with here.lease(UNIT):
        pass
    assert here.holder(UNIT) is None


def test_failures_are_seen_everywhere_and_forgotten_everywhere(tmp_path: Path):
    far, clock = Far(), Clock()
    here, there = (at(far, tmp_path / letter, clock=clock) for letter in "ab")
    here.note_failure(UNIT, "one\n")
    assert here.note_failure(UNIT, "two\n").name == "2.txt"
    assert [log.read_text() for log in there.failures(UNIT)] == ["one\n", "two\n"]
    assert there.failure(UNIT) == "two\n"
    assert there.failures("another") == []
    there.forget_failures(UNIT)
    clock.now += 10
    for log in (tmp_path / "a" / UNIT / "failures").iterdir():
        os.utime(log, (1, 1))
    assert here.failures(UNIT) == []
    assert there.failures(UNIT) == []


def test_a_log_is_the_one_that_lies_there_now(tmp_path: Path):
    """Not that of an earlier failure of the same number, which another machine has forgotten since."""
    far, clock = Far(), Clock()
    here, there = (at(far, tmp_path / letter, clock=clock) for letter in "ab")
    here.note_failure(UNIT, "the disk was full\n")
    there.forget_failures(UNIT)
    there.note_failure(UNIT, "a loss is no number\n")
    clock.now += 10
    assert [log.read_text() for log in here.failures(UNIT)] == ["a loss is no number\n"]


def test_no_secret_of_a_log_goes_far_away(tmp_path: Path):
    far = Far()
    here = at(far, tmp_path)
    file = here.note_failure(UNIT, "GET https://me:letmein99@hub.example/x failed\n")
    there = far.objects().read(f"failures/{UNIT}/1.txt")
    assert b"letmein99" not in there
    assert there == file.read_bytes()


def test_one_listing_answers_for_all_units(tmp_path: Path):
    far = Far()
    here = at(far, tmp_path)
    for number in range(20):
        far.objects().write(f"failures/{number:020x}/1.txt", b"why")
    before = far.requests["find"]
    assert sum(bool(here.failures(f"{number:020x}")) for number in range(500)) == 20
    assert far.requests["find"] == before + 1


def test_a_state_goes_with_the_work(tmp_path: Path):
    far = Far()
    here, there = at(far, tmp_path / "a"), at(far, tmp_path / "b")

    def save(attempts: SharedAttempts, text: str, *, share: bool = True) -> None:
        file = attempts.state(UNIT) / "job.safetensors"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if share:
            attempts.state_file(UNIT, file)

    def state(attempts: SharedAttempts) -> str:
        with attempts.lease(UNIT):
            return (attempts.state(UNIT) / "job.safetensors").read_text()

    save(here, "step 10")
    assert state(there) == "step 10"
    save(there, "step 20")
    assert state(here) == "step 20"
    save(here, "step 30", share=False)  # the network was down, or it was killed before it could share it
    assert state(here) == "step 30"
    assert state(there) == "step 20"
    there.forget_state(UNIT)
    assert not [key for key in far.names() if key.startswith("states/")]
    assert not there.state(UNIT).exists()


def test_heartbeats_are_heard_on_a_slow_network(tmp_path: Path):
    """At 0.3 s a request and a beat in 0.2 s, whoever waits 3 s hears one in time, through uploads beside it."""
    far = Far()
    here, there = at(far, tmp_path / "a"), at(far, tmp_path / "b")
    far.seconds = 0.3
    stop = threading.Event()

    def upload() -> None:
        (tmp_path / "large").write_bytes(b"x")
        while not stop.is_set():
            far.objects().upload(tmp_path / "large", "data/large")

    thread = threading.Thread(target=upload)
    thread.start()
    with here.lease(UNIT, every=0.2):
        watch, began = Watch(there, silent=3.0), time.monotonic()
        # As of another machine: that the process lives here is not asked.
        original = there.holder
        there.holder = lambda unit: None if (found := original(unit)) is None else type(found)(**{**vars(found), "here": False})
        while time.monotonic() - began < 8:
            assert watch.holder(UNIT) is not None
            time.sleep(0.2)
    stop.set()
    thread.join()
