"""TensorBoard: event files in the report's folder of the study, a folder a job."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stiltsreport.cli.trackers.serving import Run

_FOLDER = re.compile(r"[^\w.+-]+")


class _Board:
    address = ""

    def __init__(self, folder: Path) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._event: Any = Event
        self._summary: Any = Summary
        self._writer: Any = EventFileWriter(str(folder))

    def log(self, step: int, values: dict[str, float]) -> None:
        import time

        for name, value in values.items():
            summary = self._summary(value=[self._summary.Value(tag=name, simple_value=value)])
            self._writer.add_event(self._event(wall_time=time.time(), step=step, summary=summary))

    def close(self, state: str) -> None:
        del state
        self._writer.close()


def tensorboard(folder: Path) -> Callable[[str], Run]:
    """Runs below `folder`; jobs are told apart by their names, whose slashes become dashes."""

    def begin(title: str) -> Run:
        return _Board(folder / _FOLDER.sub("-", title))

    return begin
