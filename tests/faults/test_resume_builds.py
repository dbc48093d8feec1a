"""A study whose processes are killed: the same command goes on, and ends with what an undisturbed build gives, byte for byte."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.cli.studies import XNLI, Desk
from tests.faults.artifacts import contents, resumptions

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 60  # of two steps
MORE = (
    "--set", "execution.checkpoint_minutes=0.004", "--set", f"recipes.intermediate.epochs={EPOCHS}", "--set", f"recipes.target.epochs={EPOCHS}",
    "--set", "recipes.target.evaluations=3",
)  # fmt: skip
T = TypeVar("T")


@pytest.fixture
def desk(tmp_path: Path, tiny_model: Path, tiny_data: Path) -> Desk:
    return Desk(tmp_path, tiny_model, tiny_data)


def start(desk: Desk, study: Path) -> subprocess.Popen[str]:
    """Build with two workers."""
    command = [sys.executable, "-m", "stiltsreport", *desk.arguments("build", study, "--workers", "2", *MORE)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True)


def waited(ask: Callable[[], T | None], process: subprocess.Popen[str] | None, seconds: float = 300.0) -> T:
    """What `ask` gives, once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert process is None or process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
    return found


def states(store: Path) -> dict[Path, int]:
    """The files of saved states, with the processes that work on their units."""
    found = {}
    for file in (store / "attempts").glob("*/state/*.safetensors"):
        try:
            found[file] = int(json.loads((file.parents[1] / "lease.json").read_text(encoding="utf-8"))["pid"])
        except OSError:
            continue
    return found


def gone(pids: set[int]) -> bool:
    """Whether all those processes have ended."""
    return not any(Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2] for pid in pids)


@pytest.mark.slow
def test_workers_and_builds_are_killed_and_nothing_differs(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = desk.study(seeds="[1]", target=f"[{XNLI}]")
    undisturbed = Desk(tmp_path / "undisturbed", desk.model, desk.data)
    undisturbed.folder.mkdir()
    assert undisturbed.run(capsys, "build", study, *MORE).code == 0
    store = desk.folder / "store"

    # A worker is killed: the build goes on with its unit. Then the build itself: its workers end too.
    process = start(desk, study)
    killed = waited(lambda: states(store), process)
    for pid in set(killed.values()):
        os.kill(pid, signal.SIGKILL)
    waited(lambda: [file for file, pid in states(store).items() if killed.get(file, pid) != pid], process)
    others = set(states(store).values()) - set(killed.values())
    process.kill()
    _, said = process.communicate(timeout=200)
    waited(lambda: gone(others), None)
    assert "trying again: its worker was killed" in said

    # A state that is torn, and one of another job, are not gone on with. A build that is asked to end saves its trainings.
    (torn, *_) = (store / "attempts").glob("*/state/*.safetensors")
    torn.write_bytes(torn.read_bytes()[:-7])
    torn_at = torn.stat().st_mtime
    process = start(desk, study)
    waited(lambda: [file for file in states(store) if file.stat().st_mtime > torn_at], process)
    process.terminate()
    _, said = process.communicate(timeout=200)
    assert process.returncode == 130, said
    assert "its training starts over: the state that it had saved is damaged" in said
    assert list((store / "attempts").glob("*/state/*.safetensors"))
    assert not list((store / "attempts").glob("*/lease.json"))

    ended = desk.run(capsys, "build", study, *MORE)  # in this process, without workers
    assert ended.code == 0, ended.err
    assert "starts over" not in ended.err
    assert resumptions(store)
    assert not resumptions(undisturbed.folder / "store")
    found, expected = contents(store), contents(undisturbed.folder / "store")
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    assert list((store / "attempts").iterdir()) == []
    for name in ("scores.jsonl", "comparisons.jsonl"):
        ours, theirs = (one.folder / "reports" / "small" / name for one in (desk, undisturbed))
        assert ours.read_bytes() == theirs.read_bytes()
