"""A unit on another machine: its record and settings as files in a folder, its outcome and signs of life as files beside them.

    python -m stiltsreport.execute.remote FOLDER

does the unit of FOLDER/unit.json and writes FOLDER/outcome.json. The store, which both sides see, carries everything else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.progress import Evaluated, Event, Noted, Outcome, State, Steps
from stiltsreport.plan.frozen import frozen, thawed
from stiltsreport.plan.units import Unit
from stiltsreport.store.files import write_beside

_UNIT, _SETTINGS, _OUTCOME = "unit.json", "settings.json", "outcome.json"
_EVENT, _NOTES = "event.json", "notes.jsonl"  # progress: the last alone; what the user should know: every line
_EVENTS: dict[str, Any] = {kind.__name__: kind for kind in (Steps, Evaluated, Noted)}


def hand_over(folder: Path, unit: Unit, settings: WorkerSettings) -> None:
    """Write what the other side reads, and forget how an earlier attempt ended."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (_OUTCOME, _EVENT, _NOTES):
        (folder / name).unlink(missing_ok=True)
    write_beside(folder / _UNIT, frozen(unit))
    write_beside(folder / _SETTINGS, settings_text(settings))


def work(folder: Path) -> Outcome:
    """Do the unit of the folder in this process, and say there how it ended."""
    from stiltsreport.execute.perform import perform

    unit = thawed((folder / _UNIT).read_text(encoding="utf-8"), str(folder / _UNIT))
    settings = settings_of((folder / _SETTINGS).read_text(encoding="utf-8"))
    done = perform(unit, settings, lambda event: _tell(folder, event))
    write_beside(folder / _OUTCOME, ended_text(done))
    return done


def outcome(folder: Path, unit: Unit) -> Outcome | None:
    """How the unit ended there; None while it has not."""
    try:
        return ended((folder / _OUTCOME).read_text(encoding="utf-8"), unit, str(folder / _OUTCOME))
    except FileNotFoundError:
        return None


class Listener:
    """What a folder tells, once: its notes one by one, of its progress the last sign alone."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._place, self._last = folder, 0, ""

    def events(self) -> Iterator[Event]:
        """What is new since the last call; what is being written is left for the next."""
        try:
            with (self._folder / _NOTES).open(encoding="utf-8") as stream:
                stream.seek(self._place)
                while (line := stream.readline()).endswith("\n"):
                    self._place = stream.tell()
                    yield heard(line)
        except FileNotFoundError:
            pass
        try:
            text = (self._folder / _EVENT).read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        if text != self._last:
            self._last = text
            yield heard(text)


def settings_text(settings: WorkerSettings) -> str:
    """A worker's settings as JSON."""
    return json.dumps(asdict(settings))


def settings_of(text: str) -> WorkerSettings:
    """What `settings_text` wrote."""
    found = json.loads(text)
    return WorkerSettings(**found | {"trust_remote_code": tuple(found["trust_remote_code"])})


def ended_text(done: Outcome) -> str:
    """An outcome as JSON, without its unit."""
    return json.dumps({"state": done.state, "seconds": done.seconds, "error": done.error, "mendable": done.mendable})


def ended(text: str, unit: Unit, where: str) -> Outcome:
    """What `ended_text` wrote of that unit. Raises StiltsReportError for anything else."""
    try:
        found = json.loads(text)
        if found["state"] in get_args(State):
            return Outcome(unit, found["state"], float(found["seconds"]), str(found["error"]), bool(found["mendable"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StiltsReportError(f"is no outcome: {error}", where=where) from error
    raise StiltsReportError(f"unknown state {found['state']!r}", where=where, hint="the same version of stiltsreport on both sides")


def told(event: Event) -> str:
    """An event as one line of JSON."""
    return json.dumps({"is": type(event).__name__} | asdict(event))


def heard(text: str) -> Event:
    """What `told` wrote."""
    found = json.loads(text)
    event: Event = _EVENTS[found.pop("is")](**found)
    return event


def _tell(folder: Path, event: Event) -> None:
    if isinstance(event, Noted):
        with (folder / _NOTES).open("a", encoding="utf-8") as stream:
            stream.write(told(event) + "\n")
    else:
        write_beside(folder / _EVENT, told(event))


if __name__ == "__main__":
    work(Path(sys.argv[1]))
