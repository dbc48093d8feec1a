"""Completion in a real bash: commands, options, files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.studies import ran

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("line", "wanted", "unwanted"),
    [
        ("stiltsreport bu", {"build"}, {"check"}),
        ("stiltsreport list t", {"tasks", "tests"}, {"models"}),
        ("stiltsreport plan --js", {"--json"}, {"--store"}),
        ("stiltsreport build --executor ", {"local", "ray", "slurm"}, set()),
        ("stiltsreport check my_s", {"my_study.yaml"}, {"other.txt"}),
    ],
)
@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completes(line: str, wanted: set[str], unwanted: set[str], tmp_path: Path, capsys: Capture) -> None:
    script = ran(capsys, ["completion", "bash", "-q"])
    assert script.code == 0
    (tmp_path / "script").write_text(script.out, encoding="utf-8")
    (tmp_path / "my_study.yaml").touch()
    (tmp_path / "other.txt").touch()
    words = line.split(" ")
    ask = f"""
source ./script
COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
COMP_CWORD={len(words) - 1}
COMP_LINE='{line}'
COMP_POINT={len(line)}
function_=$(complete -p stiltsreport | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$function_ stiltsreport "${{COMP_WORDS[$COMP_CWORD]}}" "${{COMP_WORDS[$((COMP_CWORD - 1))]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=False)
    found = {word.strip() for word in done.stdout.split()}
    assert wanted <= found, (done.stdout, done.stderr)
    assert not unwanted & found


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_have_a_script_and_how_to_use_it_goes_to_stderr(shell: str, capsys: Capture) -> None:
    result = ran(capsys, ["completion", shell])
    assert "build" in result.out
    assert f"stiltsreport completion {shell}" in result.err
