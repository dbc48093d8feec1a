"""Builds as processes: two on one store, one that is killed while the other waits, and what Ctrl-C does once and twice."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.studies import XNLI, Desk

ROOT = Path(__file__).resolve().parents[2]
LONG = ("--set", "recipes.intermediate.epochs=20000", "--set", "execution.checkpoint_minutes=0.02")  # it ends when it is ended
SHORT = ("--set", "recipes.intermediate.epochs=150")


@dataclass
class Build:
    """A build in a process group of its own, and what it has said."""

    process: subprocess.Popen[str]
    lines: queue.Queue[str] = field(default_factory=queue.Queue)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            self.lines.put(line)

    def waited_for(self, pattern: str, seconds: float = 240) -> str:
        """The line that says it."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(queue.Empty):
                line = self.lines.get(timeout=0.2)
                if re.search(pattern, line):
                    return line
                continue
            assert time.monotonic() < deadline, f"{pattern} never came: {''.join(self.said)}"
            assert self.process.poll() is None, "".join(self.said)

    def ended(self, seconds: float = 240) -> int:
        """Its exit code."""
        return self.process.wait(seconds)


@pytest.fixture
def builds(desk: Desk) -> Iterator[list[Build]]:
    """Every build that the test starts; none is left."""
    found: list[Build] = []
    yield found
    for build in found:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(build.process.pid, signal.SIGKILL)
        build.process.wait(30)


def start(builds: list[Build], desk: Desk, reports: str, *more: str, workers: str = "1") -> Build:
    arguments = [
        *desk.arguments("build", desk.folder / "small.yaml", "--workers", workers, "-v", *more),
        "--reports",
        str(desk.folder / reports),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "stiltsreport", *arguments], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - as at a terminal
    )  # fmt: skip
    builds.append(Build(process))
    return builds[-1]


def held(desk: Desk) -> dict[str, int]:
    """Units at work, and the processes that work on them."""
    found = {}
    for file in (desk.folder / "store" / "attempts").glob("*/lease.json"):
        with contextlib.suppress(OSError, ValueError):
            found[file.parent.name] = int(json.loads(file.read_text())["pid"])
    return found


def at_work(desk: Desk, seconds: float = 240) -> dict[str, int]:
    deadline = time.monotonic() + seconds
    while not (found := held(desk)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def dead(pid: int, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def scores(desk: Desk, reports: str) -> str:
    return (desk.folder / reports / "small" / "scores.jsonl").read_text(encoding="utf-8")


@pytest.mark.slow
def test_two_builds_on_one_store(desk: Desk, builds: list[Build]):
    """They race; whichever comes second waits for what the other is at, and does the rest. Then one is killed while the other waits."""
    desk.study(seeds="[1]", target=f"[{XNLI}]")
    first, second = (start(builds, desk, name, *SHORT) for name in ("reports", "other"))
    assert (first.ended(), second.ended()) == (0, 0), "".join([*first.said, *second.said])
    assert scores(desk, "reports") == scores(desk, "other")
    said = "".join([*first.said, *second.said])
    assert re.search(r"waiting for tiny/hellaswag/-/1, run by \d+ on ", said), said
    # Nothing was done twice: what both began, one of them left to the other.
    begun = [set(re.findall(r"started (\S+)", "".join(build.said))) for build in (first, second)]
    assert all(f"waiting for {title}, run by" in said for title in begun[0] & begun[1]), said
    assert not held(desk)

    # Another study of the same name: its long training is begun by one, waited for by the other, and taken over from the dead.
    desk.study(seeds="[2]", target=f"[{XNLI}]")
    first = start(builds, desk, "reports", *LONG, "--only", "*/hellaswag")
    (unit, pid), *_ = at_work(desk).items()
    second = start(builds, desk, "other", *LONG, "--only", "*/hellaswag")
    line = second.waited_for("waiting for ")
    assert f"run by {pid} on {os.uname().nodename}" in line
    os.killpg(first.process.pid, signal.SIGKILL)
    second.waited_for("started tiny/hellaswag/-/2")
    deadline = time.monotonic() + 60
    while held(desk).get(unit) in (None, pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    taken, states = held(desk)[unit], desk.folder / "store" / "attempts" / unit / "state"
    deadline = time.monotonic() + 120
    while not list(states.glob("*.safetensors")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (saved,) = states.glob("*.safetensors")
    before = saved.stat().st_mtime_ns

    # Ctrl-C once: it saves and ends. A terminal sends it to every process of the group.
    os.killpg(second.process.pid, signal.SIGINT)
    assert "press Ctrl-C again to stop now" in second.waited_for("stopping once 1 job at work has saved")
    assert second.ended(60) == 130, "".join(second.said)
    assert "the store is whole" in "".join(second.said)
    assert dead(taken)
    assert not held(desk)
    assert saved.stat().st_mtime_ns > before


@pytest.mark.slow
def test_ctrl_c_twice_ends_everything_at_once(desk: Desk, builds: list[Build]):
    """The worker is stopped, so that it can save nothing: the first Ctrl-C waits for it, the second does not."""
    desk.study(seeds="[1]", target=f"[{XNLI}]")
    build = start(builds, desk, "reports", *LONG, "--only", "*/hellaswag")
    pid = next(iter(at_work(desk).values()))
    os.kill(pid, signal.SIGSTOP)
    build.process.send_signal(signal.SIGUSR1)
    build.waited_for("stopping once 1 job")
    build.process.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert build.process.poll() is None  # asked once, by whatever signal, it waits
    build.process.send_signal(signal.SIGINT)
    assert build.ended(20) == 130, "".join(build.said)
    assert "Traceback" not in "".join(build.said)
    assert dead(pid)


@pytest.mark.slow
def test_ctrl_c_saves_without_workers_too(desk: Desk, builds: list[Build]):
    desk.study(seeds="[1]", target=f"[{XNLI}]")
    build = start(builds, desk, "reports", *LONG, "--only", "*/hellaswag", workers="0")
    unit = next(iter(at_work(desk)))
    states = desk.folder / "store" / "attempts" / unit / "state"
    deadline = time.monotonic() + 120
    while not list(states.glob("*.safetensors")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (saved,) = states.glob("*.safetensors")
    before = saved.stat().st_mtime_ns
    build.process.send_signal(signal.SIGINT)
    assert build.ended(60) == 130, "".join(build.said)
    assert "Traceback" not in "".join(build.said)
    assert saved.stat().st_mtime_ns > before
    assert not held(desk)
