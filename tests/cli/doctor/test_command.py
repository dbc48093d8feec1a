"""`doctor` through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.studies import Desk, ran

Capture = pytest.CaptureFixture[str]


def test_a_machine_that_builds_run_on(capsys: Capture, tmp_path: Path) -> None:
    result = ran(capsys, ["doctor", "--offline", "--store", str(tmp_path / "store"), "--reports", str(tmp_path)])
    assert result.code == 0
    areas = [line for line in result.out.splitlines() if line and not line.startswith(" ")]
    assert areas[:5] == ["packages", "device", "places", "network", "LaTeX"]
    assert all(len(line) <= 80 and line == line.rstrip() for line in result.out.splitlines())


def test_a_study_that_fits(desk: Desk, capsys: Capture) -> None:
    result = desk.run(capsys, "doctor", desk.study(), "--json", "--offline")
    found = json.loads(result.out)
    assert result.code == 0
    mine = {one["name"]: one for one in found["findings"] if one["area"] == "study"}
    assert mine["data"]["said"].startswith("7 runs can be planned")
    assert mine["disk"]["state"] == "right"
    assert not (desk.folder / "store" / "trainings").exists(), "nothing was run"


def test_a_study_with_a_fault_ends_with_2_and_says_where(desk: Desk, capsys: Capture) -> None:
    study = desk.study(target="[xnlj]")
    result = desk.run(capsys, "doctor", study, "--json", "--offline")
    found = json.loads(result.out)
    assert (result.code, found["state"]) == (2, "wrong")
    (fault,) = [one for one in found["findings"] if one["area"] == "study"]
    assert "small.yaml:4" in fault["name"]
    assert "did you mean 'xnli'" in fault["mend"]
