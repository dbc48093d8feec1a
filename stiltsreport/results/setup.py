"""Setup: the facts of a study as it was run, so that its report can be rendered on any machine from its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Role = Literal["training", "selection", "evaluation"]
State = Literal["stored", "missing", "failed", "left out", "no data"]


@dataclass(frozen=True)
class DataFacts:
    """One set that the study reads.

    `available` counts its examples (queries, for retrieval), `used` what the jobs take of them; None: unknown.
    """

    task: str
    title: str
    role: Role
    language: str
    split: str
    origin: str
    fingerprint: str
    available: int | None
    used: int | None
    note: str = ""


@dataclass(frozen=True)
class OverlapFacts:
    """Texts of an evaluation set that also stand, after normalisation, in what is trained or selected on.

    `shared` of `of` evaluated texts. Both are None where the sets were not compared (Hub data that were never loaded). `known` says what
    is known of the two tasks beforehand.
    """

    training: str
    training_role: Role
    evaluated: str
    language: str
    shared: int | None
    of: int | None
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One planned evaluation: whether its score is there, and if not, why."""

    model: str
    variant: str
    intermediate: str
    target: str
    seed: int | None
    language: str
    state: State
    reason: str = ""


@dataclass(frozen=True)
class Setup:
    """What a report says beside its numbers.

    `recipes` and `models` are plain dicts: a stage's and task's resolved entries, and a model's record.
    """

    data: tuple[DataFacts, ...] = ()
    overlaps: tuple[OverlapFacts, ...] = ()
    cells: tuple[Cell, ...] = ()
    problems: tuple[str, ...] = ()
    recipes: tuple[dict[str, Any], ...] = field(default=())
    models: tuple[dict[str, Any], ...] = field(default=())
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts."""
        return asdict(self)

    @staticmethod
    def from_json(found: Mapping[str, Any]) -> Setup:
        """The Setup of what `to_json` gave. Raises KeyError or TypeError for anything else."""
        return Setup(
            tuple(DataFacts(**row) for row in found["data"]),
            tuple(OverlapFacts(**{**row, "known": tuple(row["known"])}) for row in found["overlaps"]),
            tuple(Cell(**row) for row in found["cells"]),
            tuple(found["problems"]),
            tuple(found["recipes"]),
            tuple(found["models"]),
            tuple(found["notes"]),
        )
