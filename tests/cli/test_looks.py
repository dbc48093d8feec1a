"""Declared looks on the command line: one look a build, and a log that outlives the study file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stiltsreport.cli.looking import seen
from stiltsreport.results.looks import look_of
from stiltsreport.store import Store
from tests.cli.studies import Desk
from tests.fabricated import fabricated_results, fabricated_study

Capture = pytest.CaptureFixture[str]
XNLI = "[{task: xnli, languages: [en], train: snli}]"
PLANNED = "{planned: 6, looks: [5]}"


def _seeds(folder: Path) -> set[int]:
    lines = (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["seed"] for line in lines if (row := json.loads(line))["stage"] == "target"}


def _alpha(folder: Path) -> float:
    return float(json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["setup"]["looks"][-1]["level"])


@pytest.mark.slow
def test_each_build_runs_one_look_and_logs_it(desk: Desk, capsys: Capture) -> None:
    reports = desk.folder / "reports" / "small"
    study = desk.study(seeds=PLANNED, target=XNLI)
    assert "look 1 of 2" in desk.run(capsys, "plan", study).out
    assert desk.run(capsys, "build", study).code == 0
    assert _seeds(reports) == {1, 2, 3, 4, 5}
    first = _alpha(reports)
    assert first < 0.05
    assert desk.run(capsys, "report", study).code == 0
    assert (_seeds(reports), _alpha(reports)) == ({1, 2, 3, 4, 5}, first)
    assert "look 1 of 2" in (reports / "report.html").read_text(encoding="utf-8")
    assert desk.run(capsys, "build", study).code == 0
    assert _seeds(reports) == {1, 2, 3, 4, 5, 6}
    assert len((desk.folder / "store" / "looks" / "small.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert "extended" not in (reports / "report.html").read_text(encoding="utf-8")
    # One seed more than the plan had, after it was seen to its end.
    longer = desk.study(seeds="[1, 2, 3, 4, 5, 6, 7]", target=XNLI)
    assert desk.run(capsys, "build", longer).code == 0
    assert "extended: descriptive" in (reports / "report.html").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in (reports / "comparisons.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["verdict"] for row in rows} == {"descriptive only"}
    # The folder alone tells it too.
    assert desk.run(capsys, "report", longer, "--store", str(desk.folder / "elsewhere")).code == 0
    assert "extended: descriptive" in (reports / "report.html").read_text(encoding="utf-8")


def test_plan_says_what_the_averages_can_show(desk: Desk, capsys: Capture) -> None:
    study = desk.study(seeds="[1, 2, 3, 4, 5]", target=XNLI)
    ran = desk.run(capsys, "plan", study, "--set", "statistics.margin=0.5")
    assert ran.code == 0
    (line,) = [line for line in ran.out.splitlines() if line.strip().startswith("each average")]
    # R: power.t.test(delta = .5, sd = .5, sig.level = .025, power = .8, type = "paired")$n is 12.15
    assert "13 seeds would, 2.6 times" in line
    found = json.loads(desk.run(capsys, "plan", study, "--json", "--set", "statistics.margin=0.5").out)["claims"]
    assert [(row["needed"], row["tests"], row["decided"]) for row in found] == [(13, 2, False)]


def test_plan_refuses_an_equivalence_without_power(desk: Desk, capsys: Capture) -> None:
    study = desk.study(seeds="[1, 2, 3, 4, 5]", target=XNLI)
    claim = "claims=[{{name: alike, equivalent: hellaswag, than: none, within: {}, on: average}}]"
    ran = desk.run(capsys, "plan", study, "--set", claim.format(0.5))
    assert ran.code == 2
    assert "the equivalence 'alike' would be shown with a power of 29 % at most, under 50 %" in ran.err
    assert "alike" in ran.out  # the plan is printed all the same
    assert desk.run(capsys, "plan", study, "--set", claim.format(2)).code == 0


def test_a_look_that_cannot_be_logged_is_told_of(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path)
    (tmp_path / "looks").write_text("in the way of the folder", encoding="utf-8")
    _, results = seen(study, fabricated_results(study), Store(tmp_path))
    assert results.setup.looks == (look_of(study),)
    assert any(note.startswith("this look at the results could not be logged") for note in results.setup.notes)
