"""Prompting, as a study file writes it and as it is resolved: decoders asked in words, beside what is trained."""

# ruff: noqa: RUF012 - pydantic copies the defaults of its models
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from stiltsreport.models import Model
from stiltsreport.study.entry import Entry, listed
from stiltsreport.study.problems import Problems
from stiltsreport.tasks.prompts import MOST, PROMPTED
from stiltsreport.tasks.task import Task

FEWEST = 3  # prompts whose spread is reported
_MOST_SHOTS = 64


class PromptingEntry(Entry):
    """Decoders asked without training: zero-shot and behind so many English demonstrations, by several prompts.

    Its rows stand by themselves: they enter no gain, average or claim.
    """

    shots: Annotated[list[Annotated[int, Field(ge=0, le=_MOST_SHOTS)]], BeforeValidator(listed), Field(min_length=1)] = [0, 4]
    """English demonstrations before an example; each number is a row."""
    prompts: Annotated[int, Field(ge=FEWEST, le=MOST)] = FEWEST
    """How many templates each is asked by: their spread is reported."""


@dataclass(frozen=True)
class Prompting:
    """`shots`: English demonstrations before an example, each number a row; `prompts`: how many templates each is asked by."""

    shots: tuple[int, ...]
    prompts: int


def prompted_models(models: Sequence[Model]) -> list[Model]:
    """The decoders, each once however it is adapted: what is asked is the pretrained model."""
    found: dict[str, Model] = {}
    for model in models:
        if model.kind == "decoder":
            found.setdefault(model.unadapted, model)
    return list(found.values())


def prompting(entry: PromptingEntry | None, models: Sequence[Model], targets: Sequence[Task], problems: Problems) -> Prompting | None:
    """The entry resolved; a study without a decoder, or without a target that can be asked for, is noted."""
    if entry is None:
        return None
    if models and not prompted_models(models):
        problems.note("no model of the study is a decoder", "prompting", hint="a language model among `models`, or leave the key out")
    if targets and not any(task.type in PROMPTED for task in targets):
        problems.note("no target can be asked for in words", "prompting", hint="classification, choices, questions or tagging")
    if len(set(entry.shots)) < len(entry.shots):
        problems.note("a number of shots stands twice", "prompting", "shots", hint="each once")
    return Prompting(tuple(sorted(set(entry.shots))), entry.prompts)
