"""A translation job: a set, line by line through a translator, to an artifact that holds its examples in the other language."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.inputs import Reading, examples_of
from stiltsreport.execute.machine import machine
from stiltsreport.execute.progress import Evaluated, Event
from stiltsreport.execute.translations import write_examples
from stiltsreport.execute.translators import CHUNK, translator_of
from stiltsreport.plan.jobs import Translate
from stiltsreport.plan.pretrained import content_of
from stiltsreport.store import Store
from stiltsreport.tasks.changes.translated import Restored, lines, restored
from stiltsreport.tasks.examples import Retrieval
from stiltsreport.tasks.fingerprints import Memo

Tell = Callable[[Event], None]


def translate(job: Translate, settings: WorkerSettings, store: Store, tell: Tell) -> None:
    """Translate the set of a job and publish it, whole or not at all: examples.jsonl, record.json, ingredients.json.

    `tell` is told of the lines that are done. Equal lines are translated once. Raises StiltsReportError where the translator fails or no
    example survives; TypeError for a task with tags, which no study gets past `check`.
    """
    began = time.monotonic()
    _, examples = examples_of(job.data, None, Reading(settings.offline, store))
    if isinstance(examples, Retrieval):
        raise StiltsReportError("a pool that is searched cannot be translated", where=job.data.task.title, hint="a set of examples")
    wanted = [lines(example) for example in examples]
    once = list(dict.fromkeys(line for of_one in wanted for line in of_one))
    known = dict(zip(once, _translated(job, once, settings, tell), strict=True))
    every = job.to == "en"  # what is put into English is reported on, whole
    found = [restored(example, [known[line] for line in of_one], every=every) for example, of_one in zip(examples, wanted, strict=True)]
    if not any(one.example for one in found):
        raise StiltsReportError(
            f"none of {len(found)} examples survived the translation to {job.to}",
            where=f"translator {job.translator!r}",
            hint="does it map lines to lines, and keep brackets?",
        )

    def write(folder: Path) -> None:
        write_examples(folder, [one.example for one in found if one.example])
        _write(folder / "record.json", _record(job, found, len(once), time.monotonic() - began, settings.device))
        _write(folder / "ingredients.json", job.ingredients)

    store.publish("translations", job.id, write)


def _translated(job: Translate, once: Sequence[str], settings: WorkerSettings, tell: Tell) -> Iterator[str]:
    folder = Path(job.translator)
    if job.kind == "model" and folder.is_dir() and content_of(folder, Memo()) != job.revision:
        raise StiltsReportError("has changed since the study was planned", where=job.translator, hint="run the same command again")
    pair = (job.data.source.language, job.to)
    translator = translator_of(job.kind, job.translator, job.revision, pair, settings.device, offline=settings.offline)
    for number, line in enumerate(translator(once), start=1):
        yield line
        if number % CHUNK == 0 or number == len(once):
            tell(Evaluated(job.id, number, len(once)))


def _record(job: Translate, found: Sequence[Restored], lines_sent: int, seconds: float, device: str) -> dict[str, Any]:
    outcomes = Counter(one.outcome for one in found)
    kept = sum(one.example is not None for one in found)
    return {
        "task": job.data.task.name,
        "from": job.data.source.language,
        "to": job.to,
        "kind": job.kind,
        "translator": job.translator,
        "kept": kept,
        "dropped": len(found) - kept,
        "outcomes": dict(sorted(outcomes.items())),
        "lines": lines_sent,
        "seconds": seconds,
        "machine": machine(device),
    }


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
