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
    """By size, or each task alike."""
    cap: Count = CAP
    """The most that a task's size counts."""
    temperature: Positive = 1.0
    """Above 1 it flattens the shares."""


class TuneEntry(Entry):
    """Learning rates tried on English dev data, with one budget in every arm."""

    learning_rate: Annotated[list[Positive], BeforeValidator(listed), Field(min_length=1)]
    """Those that are tried."""
    per: Annotated[list[Literal["model", "adaptation", "stage", "arm"]], BeforeValidator(listed)] = ["model", "stage"]
    """What has a rate of its own."""
    seeds: Seeds = [101]
    """Seeds that are not reported."""


class MlmEntry(Entry):
    """Multilingual MLM mixed into the intermediate phase: `ratio` of the steps; languages by n^(1/temperature), as XLM-R's 0.3."""

    languages: Names = ["all"]
    """Codes, or all of the study's targets."""
    ratio: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """The share of steps."""
    temperature: Positive = 10 / 3
    """Languages are drawn by size to the power of 1 over it."""
    vocabulary: Literal["whole", "met"] = "whole"
    """Whether all pieces can be predicted, or those that the text has."""
    masked_share: Annotated[float, Field(gt=0, lt=1)] = 0.15
    """The share of tokens that are predicted."""
    max_length: Count = 256
    """Tokens of a line."""
    batch_size: Count = 32
    """Lines of a step."""


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
    """Languages."""
    files: str | None = None
    """Ready files; {language} is replaced."""
    model: str | None = None
    """A seq2seq model of the Hub."""
    command: str | None = None
    """A command that maps {source} to {target}, line by line; runs with --allow-commands alone."""
    english: bool = True
    """Whether the English set stays in."""

    _one_way = model_validator(mode="after")(_one_translator)


class TranslateTestEntry(Entry):
    """Evaluation sets put into English by a Hub seq2seq model, a command that maps lines to lines, or ready files."""

    files: str | None = None
    """Ready files; {language} is replaced."""
    model: str | None = None
    """A seq2seq model of the Hub."""
    command: str | None = None
    """A command that maps {source} to {target}, line by line; runs with --allow-commands alone."""

    _one_way = model_validator(mode="after")(_one_translator)


class RobustEntry(Entry):
    """Robust target training (2104.08645). `radius`, `steps`, `step_size`, `distribution` are of adv and rs-rp, the others of rs-da."""

    method: Literal["rs-da", "rs-rp", "adv"]
    """Synonyms, noise, or an adversary."""
    radius: Positive | None = None
    """Of the ball around an embedding, in mean row norms."""
    steps: Count | None = None
    """Of the adversary's ascent."""
    step_size: Positive | None = None
    """Of each of its steps."""
    distribution: Literal["ball", "normal"] | None = None
    """Of the noise."""
    copies: Count | dict[str, Count] | None = None
    """Of each example, by task where they differ."""
    synonyms: str | None = None
    """A JSON file: word to words; without it neighbours by the embedding table."""
    neighbours: Count | None = None
    """The most that a word has."""
    similarity: Annotated[float, Field(gt=0, lt=1)] | None = None
    """The least that makes a neighbour."""

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
    """Of each target language."""


class VariantRecipes(Entry):
    """Recipes of a variant: entries that differ from the study's own, or another base."""

    intermediate: str | dict[str, Any] | None = None
    """Entries that differ."""
    target: str | dict[str, Any] | None = None
    """Entries that differ."""


METHODS = ("method", "mlm", "translated", "robust", "translate_train", "translate_test", "few_shot", "recipes", "all")


class VariantEntry(Entry):
    """A method of the intermediate or target phase, or several crossed (`all`); its name is the method's unless it is given.

    `of`: the intermediates that have it, "none" among them; without it all do.
    """

    name: str | None = None
    """What follows the plus in an arm's name."""
    title: str | None = None
    """What follows it in tables."""
    method: Literal["plain", "mlm", "rs-da", "rs-rp", "adv"] | None = None
    """A method by its name alone."""
    mlm: MlmEntry | None = None
    """Multilingual MLM in the intermediate phase."""
    translated: TranslatedEntry | None = None
    """Intermediate data in other languages, too."""
    robust: Annotated[RobustEntry, short("method"), OR_NAME] | None = None
    """Robust target training."""
    translate_train: TranslatedEntry | None = None
    """Target data in other languages, too."""
    translate_test: TranslateTestEntry | None = None
    """Evaluation sets put into English."""
    few_shot: FewShotEntry | None = None
    """Some examples of each target language."""
    recipes: VariantRecipes | None = None
    """Entries of recipes that differ."""
    all: list[str] | None = None
    """Names of variants that are crossed."""
    of: Names | None = None
    """Intermediates that have it."""

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
    """How many in the end."""
    looks: Annotated[list[Count], Field(min_length=1)]
    """After how many the results are seen."""
    spending: Literal["obrien-fleming", "pocock"] = "obrien-fleming"
    """How alpha is shared among the looks."""
