"""A store on a network disk that takes a while for everything: hearts are heard in time, and two builds share the work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stiltsreport.store import Attempts, Watch
from tests.cli.studies import XNLI, Desk
from tests.faults.test_store_builds import ROOT, SHORT, Build, held, scores

SLOW = Path(__file__).parent / "slow_disk"
UNIT = "0123456789abcdef0123"


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    found: list[subprocess.Popen[str]] = []
    yield found
    for process in found:
        process.kill()
        process.wait(30)


def slow(folder: Path, seconds: float) -> dict[str, str]:
    path = os.pathsep.join([str(SLOW), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "SLOW_FOLDER": str(folder), "SLOW_SECONDS": str(seconds)}


@pytest.mark.long
def test_two_builds_on_a_slow_disk(desk: Desk, started: list[subprocess.Popen[str]]):
    """0.02 s more for each of the thousands of operations that a build asks of its store."""
    desk.study(seeds="[1]", target=f"[{XNLI}]")
    builds = []
    for reports in ("reports", "other"):
        arguments = [
            *desk.arguments("build", desk.folder / "small.yaml", "--workers", "1", *SHORT),
            "--reports",
            str(desk.folder / reports),
        ]
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "stiltsreport", *arguments], cwd=ROOT, env=slow(desk.folder / "store", 0.02), stderr=subprocess.PIPE,
                stdout=subprocess.DEVNULL, text=True,
            )
        )  # fmt: skip
        builds.append(Build(started[-1]))
    assert [build.ended(400) for build in builds] == [0, 0], "".join([*builds[0].said, *builds[1].said])
    assert scores(desk, "reports") == scores(desk, "other")
    said = "".join([*builds[0].said, *builds[1].said])
    assert re.search(r"waiting for tiny/\S+, run by \d+ on ", said), said
    begun = [set(re.findall(r"started (\S+)", "".join(build.said))) for build in builds]
    assert all(f"waiting for {title}, run by" in said for title in begun[0] & begun[1]), said
    assert not held(desk)


@pytest.mark.long
def test_a_heart_is_heard_on_a_slow_disk(tmp_path: Path, started: list[subprocess.Popen[str]]):
    """The worker's disk takes 1 s for an operation and its heart beats each second: one who waits a tenth of the real limit hears it."""
    code = (
        "import sys, time; from stiltsreport.store import Attempts; from pathlib import Path\n"
        "with Attempts(Path(sys.argv[1])).lease(sys.argv[2], every=1.0): print('holds', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), UNIT], env=slow(tmp_path, 1.0), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "holds\n"
    attempts = Attempts(tmp_path)
    original = attempts.holder

    def of_another_machine(unit: str):
        found = original(unit)
        return None if found is None else type(found)(**{**vars(found), "here": False, "alive": True})

    attempts.holder = of_another_machine
    watch, began = Watch(attempts, silent=6.0), time.monotonic()
    while time.monotonic() - began < 15:
        assert watch.holder(UNIT) is not None
        time.sleep(0.2)
    process.kill()
    process.wait(30)
    began = time.monotonic()
    while watch.holder(UNIT) is not None:
        assert time.monotonic() - began < 12
        time.sleep(0.2)
    assert time.monotonic() - began > 3
