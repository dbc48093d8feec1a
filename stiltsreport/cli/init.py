"""`init`: a commented study file to start from, with what flags or answers say filled in."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.shipped import shipped

SCHEMA = "stiltsreport.schema.json"  # beside a study, and in studies/: what `stiltsreport schema` prints
MODELINE = f"# yaml-language-server: $schema={SCHEMA}\n"  # as the YAML language server of most editors reads it


@dataclass(frozen=True)
class _Question:
    """An entry of the study as it is asked for; `several`: names parted by commas or blanks."""

    key: str
    text: str
    default: str
    several: bool = True


QUESTIONS = (
    _Question("title", "What does the study ask?", "Does training on an English task first help in other languages?", several=False),
    _Question("models", "Models (names, Hub ids or folders)", "multilingual-e5-small"),
    _Question("intermediate", "English tasks to train on first", "hellaswag, squad"),
    _Question("target", "Target tasks, or xtreme or xtreme-r", "panx, xnli, tatoeba"),
    _Question("seeds", "How many seeds", "5", several=False),
)


def run(options: Options, terminal: Terminal) -> int:
    """Write it to a file that is not there yet, or print it for "-". Asks on a terminal where no flag says anything.

    The schema of study files is written beside it, where editors find it by the file's first line.

    Raises StudyErrors for names that are not known, StiltsReportError where a file cannot be written.
    """
    path = Path(options.file)
    if options.file != "-":
        _refuse(path)
    entries = dict(options.entries)
    if not entries and options.verbosity >= 0 and sys.stdin.isatty() and sys.stderr.isatty():
        entries = ask()
    text = filled((shipped("templates") / "study.yaml").read_text(encoding="utf-8"), entries)
    _check(text)
    if options.file == "-":
        terminal.result(text)
        return 0
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(MODELINE + text)
        shutil.copyfile(shipped("studies") / SCHEMA, path.parent / SCHEMA)
    except FileExistsError as error:
        raise _is_there(path) from error
    except OSError as error:
        raise StiltsReportError(f"cannot be written: {error.strerror}", where=str(path), hint="a file in a folder that exists") from error
    terminal.result(str(path))
    terminal.note(f"now: stiltsreport check {path}")
    return 0


def ask() -> dict[str, str]:
    """The answers, on the standard error; an empty one is the default."""
    from rich.console import Console
    from rich.prompt import Prompt

    console = Console(stderr=True, highlight=False)
    answers = {one.key: Prompt.ask(one.text, default=one.default, console=console) for one in QUESTIONS}
    return {one.key: answers[one.key] for one in QUESTIONS if answers[one.key] != one.default}


def filled(template: str, entries: dict[str, str]) -> str:
    r"""The template with these entries in place of its own; comments stay.

    >>> filled("# why\nseeds: [1, 2]\nlimit: 3\n", {"seeds": "3"})
    '# why\nseeds: [1, 2, 3]\nlimit: 3\n'
    """
    for key, value in entries.items():
        found = re.search(rf"^{key}:.*\n(?:  .*\n)*", template, re.MULTILINE)
        if found:
            template = f"{template[: found.start()]}{key}: {_yaml(key, value)}\n{template[found.end() :]}"
    return template


def _yaml(key: str, value: str) -> str:
    """The entry's value as YAML: JSON is YAML."""
    if key == "title":
        return json.dumps(value, ensure_ascii=False)
    names = re.split(r"[,\s]+", value.strip().strip("[]"))
    if key == "seeds":
        if len(names) > 1:
            return f"[{', '.join(names)}]"
        if not names[0].isdigit() or int(names[0]) < 1:
            raise StiltsReportError(f"{value!r} is no number of seeds", where="seeds", hint="a whole number from 1, such as 5")
        return json.dumps(list(range(1, int(names[0]) + 1)))
    if key == "target" and names in (["xtreme"], ["xtreme-r"]):
        return str(names[0])
    return "[" + ", ".join(name if re.fullmatch(r"[\w./+-]+", name) else json.dumps(name) for name in names if name) + "]"


def _check(text: str) -> None:
    """Names that are not known are said now, by entry."""
    from stiltsreport.study.reading import read_study

    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "study.yaml"
        file.write_text(text, encoding="utf-8")
        try:
            read_study(file)
        except StudyErrors as errors:
            shown = [StiltsReportError(one.what, where=one.where.rpartition(": ")[2], hint=one.hint) for one in errors.errors]
            raise StudyErrors(shown) from errors


def _refuse(path: Path) -> None:
    """Before anything is asked."""
    if path.exists():
        raise _is_there(path)


def _is_there(path: Path) -> StiltsReportError:
    return StiltsReportError("is there already", where=str(path), hint="another name: stiltsreport init FILE")
