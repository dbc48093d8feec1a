"""Study: what a study file says once it is read and every name in it is resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stiltsreport.models import Model
from stiltsreport.recipes import Precision, RecipeBook
from stiltsreport.tasks.task import SplitName, Task

BASELINE = "none"  # the name of the arm without an intermediate task, in studies, tables and scores.jsonl


@dataclass(frozen=True)
class TargetEntry:
    """A target task as the study uses it: in which languages, and on which tasks' English sets it is trained."""

    task: Task
    languages: tuple[str, ...]
    train: tuple[Task, ...]


@dataclass(frozen=True)
class Limit:
    """At most so many examples of each set; None: all. The subset is fixed by the data, the same for every seed."""

    train: int | None = None
    evaluate: int | None = None


@dataclass(frozen=True)
class Margin:
    """The smallest difference that matters, in points, by scope; None: not declared, so nothing is called equivalent or negligible."""

    average: float | None = None
    task: float | None = None
    language: float | None = None


@dataclass(frozen=True)
class StatisticsSettings:
    """How differences are tested."""

    test: Literal["paired-t", "sign-flip"] = "paired-t"
    correction: Literal["holm", "benjamini-hochberg", "none"] = "holm"
    alpha: float = 0.05
    margin: Margin = Margin()


@dataclass(frozen=True)
class ReportSettings:
    """What the report folder holds."""

    formats: tuple[Literal["html", "latex", "pdf"], ...] = ("html", "latex", "pdf")
    tables: tuple[str, ...] | Literal["default"] = "default"
    figures: tuple[str, ...] | Literal["default"] = "default"


@dataclass(frozen=True)
class Study:
    """A study file, resolved: `name` is the file's stem, `source` its whole text.

    `intermediate` holds tasks only; the baseline is implied. `tasks` holds every task that it can mean, the shipped ones and its own.
    `precision` "auto" is resolved at planning, for the device that will run. Titles, descriptions and report settings enter no job's id.
    """

    name: str
    path: Path
    title: str
    models: tuple[Model, ...]
    intermediate: tuple[Task, ...]
    target: tuple[TargetEntry, ...]
    seeds: tuple[int, ...]
    intermediate_recipe: RecipeBook
    target_recipe: RecipeBook
    tasks: dict[str, Task]
    description: str = ""
    benchmark: str | None = None
    data: Path | None = None
    limit: Limit = Limit()
    precision: Precision | Literal["auto"] | None = None
    keep: Literal["none", "best", "all"] = "none"
    split: SplitName | None = None
    trust_remote_code: tuple[str, ...] = ()
    statistics: StatisticsSettings = StatisticsSettings()
    report: ReportSettings = ReportSettings()
    source: str = field(default="", repr=False)
