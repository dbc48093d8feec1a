"""Claims as a study file writes them: a sentence of the abstract each. What they mean is resolved in claims.py."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from stiltsreport.study.entry import Entry, Names
from stiltsreport.study.numbers import Count, Positive, Real

PAIRED = ("better", "worse", "no_better", "no_worse", "equivalent")
KINDS = (*PAIRED, "at_least", "ranking", "count", "interaction", "trend")
_NEEDED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(PAIRED, ("than",)),
    "equivalent": ("than", "within"),
    "no_better": ("than", "by"),
    "trend": ("of", "direction"),
    "interaction": ("of", "between"),
}
# What a kind may say beside its name, `on`, `models` and `source`.
_OWN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(PAIRED, ("than", "by")),
    "equivalent": ("than", "within"),
    "at_least": (),
    "ranking": (),
    "count": (),
    "interaction": ("of", "than", "between"),
    "trend": ("of", "than", "direction", "beyond"),
}
_COMMON = ("name", "on", "models", "source")


class AtLeastEntry(Entry):
    """An arm is better than another by at least so many points."""

    better: str
    """The arm."""
    than: str
    """The other arm."""
    by: Positive
    """So many points."""


class CountEntry(Entry):
    """An arm is better than another on at least `tasks` of the targets, or on fewer than `fewer` of them.

    Or at least `intermediates` of several arms are better, on each quantity that `on` names. `better`: arms, or "all" for every plain
    intermediate.
    """

    better: Names
    """Arms, or all."""
    than: str
    """The other arm."""
    tasks: Count | None = None
    """On at least so many targets."""
    fewer: Count | None = None
    """On fewer than so many targets."""
    intermediates: Count | None = None
    """At least so many of the arms."""

    @model_validator(mode="after")
    def _one_count(self) -> Self:
        given = [name for name in ("tasks", "fewer", "intermediates") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a count is one of tasks, fewer (than so many tasks), intermediates")
        if given != ["intermediates"] and (len(self.better) != 1 or self.better == ["all"]):
            raise ValueError(f"`{given[0]}` counts the targets of one arm: name one in `better`, or count `intermediates`")
        return self


class ClaimEntry(Entry):
    """A sentence of the abstract: one kind, and what that kind needs.

    `on`: an average ("average", "average-without-retrieval", "zero-shot-average"), "group:NAME", a target, or TARGET/LANGUAGE; of several
    each must hold. `ranking` may end with "others": every plain intermediate that it does not name. `models`: those that it is of; without
    them it is answered for each. `source`: where it was said before.
    """

    name: Annotated[str, Field(min_length=1)]
    """What it is called in tables and files."""
    better: str | None = None
    """This arm is better than another."""
    worse: str | None = None
    """This arm is worse than another."""
    no_better: str | None = None
    """This arm is better by less than `by`, if at all."""
    no_worse: str | None = None
    """This arm is worse by less than `by` (or the margin), if at all."""
    equivalent: str | None = None
    """This arm differs by less than `within`."""
    at_least: AtLeastEntry | None = None
    """An arm is better by at least so much."""
    ranking: Annotated[list[str], Field(min_length=2)] | None = None
    """Each arm is better than the next; others: all that are not named."""
    count: CountEntry | None = None
    """On how many targets, or how many arms."""
    interaction: Literal["targets", "families", "scripts", "seen"] | None = None
    """A gain is larger in the first group of `between`."""
    trend: Literal["gain-by-parameters", "gain-by-examples", "gain-by-distance"] | None = None
    """A gain goes up or down along an axis."""
    than: str | None = None
    """The other arm."""
    by: Real | None = None
    """So many points."""
    within: Positive | None = None
    """So many points."""
    on: Names | None = None
    """Averages, group:NAME, targets or TARGET/LANGUAGE; all must hold."""
    of: str | None = None
    """The arm whose gain it is."""
    between: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    """Two groups, the larger gain first."""
    direction: Literal["up", "down"] | None = None
    """Where the gain goes."""
    beyond: Positive | None = None
    """The size past which it is said to go on."""
    models: Names | None = None
    """Those that it is of; without it each is asked."""
    source: str | None = None
    """Where it was said before."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"a claim is one of {', '.join(KINDS)}")
        lacking = [name for name in _NEEDED.get(given[0], ()) if getattr(self, name) is None]
        if lacking:
            raise ValueError(f"{given[0]} needs {' and '.join(lacking)}")
        allowed = {given[0], *_OWN[given[0]], *_COMMON}
        strange = sorted(name for name in self.model_fields_set - allowed if getattr(self, name) is not None)
        if strange:
            raise ValueError(
                f"{strange[0]!r} says nothing of {given[0]}; it has {', '.join(sorted(allowed - {given[0]} - set(_COMMON))) or 'no more'}"
            )
        if self.by is not None and self.by < 0:
            raise ValueError("`by` is a number of points, 0 or more")
        return self

    @property
    def kind(self) -> str:
        """Which of its keys says what is claimed."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def value(self) -> Any:
        """What stands under that key."""
        return getattr(self, self.kind)
