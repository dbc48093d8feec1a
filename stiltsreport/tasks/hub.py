"""Tasks from the Hub: which configuration holds which split and language, and its rows as examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stiltsreport.errors import DataError, StiltsReportError
from stiltsreport.tasks.downloads import Download, downloaded
from stiltsreport.tasks.examples import Example, Passage, Retrieval, Split
from stiltsreport.tasks.patience import first_line
from stiltsreport.tasks.readers.entities import entity_retrieval, training_pair
from stiltsreport.tasks.readers.texts import paragraphs
from stiltsreport.tasks.rows import example_from_row
from stiltsreport.tasks.sources import DIRECT, HubAccess, HubData, Source
from stiltsreport.tasks.task import SEARCHED, HubSplit, SplitName, Task

_FORMS = {".parquet": "parquet", ".jsonl": "json", ".json": "json", ".csv": "csv"}


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
                if split == "train" and language != "en" and task.type != "masked_language_modelling":
                    continue
                for data in _of(one, split, language, commits):
                    chosen.setdefault((split, language), []).append(data)
    sizes = dict(task.sizes)
    found: dict[tuple[SplitName, str], Source] = {}
    for (split, language), parts in chosen.items():
        if any(part.role == "data" for part in parts):
            count = sizes.get(f"{split}.{language}", sizes.get(split))
            found[split, language] = Source(task.name, split, language, _fingerprint(parts), hub=tuple(parts), count=count)
    return found


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


def _rows(
    data: HubData, access: HubAccess, labels: tuple[str, ...] = (), *, first_file: bool = False
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, row) of one configuration and split, or of the first of its files, at its pinned commit.

    Class numbers become the names that the data set itself gives them, where those are labels of the task: its order need not be ours.
    """
    import datasets

    datasets.disable_progress_bars()
    name = f"{data.id}@{data.revision[:10]}"
    found = downloaded(data, access, first_file=first_file)
    try:
        table = _table(data, found, access.cache)
    except Exception as error:  # datasets raises many kinds; each is a place that the user has to look at
        raise StiltsReportError(
            f"cannot load configuration {data.config!r}, split {data.split!r}: {first_line(error.__cause__ or error)}",
            where=name,
            hint="a data set of plain files (parquet, JSON lines, CSV); or local files with --data",
        ) from error
    classes = {column: names for column, feature in table.features.items() if set(names := _class_names(feature)) & set(labels)}
    for number, row in enumerate(table):
        if data.keep is None or str(row.get(data.keep[0], "")).startswith(data.keep[1]):
            yield (
                f"{name} {data.config}/{data.split}[{number}]",
                {column: _named(value, classes.get(column)) for column, value in row.items()},
            )


def _table(data: HubData, found: Download, cache: str | None) -> Any:
    """The rows of a split; where the card lists its files they are read as they are, so that no other file needs to be there."""
    import datasets

    if found.files is None:
        return datasets.load_dataset(str(found.folder), data.config, split=data.split, cache_dir=cache)
    described = datasets.info.DatasetInfosDict.from_directory(str(found.folder)).get(data.config)
    suffixes = {suffix for path in found.files for suffix in path.suffixes if suffix in _FORMS}
    if len(suffixes) != 1:
        raise ValueError(f"no form that is read: {', '.join(sorted(path.name for path in found.files))}")
    files = {data.split: [str(path) for path in found.files]}
    features = described.features if described else None
    return datasets.load_dataset(_FORMS[suffixes.pop()], data_files=files, features=features, split=data.split, cache_dir=cache)


def _class_names(feature: Any) -> list[str]:
    """The class names of a column of classes, or of lists of them; none for any other column."""
    inner = getattr(feature, "feature", feature)
    return list(inner.names) if hasattr(inner, "names") and hasattr(inner, "int2str") else []


def _named(value: Any, names: list[str] | None) -> Any:
    if names is None or value is None:
        return value
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    return names[value] if 0 <= value < len(names) else str(value)  # -1: no gold label


def read_hub(source: Source, task: Task, access: HubAccess = DIRECT) -> Split:
    """The examples of a Hub source. Raises StiltsReportError where a configuration is gone, and DataError for a row that does not fit."""
    if task.type in SEARCHED:
        return _translations(source, access)
    if task.reader == "mewslix":
        rows = {role: [pair for data in source.hub if data.role == role for pair in _rows(data, access)] for role in ("data", "pool")}
        if rows["pool"]:
            return entity_retrieval(rows["data"], rows["pool"], source.language)
        return tuple(training_pair(row, where) for where, row in rows["data"])
    if task.type == "masked_language_modelling":
        return tuple(text for data in source.hub for text in paragraphs(_rows(data, access, first_file=True)))
    found: list[Example] = []
    for data in source.hub:
        prefix = f"{data.id}/{data.split}:" if len(source.hub) > 1 else ""  # each counts from its own beginning
        for number, (where, row) in enumerate(_rows(data, access, task.labels), start=1):
            example = example_from_row(task, row, str(number), where)
            if example is not None:
                found.append(replace(example, id=f"{prefix}{example.id}") if prefix else example)
    return tuple(found)


def _translations(source: Source, access: HubAccess) -> Retrieval:
    queries, pool = [], []
    for data in source.hub:
        for number, (where, row) in enumerate(_rows(data, access)):
            if {"source_sentence", "target_sentence"} <= row.keys():
                pair = (row["target_sentence"], row["source_sentence"])
                english, other = reversed(pair) if str(row.get("source_lang", "")).startswith("en") else pair
            elif {"sentence1", "sentence2"} <= row.keys():
                english, other = row["sentence2"], row["sentence1"]
            else:
                raise DataError("no translation pair", where=where, hint="source_sentence and target_sentence, or sentence1 and sentence2")
            queries.append(Passage(str(number), str(english), "en"))
            pool.append(Passage(str(number), str(other), source.language))
    return Retrieval(tuple(queries), tuple(pool), {query.id: (query.id,) for query in queries})
