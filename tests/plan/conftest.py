"""Plans of small studies on the tiny data sets: no model runs here."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock

STUDY = """\
title: T
models: [multilingual-e5-small]
intermediate: [hellaswag, squad]
target:
  - {task: xnli, languages: [en, de], train: snli}
  - {task: xquad, languages: [en, de]}
  - {task: mlqa, languages: [en, de]}
  - {task: udpos, languages: [en, de]}
  - {task: tatoeba, languages: [de]}
  - {task: xcopa, languages: [id]}
seeds: [1, 2]
"""
Planner = Callable[..., Plan]


@pytest.fixture
def plan(tmp_path: Path, tiny_data: Path) -> Planner:
    """Plans STUDY (or another text) with overrides, on `data`."""

    def planned(*overrides: str, text: str = STUDY, data: Path | None = None, name: str = "s", **options: Any) -> Plan:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return plan_study(read_study(path, overrides, data or tiny_data), Memo(), Lock(), **options)

    return planned


@pytest.fixture
def with_text(tiny_data: Path, tmp_path: Path) -> Path:
    """The tiny data with text in English and German, and translations of SNLI into German."""
    folder = tmp_path / "with_text"
    shutil.copytree(tiny_data, folder)
    for language, count in (("en", 30), ("de", 10)):
        (folder / "mlm").mkdir(exist_ok=True)
        (folder / "mlm" / f"{language}.txt").write_text("".join(f"Line {number} of text.\n" for number in range(count)))
    (folder / "translated" / "snli").mkdir(parents=True)
    shutil.copy(folder / "snli" / "train.tsv", folder / "translated" / "snli" / "train-de.tsv")
    (folder / "translated" / "squad").mkdir(parents=True)
    shutil.copy(folder / "squad" / "train-v1.1.json", folder / "translated" / "squad" / "train-de.json")
    return folder


class Stored:
    """A store that says what it is told to hold."""

    def __init__(self, **ids: set[str]) -> None:
        self.ids = ids
        self.records: dict[str, dict[str, Any]] = {}

    def has(self, kind: str, job: str) -> bool:
        return job in self.ids.get(kind, set())

    def record(self, kind: str, job: str) -> dict[str, Any]:
        return self.records[job]
