"""A study whose jobs take two processes each: all are killed at any moment, and what it ends with is what it gives in peace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.studies import XNLI, Desk
from tests.faults.artifacts import contents, resumptions
from tests.faults.test_resume_builds import ROOT, gone, states, waited

EPOCHS = 30  # of two steps
MORE = (
    "--set", "execution.checkpoint_minutes=0.004", "--set", "execution.processes_per_job=2", "--set", "execution.sharding=full",
    "--set", f"recipes.intermediate.epochs={EPOCHS}", "--set", f"recipes.target.epochs={EPOCHS}", "--set", "recipes.target.evaluations=3",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, tiny_model: Path, tiny_data: Path) -> Desk:
    return Desk(tmp_path, tiny_model, tiny_data)


def start(desk: Desk, study: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "stiltsreport", *desk.arguments("build", study, "--workers", "1", *MORE)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True)


def children(pid: int) -> set[int]:
    """The processes that a process has started, and theirs."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return {int(child) for child in found} | {each for child in found for each in children(int(child))}


@pytest.mark.long
def test_members_workers_and_builds_are_killed_and_nothing_differs(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = desk.study(seeds="[1]", target=f"[{XNLI}]", intermediate="[]")
    undisturbed = Desk(tmp_path / "undisturbed", desk.model, desk.data)
    undisturbed.folder.mkdir()
    assert undisturbed.run(capsys, "build", study, *MORE).code == 0
    store = desk.folder / "store"

    # One of the two that train is killed: the attempt fails, and the next one goes on.
    process = start(desk, study)
    (worker,) = set(waited(lambda: states(store), process).values())
    members = waited(lambda: sorted(pid for pid in children(worker) if _trains(pid)), process)
    assert len(members) == 2
    os.kill(members[-1], signal.SIGKILL)
    waited(lambda: gone(set(members)), process)
    others = set(waited(lambda: [pid for pid in children(worker) if _trains(pid) and pid not in members], process))

    # Then the build: everything that it has started ends too.
    process.kill()
    _, said = process.communicate(timeout=200)
    assert "trying again: process" in said
    waited(lambda: gone({worker, *others}), None)

    # A build that is asked to end leaves a state behind.
    process = start(desk, study)
    waited(lambda: states(store), process)
    time.sleep(1.0)
    process.terminate()
    _, said = process.communicate(timeout=200)
    assert process.returncode == 130, said
    assert list((store / "attempts").glob("*/state/*.safetensors"))
    assert not list((store / "attempts").glob("*/lease.json"))

    ended = desk.run(capsys, "build", study, *MORE)
    assert ended.code == 0, ended.err
    assert resumptions(store)
    found, expected = contents(store), contents(undisturbed.folder / "store")
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    for name in ("scores.jsonl", "comparisons.jsonl"):
        ours, theirs = (one.folder / "reports" / "small" / name for one in (desk, undisturbed))
        assert ours.read_bytes() == theirs.read_bytes()


def _trains(pid: int) -> bool:
    """Whether it is one of the processes that do a job, no helper of Python's."""
    try:
        return "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    except OSError:
        return False
