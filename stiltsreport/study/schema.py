"""The study file as it is written: every key with its type. `stiltsreport schema` is made from it; names are resolved in reading.py."""

# ruff: noqa: RUF012 - pydantic copies the defaults of its models
from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from stiltsreport.study.adaptation_entry import AdaptationEntry
from stiltsreport.study.claim_entry import ClaimEntry
from stiltsreport.study.entry import OR_NAME, Entry, Names, listed, short
from stiltsreport.study.execution_entry import Execution
from stiltsreport.study.methods import SamplingEntry, TuneEntry, VariantEntry
from stiltsreport.study.numbers import Count, Positive, number
from stiltsreport.study.prompting import PromptingEntry


class ModelEntry(Entry):
    """Models by name, Hub id or folder, each with the same `adaptation`: an adapted model is an arm of its own, xlmr-base+lora."""

    name: Names
    adaptation: Annotated[AdaptationEntry, short("method"), OR_NAME] = AdaptationEntry(method="full")


class IntermediateEntry(Entry):
    """An intermediate task by name; a mixture of several has a name of its own; `task` with `examples` is a task with equal data.

    A `control` is made `of` an intermediate of the study: by default of its only one.
    """

    name: str | None = None
    task: str | None = None
    tasks: list[str] | None = None
    sampling: Annotated[SamplingEntry, short("kind"), OR_NAME] | None = None
    examples: Count | None = None
    control: Literal["none-longer", "mlm-en", "shuffled"] | None = None
    of: str | None = None


class Target(Entry):
    """A target task, perhaps in some of its languages, or trained on another task's English training set.

    `pairs`: the generalized setting, its two sentences in different languages: "all", or a list of [first, second]. `layer_on`: languages
    that are not reported, on which the layer of its sentence vectors is chosen.
    """

    task: str
    languages: Names | None = None
    train: Names | None = None
    pairs: Literal["all"] | list[Annotated[list[str], Field(min_length=2, max_length=2)]] | None = None
    layer_on: Names | None = None


class LimitEntry(Entry):
    """At most so many examples of each set."""

    train: Count | None = None
    evaluate: Count | None = None


class RecipesEntry(Entry):
    """Recipes by name, or {base: NAME, entry: value, tasks: {TASK: {entry: value}}}."""

    intermediate: str | dict[str, Any] = "xstilts-intermediate"
    target: str | dict[str, Any] = "xstilts-target"


class MarginEntry(Entry):
    """The smallest difference that matters, in points."""

    average: Positive | None = None
    task: Positive | None = None
    language: Positive | None = None


def _everywhere(value: Any) -> Any:
    """One margin for all scopes."""
    one = number(value)
    return {"average": one, "task": one, "language": one} if isinstance(one, int | float) and not isinstance(one, bool) else value


class StatisticsEntry(Entry):
    """How differences are tested; `also`: further tests beside it, which carry no verdict."""

    test: Literal["paired-t", "sign-flip", "welch", "dunnett"] = "paired-t"
    correction: Literal["holm", "benjamini-hochberg", "none"] = "holm"
    alpha: Annotated[float, BeforeValidator(number), Field(gt=0, lt=0.5)] = 0.05
    margin: Annotated[MarginEntry, BeforeValidator(_everywhere)] = MarginEntry()
    also: Annotated[list[Literal["wilcoxon", "aso"]], BeforeValidator(listed)] = []


class ReportEntry(Entry):
    """What the report folder holds."""

    formats: Annotated[list[Literal["html", "latex", "pdf"]], BeforeValidator(listed)] = ["html", "latex", "pdf"]
    tables: list[str] | Literal["default"] = "default"
    figures: list[str] | Literal["default"] = "default"
    latex: Literal["booktabs", "siunitx"] = "booktabs"
    paper: Literal["article", "neurips", "acl"] = "article"
    signature: bool = False
    examples: Annotated[int, Field(ge=0)] = 0


class HubEntry(Entry):
    """A data set on the Hub; `config` may hold {language}."""

    id: str
    config: str = "default"
    train: str | None = None
    dev: str | None = None
    test: str | None = None


class TaskDefinition(Entry):
    """A task of the study's own: local files or a Hub data set, with a map from fields to columns; no code needed."""

    type: Literal["sequence_classification", "multiple_choice", "token_classification", "question_answering", "sentence_retrieval"]
    title: str | None = None
    languages: Names = ["en"]
    labels: list[str | int] = []
    files: dict[Literal["train", "dev", "test"], str] = {}
    hub: HubEntry | None = None
    columns: dict[str, str] = {}
    train: Names | None = None
    selection: str | None = None
    metrics: Names | None = None
    group: Literal["classification", "structured", "qa", "retrieval"] | None = None
    licence: str = ""
    source_data: Names | None = None
    parallel: bool = False
    note: str = ""


class ModelDefinition(Entry):
    """A model of the study's own.

    `tuned`: on labelled data after pretraining. `seen`: the data sets that it has seen, or has not, as far as `source` says.
    """

    checkpoint: str
    title: str | None = None
    family: str | None = None
    parameters: Count | None = None
    layer: str | int = "7/12"
    pooling: Literal["mean", "cls"] = "mean"
    prefix: str = ""
    objective: str | None = None
    tuned: bool = False
    seen: dict[str, Literal["yes", "no", "unknown"]] = {}
    source: str | None = None


class Definitions(Entry):
    """Tasks and models that the study brings itself."""

    tasks: dict[str, TaskDefinition] = {}
    models: dict[str, ModelDefinition] = {}


class KeepEntry(Entry):
    """What stays in the store beyond scores and predictions."""

    target_checkpoints: Literal["none", "best", "all"] = "none"


class StudyFile(Entry):
    """The whole file. Keys of methods that come later are read here and refused in later.py, so that none is ignored."""

    title: str
    description: str = ""
    models: list[Annotated[ModelEntry, short("name"), OR_NAME]] = Field(min_length=1)
    intermediate: list[Annotated[IntermediateEntry, short("name"), OR_NAME]] = []
    target: str | list[Annotated[Target, short("task"), OR_NAME]]
    seeds: list[int] | dict[str, Any] = [1, 2, 3, 4, 5]
    recipes: RecipesEntry = RecipesEntry()
    limit: LimitEntry = LimitEntry()
    precision: Literal["float32", "bfloat16", "auto"] | None = None
    keep: Annotated[KeepEntry, short("target_checkpoints"), OR_NAME] = KeepEntry()
    split: Literal["dev", "test"] | None = None
    data: str | None = None
    trust_remote_code: list[str] = []
    define: Definitions = Definitions()
    statistics: StatisticsEntry = StatisticsEntry()
    report: ReportEntry = ReportEntry()
    tune: TuneEntry | None = None
    prompting: PromptingEntry | None = None
    variants: list[Annotated[VariantEntry, short("method"), OR_NAME]] = []
    claims: list[ClaimEntry] = []
    collapse: Literal["keep", "retry", "stabilise"] = "keep"
    execution: Execution = Execution()


def json_schema() -> dict[str, Any]:
    """JSON Schema of the study file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **StudyFile.model_json_schema()}
