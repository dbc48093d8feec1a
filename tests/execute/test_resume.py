"""Units that are asked to stop by a signal, and go on: what is published is what an undisturbed worker publishes."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.execute import perform as module
from stiltsreport.execute.perform import perform
from stiltsreport.execute.progress import Evaluated, Event, Noted, Steps
from stiltsreport.plan.units import Unit, missing_units
from stiltsreport.store import Store
from tests.execute.conftest import Built, prepared, settings
from tests.faults.artifacts import contents


@pytest.fixture(autouse=True)
def _every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_EVENT_SECONDS", 0.0)


def unit_of(built: Built, store: Store, name: str) -> Unit:
    return next(unit for unit in missing_units(built.plan, store) if unit.names[0].endswith(name))


def states(store: Store, unit: Unit) -> list[str]:
    return sorted(file.name.partition(".")[0] for file in store.attempts.state(unit.id).glob("*"))


def signalled(unit: Unit, store: Store, when: Callable[[Event], bool], number: signal.Signals = signal.SIGTERM) -> str:
    """Do the unit, asked to stop by the first event for which `when` holds; how it ended."""
    asked: list[Event] = []

    def tell(event: Event) -> None:
        if when(event) and not asked:
            asked.append(event)
            signal.raise_signal(number)

    before = signal.getsignal(number)
    outcome = perform(unit, settings(store), tell)
    assert asked
    assert signal.getsignal(number) is before
    assert store.attempts.running() == {}
    assert not outcome.error
    return outcome.state


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_training_is_left_behind_its_step_and_gone_on_with(built: Built, tmp_path: Path, number: signal.Signals) -> None:
    """XCOPA: of two trainings, the second goes on with the head of the first, and each has a state of its own."""
    store = prepared(tmp_path / "store")
    unit = unit_of(built, store, "none/xcopa/1")
    first, second = (train.id for train in unit.chain)
    assert signalled(unit, store, lambda event: isinstance(event, Steps) and event.step == 2, number) == "interrupted"
    assert states(store, unit) == [first]
    steps: list[int] = []

    def again(event: Event) -> bool:
        steps.extend([event.step] if isinstance(event, Steps) else [])
        return len(steps) == 3  # the third step of the first training, then the first two of the second

    assert signalled(unit, store, again, number) == "interrupted"
    assert steps[:3] == [3, 1, 2]
    assert states(store, unit) == sorted([first, second])
    outcome = perform(unit, settings(store), lambda _: None)
    assert outcome.state == "done"
    for job in (first, second):
        assert store.record("trainings", job)["resumed"] == [{"step": 2, "place": module.processor()}]
    ours, theirs = contents(store.folder), contents(built.store.folder)
    assert ours.items() <= theirs.items()
    assert not store.attempts.of(unit.id).exists()


def test_evaluations_are_left_at_once_and_their_training_is_repeated_from_its_last_state(built: Built, tmp_path: Path) -> None:
    store = prepared(tmp_path / "store")
    unit = unit_of(built, store, "none/xnli/1")
    often = replace(settings(store), checkpoint_minutes=1e-9)
    asked: list[Event] = []

    def tell(event: Event) -> None:
        if isinstance(event, Evaluated):
            asked.append(event)
            signal.raise_signal(signal.SIGUSR1)

    assert perform(unit, often, tell).state == "interrupted"
    (job,) = (train.id for train in unit.chain)
    assert store.has("trainings", job)
    assert [store.has("evaluations", one.id) for one in unit.evaluations].count(True) == len(asked) == 1
    assert states(store, unit) == [job]
    taken: list[Event] = []
    assert perform(unit, settings(store), taken.append).state == "done"
    assert not [event for event in taken if isinstance(event, Steps)]  # all steps were done: what followed them was repeated
    assert "resumed" not in store.record("trainings", job)  # published before
    assert contents(store.folder).items() <= contents(built.store.folder).items()


def test_a_torn_state_is_said(built: Built, tmp_path: Path) -> None:
    store = prepared(tmp_path / "store")
    unit = unit_of(built, store, "none/xnli/1")
    signalled(unit, store, lambda event: isinstance(event, Steps))
    (file,) = store.attempts.state(unit.id).iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    told: list[Event] = []
    assert perform(unit, settings(store), told.append).state == "done"
    (note,) = (event for event in told if isinstance(event, Noted))
    assert note.unit == unit.id
    assert "starts over: the state that it had saved is damaged" in note.text
    assert contents(store.folder).items() <= contents(built.store.folder).items()


def test_a_link_does_not_lead_states_out_of_the_store(built: Built, tmp_path: Path) -> None:
    store = prepared(tmp_path / "store")
    unit = unit_of(built, store, "none/xnli/1")
    outside = tmp_path / "outside"
    outside.mkdir()
    store.attempt(unit.id)
    store.attempts.state(unit.id).symlink_to(outside)
    assert perform(unit, replace(settings(store), checkpoint_minutes=1e-9), lambda _: None).state == "done"
    assert list(outside.iterdir()) == []
