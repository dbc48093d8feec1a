"""Task: one data set with a form, a metric and languages; intermediate or target is a role that a study gives it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

TaskType = Literal[
    "sequence_classification",
    "multiple_choice",
    "token_classification",
    "question_answering",
    "sentence_retrieval",
    "bitext_mining",
    "dual_encoder",
    "masked_language_modelling",
]
SEARCHED: tuple[TaskType, ...] = ("sentence_retrieval", "bitext_mining")  # by sentence vectors, without training
Group = Literal["classification", "structured", "qa", "retrieval"]
SplitName = Literal["train", "dev", "test"]


@dataclass(frozen=True)
class HubSplit:
    """Where one split lies on the Hub. No revision: none is known beforehand, `fetch` resolves it into the lock file.

    `config` may hold {language} (replaced through `language_names` where that has an entry). `keep` is a filter
    (column, prefix) for data sets that hold all languages in one configuration.
    """

    id: str
    config: str
    split: str
    keep: tuple[str, str] | None = None
    language_names: tuple[tuple[str, str], ...] = ()  # where given, the languages that this data set holds, by its own names
    role: Literal["data", "pool"] = "data"


@dataclass(frozen=True)
class Task:
    """A data set as the studies use it.

    `metrics` are keys of METRICS: the task's value is the mean of their values (QA: exact match and F1). `beside` are keys shown beside,
    never averaged. `labels` are in class order. `train` names the tasks whose English training sets are its target training, in order
    (XCOPA: siqa, then copa; empty: none, the encoder is evaluated as it stands). `selection` names the task whose English dev split selects
    its checkpoints ("" where nothing is trained); "NAME/held-out" is a tenth of NAME's training set, not trained on. `official_split` is
    the split its scores are reported on. `source_data` names the data sets that the task's own English training data come from: a study
    marks cells whose intermediate task shares one. `chance` is the expected score, in percent, of guessing (None where there is no simple
    figure).
    """

    name: str
    title: str
    type: TaskType
    group: Group
    languages: tuple[str, ...]
    metrics: tuple[str, ...]
    reader: str
    citation: str
    beside: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    train: tuple[str, ...] = ()
    selection: str = ""
    official_split: SplitName = "test"
    source_data: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()  # tasks whose sets are joined into this one (ANLI+: snli, mnli, anli)
    hub: tuple[tuple[SplitName, HubSplit], ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()  # "train", "test" or "test.de" -> official number of examples, those with a gold label
    licence: str = ""
    chance: float | None = None
    parallel: bool = False  # items with one id are translations of each other across languages
    prompt: str = ""  # how a multiple-choice prompt is put together, where the reader leaves a choice
    folder: str = ""  # the folder under --data, where it is not the name
    files: tuple[tuple[SplitName, str], ...] = ()  # a study's own task: split -> path, which may hold {language}
    columns: tuple[tuple[str, str], ...] = ()  # a study's own task: field of its example type -> column of the file
    note: str = field(default="", compare=False)


@dataclass(frozen=True)
class Benchmark:
    """A published set of target tasks, with the languages that it evaluates and its groups of columns."""

    name: str
    title: str
    tasks: tuple[tuple[str, tuple[str, ...]], ...]  # task name -> languages
    citation: str


def in_form(task: Task, form: str) -> Task:
    """The task as it is trained and judged in another form: LAReQA's dual encoder on SQuAD, masked language modelling on any text."""
    if form == "dual_encoder" and task.type != "dual_encoder":
        return replace(task, type="dual_encoder", metrics=("map_20",), beside=())
    if form == "masked_language_modelling" and task.type != form:
        return replace(task, type="masked_language_modelling", metrics=(), beside=())
    return task
