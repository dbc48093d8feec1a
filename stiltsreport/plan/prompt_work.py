"""What a prompt takes: tokens through a decoder's layers, tokens that are scored, and steps of writing an answer, by example."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.plan.prompts import Prompt
from stiltsreport.plan.work import tokens_of

TEMPLATE = 12  # tokens of a template's own words
WORD, TAGGED = 1.4, 4.5  # tokens of a word, and of one with its tag behind it
CHOICES = 2  # of an example: XCOPA's, and COPA's that are shown before it
STEPS = 6  # in which a span is written, one token each, the end counted


@dataclass(frozen=True)
class PromptWork:
    """Of one example: `tokens` in rows of `length`, `scored` of them through the output layer, then `steps` of one token at a time."""

    tokens: float
    length: float
    scored: float
    steps: float = 0.0


def prompt_work(job: Prompt) -> PromptWork:
    """By the mean lengths of samples. Each label, choice and tag is a row of its own, with the demonstrations before it.

    A choice is scored behind the premise alone, too; a tag behind the words that are tagged already.
    """
    task = job.data.task
    own = tokens_of(task, training=False)
    shown = 0.0
    if job.demonstrations is not None:
        each = tokens_of(job.demonstrations.task, training=True)
        shown = job.shots * ((each / CHOICES if task.type == "multiple_choice" else each) + TEMPLATE)
    if task.type == "sequence_classification":
        length = shown + own + TEMPLATE
        return PromptWork(len(job.template.words) * length, length, len(job.template.words))
    if task.type == "multiple_choice":
        length = shown + own / CHOICES + TEMPLATE
        return PromptWork(own + 2 * CHOICES * (shown + TEMPLATE), length, own)
    if task.type == "question_answering":
        length = shown + own + TEMPLATE
        return PromptWork(length, length, STEPS, STEPS)
    words = own / WORD
    length = shown + own + TEMPLATE + words * TAGGED / 2
    rows = words * len(job.template.words)
    return PromptWork(rows * length, length, rows * (TAGGED - WORD))
