"""The Hub: away, refusing, or holding something else than was asked for; and the lock that pins it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import huggingface_hub

from stiltsreport.tasks import MLM, TASKS, patience
from stiltsreport.tasks.hub import hub_sources
from stiltsreport.tasks.read import read
from stiltsreport.tasks.sources import HubAccess
from tests.errors.case import Case, changed, several, without, writes
from tests.tasks.fake_hub import Hub, Repository, serve

COMMIT = "0123456789" * 4
FETCH = "fetch STUDY --device cpu -q"
CARD = b"---\nconfigs:\n- config_name: %b\n  data_files:\n  - split: train\n    path: train.jsonl\n---\n"
ROW = b'{"ctx": "a", "endings": ["b", "c"], "label": 0}\n'
UNPINNED = without("data/hellaswag")
MODEL = changed("{model}", "xlmr-base")


class _NoTimeError(ConnectionError):
    """The connection is gone."""


def answering(error: Exception | None = None, sha: str = COMMIT) -> Callable[[Path], mock._patch[object]]:
    """A Hub that fails so, or names that commit."""

    class Api:
        def __init__(self, endpoint: str | None = None) -> None:
            del endpoint

        def dataset_info(self, name: str) -> SimpleNamespace:
            if error is not None:
                raise error
            return SimpleNamespace(sha=sha, id=name)

        model_info = dataset_info

    return lambda _: mock.patch.multiple(huggingface_hub, HfApi=Api)


@contextmanager
def impatient(folder: Path) -> Iterator[None]:
    """A Hub that cannot be connected to, and no waiting for it."""
    with (
        answering(_NoTimeError("no route to the Hub"))(folder),
        mock.patch.object(patience, "FIRST", 0.001),
        mock.patch.object(patience, "LONGEST", 0.001),
    ):
        yield


def refused(status: int, reason: str) -> Exception:
    """As the Hub's client tells of an HTTP status."""
    error = RuntimeError(f"{status} Client Error: {reason} for url: https://huggingface.co/api/datasets/a/b\n{reason}.")
    error.response = SimpleNamespace(status_code=status)  # type: ignore[attr-defined]
    return error


def reading(files: dict[str, bytes], task: str = "hellaswag", fault: str = "", pinned: bool = True) -> Case:
    """A set of the Hub as a job reads it."""

    def call(folder: Path) -> object:
        record = {**TASKS, "mlm": MLM}[task]
        with serve() as hub:
            name = dict(record.hub)["train" if task != "tatoeba" else "test"].id
            hub.datasets[name] = Repository(files)
            hub.faults = [fault] * 9 if fault else []
            return _read(hub, task, folder, pinned)

    return Case(call=call, about=f"a job that reads {task} of the Hub")


def _read(hub: Hub, task: str, folder: Path, pinned: bool) -> object:
    record = {**TASKS, "mlm": MLM}[task]
    commits = {name: found.commit if pinned else "unpinned" for name, found in hub.datasets.items()}
    sources = hub_sources(record, commits)
    source = next(source for key, source in sources.items() if key[0] == ("test" if task == "tatoeba" else "train"))
    return read(source, record, HubAccess(str(folder / "cache"), endpoint=hub.address))


CASES: dict[str, Case] = {
    "no network": Case(arguments=FETCH, prepare=UNPINNED, around=impatient),
    "a data set that needs a login": Case(arguments=FETCH, prepare=UNPINNED, around=answering(refused(401, "Unauthorized"))),
    "a data set that is not there": Case(arguments=FETCH, prepare=UNPINNED, around=answering(refused(404, "Not Found"))),
    "a model that is not there": Case(MODEL, FETCH, around=answering(refused(404, "Not Found"))),
    "a commit that is none": Case(arguments=FETCH, prepare=UNPINNED, around=answering(sha="main")),
    "a lock that cannot be written": Case(arguments=FETCH, prepare=several(UNPINNED, lambda folder: (folder / "study.lock").mkdir()), around=answering()),
    "a lock that is no YAML": Case(prepare=writes("study.lock", "datasets: [")),
    "a lock of another form": Case(prepare=writes("study.lock", "datasets: [a]\n")),
    "a lock with a branch for a commit": Case(prepare=writes("study.lock", "datasets: {a/b: main}\n")),
    "a lock that may not be read": Case(prepare=writes("study.lock", ""), around=lambda _: mock.patch("stiltsreport.tasks.lock.load_bounded", side_effect=PermissionError(13, "Permission denied"))),
    "a model that no lock pins, and no network": Case(MODEL, "build STUDY --offline --device cpu"),
    # what a job finds there
    "a set that is not pinned": reading({"README.md": CARD % b"default", "train.jsonl": ROW}, pinned=False),
    "a split without files": reading({"README.md": CARD % b"default"}),
    "rows of another task": reading({"README.md": CARD % b"default", "train.jsonl": b'{"text": "a"}\n'}),
    "a file that is no table": reading({"README.md": CARD % b"default", "train.jsonl": b"<html>\n"}),
    "translations in other columns": reading({"README.md": CARD.replace(b"train", b"test") % b"afr-eng", "test.jsonl": b'{"a": "b"}\n'}, "tatoeba"),
    "no access any more": reading({"README.md": CARD % b"default", "train.jsonl": ROW}, fault="403"),
}  # fmt: skip
