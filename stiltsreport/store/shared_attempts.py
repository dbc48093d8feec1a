"""What attempts leave behind in a store by URL, so that builds on several machines share the work as they would on one disk.

    leases/UNIT/N.json           who works on the unit; written anew every few seconds while he does
    failures/UNIT/N.txt          the log of the N-th attempt that failed
    states/UNIT/JOB.safetensors  a training's state, which another machine goes on from

A lease is never taken away, but outbid: N + 1 is created, once, above it; the highest counts. Who finds its holder dead creates one that
says so, and names whom it means. So a late word about a dead holder cannot end the lease of a living one.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from stiltsreport.store.attempts import LONG_SILENT_SECONDS, Attempts, Held, Holder
from stiltsreport.store.files import write_beside
from stiltsreport.store.objects import Listed, Objects
from stiltsreport.store.processes import alive, host, machine, started

BEAT_SECONDS = 10.0
SEEN_SECONDS = 2.0  # that a listing of all leases or failures counts for
_TRIES = 5


class SharedAttempts(Attempts):
    """Attempts whose word is in objects; the files of `folder` are this machine's copies."""

    def __init__(self, folder: Path, objects: Objects, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(folder)
        self._objects, self._clock = objects, clock
        self._listings: dict[str, tuple[float, dict[str, dict[int, Listed]]]] = {}
        self._leases: dict[tuple[str, int, str], dict[str, object]] = {}

    def failures(self, unit: str) -> list[Path]:
        """The logs of the unit's failed attempts, the last one last; what other machines wrote is fetched."""
        there = self._seen("failures", ".txt").get(unit, {})
        folder = self.of(unit) / "failures"
        for number, about in there.items():
            file = folder / f"{number}.txt"
            if not file.exists() or file.stat().st_size != about.size:  # forgotten elsewhere, and another one of its number has come
                folder.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileNotFoundError):
                    write_beside(file, self._objects.read(f"failures/{unit}/{number}.txt").decode(errors="replace"))
        # A log of this machine that is not there was forgotten by another machine, unless it has come since the listing.
        since = time.time() - SEEN_SECONDS
        return [file for file in super().failures(unit) if int(file.stem) in there or file.stat().st_mtime >= since]

    def made(self, unit: str) -> Path:
        """A unit's folder on this machine. Raises as Attempts.made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return super().made(unit)

    def note_failure(self, unit: str, text: str) -> Path:
        """Keep the log of a failed attempt, without secrets, here and there. Raises OSError."""
        self._listings.pop("failures", None)
        file = super().note_failure(unit, text)
        self._objects.write(f"failures/{unit}/{file.name}", file.read_bytes())
        self._listings.pop("failures", None)
        return file

    def forget_failures(self, unit: str) -> None:
        """The unit is done, or tried anew."""
        super().forget_failures(unit)
        with contextlib.suppress(OSError):
            there = self._seen("failures", ".txt").get(unit, {})
            self._objects.delete(f"failures/{unit}/{number}.txt" for number in there)
            if there:
                self._listings.pop("failures", None)

    def state_file(self, unit: str, file: Path) -> None:
        """Take a training's state to where another machine finds it. Raises OSError."""
        key = f"states/{unit}/{file.name}"
        self._objects.upload(file, key)
        self._note_state(file, self._objects.about(key))

    def forget_state(self, unit: str) -> None:
        """The unit is done."""
        super().forget_state(unit)
        with contextlib.suppress(OSError):
            self._objects.delete(self._objects.list(f"states/{unit}"))

    @contextlib.contextmanager
    def lease(self, unit: str, every: float = BEAT_SECONDS) -> Iterator[None]:
        """Work on the unit, say so, and begin with the state that the last one to work on it has left. Raises Held as Attempts.lease."""
        number, token = self._bid(unit)
        self._listings.pop("leases", None)
        stop = threading.Event()
        if number:
            thread = threading.Thread(target=self._renew, args=(unit, number, token, every, stop), daemon=True, name=f"lease of {unit}")
            thread.start()
        try:
            if number:
                with contextlib.suppress(OSError):
                    self._fetch_states(unit)
            yield
        finally:
            stop.set()
            if number:
                thread.join()
                self._release(unit, number)

    def holder(self, unit: str) -> Holder | None:
        """Who has the unit's lease, dead or alive, as of a moment ago; None where nobody does, or that cannot be told."""
        try:
            return self._holder(unit, self._seen("leases", ".json").get(unit, {}))
        except OSError:
            return None

    def free(self, unit: str, holder: Holder) -> None:
        """Say that this holder is dead."""
        with contextlib.suppress(OSError):
            numbers = self._numbers(unit)
            top = max(numbers, default=0)
            if top and self._content(unit, top, numbers[top]).get("token") == holder.token:
                self._objects.create(_key(unit, top + 1), json.dumps({"dead": holder.token, "by": secrets.token_hex(8)}).encode())
        self._listings.pop("leases", None)

    def running(self) -> dict[str, Holder]:
        """Units whose worker lives on this machine, or was heard of lately on another."""
        found = {}
        for unit, numbers in self._seen("leases", ".json").items():
            holder = self._holder(unit, numbers)
            when = numbers[max(numbers)].when
            if holder is not None and holder.alive and (holder.here or when is None or time.time() - when < LONG_SILENT_SECONDS):
                found[unit] = holder
        return found

    def _bid(self, unit: str) -> tuple[int, str]:
        """(number, token) of the lease that is now ours; 0 where none can be had, which costs at most work that is done twice."""
        token = secrets.token_hex(8)
        with contextlib.suppress(OSError):
            for _ in range(_TRIES):
                numbers = self._numbers(unit)
                holder = self._holder(unit, numbers)
                if holder is not None and holder.alive:
                    raise Held(unit, holder)
                number = max(numbers, default=0) + 1
                if not self._objects.create(_key(unit, number), self._mine(token, 0)):
                    continue
                if max(self._numbers(unit), default=0) == number:  # else a higher one was there, and what lay below it is gone
                    return number, token
                self._objects.delete([_key(unit, number)])
        return 0, token

    def _renew(self, unit: str, number: int, token: str, every: float, stop: threading.Event) -> None:
        """Write the lease anew until the work ends, or another has outbid it."""
        beat = 0
        while not stop.wait(every):
            beat += 1
            with contextlib.suppress(OSError):
                if max(self._numbers(unit), default=0) != number:
                    return
                self._objects.write(_key(unit, number), self._mine(token, beat))

    def _release(self, unit: str, number: int) -> None:
        """Those below go first: else one that is dead would count again."""
        with contextlib.suppress(OSError):
            self._objects.delete(_key(unit, one) for one in sorted(self._numbers(unit)) if one <= number)
        self._listings.pop("leases", None)

    def _mine(self, token: str, beat: int) -> bytes:
        mine = {"host": host(), "machine": machine(), "pid": os.getpid(), "started": started(os.getpid()), "token": token, "beat": beat}
        return json.dumps(mine).encode()

    def _holder(self, unit: str, numbers: Mapping[int, Listed]) -> Holder | None:
        """What the highest lease says. One that is torn is nobody's, and dead."""
        below = None
        for number in sorted(numbers, reverse=True):
            content = self._content(unit, number, numbers[number])
            if not content:  # released since it was listed
                continue
            if "dead" in content:
                below = content["dead"]
                continue
            holder = _read(content)
            return None if below is not None and holder.token == below else holder
        return None

    def _content(self, unit: str, number: int, about: Listed) -> dict[str, object]:
        """A lease; empty where it is gone."""
        known = (unit, number, about.tag)
        if known not in self._leases:
            try:
                found = json.loads(self._objects.read(_key(unit, number)))
            except FileNotFoundError:
                return {}
            except ValueError:
                found = None
            for old in [one for one in self._leases if one[:2] == known[:2]]:
                del self._leases[old]
            self._leases[known] = found if isinstance(found, dict) else {"torn": True}
        return self._leases[known]

    def _numbers(self, unit: str) -> dict[int, Listed]:
        """The unit's leases, now."""
        return _by_unit(self._objects.list(f"leases/{unit}"), ".json").get(unit, {})

    def _seen(self, folder: str, suffix: str) -> dict[str, dict[int, Listed]]:
        """All of a folder by unit and number, as they were at most a moment ago: one listing answers for thousands of units."""
        when, found = self._listings.get(folder, (0.0, {}))
        if folder not in self._listings or self._clock() - when > SEEN_SECONDS:
            found = _by_unit(self._objects.list(folder), suffix)
            self._listings[folder] = (self._clock(), found)
        return found

    def _fetch_states(self, unit: str) -> None:
        """States that another machine has saved since this one did. What was written there last is newer than what lies here."""
        for key, about in self._objects.list(f"states/{unit}").items():
            file = self.state(unit) / Path(key).name
            if file.suffix != ".safetensors" or (file.exists() and self._noted_state(file) == about.tag):
                continue
            self.state(unit).mkdir(parents=True, exist_ok=True)
            scratch = file.with_name(f".{file.name}-{secrets.token_hex(6)}")
            try:
                self._objects.download(key, scratch)
                scratch.replace(file)
            finally:
                scratch.unlink(missing_ok=True)
            self._note_state(file, about)

    def _note_state(self, file: Path, about: Listed | None) -> None:
        write_beside(file.with_suffix(".tag"), about.tag if about else "")

    def _noted_state(self, file: Path) -> str:
        try:
            return file.with_suffix(".tag").read_text(encoding="utf-8")
        except OSError:
            return ""


def _key(unit: str, number: int) -> str:
    return f"leases/{unit}/{number}.json"


def _by_unit(keys: Mapping[str, Listed], suffix: str) -> dict[str, dict[int, Listed]]:
    found: dict[str, dict[int, Listed]] = {}
    for key, about in keys.items():
        _, _, rest = key.partition("/")
        unit, _, name = rest.partition("/")
        if name.endswith(suffix) and name.removesuffix(suffix).isdigit():
            found.setdefault(unit, {})[int(name.removesuffix(suffix))] = about
    return found


def _read(content: Mapping[str, object]) -> Holder:
    try:
        pid, beat, since = int(str(content["pid"])), int(str(content["beat"])), content["started"]
        here = content["machine"] == machine()
        living = not here or alive(pid, since if isinstance(since, int) else None)
        return Holder(pid, str(content["host"]), here, living, str(content["token"]), beat)
    except (KeyError, ValueError):
        return Holder(0, "?", here=True, alive=False, token="", beat=0)
