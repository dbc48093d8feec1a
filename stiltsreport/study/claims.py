"""Claims, resolved: what a study says beforehand that its data will show, each to be answered by the statistics."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

PairedKind = Literal["better", "worse", "no_better", "no_worse", "equivalent", "at_least"]
Dimension = Literal["targets", "families", "scripts", "seen"]
Axis = Literal["parameters", "examples", "distance"]
Direction = Literal["up", "down"]
BEST_PER_TARGET = "best-per-target"  # of each target the intermediate that its English dev score chooses, seed by seed
PAIRS = "pairs:"  # before a target's name: its sentence pairs in two languages, the mean over all of them
OTHERS = "others"  # what the other side of an interaction does not name; the plain intermediates that a ranking does not name


@dataclass(frozen=True)
class ArmName:
    """A row of a study without its model; `intermediate` may be BEST_PER_TARGET."""

    intermediate: str
    variant: str = "plain"

    @property
    def label(self) -> str:
        """INTERMEDIATE, or INTERMEDIATE+VARIANT."""
        return self.intermediate if self.variant == "plain" else f"{self.intermediate}+{self.variant}"


@dataclass(frozen=True)
class Paired:
    """`arm` against `than`, by `by` points.

    better, worse: by any amount; with `by`, by about that much: a published size that the data would replicate. at_least: by `by` or more.
    no_better, no_worse: by less than `by`. equivalent: within `by` on both sides.
    """

    kind: PairedKind
    arm: ArmName
    than: ArmName
    by: float | None = None


@dataclass(frozen=True)
class Ranking:
    """The arms in order, the best first: each better than the next, and the last of them better than every one of its `rivals`."""

    arms: tuple[ArmName, ...]
    rivals: tuple[ArmName, ...] = ()

    @property
    def pairs(self) -> tuple[tuple[ArmName, ArmName], ...]:
        """Each arm with one that it is better than."""
        return (*pairwise(self.arms), *((self.arms[-1], rival) for rival in self.rivals))


@dataclass(frozen=True)
class Count:
    """Of units, each `arm` against `than`, at least `at_least` are better, or fewer than `fewer`.

    The units are the targets for one arm, or several arms on each quantity that the claim is on.
    """

    over: Literal["targets", "arms"]
    arms: tuple[ArmName, ...]
    than: ArmName
    at_least: int | None = None
    fewer: int | None = None


@dataclass(frozen=True)
class Interaction:
    """The gain of `arm` over `than` is larger in the first of two groups than in the second.

    The groups are of targets ("group:qa", an average, a target), of the languages' families or scripts (a name, or the start of one such
    as "Indo-European"), or "seen" and "unseen" in pretraining; OTHERS is what the first does not name.
    """

    arm: ArmName
    than: ArmName
    dimension: Dimension
    between: tuple[str, str]


@dataclass(frozen=True)
class Trend:
    """The gain of `arm` over `than` goes up or down along an axis.

    The axis is parameters of the models, examples of the intermediate task, or distance of the languages from English. `beyond`: past a
    number of parameters.
    """

    arm: ArmName
    than: ArmName
    axis: Axis
    direction: Direction
    beyond: float | None = None


Statement = Paired | Ranking | Count | Interaction | Trend


@dataclass(frozen=True)
class Claim:
    """A statement on quantities: names of averages, "group:NAME", targets, TARGET/LANGUAGE, or "pairs:TARGET"; each must hold.

    "average" leaves out the targets whose training data the arm's intermediate task contains (statistics' "average-without-own-data").
    `models`: by name; a trend over parameters is one answer over them all, anything else has an answer for each.
    """

    name: str
    statement: Statement
    on: tuple[str, ...]
    models: tuple[str, ...]
    source: str = ""
