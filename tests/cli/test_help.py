"""--help answers at once and loads nothing; what is not available yet says so."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from stiltsreport.cli.app import COMMANDS
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


def test_every_command_is_in_the_help(capsys: Capture) -> None:
    result = ran(capsys, ["--help"])
    assert result.code == 0
    for command in COMMANDS:
        assert f"\n    {command}" in result.out
    assert "130 interrupted" in result.out


@pytest.mark.parametrize(
    "arguments", [[], ["biuld", "x.yaml"], ["build"], ["build", "x.yaml", "--workers", "-1"], ["list", "colours"], ["build", "x", "--off"]]
)
def test_bad_arguments_exit_2_with_the_usage(arguments: list[str], capsys: Capture) -> None:
    result = ran(capsys, arguments)
    assert result.code == 2
    assert "usage: stiltsreport" in result.err


def test_the_version_is_the_packages(capsys: Capture) -> None:
    import stiltsreport

    assert ran(capsys, ["--version"]).out.strip() == f"stiltsreport {stiltsreport.__version__}"
