"""A small study on the tiny encoder, built once, with what its parts need."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stiltsreport.execute.executors.local import Serial, WorkerSettings
from stiltsreport.execute.progress import Event, Outcome
from stiltsreport.execute.scheduler import run_units
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import Unit, missing_units
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock

STUDY = """\
title: T
models: [{model}]
intermediate: [squad]
target:
  - {{task: xnli, languages: [en, de], train: snli}}
  - {{task: xcopa, languages: [id]}}
  - {{task: tatoeba, languages: [de]}}
seeds: [1]
recipes:
  intermediate: {{learning_rate: 1e-3, batch_size: 8, epochs: 1, evaluations: 2, max_length: 64, document_stride: 16}}
  target: {{base: xstilts-target, learning_rate: 1e-3, batch_size: 8, epochs: 1, evaluations: 2, max_length: 64}}
"""


@dataclass
class Watcher:
    """An observer that remembers."""

    begun: list[int] = field(default_factory=list)
    started_units: list[str] = field(default_factory=list)
    stopped_with: list[int] = field(default_factory=list)
    waited_for: list[tuple[str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def begin(self, units: int) -> None:
        self.begun.append(units)

    def started(self, unit: Unit) -> None:
        self.started_units.append(unit.id)

    def waits(self, unit: Unit, holder: str) -> None:
        self.waited_for.append((unit.id, holder))

    def event(self, event: Event) -> None:
        self.events.append(event)

    def stopping(self, running: int) -> None:
        self.stopped_with.append(running)

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


def planned(folder: Path, model: Path, data: Path, *overrides: str) -> Plan:
    """The plan of STUDY with overrides, its file in `folder`."""
    path = folder / "small.yaml"
    path.write_text(STUDY.format(model=model), encoding="utf-8")
    return plan_study(read_study(path, overrides, data), Memo(), Lock())


def prepared(folder: Path) -> Store:
    store = Store(folder)
    store.prepare()
    return store


def settings(store: Store) -> WorkerSettings:
    return WorkerSettings(str(store.folder), offline=True, device="cpu")


def serially(units: Sequence[Unit], store: Store, watcher: Watcher | None = None) -> list[Outcome]:
    watcher = watcher or Watcher()
    return run_units(units, Serial(settings(store), watcher), watcher)


def predictions(plan: Plan, store: Store) -> dict[str, str]:
    """A digest of every evaluation's predictions and counts, byte for byte, by id."""
    return {
        job: hashlib.sha256((store.path("evaluations", job) / "predictions.jsonl").read_bytes()).hexdigest() for job in plan.evaluations
    }


@dataclass(frozen=True)
class Built:
    """STUDY as it was built, one unit after another in this process."""

    plan: Plan
    store: Store
    outcomes: list[Outcome]
    watcher: Watcher
    replan: Callable[..., Plan]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, tiny_data: Path) -> Built:
    folder = tmp_path_factory.mktemp("built")
    plan, store, watcher = planned(folder, tiny_model, tiny_data), prepared(folder / "store"), Watcher()
    outcomes = serially(missing_units(plan, store), store, watcher)
    return Built(plan, store, outcomes, watcher, lambda *overrides: planned(folder, tiny_model, tiny_data, *overrides))
