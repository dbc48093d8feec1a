"""A tracker that is absent, hangs, raises, dies, prints or asks never breaks a build: one warning, the same numbers, seconds at the end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from stiltsreport.cli.trackers import apart
from stiltsreport.cli.trackers.apart import Apart
from tests.cli.studies import Desk

Capture = pytest.CaptureFixture[str]
STEP = ("step", "u", (1, {"loss": 0.5, "examples_per_second": 3.0}))

# A package of wandb's name, whose calls do what `{init}`, `{log}` and `{finish}` say.
FAKE = """
import os, signal, sys, time
from pathlib import Path

class Run:
    url = {url!r}
    def __init__(self): self.summary = {{}}
    def log(self, values, step):
        {log}
    def finish(self, exit_code):
        {finish}

def init(**settings):
    {init}
    return Run()
"""


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process starts slowly where others are at work; what hangs is given less by its own test."""
    monkeypatch.setattr(apart, "PATIENCE", 300.0)


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, init: str = "pass", log: str = "pass", finish: str = "pass", url: str = "") -> None:
    """Stands where the tracker's process finds wandb first."""
    (folder / "packages").mkdir()
    (folder / "packages" / "wandb.py").write_text(FAKE.format(init=init, log=log, finish=finish, url=url), encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder / "packages"))


FOREVER = "time.sleep(3600)"
WRONG = {
    "absent": ({"init": "raise ModuleNotFoundError('no', name='wandb')"}, "is not installed: pip install wandb"),
    "raises as it begins": ({"init": "raise ConnectionError('no route\\nto host')"}, "is no longer told: ConnectionError: no route"),
    "raises at a step": ({"log": "raise ValueError('no such metric')"}, "is no longer told: ValueError: no such metric"),
    "raises at the end": (
        {"finish": "raise OSError(28, 'No space left on device')"},
        "is no longer told: OSError: [Errno 28] No space left",
    ),
    "leaves Python": ({"log": "sys.exit('bye')"}, "is no longer told: SystemExit: bye"),
    "dies": ({"log": "os._exit(9)"}, "is no longer told: its process ended with 9"),
    "is killed": ({"log": "os.kill(os.getpid(), signal.SIGKILL)"}, "is no longer told: its process ended with -9"),
    "hangs as it begins": ({"init": FOREVER}, "did not take all that it was told within 1 seconds, and was ended"),
    "hangs at a step": ({"log": FOREVER}, "did not take all that it was told within 1 seconds, and was ended"),
    "hangs at the end": ({"finish": FOREVER}, "did not take all that it was told within 1 seconds, and was ended"),
    "tells a secret": (
        {"init": "raise ValueError('GET https://me:letmein@wandb.example failed')"},
        "GET https://[hidden]@wandb.example failed",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_whatever_a_tracker_does_is_one_warning(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, warning = WRONG[what]
    fake(tmp_path, monkeypatch, **calls)
    said: list[str] = []
    one = Apart("wandb", "s", tmp_path, said.append, pytest.fail)
    if "hangs" in what:
        _wait_until_it_serves(one)
        monkeypatch.setattr(apart, "PATIENCE", 1.0)
    for told in [("title", "u", "a/none/x/1"), STEP, STEP, ("end", "u", "done"), ("title", "v", "a/none/x/2")]:
        one.tell(told)
    one.close()
    assert len(said) == 1, said
    assert said[0].startswith("--track wandb: wandb ")
    assert warning in said[0]
    assert not one._process.is_alive()


def _wait_until_it_serves(one: Apart) -> None:
    """It has set itself apart, as the group that is ended with it."""
    deadline = time.monotonic() + 300
    while os.getpgid(one._process.pid) != one._process.pid:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_slow_one_is_said_once_while_the_build_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, log=FOREVER)
    monkeypatch.setattr(apart, "SLOW", 0.1)
    monkeypatch.setattr(apart, "LITTLE_PATIENCE", 0.5)
    said: list[str] = []
    one = Apart("wandb", "s", tmp_path, said.append, pytest.fail)
    one.tell(("title", "u", "a/none/x/1"))
    for _ in range(3):
        time.sleep(0.15)
        one.tell(STEP)
    assert said == ["--track wandb: wandb has answered nothing for 0 seconds: the build goes on, perhaps without it"]
    one.close()
    assert len(said) == 1


def test_what_waits_for_a_tracker_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, init=FOREVER)
    monkeypatch.setattr(apart, "_MOST", 10)
    monkeypatch.setattr(apart, "PATIENCE", 0.1)
    one = Apart("wandb", "s", tmp_path, str, pytest.fail)
    for _ in range(1000):
        one.tell(STEP)
    assert one._owed == 10
    one.close()


def test_where_it_shows_is_noted_and_what_it_prints_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    fake(tmp_path, monkeypatch, init="print('hello'); print('key?', file=sys.stderr); sys.stdin.read()", url="https://wandb.example/runs/1")
    notes: list[str] = []
    one = Apart("wandb", "s", tmp_path, pytest.fail, notes.append)
    one.tell(("title", "u", "a/none/x/1"))
    one.tell(("title", "v", "a/none/x/2"))
    one.close()
    assert notes == ["wandb: https://wandb.example/runs/1"]
    assert capfd.readouterr() == ("", "")


def test_an_end_that_another_thread_was_told_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two threads that wait for a process one is told how it ended; to the other it seems alive for a moment."""
    fake(tmp_path, monkeypatch)
    one = Apart("wandb", "s", tmp_path, pytest.fail, pytest.fail)
    monkeypatch.setattr(one._process, "is_alive", lambda: True)
    one.close()


def test_what_ends_a_build_lets_its_tracker_end_its_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal's Ctrl-C goes to the whole group, a batch system's SIGTERM to every process."""
    ended = tmp_path / "ended"
    fake(tmp_path, monkeypatch, finish=f"Path({str(ended)!r}).write_text(self.summary['state'])")
    one = Apart("wandb", "s", tmp_path, pytest.fail, pytest.fail)
    one.tell(("title", "u", "a/none/x/1"))
    _wait_until_it_serves(one)
    while one._owed:
        time.sleep(0.02)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        os.kill(one._process.pid, number)
    one.close()
    assert ended.read_text() == "interrupted"


def test_a_folder_that_cannot_be_written_is_one_warning(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    (tmp_path / "tensorboard").write_text("a file where a folder would be")
    said: list[str] = []
    one = Apart("tensorboard", "s", tmp_path, said.append, pytest.fail)
    one.tell(("title", "u", "a/none/x/1"))
    one.tell(STEP)
    one.close()
    assert len(said) == 1
    assert "tensorboard is no longer told: " in said[0]


@pytest.mark.parametrize("what", ["absent", "hangs at a step"])
def test_a_build_gives_the_same_numbers_with_a_tracker_as_without(
    what: str, desk: Desk, built_desk: Desk, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, warning = WRONG[what]
    fake(desk.folder, monkeypatch, **calls)
    if "hangs" in what:
        monkeypatch.setattr(apart, "PATIENCE", 1.0)
    result = desk.run(capsys, "build", desk.study(), "--track", "wandb", "-q")
    assert result.code == 0, result.err
    warnings = [line for line in result.err.splitlines() if "--track" in line]
    assert len(warnings) == 1
    assert warning in warnings[0] or "was ended" in warnings[0]
    scores = ("reports", "small", "scores.jsonl")
    assert desk.folder.joinpath(*scores).read_bytes() == built_desk.folder.joinpath(*scores).read_bytes()
