"""`init`: flags or answers fill in the commented study, and the result passes `check`."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stiltsreport.study import yaml12
from stiltsreport.study.reading import read_study
from tests.cli.studies import ran

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]


def test_flags_fill_in_and_comments_stay(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "mine.yaml"
    flags = ["--models", "xlmr-base, xlmr-large", "--intermediate", "mnli squad", "--target", "xtreme", "--seeds", "3"]
    result = ran(capsys, ["init", str(file), "--title", 'Is it "so": yes?', *flags])
    assert (result.code, result.out.strip()) == (0, str(file))
    text = file.read_text(encoding="utf-8")
    study = read_study(file)
    assert study.title == 'Is it "so": yes?'
    assert [model.name for model in study.models] == ["xlmr-base", "xlmr-large"]
    assert [task.name for task in study.intermediate] == ["mnli", "squad"]
    assert len(study.target) == 9
    assert study.seeds == (1, 2, 3)
    assert "# English tasks to train on first." in text
    template = (ROOT / "templates" / "study.yaml").read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert comments == [
        "# yaml-language-server: $schema=stiltsreport.schema.json",
        *(one for one in template.splitlines() if one.startswith("#")),
    ]


def test_editors_find_the_schema_beside_the_study(tmp_path: Path, capsys: Capture) -> None:
    """The address in the first line is seen from the study; the study is right by it, and what `check` refuses is wrong by it too."""
    jsonschema = pytest.importorskip("jsonschema")
    file = tmp_path / "mine.yaml"
    assert ran(capsys, ["init", str(file)]).code == 0
    first, _, text = file.read_text(encoding="utf-8").partition("\n")
    schema = json.loads((tmp_path / first.partition("$schema=")[2]).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    assert list(validator.iter_errors(yaml12.load(text))) == []
    assert list(validator.iter_errors(yaml12.load(text.replace("seeds:", "sedes:"))))
    (tmp_path / "stiltsreport.schema.json").write_text("{}", encoding="utf-8")
    assert ran(capsys, ["init", str(tmp_path / "another.yaml")]).code == 0
    assert json.loads((tmp_path / "stiltsreport.schema.json").read_text(encoding="utf-8")) == schema, "that of this version"


def test_without_flags_and_terminal_it_is_the_template(capsys: Capture) -> None:
    assert ran(capsys, ["init", "-"]).out == (ROOT / "templates" / "study.yaml").read_text(encoding="utf-8")


def test_a_name_that_is_not_known_is_said_and_nothing_is_written(tmp_path: Path, capsys: Capture) -> None:
    result = ran(capsys, ["init", str(tmp_path / "a.yaml"), "--intermediate", "mnly", "--target", "panx, xnlii"])
    assert result.code == 2
    assert "did you mean 'mnli'" in result.err
    assert "did you mean 'xnli'" in result.err
    assert str(tmp_path) not in result.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seeds", ["0", "five", "-1"])
def test_seeds_that_are_none_are_refused(seeds: str, tmp_path: Path, capsys: Capture) -> None:
    result = ran(capsys, ["init", str(tmp_path / "a.yaml"), f"--seeds={seeds}"])
    assert (result.code, "seeds" in result.err) == (2, True)


def test_a_file_that_is_there_stays(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.yaml").write_text("mine", encoding="utf-8")
    result = ran(capsys, ["init", str(tmp_path / "a.yaml")])
    assert (result.code, "is there already" in result.err) == (2, True)
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == "mine"
    assert ran(capsys, ["init", str(tmp_path / "no" / "a.yaml")]).code == 2


def test_a_terminal_is_asked(tmp_path: Path) -> None:
    own, other = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "stiltsreport", "init", str(tmp_path / "asked.yaml")], stdin=other, stdout=other, stderr=other, cwd=ROOT
    )
    os.close(other)
    heard = b""
    for question, answer in ((b"ask?", b"Why?"), (b"Models", b""), (b"first", b"squad"), (b"Target", b""), (b"seeds", b"2")):
        deadline = time.monotonic() + 60
        while question not in heard and time.monotonic() < deadline:
            heard += os.read(own, 1024)
        time.sleep(0.1)
        os.write(own, answer + b"\n")
        heard = heard.partition(question)[2]
    assert process.wait(60) == 0
    os.close(own)
    study = read_study(tmp_path / "asked.yaml")
    assert (study.title, [task.name for task in study.intermediate], study.seeds) == ("Why?", ["squad"], (1, 2))
    assert [entry.task.name for entry in study.target] == ["panx", "xnli", "tatoeba"]
