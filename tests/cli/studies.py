"""A study of a tiny random encoder on tiny data, run through the command line in this process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from stiltsreport.cli.app import main

STUDY = """\
title: {title}
models: [{model}]
intermediate: {intermediate}
target: {target}
seeds: {seeds}
limit: {{train: 8, evaluate: 6}}
recipes:
  intermediate: {{base: xstilts-intermediate, epochs: 1, batch_size: 4, evaluations: 1, max_length: 32}}
  target: {{base: xstilts-target, epochs: 1, batch_size: 4, evaluations: 1, max_length: 32, retrieval_length: 32}}
report: {{formats: [html]}}
"""
XNLI = "{task: xnli, languages: [de, en], train: snli}"
TATOEBA = "{task: tatoeba, languages: [de]}"


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Desk:
    """A folder to work in, with a store, reports, data and a model."""

    folder: Path
    model: Path
    data: Path

    def study(
        self, name: str = "small", title: str = "Small", seeds: str = "[1, 2]", intermediate: str = "[hellaswag]", target: str = ""
    ) -> Path:
        """A study file."""
        path = self.folder / f"{name}.yaml"
        text = STUDY.format(title=title, model=self.model, intermediate=intermediate, target=target or f"[{XNLI}, {TATOEBA}]", seeds=seeds)
        path.write_text(text, encoding="utf-8")
        return path

    def arguments(self, command: str, study: Path, *more: str) -> list[str]:
        """The arguments of a command with everything inside the folder."""
        places = ["--store", str(self.folder / "store"), "--data", str(self.data), "--reports", str(self.folder / "reports")]
        return [command, str(study), *places, *(("--workers", "0") if "--workers" not in more else ()), "--device", "cpu", *more]

    def run(self, capsys: pytest.CaptureFixture[str], command: str, study: Path, *more: str) -> Ran:
        """Run it here, serially."""
        return ran(capsys, self.arguments(command, study, *more))

    def jobs(self) -> set[str]:
        """The ids of everything in the store."""
        return {path.name for kind in ("trainings", "evaluations") for path in (self.folder / "store" / kind).glob("*/*")}


def ran(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> Ran:
    """Run a command line in this process."""
    capsys.readouterr()
    try:
        code = main(arguments)
    except SystemExit as exit_:  # argparse ends --help and bad arguments so
        code = int(exit_.code or 0)
    captured = capsys.readouterr()
    return Ran(code, captured.out, captured.err)
