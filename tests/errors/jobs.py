"""What a job finds only when it runs: commands that translate, languages that a metric does not have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stiltsreport.execute.translators import arguments, command_translator
from stiltsreport.metrics.answers import normalise_mlqa
from tests.errors.case import Case


def called(about: str, call: Callable[[Path], object]) -> Case:
    return Case(call=call, about=about)


def translating(program: str) -> Case:
    """Two lines through a program in Python."""
    return called("a job that translates", lambda _: list(command_translator(f"python3 -c '{program}'", "en", "de")(["a", "b"])))


CASES: dict[str, Case] = {
    "a command with an open quote": called("a job that translates", lambda _: arguments("a 'b", "en", "de")),
    "no command": called("a job that translates", lambda _: arguments("", "en", "de")),
    "a program that is not there": called("a job that translates", lambda _: list(command_translator("translate-all {source}", "en", "de")(["a"]))),
    "a program that may not be run": called("a job that translates", lambda folder: list(command_translator(str(folder / "study.yaml"), "en", "de")(["a"]))),
    "fewer lines than were given": translating("print(1)"),
    "a translation in another encoding": translating('import sys; sys.stdout.buffer.write(b"\\xe4\\n\\xe4\\n")'),
    "a command that fails": translating('import sys; sys.exit("no such model")'),
    "a language that MLQA does not have": called("a job that evaluates", lambda _: normalise_mlqa("a", "fi")),
}  # fmt: skip
