"""Methods as a study file writes them: mixtures, variants, tuning. What they mean is resolved in variants.py and mixtures.py."""

# ruff: noqa: RUF012 - pydantic copies the defaults of its models
from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from stiltsreport.methods import CAP
from stiltsreport.study.entry import OR_NAME, Entry, Names, listed, short
from stiltsreport.study.numbers import Count, Positive

Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]


class SamplingEntry(Entry):
    """How a mixture draws: in proportion to each task's size up to `cap`, flattened by `temperature`, or uniformly."""

    kind: Literal["proportional", "uniform"] = "proportional"
    cap: Count = CAP
    temperature: Positive = 1.0


class TuneEntry(Entry):
    """Learning rates tried on English dev data, with one budget in every arm."""

    learning_rate: Annotated[list[Positive], BeforeValidator(listed), Field(min_length=1)]
    per: Annotated[list[Literal["model", "adaptation", "stage", "arm"]], BeforeValidator(listed)] = ["model", "stage"]
    seeds: Seeds = [101]


class MlmEntry(Entry):
    """Multilingual MLM mixed into the intermediate phase: `ratio` of the steps; languages by n^(1/temperature), as XLM-R's 0.3."""

    languages: Names = ["all"]
    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.2
    temperature: Positive = 10 / 3
    vocabulary: Literal["whole", "met"] = "whole"
    masked_share: Annotated[float, Field(gt=0, lt=1)] = 0.15
    max_length: Count = 256
    batch_size: Count = 32


Translating = TypeVar("Translating", bound="TranslatedEntry | TranslateTestEntry")


def _one_translator(entry: Translating) -> Translating:
    if sum(way is not None for way in (entry.files, entry.model, entry.command)) > 1:
        raise ValueError("a translation is one of files (a pattern with {language}), model (a Hub id), command (with {source}, {target})")
    return entry


class TranslatedEntry(Entry):
    """Data in other languages: ready files, a Hub seq2seq model, or any command that maps lines to lines.

    Where none of the three is given: ready files, translated/TASK/train-LANGUAGE.* under --data.
    """

    to: Names
    files: str | None = None
    model: str | None = None
    command: str | None = None
    english: bool = True

    _one_way = model_validator(mode="after")(_one_translator)


class TranslateTestEntry(Entry):
    """Evaluation sets put into English by a Hub seq2seq model, a command that maps lines to lines, or ready files."""

    files: str | None = None
    model: str | None = None
    command: str | None = None

    _one_way = model_validator(mode="after")(_one_translator)


class RobustEntry(Entry):
    """Robust target training (2104.08645). `radius`, `steps`, `step_size`, `distribution` are of adv and rs-rp, the others of rs-da."""

    method: Literal["rs-da", "rs-rp", "adv"]
    radius: Positive | None = None
    steps: Count | None = None
    step_size: Positive | None = None
    distribution: Literal["ball", "normal"] | None = None
    copies: Count | dict[str, Count] | None = None
    synonyms: str | None = None
    neighbours: Count | None = None
    similarity: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _own_entries(self) -> Self:
        own = {
            "adv": {"radius", "steps", "step_size"},
            "rs-rp": {"radius", "distribution"},
            "rs-da": {"copies", "synonyms", "neighbours", "similarity"},
        }[self.method]
        strange = sorted(name for name in self.model_fields_set - {"method"} - own if getattr(self, name) is not None)
        if strange:
            raise ValueError(f"{strange[0]!r} says nothing of {self.method}; it has {', '.join(sorted(own))}")
        return self


class FewShotEntry(Entry):
    """So many examples of each target language, trained on after the English set: not zero-shot, and said so wherever it stands."""

    examples: Count


class VariantRecipes(Entry):
    """Recipes of a variant: entries that differ from the study's own, or another base."""

    intermediate: str | dict[str, Any] | None = None
    target: str | dict[str, Any] | None = None


METHODS = ("method", "mlm", "translated", "robust", "translate_train", "translate_test", "few_shot", "recipes", "all")


class VariantEntry(Entry):
    """A method of the intermediate or target phase, or several crossed (`all`); its name is the method's unless it is given.

    `of`: the intermediates that have it, "none" among them; without it all do.
    """

    name: str | None = None
    title: str | None = None
    method: Literal["plain", "mlm", "rs-da", "rs-rp", "adv"] | None = None
    mlm: MlmEntry | None = None
    translated: TranslatedEntry | None = None
    robust: Annotated[RobustEntry, short("method"), OR_NAME] | None = None
    translate_train: TranslatedEntry | None = None
    translate_test: TranslateTestEntry | None = None
    few_shot: FewShotEntry | None = None
    recipes: VariantRecipes | None = None
    all: list[str] | None = None
    of: Names | None = None

    @model_validator(mode="after")
    def _one_method(self) -> Self:
        given = [name for name in METHODS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a variant is plain, or one of {', '.join(METHODS[1:])}")
        if self.recipes is not None and self.name is None:
            raise ValueError("a variant of recipes needs a name")
        return self

    @property
    def kind(self) -> str:
        """Which of its keys says the method."""
        return next(name for name in METHODS if getattr(self, name) is not None)

    @property
    def plain(self) -> bool:
        """Nothing but STILTs."""
        return self.method == "plain" and self.name in (None, "plain")

    @property
    def label(self) -> str:
        """Its name in tables and in scores.jsonl."""
        own = self.method or (self.robust.method if self.robust else None) or ("+".join(self.all) if self.all else None)
        return self.name or own or self.kind.replace("_", "-")


class PlannedSeeds(Entry):
    """Seeds looked at more than once, with the looks declared beforehand."""

    planned: Count
    looks: Annotated[list[Count], Field(min_length=1)]
    spending: Literal["obrien-fleming", "pocock"] = "obrien-fleming"
