"""Ctrl-C: exit 130, no worker left, and the same command goes on to what an undisturbed one gives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.studies import Desk

ROOT = Path(__file__).resolve().parents[2]


def _start(desk: Desk, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "stiltsreport", *desk.arguments("build", desk.folder / "small.yaml", "--workers", "2", *more)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_heed_ctrl_c,  # noqa: PLW1509 - these tests run no threads
    )


def _heed_ctrl_c() -> None:
    """As at a terminal: a shell that runs the tests in the background has SIGINT ignored, and its children with it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait_for(path: Path, pattern: str, process: subprocess.Popen[str], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not list(path.glob(pattern)):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, f"{pattern} never came"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_resumed(desk: Desk, built_desk: Desk, number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    study = desk.study()
    process = _start(desk)
    store = desk.folder / "store"
    _wait_for(store / "trainings", "*/*", process)  # something is stored, and more is running
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # a terminal sends it to every process of the group
    else:
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "the store is whole" in err
    assert "Traceback" not in err
    _wait_for_the_end_of(process.pid)
    for artifact in (store / "trainings").glob("*/*"):
        json.loads((artifact / "record.json").read_text(encoding="utf-8"))

    resumed = desk.run(capsys, "build", study)
    assert resumed.code == 0, resumed.err
    assert "nothing to run" not in resumed.err
    # One thread each, in another order and with another number of workers: the same scores.
    ours, theirs = ((one.folder / "reports" / "small" / "scores.jsonl").read_text(encoding="utf-8") for one in (desk, built_desk))
    assert ours == theirs


def test_ctrl_c_while_workers_start_shows_no_traceback(desk: Desk) -> None:
    desk.study()
    process = _start(desk)
    deadline = time.monotonic() + 60
    while not any("spawn_main" in command for command in _group_members(process.pid).values()):
        assert time.monotonic() < deadline, "no worker was started"
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "the store is whole" in err
    assert "Traceback" not in err
    _wait_for_the_end_of(process.pid)


def _wait_for_the_end_of(group: int, seconds: float = 20) -> None:
    """multiprocessing's resource tracker sees only after its parent's exit that nobody needs it, and then ends by itself."""
    deadline = time.monotonic() + seconds
    while members := _group_members(group):
        assert time.monotonic() < deadline, f"still running: {members}"
        time.sleep(0.05)


def _group_members(group: int) -> dict[int, str]:
    """Living processes of a process group, with their commands."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                command = (entry / "cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found[int(entry.name)] = command
    return found
