"""Commands as translators: what they are given, and every way in which they go wrong; Apertium where it is installed."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.translators import arguments, command_translator
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.changes.translated import lines, restored
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.read import read

ECHO = f"{shlex.quote(sys.executable)} {shlex.quote(str(Path(__file__).with_name('echo.py')))}"


def run(command, given, chunk=1000):
    return list(command_translator(command, "en", "es", chunk)(given))


def test_a_command_is_split_before_its_languages_are_put_in():
    assert arguments("apertium -u '{source}-{target}'", "en", "es") == ["apertium", "-u", "en-es"]
    assert arguments("awk '{print $1}' {target}", "en", "x; rm -r /") == ["awk", "{print $1}", "x; rm -r /"]
    with pytest.raises(StiltsReportError, match="cannot be split into arguments: No closing quotation"):
        arguments("apertium 'en", "en", "es")
    with pytest.raises(StiltsReportError, match="the command is empty"):
        arguments("  ", "en", "es")


def test_lines_come_back_in_order_whatever_the_chunks():
    given = [f"línea {n} 中文 \u2028 \x0b" for n in range(25)]
    expected = [f"en>es {line.upper()}".strip() for line in given]
    assert run(f"{ECHO} '' '{{source}}>{{target}}'", given) == expected
    assert run(f"{ECHO} '' '{{source}}>{{target}}'", given, chunk=7) == expected
    assert run(f"{ECHO} windows", ["a", "b"]) == ["A", "B"]
    assert run(f"{ECHO} unended", ["a", "b"]) == ["A", "B"]
    assert run(f"{ECHO} ''", ["a", "", "b"]) == ["A", "", "B"]
    assert run(f"{ECHO} ''", [""]) == [""]
    assert run("does-not-exist", []) == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("status", "lines 1-2: ended with exit status 3: no such mode: xx-yy"),
        ("killed", "lines 1-2: was killed by signal 9: it said nothing"),
        ("bytes", "lines 1-2: wrote byte 0xff, which is not UTF-8"),
        ("silent", "lines 1-2: gave 0 lines for 2"),
        ("joined", "lines 1-2: gave 1 lines for 2; one line out for each line in, in order"),
        ("third", "lines 3-4: gave 1 lines for 2"),
    ],
)
def test_what_goes_wrong_is_said_with_the_lines(fault, message):
    with pytest.raises(StiltsReportError, match=message):
        run(f"{ECHO} {fault}", ["one", "two", "three", "four"], chunk=2)


def test_a_program_that_is_not_there_or_cannot_be_run(tmp_path):
    with pytest.raises(StiltsReportError, match="there is no program 'does-not-exist'; install it"):
        run("does-not-exist {source}", ["a"])
    script = tmp_path / "script"
    script.write_text("no program", encoding="utf-8")
    with pytest.raises(StiltsReportError, match="cannot be run: Permission denied"):
        run(shlex.quote(str(script)), ["a"])


def test_nothing_of_a_command_reaches_a_shell(tmp_path):
    target = tmp_path / "made"
    assert run(f"{ECHO} '' '$(touch {target})' '; touch {target}'", ["a"]) == [f"$(touch {target}) ; touch {target} A"]
    assert not target.exists()


@pytest.mark.skipif(shutil.which("apertium") is None, reason="apertium is not installed (Debian: apertium apertium-eng-spa)")
def test_apertium_keeps_marks_and_lines(real_data):
    command = "apertium -u eng-spa"
    try:
        assert run(command, ["The house is red.", "A dog."]) == ["La casa es roja.", "Un perro."]
    except StiltsReportError as error:
        pytest.skip(f"apertium without English to Spanish (Debian: apertium-eng-spa): {error}")
    task = TASKS["squad"]
    examples = read(local_sources(task, real_data, Memo())["train", "en"], task)[:60]
    wanted = list(dict.fromkeys(line for example in examples for line in lines(example)))
    known = dict(zip(wanted, run(command, wanted, chunk=100), strict=True))
    found = [restored(example, [known[line] for line in lines(example)]) for example in examples]
    assert Counter(one.outcome for one in found)["marked"] >= 57
    for one in found:
        for answer, start in one.example.answers if one.example else ():
            assert one.example.context[start : start + len(answer)] == answer
