"""Entries of methods that come later: their form is checked like that of all others, and later.py refuses them, so that none is ignored."""

# ruff: noqa: RUF012 - pydantic copies the defaults of its models
from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from stiltsreport.study.entry import Entry, Names, listed
from stiltsreport.study.numbers import Count, Positive, Real

Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]


class Adaptation(Entry):
    """How much of a model is trained."""

    method: Literal["full", "lora", "lora-4bit"]
    rank: Count | None = None
    alpha: Positive | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None


class Sampling(Entry):
    """How a mixture draws: in proportion to each task's size up to `cap`, flattened by `temperature`."""

    cap: Count | None = None
    temperature: Positive | None = None


class Tune(Entry):
    """Learning rates tried on English dev data, with one budget in every arm."""

    learning_rate: Annotated[list[Positive], BeforeValidator(listed), Field(min_length=1)]
    per: Annotated[list[Literal["model", "adaptation", "stage", "arm"]], BeforeValidator(listed)] = ["model", "stage"]
    seeds: Seeds = [101]


class MaskedLanguageModelling(Entry):
    """Multilingual MLM mixed into the intermediate phase."""

    languages: Names = ["all"]
    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.2


class Translated(Entry):
    """Intermediate data in other languages: ready files, a Hub seq2seq model, or any command that maps lines to lines."""

    to: Names
    files: str | None = None
    model: str | None = None
    command: str | None = None


class Variant(Entry):
    """A method of the intermediate or target phase, or several crossed (`all`); its name is the method's unless it is given."""

    name: str | None = None
    method: Literal["plain", "mlm", "translated", "rs-da", "rs-rp", "adv"] | None = None
    mlm: MaskedLanguageModelling | None = None
    translated: Translated | None = None
    robust: Literal["rs-da", "rs-rp", "adv"] | None = None
    all: list[str] | None = None

    @model_validator(mode="after")
    def _one_method(self) -> Self:
        given = [name for name in ("method", "mlm", "translated", "robust", "all") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a variant is plain, or one of mlm, translated, robust, all")
        return self

    @property
    def plain(self) -> bool:
        """Nothing but STILTs."""
        return self.method == "plain" and self.name in (None, "plain")

    @property
    def title(self) -> str:
        """Its name."""
        kind = next(name for name in ("method", "mlm", "translated", "robust", "all") if getattr(self, name) is not None)
        return self.name or self.method or self.robust or ("+".join(self.all) if self.all else kind)


_PAIRED = ("better", "worse", "no_better", "no_worse", "equivalent")
_KINDS = (*_PAIRED, "at_least", "ranking", "count", "interaction", "trend")
_NEEDED = {"no_better": ("by",), "equivalent": ("within",), "trend": ("of", "direction"), "interaction": ("of", "between")}


class Claim(Entry):
    """A sentence of the abstract: one kind, and what that kind needs."""

    name: str
    better: str | None = None
    worse: str | None = None
    no_better: str | None = None
    no_worse: str | None = None
    equivalent: str | None = None
    at_least: dict[str, Any] | None = None
    ranking: list[str] | None = None
    count: dict[str, Any] | None = None
    interaction: str | None = None
    trend: str | None = None
    than: str | None = None
    by: Real | None = None
    within: Positive | None = None
    on: Names | None = None
    of: Names | None = None
    between: Names | None = None
    direction: Literal["up", "down"] | None = None
    beyond: Positive | None = None
    models: Names | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"a claim is one of {', '.join(_KINDS)}")
        needed = [*(("than",) if given[0] in _PAIRED else ()), *_NEEDED.get(given[0], ())]
        lacking = [name for name in needed if getattr(self, name) is None]
        if lacking:
            raise ValueError(f"{given[0]} needs {' and '.join(lacking)}")
        return self


class Execution(Entry):
    """Where jobs run, beyond the command line; part of no job's id."""

    slurm: dict[str, Any] | None = None
    ray: dict[str, Any] | None = None


class PlannedSeeds(Entry):
    """Seeds looked at more than once, with the looks declared beforehand."""

    planned: Count
    looks: Annotated[list[Count], Field(min_length=1)]
    spending: Literal["obrien-fleming", "pocock"] = "obrien-fleming"
