"""What the transfer microscope has seen, as counts and ids alone, so that a report is rendered from its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Way = Literal["gained", "lost"]
Matrix = tuple[tuple[int, ...], ...]
ENGLISH, OTHERS = "English", "other languages"
SPANS = ("0", "to .5", "to 1", "1")  # of an overlap: none, at most a half, more, all


@dataclass(frozen=True)
class LookedAt:
    """The arms of a model that are looked at on a target, (variant, intermediate): all `of` them, or those that gain most and least."""

    model: str
    target: str
    arms: tuple[tuple[str, str], ...]
    of: int


@dataclass(frozen=True)
class ItemFacts:
    """An item of a parallel target that an arm turns in `turned` of the `languages` that have it.

    `way`: "gained", right in the arm and wrong in the baseline in most seeds; "lost": the reverse. `right` says of each language how many
    seeds answer it rightly: "de 1 4 5, en 5 5 5" are 1 of 5 under the baseline and 4 of 5 in the arm in German, all in English.
    """

    model: str
    variant: str
    intermediate: str
    target: str
    way: Way
    item: str
    turned: int
    languages: int
    seeds: tuple[int, ...]
    right: str

    @property
    def key(self) -> tuple[str, ...]:
        """What examples of it are found by."""
        return self.model, self.variant, self.intermediate, self.target, self.way, self.item

    @property
    def by_language(self) -> dict[str, tuple[int, int, int]]:
        """Language -> (seeds right under the baseline, in the arm, seeds)."""
        found = {}
        for part in self.right.split(", "):
            language, baseline, own, seeds = part.rsplit(" ", 3)
            found[language] = int(baseline), int(own), int(seeds)
        return found


@dataclass(frozen=True)
class ConfusionFacts:
    """Answers by gold class (rows) and predicted class (columns), summed over seeds that both arms have and over `languages`.

    `group`: English, or the other languages. Classes stand in the order of the task's labels.
    """

    model: str
    variant: str
    intermediate: str
    target: str
    group: str
    languages: tuple[str, ...]
    seeds: tuple[int, ...]
    baseline: Matrix
    own: Matrix


@dataclass(frozen=True)
class SpanFacts:
    """Answers by how far their spans overlap with the gold ones (an F1 of 0, at most a half, more, 1), summed as `ConfusionFacts`.

    `up`, `down`: answers whose overlap is larger or smaller in the arm than in the baseline with the same seed.
    """

    model: str
    variant: str
    intermediate: str
    target: str
    group: str
    languages: tuple[str, ...]
    seeds: tuple[int, ...]
    baseline: tuple[int, ...]
    own: tuple[int, ...]
    up: int
    down: int


@dataclass(frozen=True)
class HitFacts:
    """Queries whose first answer is right, summed as `ConfusionFacts`; `gained` and `lost` with the same seed."""

    model: str
    variant: str
    intermediate: str
    target: str
    group: str
    languages: tuple[str, ...]
    seeds: tuple[int, ...]
    queries: int
    baseline: int
    own: int
    gained: int
    lost: int


@dataclass(frozen=True)
class Microscope:
    """All of it; empty where there is nothing to compare, and in reports of older versions."""

    looked: tuple[LookedAt, ...] = ()
    items: tuple[ItemFacts, ...] = ()
    confusion: tuple[ConfusionFacts, ...] = ()
    spans: tuple[SpanFacts, ...] = ()
    hits: tuple[HitFacts, ...] = ()

    def within(self, shown: Callable[[int | None], bool]) -> Microscope:
        """Without what rests on a seed that may not be shown yet."""

        def seen(seeds: tuple[int, ...]) -> bool:
            return all(map(shown, seeds))

        return Microscope(
            self.looked,
            tuple(row for row in self.items if seen(row.seeds)),
            tuple(row for row in self.confusion if seen(row.seeds)),
            tuple(row for row in self.spans if seen(row.seeds)),
            tuple(row for row in self.hits if seen(row.seeds)),
        )

    @staticmethod
    def of_json(found: Mapping[str, Any]) -> Microscope:
        """That of what `asdict` gave and JSON has kept. Raises KeyError or TypeError for anything else."""
        return Microscope(
            tuple(LookedAt(**{**row, "arms": tuple((str(one), str(two)) for one, two in row["arms"])}) for row in found["looked"]),
            tuple(ItemFacts(**{**row, "seeds": tuple(row["seeds"])}) for row in found["items"]),
            tuple(ConfusionFacts(**_grouped(row) | {side: _matrix(row[side]) for side in _SIDES}) for row in found["confusion"]),
            tuple(SpanFacts(**_grouped(row) | {side: tuple(row[side]) for side in _SIDES}) for row in found["spans"]),
            tuple(HitFacts(**_grouped(row)) for row in found["hits"]),
        )


_SIDES = ("baseline", "own")


def _grouped(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "languages": tuple(row["languages"]), "seeds": tuple(row["seeds"])}


def _matrix(rows: Any) -> Matrix:
    return tuple(tuple(row) for row in rows)
