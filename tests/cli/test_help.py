"""--help answers at once, loads nothing, and fits who reads it."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import resource
import shlex
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from stiltsreport.cli.app import COMMANDS
from stiltsreport.cli.manual import GROUPS, PAGES
from stiltsreport.cli.parser import parser
from tests.cli.studies import ran

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "transformers", "datasets", "numpy", "scipy", "pydantic", "yaml", "rich", "matplotlib", "jinja2")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom stiltsreport.cli.app import main\n"
        f"try:\n    main(['--help'])\nexcept SystemExit:\n    print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_answers_in_under_a_third_of_a_second() -> None:
    seconds = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "stiltsreport", "--help"], capture_output=True, check=True, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)  # processor time: what other programs do beside it does not count
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.3, seconds


def test_every_command_is_in_one_group_of_the_help(capsys: Capture) -> None:
    result = ran(capsys, ["--help"])
    assert result.code == 0
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(COMMANDS) == sorted(PAGES)
    for title, names in GROUPS.items():
        block = result.out.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in block.splitlines()] == list(names)
    assert "130  interrupted" in result.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_examples_that_parse_and_its_exit_codes(command: str, capsys: Capture) -> None:
    said = ran(capsys, [command, "--help"]).out
    examples = re.findall(r"^  stiltsreport (.*?)(?:  #.*)?$", said, re.MULTILINE)
    assert examples
    for example in examples:
        words = shlex.split(re.sub(r" > \S+$", "", example))
        assert parser().parse_args(words).command == words[0] in (command, "build")
    assert re.search(r"^exit codes:\n  0  ", said, re.MULTILINE)


@pytest.mark.parametrize("columns", [50, 80, 140])
def test_help_fits_the_terminal(columns: int) -> None:
    lines = _helps_on_a_terminal(columns).splitlines()
    assert sum(line.startswith("usage: ") for line in lines) == len(COMMANDS) + 1
    # An example stands whole: a command that is broken cannot be copied.
    assert [line for line in lines if len(line) > min(columns, 100) and not line.startswith("  stiltsreport ")] == []


def _helps_on_a_terminal(columns: int) -> str:
    """What --help of everything writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, columns))
    code = "from stiltsreport.cli.parser import parser\ntop = parser()\nfor one in (top, *top.others.values()): one.print_help()"
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=theirs, stdin=theirs, stderr=theirs, cwd=ROOT, env=environment)
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(ours, 1 << 16):
            said += part
    os.close(ours)
    assert process.wait() == 0
    return said.decode().replace("\r\n", "\n")


def test_programs_are_given_each_option_in_one_line_even_where_columns_is_set(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    (line,) = [line for line in ran(capsys, ["build", "--help"]).out.splitlines() if "--workers" in line]
    assert line.endswith("0: in this process)")


def test_without_arguments_it_says_how_to_begin(capsys: Capture) -> None:
    result = ran(capsys, [])
    assert (result.code, result.out) == (2, "")
    assert "stiltsreport build quickstart" in result.err
    assert "stiltsreport --help" in result.err


def test_options_and_arguments_come_in_any_order() -> None:
    for words in ("list --json tasks xnli", "list tasks --json xnli", "list tasks xnli --json"):
        found = parser().parse_args(words.split())
        assert (found.kind, found.name, found.json) == ("tasks", "xnli", True)
    found = parser().parse_args("check a.yaml -vq --set seeds.0=-7 b.yaml --only=a* -- -c.yaml".split())
    assert (found.studies, found.set, found.only) == (["a.yaml", "b.yaml", "-c.yaml"], ["seeds.0=-7"], ["a*"])
    assert (found.verbose, found.quiet) == (1, 1)


def test_the_version_is_the_packages(capsys: Capture) -> None:
    import stiltsreport

    assert ran(capsys, ["--version"]).out.strip() == f"stiltsreport {stiltsreport.__version__}"
