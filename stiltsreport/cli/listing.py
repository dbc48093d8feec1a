"""`list`: the tasks, models, recipes, tests and languages that a study may name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from stiltsreport.cli.layout import GAP, table
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.registry import look_up

Row = dict[str, Any]


def run(options: Options, terminal: Terminal) -> int:
    """A line each, or all that is known of one."""
    rows = _KINDS[options.kind]()
    if options.name is not None:
        row = look_up(rows, options.name, options.kind.removesuffix("s"), aliases=_aliases(options.kind))
        if options.json:
            terminal.result(_json(row))
        else:
            terminal.text(*_details(row))
    elif options.json:
        terminal.result(_json(list(rows.values())))
    else:
        lines = [_line(options.kind, row) for row in rows.values()]
        shown = lines if options.kind in _PROSE else _fitting(lines, terminal.width)
        terminal.text(*table([""] * len(shown[0]), shown, terminal.width, left=range(len(shown[0]))))
        if len(shown[0]) < len(lines[0]):
            terminal.note(f"`stiltsreport list {options.kind} NAME` says more of one")
        if options.kind == "tasks":
            from stiltsreport.tasks.benchmarks import BENCHMARKS

            terminal.note("benchmarks: " + ", ".join(f"{name} ({len(benchmark.tasks)} targets)" for name, benchmark in BENCHMARKS.items()))
    return 0


def _tasks() -> dict[str, Row]:
    from stiltsreport.tasks import INTERMEDIATE_NAMES, TARGET_NAMES, TASKS
    from stiltsreport.tasks.benchmarks import BENCHMARKS
    from stiltsreport.tasks.local import accepted

    found = {}
    for name in (*TARGET_NAMES, *INTERMEDIATE_NAMES):
        task = TASKS[name]
        roles = [role for role, names in (("target", TARGET_NAMES), ("intermediate", INTERMEDIATE_NAMES)) if name in names]
        found[name] = {
            "name": name,
            "title": task.title,
            "role": " and ".join(roles),
            "type": task.type,
            "group": task.group,
            "metrics": list(task.metrics),
            "beside": list(task.beside),
            "labels": list(task.labels),
            "languages": list(task.languages),
            "benchmarks": [benchmark.title for benchmark in BENCHMARKS.values() if name in dict(benchmark.tasks)],
            "trained_on": list(task.train),
            "selected_on": task.selection,
            "evaluated_on": task.official_split,
            "source_data": list(task.source_data),
            "sizes": dict(task.sizes),
            "hub": sorted({split.id for _, split in task.hub}),
            "licence": task.licence,
            "note": task.note,
            "files": [{"file": file, "holds": line} for file, line in accepted(task)],
        }
    return found


def _models() -> dict[str, Row]:
    from stiltsreport.models import MODELS

    rows = {}
    for name, model in MODELS.items():
        row = asdict(model)
        row["vectors"] = model.vectors
        row["seen"] = [{"data": data, "seen": seen, "source": source} for data, seen, source in model.seen]
        rows[name] = row
    return rows


def _recipes() -> dict[str, Row]:
    from stiltsreport.recipes import RECIPES

    return {
        name: {
            "name": name,
            "title": book.title,
            "training": asdict(book.base),
            "evaluation": asdict(book.protocol),
            "tasks": {task: dict(changes) for task, changes in book.by_task},
            "evaluation by task": {task: dict(changes) for task, changes in book.protocol_by_task},
            "citation": book.citation,
            "note": book.note,
        }
        for name, book in RECIPES.items()
    }


def _tests() -> dict[str, Row]:
    from stiltsreport.stats.corrections import CORRECTIONS
    from stiltsreport.stats.significance import TESTS
    from stiltsreport.stats.two_samples import dunnett, welch

    tests = {**TESTS, "welch": welch, "dunnett": dunnett}
    rows = {name: {"name": name, "kind": "test", "title": _first_sentence(test)} for name, test in tests.items()}
    rows.update(
        {name: {"name": name, "kind": "correction", "title": _first_sentence(correction)} for name, correction in CORRECTIONS.items()}
    )
    return rows


def _languages() -> dict[str, Row]:
    from stiltsreport.tasks import TARGET_NAMES, TASKS
    from stiltsreport.tasks.languages import LANGUAGES

    return {
        code: {**asdict(language), "targets": [name for name in TARGET_NAMES if code in TASKS[name].languages]}
        for code, language in LANGUAGES.items()
    }


_PROSE = ("recipes", "tests")  # kinds whose last column is a sentence, which is folded
_UNKNOWN = ("key_value_heads", "head_size")  # where 0 means that the others tell it
_WITHIN = ("adaptation", "further")  # for --json alone: what a study changes, and what arithmetic asks
_KINDS: dict[str, Callable[[], dict[str, Row]]] = {
    "tasks": _tasks,
    "models": _models,
    "recipes": _recipes,
    "tests": _tests,
    "languages": _languages,
}


def _aliases(kind: str) -> Mapping[str, str] | None:
    if kind != "tasks":
        return None
    from stiltsreport.tasks import ALIASES

    return ALIASES


def _fitting(rows: Sequence[list[str]], width: int | None) -> list[list[str]]:
    """As many columns as there is room for: the last ones tell least.

    >>> _fitting([["xnli", "XNLI", "target"], ["mnli", "MNLI", "intermediate"]], 20)
    [['xnli', 'XNLI'], ['mnli', 'MNLI']]
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    count = len(widths)
    while width is not None and count > 1 and sum(widths[:count]) + len(GAP) * (count - 1) > width:
        count -= 1
    return [row[:count] for row in rows]


def _line(kind: str, row: Row) -> list[str]:
    """What of a row stands in the list."""
    if kind == "tasks":
        return [row["name"], row["title"], row["role"], row["type"], _counted(len(row["languages"]), "language"), ", ".join(row["metrics"])]
    if kind == "models":
        return [row["name"], _millions(row["parameters"]), f"{row['layers']} layers", row["vectors"], row["checkpoint"], row["title"]]
    if kind == "recipes":
        return [row["name"], row["title"]]
    if kind == "tests":
        return [row["name"], row["kind"], row["title"]]
    return [row["name"], row["title"], row["family"], row["script"], _counted(len(row["targets"]), "target")]


def _millions(parameters: int) -> str:
    """A model's size as papers say it.

    >>> _millions(278_043_648), _millions(10_712_735_744)
    ('278M', '10.7B')
    """
    return f"{parameters / 1e9:.1f}B" if parameters >= 1e9 else f"{parameters / 1e6:.0f}M"  # noqa: PLR2004 - as the letters say


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _details(row: Row) -> Iterator[str]:
    """Everything that is known of one, a line or a block each."""
    for key, value in row.items():
        if value in (None, "", [], {}) or (not value and key in _UNKNOWN) or key in _WITHIN:
            continue
        title = key.replace("_", " ")
        if key == "files":
            yield "files that are read, under --data DIR:"
            for entry in value:
                yield f"  {entry['file']}"
                yield f"      {entry['holds']}"
        elif key == "sizes":
            yield from _sizes(value)
        elif isinstance(value, dict):
            yield f"{title}:"
            yield from (f"  {name}: {_plain(inner)}" for name, inner in value.items())
        elif isinstance(value, list) and isinstance(value[0], dict):
            yield f"{title}:"
            yield from (f"  {_plain(entry)}" for entry in value)
        else:
            yield f"{title}: {_plain(value)}"


def _sizes(sizes: Mapping[str, int]) -> Iterator[str]:
    """Examples of each split: of its languages in one line."""
    splits: dict[str, list[str]] = {}
    for name, size in sizes.items():
        split, _, language = name.partition(".")
        splits.setdefault(split, []).append(f"{language} {size:,}".strip())
    yield "sizes:"
    yield from (f"  {split}: {', '.join(parts)}" for split, parts in splits.items())


def _plain(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items())
    if isinstance(value, bool):
        return str(value).lower()  # as a study says it
    return f"{value:,}" if isinstance(value, int) else str(value)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _first_sentence(function: object) -> str:
    return (getattr(function, "__doc__", None) or "").strip().partition("\n")[0].rstrip(".")
