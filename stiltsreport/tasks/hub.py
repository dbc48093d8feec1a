"""Tasks from the Hub: which configuration holds which split and language, and its rows as examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stiltsreport.errors import DataError, StiltsReportError
from stiltsreport.tasks.examples import Example, Passage, QueryPassage, Retrieval, Split
from stiltsreport.tasks.readers.entities import marked_mention
from stiltsreport.tasks.rows import example_from_row
from stiltsreport.tasks.sources import HubData, Source
from stiltsreport.tasks.task import HubSplit, SplitName, Task


def repositories(task: Task) -> list[str]:
    """The Hub ids that a task reads, once each."""
    from stiltsreport.tasks import TASKS

    inner = [TASKS[part] for part in task.parts] or [task]
    return list(dict.fromkeys(split.id for one in inner for _, split in one.hub))


def hub_sources(task: Task, commits: Mapping[str, str]) -> dict[tuple[SplitName, str], Source]:
    """The sources of a task on the Hub by (split, language), for the repositories whose commit is known.

    Where two data sets hold a language, the first that the task names is taken. `count` is the official number where the record has it.
    """
    from stiltsreport.tasks import TASKS

    chosen: dict[tuple[SplitName, str], list[HubData]] = {}
    inner = [TASKS[part] for part in task.parts] or [task]
    for one in inner:
        for language in task.languages:
            for split in ("train", "dev", "test"):
                if split == "train" and language != "en":
                    continue
                for data in _of(one, split, language, commits):
                    chosen.setdefault((split, language), []).append(data)
    sizes = dict(task.sizes)
    return {
        (split, language): Source(task.name, split, language, _fingerprint(data), hub=tuple(data), count=sizes.get(f"{split}.{language}", sizes.get(split)))
        for (split, language), data in chosen.items()
        if any(part.role == "data" for part in data)
    }  # fmt: skip


def _of(task: Task, split: SplitName, language: str, commits: Mapping[str, str]) -> list[HubData]:
    found: list[HubData] = []
    first = ""
    for name, entry in task.hub:
        if name != split or entry.id not in commits or not _holds(entry, language) or (first and entry.id != first):
            continue
        first = entry.id
        own = dict(entry.language_names).get(language, language)
        keep = (entry.keep[0], entry.keep[1].replace("{language}", own)) if entry.keep else None
        found.append(HubData(entry.id, entry.config.replace("{language}", own), entry.split, commits[entry.id], keep, entry.role, language))
    return found


def _holds(entry: HubSplit, language: str) -> bool:
    if entry.language_names:
        return language in dict(entry.language_names)
    return "{language}" in entry.config or entry.role == "pool" or language == "en"


def _fingerprint(data: list[HubData]) -> str:
    return "hub:" + "|".join(f"{part.id}@{part.revision}:{part.config}:{part.split}:{part.keep}:{part.role}" for part in data)


def _rows(data: HubData, cache: Path | None, offline: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, row) of one configuration and split, at its pinned commit."""
    import datasets

    datasets.disable_progress_bars()
    config = datasets.DownloadConfig(local_files_only=offline)
    try:
        table = datasets.load_dataset(
            data.id, data.config, split=data.split, revision=data.revision, cache_dir=str(cache) if cache else None, download_config=config
        )
    except Exception as error:  # datasets raises many kinds; each is a place that the user has to look at
        raise StiltsReportError(
            f"cannot load configuration {data.config!r}, split {data.split!r}: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            where=f"{data.id}@{data.revision[:10]}",
            hint="`stiltsreport fetch STUDY` with a network, or local files with --data",
        ) from error
    for number, row in enumerate(table):
        if data.keep is None or str(row.get(data.keep[0], "")).startswith(data.keep[1]):
            yield f"{data.id}@{data.revision[:10]} {data.config}/{data.split}[{number}]", row


def read_hub(source: Source, task: Task, cache: Path | None = None, offline: bool = False) -> Split:
    """The examples of a Hub source. Raises StiltsReportError where a configuration is gone, and DataError for a row that does not fit."""
    if task.type in ("sentence_retrieval", "bitext_mining"):
        return _translations(source, cache, offline)
    if task.reader == "mewslix":
        return _entities(source, cache, offline)
    found: list[Example] = []
    for data in source.hub:
        for number, (where, row) in enumerate(_rows(data, cache, offline), start=1):
            base = f"{data.id}/{data.split}:{number}" if len(source.hub) > 1 else str(number)
            prepared = {name: value for name, value in row.items() if name != "id"} if len(source.hub) > 1 else row
            example = example_from_row(task, prepared, base, where)
            if example is not None:
                found.append(example)
    return tuple(found)


def _translations(source: Source, cache: Path | None, offline: bool) -> Retrieval:
    queries, pool = [], []
    for data in source.hub:
        for number, (where, row) in enumerate(_rows(data, cache, offline)):
            if "source_sentence" in row:
                pair = (row["target_sentence"], row["source_sentence"])
                english, other = reversed(pair) if str(row.get("source_lang", "")).startswith("en") else pair
            elif "sentence1" in row:
                english, other = row["sentence2"], row["sentence1"]
            else:
                raise DataError("no translation pair", where=where, hint="source_sentence and target_sentence, or sentence1 and sentence2")
            queries.append(Passage(str(number), str(english), "en"))
            pool.append(Passage(str(number), str(other), source.language))
    return Retrieval(tuple(queries), tuple(pool), {query.id: (query.id,) for query in queries})


def _entities(source: Source, cache: Path | None, offline: bool) -> Split:
    rows = {role: [pair for data in source.hub if data.role == role for pair in _rows(data, cache, offline)] for role in ("data", "pool")}
    if source.split == "train" or not rows["pool"]:
        found = []
        for where, row in rows["data"]:
            inner = row.get("contextual_mention") or row
            query = marked_mention(inner["context"], inner["mention"], where)
            found.append(QueryPassage(str(inner["mention"]["example_id"]), query, str(row["entity"]["description"])))
        return tuple(found)
    queries, relevant = [], {}
    for where, row in rows["data"]:
        mention = row["mention"]
        queries.append(Passage(str(mention["example_id"]), marked_mention(row["context"], mention, where), source.language))
        relevant[str(mention["example_id"])] = (str(mention["entity_id"]),)
    pool = tuple(Passage(str(row["entity_id"]), str(row["description"]), str(row.get("description_language", ""))) for _, row in rows["pool"])
    return Retrieval(tuple(queries), pool, relevant)
