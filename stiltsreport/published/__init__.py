"""Numbers that others have published, as facts with their source: what a study's own numbers are set beside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

_FOLDER = Path(__file__).resolve().parent
MEAN = "mean"  # in place of a language: over the languages of the benchmark; in place of a metric: of the task's own
BEST = "best per target"  # in place of an arm: the best intermediate task of each target
AVERAGE = "average"  # in place of a task: over the tasks of the benchmark


@dataclass(frozen=True)
class Published:
    """One published number, in percent, or points for a gain over the same model without an intermediate task.

    `model` and `arm` (the intermediate task, "none", or "best per target") go by the names of studies. `languages`: the benchmark whose
    sets of languages a mean is over. `confidence`: verified, read in the primary source; secondary, read in a text that quotes it.
    `known`: what parts it from other numbers of the same name.
    """

    record: str
    paper: str
    table: str
    model: str
    arm: str
    kind: Literal["score", "gain"]
    split: str
    languages: str
    confidence: Literal["verified", "secondary"]
    source: str
    note: str
    known: tuple[str, ...]
    task: str
    metric: str
    language: str
    value: float


@dataclass(frozen=True)
class SmallModel:
    """One row of the tables of 2603.21389: accuracy and PER as fractions, memory in MB, latency in ms."""

    model: str
    accuracy: float
    throughput: float
    memory: float
    latency: float
    per: float


@dataclass(frozen=True)
class SmallModels:
    """One of those tables. `misprint`: (model, column, why) of a printed value that the other columns contradict."""

    record: str
    title: str
    rows: tuple[SmallModel, ...]
    misprint: tuple[str, str, str] | None


@lru_cache(maxsize=1)
def transfer() -> tuple[Published, ...]:
    """Scores and gains in cross-lingual transfer, in the order of their file. Gains of one record go by the intermediate task."""
    found = []
    for entry in _read("transfer.yaml"):
        fixed = {name: str(entry[name]) for name in ("paper", "table", "model", "split", "languages", "source", "note")}
        for task, metrics in entry["values"].items():
            for metric, values in metrics.items():
                for key, value in values.items():
                    arm, language = (key, MEAN) if entry["arm"] == "each" else (entry["arm"], key)
                    found.append(
                        Published(
                            record=entry["name"], arm=str(arm), kind=entry["kind"], confidence=entry["confidence"],
                            known=tuple(entry["known"]), task=task, metric=metric, language=language, value=float(value), **fixed,
                        )
                    )  # fmt: skip
    return tuple(found)


@lru_cache(maxsize=1)
def small_models() -> tuple[SmallModels, ...]:
    """The five tables of 2603.21389."""
    found = []
    for entry in _read("small_models.yaml"):
        wrong = entry.get("misprint")
        misprint = (wrong["model"], wrong["column"], wrong["why"]) if wrong else None
        rows = tuple(SmallModel(str(row[0]), *map(float, row[1:])) for row in entry["rows"])
        found.append(SmallModels(entry["name"], entry["title"], rows, misprint))
    return tuple(found)


def _read(name: str) -> list[dict[str, Any]]:
    import yaml

    found: list[dict[str, Any]] = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    return found
