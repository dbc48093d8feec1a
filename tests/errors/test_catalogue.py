"""Every error that users meet, as they read it: where, what, and what would be right.

`python -m tests.errors.test_catalogue` writes catalogue.txt anew; read its diff as a user would.
"""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stiltsreport.cli.app import main
from tests.errors.cases import CASES, Case
from tests.tiny import make_tiny_data, make_tiny_model

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path(__file__).with_name("catalogue.txt")
REWRITE = "if it reads well: python -m tests.errors.test_catalogue"


def met(case: Case, folder: Path, model: Path, data: Path) -> tuple[int, str]:
    """(exit code, what stands on the standard error), with places named as in the case."""
    shutil.copytree(model, folder / "model")
    shutil.copytree(data, folder / "data")
    (folder / "study.yaml").write_text(case.study.format(model="./model") if case.study else "", encoding="utf-8")
    for name, text in case.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    if case.prepare:
        case.prepare(folder)
    words = [
        word.replace("STUDY", str(folder / "study.yaml")).replace("DIR", str(folder)).replace("EXAMPLE", str(ROOT / "reports" / "example"))
        for word in case.arguments.split()
    ]
    if words[0] in ("check", "plan", "build", "report", "status"):
        words += [] if "--store" in words else ["--store", str(folder / "store")]
        words += [] if "--data" in words or case.files else ["--data", str(folder / "data")]
        words += ["--reports", str(folder / "reports")]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    said = err.getvalue().replace(str(folder), "DIR").replace(str(ROOT), "ROOT")
    said = re.sub(r"known: methods, .* \(those", "known: methods, ... (those", said)  # every study that is added
    return code, re.sub(r"^warning: unpinned.*\n", "", said, flags=re.MULTILINE)


def entries(folder: Path) -> Iterator[tuple[str, int, str]]:
    """(case, exit code, text) of all, in their order."""
    model, data = make_tiny_model(folder / "tiny"), make_tiny_data(folder / "sets")
    for number, (name, case) in enumerate(CASES.items()):
        place = folder / str(number)
        place.mkdir()
        yield name, *met(case, place, model, data)


def written(found: list[tuple[str, int, str]]) -> str:
    return "\n".join(f"## {name}\n$ stiltsreport {CASES[name].arguments}\n{text}" for name, _, text in found)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str]]:
    return list(entries(tmp_path_factory.mktemp("errors")))


def test_all_end_with_2_and_no_traceback(found: list[tuple[str, int, str]]) -> None:
    for name, code, text in found:
        assert code == 2, (name, code, text)
        assert "Traceback" not in text, name


def test_each_says_where_what_and_what_would_be_right(found: list[tuple[str, int, str]]) -> None:
    for name, _, text in found:
        lines = [
            line
            for line in text.splitlines()
            if line and not line.startswith(("warning:", "usage:")) and not re.fullmatch(r"\d+ errors", line)
        ]
        assert lines, name
        for line in lines:
            assert len(line) < 400, (name, line)
            assert re.search(r"^\S.*: \S", line), (name, line)


def test_the_catalogue_is_as_it_was_read(found: list[tuple[str, int, str]]) -> None:
    assert written(found) == CATALOGUE.read_text(encoding="utf-8"), REWRITE


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        rows = list(entries(Path(scratch)))
    CATALOGUE.write_text(written(rows), encoding="utf-8")
    sys.stdout.write("".join(f"{name}: exit {code}\n" for name, code, _ in rows if code != 2))
