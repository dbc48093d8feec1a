"""A unit handed over by files: what comes back is its outcome, and nothing torn is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.progress import Evaluated, Event, Noted, Outcome, Steps
from stiltsreport.execute.remote import Listener, _tell, ended, ended_text, hand_over, heard, outcome, told
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import Unit, missing_units
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.cli.studies import Desk


@pytest.fixture
def unit(tmp_path: Path, tiny_model: Path, tiny_data: Path) -> Unit:
    desk = Desk(tmp_path, tiny_model, tiny_data)
    plan = plan_study(read_study(desk.study(seeds="[1]"), (), tiny_data), Memo(), Lock())
    return missing_units(plan, Store(tmp_path / "store"))[0]


@pytest.mark.parametrize("event", [Steps("u", 3, 9, 0.5, 12.25), Evaluated("u", 1, 2), Noted("u", "a\nb")])
def test_events_are_themselves_again(event: Event) -> None:
    assert heard(told(event)) == event


def test_a_process_does_the_unit_of_a_folder(tmp_path: Path, unit: Unit) -> None:
    store = Store(tmp_path / "store")
    store.prepare()
    folder = tmp_path / "hand"
    hand_over(folder, unit, WorkerSettings(str(store.folder), offline=True, device="cpu"))
    assert outcome(folder, unit) is None
    done = subprocess.run([sys.executable, "-m", "stiltsreport.execute.remote", str(folder)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ended = outcome(folder, unit)
    assert ended is not None
    assert (ended.state, ended.unit) == ("done", unit)
    assert all(store.has("trainings", train.id) for train in unit.chain)
    assert list(Listener(folder).events())
    hand_over(folder, unit, WorkerSettings(str(store.folder), offline=True, device="cpu"))
    assert outcome(folder, unit) is None, "an earlier attempt's outcome is not this one's"


def test_what_cannot_be_done_is_an_outcome_too(tmp_path: Path, unit: Unit) -> None:
    folder = tmp_path / "hand"
    hand_over(folder, unit, WorkerSettings("/proc/no/store", offline=True, device="cpu"))
    subprocess.run([sys.executable, "-m", "stiltsreport.execute.remote", str(folder)], check=False, capture_output=True)
    ended = outcome(folder, unit)
    assert isinstance(ended, Outcome)
    assert ended.state == "failed"
    assert ended.error


def test_every_note_is_heard_once_and_of_progress_the_last(tmp_path: Path) -> None:
    listener = Listener(tmp_path)
    assert list(listener.events()) == []
    told_ = [Steps("u", 1, 2, 0.5, 1.0), Noted("u", "one"), Noted("u", "two"), Steps("u", 2, 2, 0.4, 1.0)]
    for event in told_:
        _tell(tmp_path, event)
    assert list(listener.events()) == [told_[1], told_[2], told_[3]]
    assert list(listener.events()) == []
    with (tmp_path / "notes.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(told(Noted("u", "three"))[:9])
    assert list(listener.events()) == [], "what is being written is not read"


def test_outcomes_are_themselves_again(unit: Unit) -> None:
    for one in (Outcome(unit, "done", 1.5), Outcome(unit, "failed", 0.0, "a\nb", mendable=True), Outcome(unit, "held", error="1 on host")):
        assert ended(ended_text(one), unit, "x") == one
    for text in ("", "{}", "[]", '{"state": "done"}', '{"state": "perhaps", "seconds": 1, "error": "", "mendable": false}'):
        with pytest.raises(StiltsReportError):
            ended(text, unit, "x")
