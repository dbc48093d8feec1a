"""Answer: what the data say of one claim; the rows of claims.jsonl."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ClaimVerdict = Literal["supported", "contradicted", "equivalent", "undecided"]
Unit = Literal["seed", "model", "language"]


@dataclass(frozen=True)
class Part:
    """One test inside an answer: a quantity, a target of a count, two neighbours of a ranking."""

    name: str
    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n: int
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """A claim's verdict with the numbers behind it, in points (0 to 100) unless the test says otherwise; None: it could not be computed.

    `model` is "" where the answer is over models. `unit` is what is counted by `n`: seeds, models (trends over size), languages.
    `p_value` is of the difference from what the claim names (two-sided), `equivalence_p_value` of lying within the margin; both are
    adjusted over all the claims of the study together. `smallest_detectable`: the true effect, counted from what the claim names, that
    this design finds with a power of 80 %. `more_seeds`: how many more would decide at the declared smallest effect of interest; None
    where none was declared or more seeds are not what is lacking. `reasons` name what keeps the claim from being decided.
    `new_items`: whether the verdict stands on new test items too (None: not computed). `comparison`: (intermediate, variant, baseline
    intermediate, baseline variant, target, scope) of the row of comparisons.jsonl that it is about, where there is one.
    `sentence` is plain text, `latex` the same to paste into a paper.
    """

    claim: str
    kind: str
    model: str
    on: tuple[str, ...]
    verdict: ClaimVerdict
    test: str
    unit: Unit
    n: int
    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    adjusted_p_value: float | None
    equivalence_p_value: float | None
    adjusted_equivalence_p_value: float | None
    margin: float | None
    smallest_detectable: float | None
    more_seeds: int | None
    new_items: bool | None
    sentence: str
    latex: str
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    inputs: str = ""
    source: str = ""
    comparison: tuple[str, str, str, str, str, str] | None = None
