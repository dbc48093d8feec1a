"""Findings of `check` on a pull request: GitHub's workflow commands, the action that prints them, and the pre-commit hook."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stiltsreport.cli.annotations import annotation, warning
from stiltsreport.cli.parser import parser
from stiltsreport.errors import StiltsReportError
from tests.cli.studies import Desk

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("where", "what", "hint", "line"),
    [
        ("a.yaml:4:9: target.2", "wrong", "right", "::error file=a.yaml,line=4,col=9::target.2: wrong; right"),
        ("a.yaml:4:9", "wrong", "", "::error file=a.yaml,line=4,col=9::wrong"),
        ("d/x.tsv:7", "three columns", "", "::error file=d/x.tsv,line=7::three columns"),
        ("model tiny", "has no weights", "", "::error file=study.yaml::model tiny: has no weights"),
        ("", "50% of\nit", "", "::error file=study.yaml::50%25 of%0Ait"),
        ("a,b:c.yaml:1:2: title", "::error::", "", "::error file=a%2Cb%3Ac.yaml,line=1,col=2::title: ::error::"),
    ],
)
def test_the_form_of_an_annotation(where: str, what: str, hint: str, line: str) -> None:
    """As actions/toolkit's command.ts escapes: %, CR and LF in messages; colons and commas too in properties."""
    assert annotation(StiltsReportError(what, where=where, hint=hint), "study.yaml") == line


def test_a_warning_is_one_line() -> None:
    assert warning("two\nlines", "s.yaml") == "::warning file=s.yaml::two%0Alines"


def test_check_prints_an_annotation_for_each_finding(desk: Desk, capsys: Capture) -> None:
    wrong = desk.study(intermediate="[hellaswog]", seeds="[1, 1]")
    result = desk.run(capsys, "check", wrong, "--format", "github")
    assert result.code == 2
    lines = result.out.splitlines()
    assert f"::error file={wrong},line=3,col=16::intermediate.0: unknown intermediate task 'hellaswog'; did you mean 'hellaswag'?" in lines
    assert len(lines) == 2
    assert all(line.startswith(f"::error file={wrong},line=") for line in lines)
    assert "2 errors" in result.err
    right = desk.run(capsys, "check", desk.study("right"), "--format", "github")
    assert right.code == 0
    assert f"::warning file={desk.folder / 'right.yaml'}::2 seeds: the report will be descriptive only" in right.out


def _check(folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """The action's last step, as the runner runs it."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "stiltsreport").write_text(f'#!/bin/sh\nexec {sys.executable} -m stiltsreport "$@"\n', encoding="utf-8")
    (programs / "stiltsreport").chmod(0o755)
    step = ACTION["runs"]["steps"][-1]
    values = {name: entry["default"] for name, entry in ACTION["inputs"].items()} | given
    inputs = {name: values[text.removeprefix("${{ inputs.").removesuffix(" }}")] for name, text in step["env"].items()}
    environment = {**os.environ, **inputs, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]  # GitHub's `shell: bash`
    return subprocess.run(bash, capture_output=True, text=True, cwd=folder, env=environment, check=False)


def test_the_action_s_step_annotates_and_fails(desk: Desk, tiny_data: Path) -> None:
    (desk.folder / "studies").mkdir()
    shutil.move(desk.study("good"), desk.folder / "studies")
    done = _check(desk.folder, data=str(tiny_data))
    assert done.returncode == 0, done.stderr
    assert "::warning file=studies/good.yaml::2 seeds" in done.stdout
    shutil.move(desk.study("wrong", seeds="[1, 1]"), desk.folder / "studies")
    done = _check(desk.folder, data=str(tiny_data))
    assert done.returncode == 2
    assert "::error file=studies/wrong.yaml,line=5,col=" in done.stdout


def test_an_input_of_the_action_is_no_command(tmp_path: Path) -> None:
    done = _check(tmp_path, studies="$(touch stolen); touch stolen", data="")
    assert done.returncode == 2
    assert "::error file=$(touch::" in done.stdout, "taken for names of files"
    assert not (tmp_path / "stolen").exists()
    assert not any("${{" in step.get("run", "") for step in ACTION["runs"]["steps"])


def test_what_the_action_says_itself_is_one_line_and_escaped(tmp_path: Path) -> None:
    done = _check(tmp_path, studies="none/*.yaml\n50%/*.yaml", data="")
    assert (done.returncode, done.stdout) == (2, "::error::no study file: none/*.yaml%0A50%25/*.yaml\n")


def test_the_hook_is_a_command_of_the_program() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *words = hook["entry"].split()
    options = parser().parse_args([*words, "studies/a.yaml", "studies/b.yaml"])
    assert (program, options.command, options.studies) == ("stiltsreport", "check", ["studies/a.yaml", "studies/b.yaml"])
