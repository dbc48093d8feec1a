"""Every error that users meet, as they read it: where, what, and what would be right.

`python -m tests.errors.test_catalogue` writes catalogue/ anew; read its diff as a user would.
"""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest

from stiltsreport.cli.app import main
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from tests.errors.case import Case, writes
from tests.errors.cases import GROUPS
from tests.errors.elsewhere import ELSEWHERE
from tests.errors.sites import come_by, sites
from tests.tiny import make_tiny_data, make_tiny_model

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path(__file__).with_name("catalogue")
REWRITE = "if it reads well: python -m tests.errors.test_catalogue"


@dataclass
class Found:
    """How every case ended, and the sites that they came by."""

    ends: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)  # (group, case): exit code, text
    met: set[str] = field(default_factory=set)

    def written(self, group: str) -> str:
        """The catalogue's text of a group."""
        return "\n".join(
            f"## {name}\n{_command(GROUPS[group][name])}\n{text}" for (of, name), (_, text) in self.ends.items() if of == group
        )


def _command(case: Case) -> str:
    return f"({case.about})" if case.call else f"$ stiltsreport {case.arguments}"


def met(case: Case, folder: Path, model: Path, data: Path) -> tuple[int, str]:
    """(exit code, what stands on the standard error), with places named as in the case."""
    shutil.copytree(model, folder / "model")
    shutil.copytree(data, folder / "data")
    writes("study.yaml", case.study if isinstance(case.study, bytes) else case.study.replace("{model}", "./model"))(folder)
    for name, content in case.files.items():
        writes(name, content)(folder)
    case.prepare(folder)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), case.around(folder):
        code = _called(case, folder) if case.call else _ran(case, folder)
    return code, _shown(err.getvalue(), folder)


def _ran(case: Case, folder: Path) -> int:
    words = [
        word.replace("STUDY", str(folder / "study.yaml")).replace("DIR", str(folder)).replace("EXAMPLE", str(ROOT / "reports" / "example"))
        for word in case.arguments.split()
    ]
    if words[0] in ("check", "plan", "build", "report", "status", "fetch", "export"):
        words += [] if "--store" in words else ["--store", str(folder / "store")]
        words += [] if "--data" in words or "data: " in str(case.study) else ["--data", str(folder / "data")]
        words += ["--reports", str(folder / "reports")]
    try:
        return main(words)
    except SystemExit as exit_:
        return int(exit_.code or 0)


def _called(case: Case, folder: Path) -> int:
    assert case.call is not None
    try:
        case.call(folder)
    except StiltsReportError as error:
        Terminal().error(error)
        return 2
    return 0


def _shown(said: str, folder: Path) -> str:
    said = said.replace(str(folder), "DIR").replace(str(ROOT), "ROOT")
    said = re.sub(r"known: methods, .* \(those", "known: methods, ... (those", said)  # every study that is added
    said = re.sub(r"^(warning: unpinned|usage:).*\n(^ .*\n)*", "", said, flags=re.MULTILINE)
    return re.sub(r"^(warning: )?(2 seeds|no intermediate).*\n", "", said, flags=re.MULTILINE)


def tried(folder: Path) -> Found:
    """Every case, in its order."""
    import matplotlib as mpl

    mpl.get_cachedir()  # of the real home: in another all fonts would be looked for
    model, data, found = make_tiny_model(folder / "tiny"), make_tiny_data(folder / "sets"), Found()
    with come_by() as found.met, mock.patch.dict("os.environ", {"HOME": str(folder)}):
        for group, cases in GROUPS.items():
            for number, (name, case) in enumerate(cases.items()):
                place = folder / f"{group}-{number}"
                place.mkdir()
                found.ends[group, name] = met(case, place, model, data)
                shutil.rmtree(place, ignore_errors=True)
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return tried(tmp_path_factory.mktemp("errors"))


def test_all_end_as_they_should_without_a_traceback(found: Found) -> None:
    for (group, name), (code, text) in found.ends.items():
        assert code == GROUPS[group][name].code, (name, code, text)
        assert "Traceback" not in text, name


def test_each_says_where_what_and_what_would_be_right(found: Found) -> None:
    for (_, name), (_, text) in found.ends.items():
        lines = [line for line in text.splitlines() if line and not line.startswith("warning:") and not re.fullmatch(r"\d+ errors", line)]
        assert lines, name
        for line in lines:
            assert len(line) < 400, (name, line)
            assert re.search(r"^\S.*: \S", line), (name, line)


@pytest.mark.parametrize("group", GROUPS)
def test_the_catalogue_is_as_it_was_read(found: Found, group: str) -> None:
    assert found.written(group) == (CATALOGUE / f"{group}.txt").read_text(encoding="utf-8"), REWRITE


def test_every_place_that_makes_an_error_is_come_by_or_named_with_a_reason(found: Found) -> None:
    every = {name for by_span in sites().values() for name in by_span.values()}
    assert not sorted(found.met - every)
    assert not sorted(ELSEWHERE.keys() - every), "these are gone: take them out of elsewhere.py"
    assert not sorted(ELSEWHERE.keys() & found.met), "cases come by these: take them out of elsewhere.py"
    assert not sorted(every - found.met - ELSEWHERE.keys()), "add a case that comes by these; a reason in elsewhere.py where none can"


def test_the_tests_that_are_named_for_the_others_hold_them_to_their_words() -> None:
    for place, reason in ELSEWHERE.items():
        if reason.startswith("("):
            continue
        test, _, words = reason.partition(": ")
        assert words in (ROOT / test).read_text(encoding="utf-8"), (place, reason)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        now = tried(Path(scratch))
    for one in GROUPS:
        (CATALOGUE / f"{one}.txt").write_text(now.written(one), encoding="utf-8")
    for (group, name), (code, _) in now.ends.items():
        if code != GROUPS[group][name].code:
            sys.stdout.write(f"{group}, {name}: exit {code}\n")
    for site in sorted({name for by_span in sites().values() for name in by_span.values()} - now.met - ELSEWHERE.keys()):
        sys.stdout.write(f"not come by: {site}\n")
