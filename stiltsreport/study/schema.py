"""The study file as it is written: every key with its type. `stiltsreport schema` is made from it; names are resolved in reading.py."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_NUMBER = re.compile(r"([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*([kKMB]?)")
_SCALE = {"": 1, "k": 1_000, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}


def _number(value: Any) -> Any:
    """10e9, "1e-5" (a string in YAML 1.1), 10B, 16k: as the number they mean."""
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value.strip())):
        found = float(match[1]) * _SCALE[match[2]]
        return int(found) if found.is_integer() and "." not in value else found
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def _listed(value: Any) -> Any:
    """One where several may stand."""
    return value if isinstance(value, list) else [value]


Count = Annotated[int, BeforeValidator(_number), Field(gt=0, strict=True), WithJsonSchema({"type": ["integer", "string"]})]
Real = Annotated[float, BeforeValidator(_number), WithJsonSchema({"type": ["number", "string"]})]
Names = Annotated[list[str], BeforeValidator(_listed), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})]


class Entry(BaseModel):
    """What all parts of a study file share: unknown keys are refused, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _short(key: str) -> Any:
    """A bare name where a mapping may stand: {key: name}."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


def _or_name(schema: type[Entry]) -> Any:
    return WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "title": schema.__name__, "properties": schema.model_json_schema()["properties"], "additionalProperties": False}]})


class ModelEntry(Entry):
    """Models by name, Hub id or folder; `adaptation` full is the only one yet."""

    name: Names
    adaptation: str | dict[str, Any] = "full"


class IntermediateEntry(Entry):
    """An intermediate task by name; a mixture of several has a name of its own."""

    name: str
    tasks: list[str] | None = None
    sampling: dict[str, Any] | None = None
    examples: Count | None = None


class Target(Entry):
    """A target task, perhaps in some of its languages, or trained on another task's English training set."""

    task: str
    languages: Names | None = None
    train: Names | None = None


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

    average: Real | None = None
    task: Real | None = None
    language: Real | None = None


class StatisticsEntry(Entry):
    """How differences are tested."""

    test: Literal["paired-t", "sign-flip"] = "paired-t"
    correction: Literal["holm", "benjamini-hochberg", "none"] = "holm"
    alpha: Annotated[float, BeforeValidator(_number), Field(gt=0, lt=0.5)] = 0.05
    margin: Annotated[
        MarginEntry, BeforeValidator(lambda value: {"average": value, "task": value, "language": value} if isinstance(value, int | float) else value)
    ] = MarginEntry()


class ReportEntry(Entry):
    """What the report folder holds."""

    formats: Annotated[list[Literal["html", "latex", "pdf"]], BeforeValidator(_listed)] = ["html", "latex", "pdf"]
    tables: list[str] | Literal["default"] = "default"
    figures: list[str] | Literal["default"] = "default"
    latex: str = "booktabs"
    examples: int = 0


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
    """A model of the study's own."""

    checkpoint: str
    title: str | None = None
    family: str | None = None
    parameters: Count | None = None
    layer: str | int = "7/12"
    pooling: Literal["mean", "cls"] = "mean"
    prefix: str = ""


class Definitions(Entry):
    """Tasks and models that the study brings itself."""

    tasks: dict[str, TaskDefinition] = {}
    models: dict[str, ModelDefinition] = {}


class KeepEntry(Entry):
    """What stays in the store beyond scores and predictions."""

    target_checkpoints: Literal["none", "best", "all"] = "none"


class StudyFile(Entry):
    """The whole file. Keys of methods that come later are read here and refused in reading.py, so that none is ignored."""

    title: str
    description: str = ""
    models: list[Annotated[ModelEntry, _short("name"), _or_name(ModelEntry)]] = Field(min_length=1)
    intermediate: list[Annotated[IntermediateEntry, _short("name"), _or_name(IntermediateEntry)]] = []
    target: str | list[Annotated[Target, _short("task"), _or_name(Target)]]
    seeds: list[int] | dict[str, Any] = [1, 2, 3, 4, 5]
    recipes: RecipesEntry = RecipesEntry()
    limit: LimitEntry = LimitEntry()
    precision: Literal["float32", "bfloat16", "auto"] | None = None
    keep: Annotated[KeepEntry, BeforeValidator(lambda value: {"target_checkpoints": value} if isinstance(value, str) else value)] = KeepEntry()
    split: Literal["dev", "test"] | None = None
    data: str | None = None
    trust_remote_code: list[str] = []
    define: Definitions = Definitions()
    statistics: StatisticsEntry = StatisticsEntry()
    report: ReportEntry = ReportEntry()
    tune: dict[str, Any] | None = None
    variants: list[str | dict[str, Any]] = ["plain"]
    claims: list[dict[str, Any]] = []
    collapse: Literal["keep", "retry", "stabilise"] = "keep"
    execution: dict[str, Any] = {}


def json_schema() -> dict[str, Any]:
    """JSON Schema of the study file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **StudyFile.model_json_schema()}
