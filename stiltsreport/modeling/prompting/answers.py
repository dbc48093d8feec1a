"""What a language model answers: labels and choices by calibrated likelihood, spans and tags by constrained generation."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from stiltsreport.modeling.evaluation import Evaluation, evaluate
from stiltsreport.modeling.latency import TRIALS
from stiltsreport.modeling.prompting.calibration import contextual, domain_conditional
from stiltsreport.modeling.prompting.language_model import LanguageModel
from stiltsreport.modeling.prompting.spans import span_answers
from stiltsreport.modeling.prompting.tags import tag_answers
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.recipes import Protocol
from stiltsreport.tasks.clusters import clusters_of
from stiltsreport.tasks.prompts import CONTENT_FREE, Prompted, PromptTemplate, answer, content_free, fields
from stiltsreport.tasks.task import Task

BETWEEN = "\n\n"  # two demonstrations


def asked(
    model: LanguageModel,
    examples: Sequence[Any],
    task: Task,
    protocol: Protocol,
    language: str,
    template: PromptTemplate,
    demonstrations: Sequence[Prompted] = (),
) -> Evaluation:
    """The examples of a language asked one by one behind the demonstrations, and counted by the task's metrics."""
    before = shown(template, task, demonstrations)
    predictions: list[Any]
    if task.type == "sequence_classification" and examples:
        predictions = _labels(model, examples, task.labels, template, before)
    else:
        predictions = _uncalibrated(model, examples, task, protocol, template, before)
    golds = [FORMS[task.type].gold(example, task) for example in examples]
    return evaluate(task, protocol, language, [example.id for example in examples], predictions, golds, clusters_of(examples))


def shown(template: PromptTemplate, task: Task, demonstrations: Sequence[Prompted]) -> str:
    """The demonstrations as they stand before every example."""
    return "".join(f"{template.filled(fields(one))} {answer(one, template, task)}{BETWEEN}" for one in demonstrations)


def alone(
    model: LanguageModel, examples: Sequence[Any], task: Task, protocol: Protocol, template: PromptTemplate,
    demonstrations: Sequence[Prompted] = (),
) -> float | None:  # fmt: skip
    """Seconds that one example takes by itself, its demonstrations read with it: the median over a few of about median length.

    What calibrates a whole set is no part of it. The model is warm. None where there is no example.
    """
    before, lengths = shown(template, task, demonstrations), [len(template.filled(fields(one))) for one in examples]
    middle = statistics.median(lengths) if lengths else 0
    seconds = []
    for place in sorted(range(len(examples)), key=lambda place: abs(lengths[place] - middle))[:TRIALS]:
        began = time.perf_counter()
        _uncalibrated(model, [examples[place]], task, protocol, template, before)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds) if seconds else None


def _uncalibrated(
    model: LanguageModel, examples: Sequence[Any], task: Task, protocol: Protocol, template: PromptTemplate, before: str
) -> list[Any]:
    """What is answered of each example; of labels their log likelihoods, which calibration takes from there."""
    prompts = [before + template.filled(fields(one)) for one in examples]
    if not examples:
        return []
    if task.type == "sequence_classification":
        return model.log_likelihoods([(prompt, f" {word}") for prompt in prompts for word in template.words])
    if task.type == "multiple_choice":
        return [*_choices(model, examples, prompts, before + template.premise)]
    if task.type == "question_answering":
        contexts = [one.context for one in examples]
        return [*span_answers(model, list(zip(prompts, contexts, strict=True)), protocol.max_answer_length)]
    return [*tag_answers(model, [(prompt, one.words) for prompt, one in zip(prompts, examples, strict=True)], template.words)]


def _labels(model: LanguageModel, examples: Sequence[Any], labels: Sequence[str], template: PromptTemplate, before: str) -> list[str]:
    """Labels after contextual calibration, by content-free inputs behind the same demonstrations."""
    prompts = [before + template.filled(fields(one)) for one in examples]
    free = [before + template.filled(content_free(examples[0], text)) for text in CONTENT_FREE]
    every = [*free, *prompts]
    found = model.log_likelihoods([(prompt, f" {word}") for prompt in every for word in template.words])
    logs = np.array(found).reshape(len(every), len(template.words))
    return [labels[place] for place in contextual(logs[len(free) :], logs[: len(free)])]


def _choices(model: LanguageModel, examples: Sequence[Any], prompts: Sequence[str], premise: str) -> list[int]:
    """The place of the choice whose mutual information with the prompt is largest."""
    pairs = [(prompt, f" {choice.strip()}") for prompt, one in zip(prompts, examples, strict=True) for choice in one.choices]
    found = model.log_likelihoods([*pairs, *((premise, continuation) for _, continuation in pairs)])
    cuts = np.cumsum([len(example.choices) for example in examples])[:-1]
    own, bare = (np.split(np.array(part), cuts) for part in (found[: len(pairs)], found[len(pairs) :]))
    return domain_conditional([part.tolist() for part in own], [part.tolist() for part in bare])
