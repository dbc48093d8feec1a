"""The study file as it is written: every key with its type and what it means. Names are resolved in reading.py, offered in editors.py."""

# ruff: noqa: RUF012 - pydantic copies the defaults of its models
from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

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
    """One name or several."""
    adaptation: Annotated[AdaptationEntry, short("method"), OR_NAME] = AdaptationEntry(method="full")
    """Full fine-tuning, or what trains in its place."""


class IntermediateEntry(Entry):
    """An intermediate task by name; a mixture of several has a name of its own; `task` with `examples` is a task with equal data.

    A `control` is made `of` an intermediate of the study: by default of its only one.
    """

    name: str | None = None
    """A task's name, or the name of the arm that is written here."""
    task: str | None = None
    """The task, where `examples` or another entry stands beside it."""
    tasks: list[str] | None = None
    """A mixture: one training, a head for each."""
    sampling: Annotated[SamplingEntry, short("kind"), OR_NAME] | None = None
    """How a mixture draws."""
    examples: Count | None = None
    """At most so many training examples: equal data."""
    control: Literal["none-longer", "mlm-en", "shuffled"] | None = None
    """What shows whether the task itself helps."""
    of: str | None = None
    """The intermediate that a control is made of."""


class Target(Entry):
    """A target task, perhaps in some of its languages, or trained on another task's English training set.

    `pairs`: the generalized setting, its two sentences in different languages: "all", or a list of [first, second]. `layer_on`: languages
    that are not reported, on which the layer of its sentence vectors is chosen.
    """

    task: str
    """The task's name."""
    languages: Names | None = None
    """Those to evaluate; without it all that the task has."""
    train: Names | None = None
    """Tasks whose English training set is used in place of its own."""
    pairs: Literal["all"] | list[Annotated[list[str], Field(min_length=2, max_length=2)]] | None = None
    """Two sentences in two languages: all ordered pairs, or a list of [first, second]."""
    layer_on: Names | None = None
    """Languages, not reported, that choose the layer of its sentence vectors."""


class LimitEntry(Entry):
    """At most so many examples of each set."""

    train: Count | None = None
    """At most so many training examples of each set, drawn once."""
    evaluate: Count | None = None
    """At most so many evaluation examples of each set and language."""


class RecipesEntry(Entry):
    """Recipes by name, or {base: NAME, entry: value, tasks: {TASK: {entry: value}}}."""

    intermediate: str | dict[str, Any] = "xstilts-intermediate"
    """Of the intermediate training."""
    target: str | dict[str, Any] = "xstilts-target"
    """Of the target training, and of evaluation."""


class MarginEntry(Entry):
    """The smallest difference that matters, in points."""

    average: Positive | None = None
    """Of averages."""
    task: Positive | None = None
    """Of single tasks."""
    language: Positive | None = None
    """Of single languages."""


def _everywhere(value: Any) -> Any:
    """One margin for all scopes; what is wrong with it is one fault, not three."""
    one = number(value)
    if isinstance(one, bool) or not isinstance(one, int | float):
        return value
    if not 0 < one < math.inf:
        raise ValueError(f"{one} must be above 0")
    return {"average": one, "task": one, "language": one}


class StatisticsEntry(Entry):
    """How differences are tested; `also`: further tests beside it, which carry no verdict."""

    test: Literal["paired-t", "sign-flip", "welch", "dunnett"] = "paired-t"
    """Of differences over seeds. welch and dunnett are for a baseline with more seeds."""
    correction: Literal["holm", "benjamini-hochberg", "none"] = "holm"
    """Over the confirmatory family."""
    alpha: Annotated[float, BeforeValidator(number), Field(gt=0, lt=0.5)] = 0.05
    """The rate of false alarms."""
    margin: Annotated[MarginEntry, BeforeValidator(_everywhere)] = MarginEntry()
    """The smallest differences that matter, in points."""
    also: Annotated[list[Literal["wilcoxon", "aso"]], BeforeValidator(listed)] = []
    """Further tests that carry no verdict."""


class ReportEntry(Entry):
    """What the report folder holds."""

    formats: Annotated[list[Literal["html", "latex", "pdf"]], BeforeValidator(listed)] = ["html", "latex", "pdf"]
    """What is rendered."""
    tables: list[str] | Literal["default"] = "default"
    """Names of tables, or default for all that the study has."""
    figures: list[str] | Literal["default"] = "default"
    """Names of figures, or default for all that the study has."""
    latex: Literal["booktabs", "siunitx"] = "booktabs"
    """booktabs pads numbers; siunitx sets S columns and needs its package."""
    paper: Literal["article", "neurips", "acl"] = "article"
    """The paper whose width tables are made for."""
    signature: bool = False
    """Whether signatures stand in captions, too."""
    examples: Annotated[int, Field(ge=0)] = 0
    """Texts of so many items that turn, on pages of their own."""


class HubEntry(Entry):
    """A data set on the Hub; `config` may hold {language}."""

    id: str
    """OWNER/NAME."""
    config: str = "default"
    """The configuration; {language} is replaced."""
    train: str | None = None
    """The split to train on."""
    dev: str | None = None
    """The split to select on."""
    test: str | None = None
    """The split to report."""


class TaskDefinition(Entry):
    """A task of the study's own: local files or a Hub data set, with a map from fields to columns; no code needed."""

    type: Literal["sequence_classification", "multiple_choice", "token_classification", "question_answering", "sentence_retrieval"]
    """What an example is."""
    title: str | None = None
    """Its name in tables."""
    languages: Names = ["en"]
    """Their codes; en must be among those that train."""
    labels: list[str | int] = []
    """Those of classification and tagging."""
    files: dict[Literal["train", "dev", "test"], str] = {}
    """By split, seen from the data folder; {language} is replaced."""
    hub: HubEntry | None = None
    """A data set of the Hub in place of files."""
    columns: dict[str, str] = {}
    """From our names of fields to the file's columns."""
    train: Names | None = None
    """Tasks whose English training sets it is trained on."""
    selection: str | None = None
    """The task whose English dev set selects checkpoints."""
    metrics: Names | None = None
    """Official metrics; the type's own without it."""
    group: Literal["classification", "structured", "qa", "retrieval"] | None = None
    """The group of targets in tables and averages."""
    licence: str = ""
    """Of the data; said in the report."""
    source_data: Names | None = None
    """Names of data sets that it holds: cells with the same data before are marked."""
    parallel: bool = False
    """Whether the languages' test sets translate each other line by line."""
    note: str = ""
    """Said in the report's data section."""


def _answer(value: Any) -> Any:
    """Yes and no as YAML 1.1 and programs that write it have them."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


Answer = Annotated[
    Literal["yes", "no", "unknown"], BeforeValidator(_answer), WithJsonSchema({"enum": ["yes", "no", "unknown", True, False]})
]


class ModelDefinition(Entry):
    """A model of the study's own.

    `tuned`: on labelled data after pretraining. `seen`: the data sets that it has seen, or has not, as far as `source` says.
    """

    checkpoint: str
    """A Hub id, or a folder seen from the study file."""
    title: str | None = None
    """Its name in tables."""
    family: str | None = None
    """Models of one family share an intercept in claims over size."""
    parameters: Count | None = None
    """All weights; read from the folder where it is left out."""
    layer: str | int = "7/12"
    """Where sentence vectors are taken from: a number, a share of the depth, or last."""
    pooling: Literal["mean", "cls", "last"] | None = None
    """How tokens become a sentence vector: without it the last of a decoder that reads to the left, the mean of all of others."""
    prefix: str = ""
    """Text before each sentence of retrieval."""
    objective: str | None = None
    """What it was pretrained on, in words."""
    tuned: bool = False
    """Whether it was tuned on labelled data after pretraining."""
    seen: dict[str, Answer] = {}
    """Data sets that it has seen in training, as far as is known."""
    source: str | None = None
    """Where that is said."""
    kind: Literal["encoder", "decoder"] | None = None
    """Which it is; read from the folder, or from `config`, where it is left out."""
    config: dict[str, int | float | str | bool] = {}
    """What its config.json says of its sizes, of one on the Hub: `plan` counts its weights and memory from it."""


class Definitions(Entry):
    """Tasks and models that the study brings itself."""

    tasks: dict[str, TaskDefinition] = {}
    """By name."""
    models: dict[str, ModelDefinition] = {}
    """By name."""


class KeepEntry(Entry):
    """What stays in the store beyond scores and predictions."""

    target_checkpoints: Literal["none", "best", "all"] = "none"
    """What later languages can use without training again."""


class StudyFile(Entry):
    """A study: what is trained on which tasks, with which seeds, and what shall be said about it."""

    title: str
    """What the study asks."""
    description: str = ""
    """A paragraph under the title."""
    models: list[Annotated[ModelEntry, short("name"), OR_NAME]] = Field(min_length=1)
    """Pretrained encoders or decoders: names, Hub ids or folders."""
    intermediate: list[Annotated[IntermediateEntry, short("name"), OR_NAME]] = []
    """English tasks to train on first; the baseline, none, is implied."""
    target: str | list[Annotated[Target, short("task"), OR_NAME]]
    """A benchmark (xtreme, xtreme-r), or a list of tasks."""
    seeds: list[int] | dict[str, Any] = [1, 2, 3, 4, 5]
    """The unit of replication: each drives intermediate and target training. Five are the fewest that are tested."""
    recipes: RecipesEntry = RecipesEntry()
    """Hyperparameters of both stages."""
    limit: LimitEntry = LimitEntry()
    """Caps on examples."""
    precision: Literal["float32", "bfloat16", "auto"] | None = None
    """auto: bfloat16 where the device multiplies it faster."""
    keep: Annotated[KeepEntry, short("target_checkpoints"), OR_NAME] = KeepEntry()
    """What stays in the store."""
    split: Literal["dev", "test"] | None = None
    """What is reported, where both are at hand; without it the official one."""
    data: str | None = None
    """The folder of local data, seen from this file."""
    trust_remote_code: list[str] = []
    """Models whose own code may run."""
    define: Definitions = Definitions()
    """Tasks and models of the study's own."""
    statistics: StatisticsEntry = StatisticsEntry()
    """How differences are tested."""
    report: ReportEntry = ReportEntry()
    """Formats, tables and figures, and how they are set."""
    tune: TuneEntry | None = None
    """Learning rates tried on English dev data."""
    prompting: PromptingEntry | None = None
    """Decoders asked in words, beside what is trained."""
    variants: list[Annotated[VariantEntry, short("method"), OR_NAME]] = []
    """Methods beside plain training."""
    claims: list[ClaimEntry] = []
    """Sentences of the abstract, declared before the results."""
    collapse: Literal["keep", "retry", "stabilise"] = "keep"
    """What is done about trainings that fail to learn, in every row alike."""
    execution: Execution = Execution()
    """Where jobs run; changes no number."""
