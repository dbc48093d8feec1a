"""Comparison: an arm against a baseline in one scope; the rows of comparisons.jsonl."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """The mean gain of `intermediate` (with `variant`) over `baseline` (plain), with interval, test and verdict.

    `baseline` is "none", or the intermediate's own name where a variant is compared with plain of the same intermediate.
    `target` is a task's name, or the name of an average ("average", "average-without-retrieval", "zero-shot-average", "average-without-
    own-data", ...).
    `scope` is "average", "task" or "language:XX". Differences and bounds are in points (0 to 100). NaN never stands here: what could not be
    computed is None. `family` is "confirmatory", "methods" (a method's average against plain: a declared family too) or "exploratory";
    `test` names the test of `p_value`; `seeds` are those that both arms have.

    Up to three rows are of one comparison, by `interval`: "t" (over seeds, on these test items), "bootstrap" (t over seeds and items, with
    its `standard_error` and `degrees_of_freedom`) and "multi-bootstrap" (percentiles over both, which nothing is called by). Where the
    second says nothing its note says why.
    """

    model: str
    variant: str
    intermediate: str
    baseline: str
    target: str
    scope: str
    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    adjusted_p_value: float | None
    test: str
    interval: str
    family: str
    seeds: tuple[int, ...]
    n: int
    verdict: str
    inputs: str
    sign_flip_p_value: float | None = None
    smallest_sign_flip_p_value: float | None = None
    equivalence_p_value: float | None = None
    adjusted_equivalence_p_value: float | None = None
    margin: float | None = None
    own_data: bool = False
    note: str = ""
    standard_error: float | None = None
    degrees_of_freedom: float | None = None
