"""The trackers that `--track` names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from stiltsreport.cli.trackers.apart import Apart
from stiltsreport.cli.trackers.tracking import Several, Tracking
from stiltsreport.execute.progress import Observer


@contextlib.contextmanager
def tracked(
    observer: Observer, names: Sequence[str], study: str, folder: Path, say: Callable[[str], None], note: Callable[[str], None]
) -> Iterator[Observer]:
    """The observer, and a tracker for each name: what goes wrong with one is said with `say`, once; where it shows, with `note`."""
    trackers = [Tracking(Apart(name, study, folder, say, note)) for name in dict.fromkeys(names)]
    try:
        yield Several([observer, *trackers]) if trackers else observer
    finally:
        for one in trackers:
            one.close()
