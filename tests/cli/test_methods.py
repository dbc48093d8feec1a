"""Studies of methods through the command line: rounds of tuning, and commands that run only where they are let."""

from __future__ import annotations

import json
import shlex
import sys

import pytest

from tests.cli.studies import XNLI, Desk

Capture = pytest.CaptureFixture[str]
TUNE = ("--set", "tune={learning_rate: [1.0e-4, 1.0e-3], per: [model, stage, arm], seeds: [101]}")


def test_build_goes_from_round_to_round_and_says_what_it_chose(desk: Desk, capsys: Capture) -> None:
    study = desk.study(target=f"[{XNLI}]", seeds="[1]")
    planned = desk.run(capsys, "plan", study, *TUNE)
    assert "4 trainings and 0 evaluations settle learning rates and layers" in planned.out, "the arm's targets follow its first phase"
    assert "wait for them, and are planned in a next round" in planned.out
    assert "learning rates tried, full fine-tuning: 0.0001, 0.001" in planned.out
    bill = json.loads(desk.run(capsys, "plan", study, *TUNE, "--json").out)
    in_all, now = ({row["kind"]: row["jobs"] for row in part["jobs"]} for part in (bill, bill["now"]))
    assert now == {"intermediate training": 2, "target training": 2, "evaluation": 0}
    assert in_all["intermediate training"] == 3
    assert in_all["target training"] == 6
    assert in_all["evaluation"] == bill["runs"] * 2
    assert bill["hours"]["value"] > bill["now"]["hours"]["value"] > 0, "what a study takes is all of its rounds"
    ran = desk.run(capsys, "build", study, *TUNE)
    assert ran.code == 0
    assert ran.err.count("the next round") == 2
    folder = desk.folder / "reports" / "small"
    rows = [json.loads(line) for line in (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["seed"] for row in rows} == {1}, "seeds that tune are not reported"
    tuning = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["setup"]["tuning"]
    assert {(row["stage"], row["arm"]) for row in tuning if row["chosen"]} == {
        ("intermediate", "hellaswag"), ("target", "none"), ("target", "hellaswag"),
    }  # fmt: skip
    again = desk.run(capsys, "build", study, *TUNE)
    assert "nothing to run" in again.err


def test_commands_run_only_where_they_are_let(desk: Desk, capsys: Capture) -> None:
    command = shlex.join([sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read().upper())"])
    study = desk.study(target=f"[{XNLI}]", seeds="[1]")
    more = ("--set", f"variants=[{{translated: {{to: [es], command: {json.dumps(command)}}}}}]", "--only", "*/hellaswag+translated/*/*")
    refused = desk.run(capsys, "build", study, *more)
    assert refused.code == 2
    assert "the study runs commands" in refused.err
    assert "--allow-commands" in refused.err
    assert not desk.jobs()
    checked = desk.run(capsys, "check", study, *more)
    assert "which `build` does with --allow-commands alone" in checked.err
    ran = desk.run(capsys, "build", study, *more, "--allow-commands")
    assert ran.code == 0
    rows = [json.loads(line) for line in (desk.folder / "reports" / "small" / "scores.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(row["intermediate"], row["variant"]) for row in rows} == {("hellaswag", "translated")}


def test_a_translator_that_fails_fails_its_arm_alone(desk: Desk, capsys: Capture) -> None:
    study = desk.study(target=f"[{XNLI}]", seeds="[1]")
    ran = desk.run(capsys, "build", study, "--set", "variants=[{translated: {to: [es], command: no-such-program}}]", "--allow-commands")
    assert ran.code == 1
    assert "there is no program 'no-such-program'" in ran.err
    assert "what it rests on has failed" in ran.err
    setup = json.loads((desk.folder / "reports" / "small" / "provenance.json").read_text(encoding="utf-8"))["setup"]
    states = {(cell["intermediate"], cell["variant"]): (cell["state"], cell["reason"]) for cell in setup["cells"]}
    assert states["hellaswag", "plain"][0] == "stored"
    assert states["hellaswag", "translated"][0] == "failed"
    assert "no-such-program" in states["hellaswag", "translated"][1]


def test_a_file_of_synonyms_is_read_before_the_first_step(desk: Desk, capsys: Capture) -> None:
    study = desk.study(target=f"[{XNLI}]", seeds="[1]")
    (desk.folder / "near.json").write_text('{"good": "fine"}', encoding="utf-8")
    ran = desk.run(capsys, "build", study, "--set", "variants=[{robust: {method: rs-da, synonyms: near.json}}]")
    assert ran.code == 2
    assert "near.json: what stands under 'good' is no list of words" in ran.err
    assert not desk.jobs()
