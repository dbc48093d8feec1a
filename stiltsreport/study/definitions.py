"""Tasks and models that a study defines itself, as the records that the rest of the tool works with."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

from stiltsreport.architectures import record_of
from stiltsreport.errors import StiltsReportError
from stiltsreport.metrics import METRICS
from stiltsreport.model_arithmetic import architecture
from stiltsreport.models import MODELS, SHAPES, Model
from stiltsreport.places import is_file, is_folder
from stiltsreport.recipes import layer_index
from stiltsreport.registry import did_you_mean, look_up
from stiltsreport.study.beside import Beside
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import ModelDefinition, StudyFile, TaskDefinition
from stiltsreport.study.study import BASELINE
from stiltsreport.tasks import ALIASES, TASKS
from stiltsreport.tasks.languages import LANGUAGES
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.task import Group, HubSplit, SplitName, Task, TaskType

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_GROUPS: dict[str, Group] = {
    "sequence_classification": "classification",
    "multiple_choice": "classification",
    "token_classification": "structured",
    "question_answering": "qa",
    "sentence_retrieval": "retrieval",
}
_METRICS: dict[str, tuple[str, ...]] = {
    "sequence_classification": ("accuracy",),
    "multiple_choice": ("accuracy",),
    "token_classification": ("span_f1",),
    "question_answering": ("exact_match", "answer_f1"),
    "sentence_retrieval": ("retrieval_accuracy",),
}
# What `columns` may name, by type: the fields that tasks/rows.py and tasks/readers/tables.py look for.
_FIELDS: dict[str, tuple[str, ...]] = {
    "sequence_classification": ("first", "second", "label", "id"),
    "multiple_choice": ("prompt", "choices", "label", "id"),
    "token_classification": ("words", "tags", "id"),
    "question_answering": ("question", "context", "answers", "id"),
    "sentence_retrieval": ("english", "other", "id"),
}
_LARGEST = 10**8  # of one size of a model
_SAVED = "the file that save_pretrained wrote"
_SPLITS: tuple[SplitName, ...] = ("train", "dev", "test")


def own_tasks(written: StudyFile, problems: Problems) -> dict[str, Task]:
    """The tasks that a study defines, by name; what they train and select on must be there too."""
    found: dict[str, Task] = {}
    for name, definition in written.define.tasks.items():
        keys = ("define", "tasks", name)
        if name in TASKS or name == BASELINE or not NAME.fullmatch(name):
            problems.note(
                f"{name!r} cannot name a task of your own", *keys, hint="letters, digits, '-', '_'; no name that the tool has already"
            )
            continue
        task = problems.attempt(partial(defined_task, name, definition, problems.where(*keys)), *keys)
        if task is not None:
            found[name] = task
    known = {**TASKS, **found}
    for name, task in found.items():
        last = task.train[-1] if task.train else name
        if last != name and last in known and not written.define.tasks[name].selection and "dev" not in _given(written.define.tasks[name]):
            found[name] = replace(task, selection=known[last].selection)  # trained on another's data, and selected on them too
    for name, task in found.items():
        keys = ("define", "tasks", name)
        for other in (*task.train, task.selection.partition("/")[0]):
            if other:
                problems.attempt(partial(look_up, known, other, "task", where=problems.where(*keys), aliases=ALIASES), *keys)
    return found


def own_models(written: StudyFile, beside: Beside, problems: Problems) -> dict[str, Model]:
    """The models that a study defines, by name."""
    found: dict[str, Model] = {}
    for name, definition in written.define.models.items():
        keys = ("define", "models", name)
        if name in MODELS or not NAME.fullmatch(name):
            problems.note(f"{name!r} cannot name a model of your own", *keys, hint="no name that the tool has already")
        model = problems.attempt(partial(defined_model, name, definition, beside, problems.where(*keys)), *keys)
        if model is not None:
            found[name] = model
    return found


def defined_task(name: str, definition: TaskDefinition, where: str) -> Task:
    """The record of a study's own task. Raises StiltsReportError for what cannot be evaluated."""
    _check(definition, where)
    labels = tuple(map(str, definition.labels))
    metrics = tuple(definition.metrics or _METRICS[definition.type])
    hub, given = definition.hub, _given(definition)
    trains = definition.type != "sentence_retrieval"
    train = tuple(definition.train) if definition.train is not None else ((name,) if trains and "train" in given else ())
    own = f"{name}/held-out" if name in train and "dev" not in given else name
    return Task(
        name=name,
        title=definition.title or name,
        type=cast("TaskType", definition.type),
        group=definition.group or _GROUPS[definition.type],
        languages=tuple(definition.languages),
        metrics=metrics,
        beside=("token_accuracy",) if metrics == ("span_f1",) else (),
        reader="columns",
        citation="",
        labels=labels,
        train=train,
        selection=definition.selection or (own if train else ""),
        official_split="test" if "test" in given else "dev",
        source_data=tuple(definition.source_data or (name,)),
        hub=tuple((split, HubSplit(hub.id, hub.config, getattr(hub, split))) for split in _SPLITS if getattr(hub, split)) if hub else (),
        licence=definition.licence,
        chance=100 / len(labels) if definition.type == "sequence_classification" else None,
        parallel=definition.parallel,
        files=tuple((split, definition.files[split]) for split in _SPLITS if split in definition.files),
        columns=tuple(sorted(definition.columns.items())),
        note=definition.note,
    )


def _given(definition: TaskDefinition) -> set[str]:
    """The splits that a definition has files or Hub data for."""
    hub = definition.hub
    return set(definition.files) | ({split for split in _SPLITS if getattr(hub, split)} if hub else set())


def _check(definition: TaskDefinition, where: str) -> None:
    """Raise StiltsReportError for the first thing that is wrong with a task's definition."""
    if definition.type in ("sequence_classification", "token_classification") and len(definition.labels) < 2:  # noqa: PLR2004
        raise StiltsReportError("labels are missing", where=where, hint="labels: [first, second, ...] in class order")
    if not definition.files and definition.hub is None:
        raise StiltsReportError("neither files nor hub", where=where, hint="files: {train: train.jsonl, test: 'test-{language}.jsonl'}")
    for path in definition.files.values():
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise StiltsReportError(f"{path} leads out of the data folder", where=where, hint="a path inside `data`")
    lists: dict[str, Iterable[str]] = {
        "language": definition.languages,
        "label": map(str, definition.labels),
        "metric": definition.metrics or (),
        "training task": definition.train or (),
    }
    for kind, each in lists.items():
        twice = next((name for name, count in Counter(each).items() if count > 1), None)
        if twice is not None:
            raise StiltsReportError(f"{kind} {twice!r} stands twice", where=where, hint="keep one of the two")
    named: tuple[tuple[str, Iterable[str], Collection[str]], ...] = (
        ("unknown language", definition.languages, LANGUAGES),
        (f"columns: {definition.type} has no field", definition.columns, _FIELDS[definition.type]),
        ("unknown metric", definition.metrics or (), METRICS),
    )
    for what, names, known in named:
        for name in names:
            if name not in known:
                raise StiltsReportError(f"{what} {name!r}", where=where, hint=did_you_mean(name, known))


def defined_model(name: str, definition: ModelDefinition, beside: Beside, where: str) -> Model:
    """The record of a study's own model; sizes are read from config.json where the checkpoint is a folder.

    One by the name of a known shape is of that family, and of those sizes where the folder does not say others.
    """
    model = model_of_checkpoint(definition.checkpoint, beside, where)
    if (shape := SHAPES.get(name)) is not None:
        model = _placed(shape, model)
    if definition.config:
        model = _sized(model, definition.config, where)
    kind = definition.kind or model.kind
    layer_index(str(definition.layer), model.layers or sys.maxsize, f"{where}.layer")
    attention = model.known_attention or ("causal" if kind == "decoder" else "bidirectional")
    own = model.pooling if shape is not None else _pooling(attention)
    return replace(
        model,
        kind=kind,
        attention=attention,
        name=name,
        title=definition.title or (name if shape is None else shape.title),
        family=definition.family or model.family,
        parameters=definition.parameters or model.parameters,
        layer=str(definition.layer),
        pooling=definition.pooling or own,
        prefix=definition.prefix,
        objective=definition.objective or model.objective,
        tuned=definition.tuned,
        seen=tuple((name, answer, definition.source or "the study's author") for name, answer in definition.seen.items()),
    )


def _placed(shape: Model, model: Model) -> Model:
    """A known shape with the checkpoint of `model`, whose own sizes count where they are known."""
    if not model.parameters:
        return replace(shape, checkpoint=model.checkpoint)
    of_family = {name: getattr(shape, name) for name in ("family", "citation", "objective", "licence", "pooling", "tied")}
    return replace(model, **of_family)


def _sized(model: Model, config: dict[str, Any], where: str) -> Model:
    """The model with the sizes that a config.json would say. Raises StiltsReportError for a family that nobody has counted."""
    try:
        found = architecture(config)
    except StiltsReportError as error:
        raise StiltsReportError(f"config: {error.what}", where=where, hint=error.hint) from error
    return replace(
        model,
        architecture=str(config["model_type"]),
        parameters=found.parameters,
        layers=found.layers,
        hidden_size=found.hidden,
        vocabulary=found.vocabulary,
        heads=found.heads,
        intermediate_size=found.intermediate,
        key_value_heads=found.key_value_heads,
        head_size=found.head_size,
        gated=found.gated,
        kind=record_of(str(config["model_type"])).kind,
        attention=_attention(config),
        tied=_tied(config),
        further=tuple((name, value) for name, value in config.items() if name != "model_type"),
    )


def model_of_checkpoint(checkpoint: str, beside: Beside, where: str) -> Model:
    """A model by Hub id or folder, with the sizes that its config.json says; 0 where they are not known before it is fetched."""
    folder = beside.folder / checkpoint
    name = Path(checkpoint).name
    if checkpoint.startswith("embedded:"):
        raise StiltsReportError(f"{checkpoint} is the tool's own", where=where, hint="use its name, multilingual-e5-small")
    kept = None if is_folder(folder) else beside.config_of(folder)
    if kept is not None:
        return _of_config(kept, folder, where)
    if not is_folder(folder):
        if checkpoint.startswith((".", "/")) or checkpoint.count("/") != 1:
            raise StiltsReportError(
                f"{checkpoint} is neither a folder nor a Hub id", where=where, hint="OWNER/NAME, or a path beside the study file"
            )
        return Model(name, checkpoint, checkpoint, name, 0, 0, 0, 0, "unknown", "")
    config = folder / "config.json"
    if not is_file(config):
        raise StiltsReportError(f"{folder} holds no config.json", where=where, hint="a folder that transformers' save_pretrained wrote")
    return _of_config(text.document(config), folder, where)


def _of_config(sizes: Any, folder: Path, where: str) -> Model:
    """The model of a folder with that config.json."""
    config, name = folder / "config.json", folder.name
    if not isinstance(sizes, dict):
        raise StiltsReportError(f"{config} is no JSON object", where=where, hint=_SAVED)
    known = _counted(sizes)
    try:
        if known is not None:
            sizes = {**sizes, **known}
        layers, hidden, vocabulary = int(sizes["num_hidden_layers"]), int(sizes["hidden_size"]), int(sizes["vocab_size"])
        inner, heads = int(sizes.get("intermediate_size", 4 * hidden)), int(sizes.get("num_attention_heads", 0))
        positions, kinds = int(sizes.get("max_position_embeddings", 512)), int(sizes.get("type_vocab_size", 0))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = f"has no {error}" if isinstance(error, LookupError) else f"has sizes that are none: {error}"
        raise StiltsReportError(f"{config} {what}", where=where, hint=_SAVED) from error
    if not all(0 <= size < _LARGEST for size in (layers, hidden, vocabulary, inner, heads, positions, kinds)):
        raise StiltsReportError(f"{config} has sizes that no model has", where=where, hint=_SAVED)
    read = sizes.get("text_config")  # of a model that also sees, the part that reads
    read = read if isinstance(read, dict) else sizes
    named = str(read.get("model_type", ""))
    attention = _attention(read)
    block = 4 * (hidden * hidden + hidden) + 2 * hidden * inner + inner + hidden + 4 * hidden
    parameters = known["parameters"] if known else (vocabulary + positions + kinds) * hidden + 2 * hidden + layers * block
    return Model(
        name, name, str(folder.resolve()), str(sizes.get("model_type", name)), parameters, layers, hidden, vocabulary, "unknown", "",
        heads=heads, intermediate_size=inner, architecture=named, kind=record_of(named).kind, attention=attention,
        pooling=_pooling(attention), tied=_tied(read),
    )  # fmt: skip


def _attention(config: Mapping[str, Any]) -> Literal["bidirectional", "causal"]:
    """Which tokens one sees: a decoder those to its left, unless its config says that it was turned."""
    turned = config.get("is_causal") is False or config.get("use_bidirectional_attention")
    return "causal" if record_of(str(config.get("model_type"))).kind == "decoder" and not turned else "bidirectional"


def _pooling(attention: str) -> Literal["mean", "last"]:
    """What makes a sentence vector where nobody says: of a decoder that reads to the left, the last token, as in the records of known ones.

    No other has read the whole text; the mean is the papers' choice for encoders.
    """
    return "last" if attention == "causal" else "mean"


def _tied(config: Mapping[str, Any]) -> bool:
    """Whether the output layer is the input table: save_pretrained writes it where it is not."""
    return config.get("tie_word_embeddings") is not False


def _counted(config: Any) -> dict[str, int] | None:
    """The sizes that a config of a known family tells, by BERT's names, and all its weights; None of another, which is taken as BERT's."""
    try:
        found = architecture(config)
    except (AttributeError, StiltsReportError):
        return None
    return {
        "num_hidden_layers": found.layers, "hidden_size": found.hidden, "vocab_size": found.vocabulary, "num_attention_heads": found.heads,
        "intermediate_size": found.intermediate, "parameters": found.parameters,
    }  # fmt: skip
