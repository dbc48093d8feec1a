"""What a user gets wrong, as a command line and the files that it meets; and what makes such cases short to write."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

Prepare = Callable[[Path], object]
HEAD = "title: T\nmodels: [{model}]\nintermediate: [hellaswag]\ntarget: [{task: xnli, languages: [de, en], train: snli}]\nseeds: [1, 2]\n"
OWN = """\
title: T
models: [{model}]
target: [mine]
data: .
define:
  tasks:
    mine: {type: sequence_classification, labels: [good, bad], languages: [en, de], files: {train: t.jsonl, dev: d.jsonl, test: "e.{language}.jsonl"}, columns: {first: text}}
"""
OWN_FILES = {
    "t.jsonl": '{"text": "a", "label": "good"}\n{"text": "b", "label": "bad"}\n',
    "d.jsonl": '{"text": "a", "label": "good"}\n',
    "e.en.jsonl": '{"text": "a", "label": "good"}\n',
    "e.de.jsonl": '{"text": "a", "label": "good"}\n',
}


@dataclass(frozen=True)
class Case:
    """`study`: the file's text, {model} the tiny model's folder; `arguments`: of the command, STUDY, DIR and EXAMPLE stand for places.

    `call` stands for the command where no command leads there: a notebook, or a job on a node.
    """

    study: str | bytes = HEAD
    arguments: str = "check STUDY"
    files: dict[str, Any] = field(default_factory=dict)  # beside the study: texts, bytes, or anything else as JSON; .gz is compressed
    prepare: Prepare = lambda _: None  # DIR, with data/ and model/ in it
    around: Callable[[Path], AbstractContextManager[object]] = lambda _: nullcontext()  # what is otherwise on this machine meanwhile
    call: Callable[[Path], object] | None = None
    about: str = ""  # what is called
    code: int = 2


def changed(old: str, new: str) -> str:
    """The study with one thing otherwise."""
    assert old in HEAD, old
    return HEAD.replace(old, new)


def added(text: str) -> str:
    """The study with more at its end."""
    return HEAD + text


def own(study: str = OWN, **files: str) -> Case:
    """A task of one's own, some of whose files are otherwise."""
    return Case(study, "check STUDY", {**OWN_FILES, **{name.replace("_", "."): text for name, text in files.items()}})


def data(name: str, change: Callable[[str], str]) -> Prepare:
    """A data file with its text changed."""

    def prepare(folder: Path) -> None:
        file = folder / "data" / name
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")

    return prepare


def writes(name: str, content: object) -> Prepare:
    """A file in the case's folder: a text, bytes, or anything else as JSON; what ends in .gz is compressed, unless it is bytes."""

    def prepare(folder: Path) -> None:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        written = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
        file.write_bytes(gzip.compress(written, mtime=0) if name.endswith(".gz") and not isinstance(content, bytes) else written)

    return prepare


def bytes_of(name: str, change: Callable[[bytes], bytes]) -> Prepare:
    """A file of the case's folder with its bytes changed."""
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def entries(name: str, **values: object) -> Prepare:
    """A JSON object of the case's folder with entries changed; None takes one out."""

    def prepare(folder: Path) -> None:
        file = folder / name
        found = json.loads(file.read_text(encoding="utf-8")) | values
        file.write_text(json.dumps({key: value for key, value in found.items() if value is not None}), encoding="utf-8")

    return prepare


def config(**values: object) -> Prepare:
    """The tiny model's config.json with entries changed."""
    return entries("model/config.json", **values)


def without(name: str) -> Prepare:
    """A file or folder less."""

    def prepare(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    return prepare


def several(*steps: Prepare) -> Prepare:
    """One preparation after the other."""

    def prepare(folder: Path) -> None:
        for step in steps:
            step(folder)

    return prepare


def on(case: Case, arguments: str) -> Case:
    """The same with another command."""
    return replace(case, arguments=arguments)
