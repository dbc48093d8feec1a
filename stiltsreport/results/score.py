"""Score: one number of one evaluation; the rows of scores.jsonl."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """One value of one metric (0 to 100) on one split in one language.

    `seed` is None where nothing was trained (retrieval on the untouched model): such a score stands once. `n` is the number of examples.
    `second_language` is set for sentence pairs in two languages only. `stage` "intermediate" holds the intermediate task's own English
    dev score.
    """

    model: str
    variant: str
    intermediate: str
    target: str
    stage: str
    split: str
    language: str
    second_language: str | None
    seed: int | None
    metric: str
    value: float
    n: int
    job: str
