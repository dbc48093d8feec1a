"""What a prompt takes: tokens through a decoder's layers, tokens that are scored, and passes in which few of them go, by example."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.memory import ASKED_TOKENS
from stiltsreport.plan.prompts import Prompt
from stiltsreport.plan.work import tokens_of

TEMPLATE = 12  # tokens of a template's own words
WORD, TAGGED = 1.4, 4.5  # tokens of a word, and of one with its tag behind it
CHOICES = 2  # of an example: XCOPA's, and COPA's that are shown before it
LABEL = 2  # tokens of a label, with the one before it, by which its first is judged
STEPS = 6  # in which a span is written, one token each, the end counted


@dataclass(frozen=True)
class PromptWork:
    """Of one example: `tokens` in rows of `length`, `scored` of them through the output layer; `steps`: passes for it alone.

    A pass of few tokens takes as long as all weights take through memory; one that several examples share counts in part.
    """

    tokens: float
    length: float
    scored: float
    steps: float = 0.0


def prompt_work(job: Prompt) -> PromptWork:
    """By the mean lengths of samples. A prompt is read once for all its labels, choices or tags, and demonstrations once a language.

    A choice is scored behind the premise alone, too; a tag or a token of a span behind what is written already, which stays read.
    """
    task = job.data.task
    own = tokens_of(task, training=False)
    shown = 0.0
    if job.demonstrations is not None:
        each = tokens_of(job.demonstrations.task, training=True)
        shown = job.shots * ((each / CHOICES if task.type == "multiple_choice" else each) + TEMPLATE)
    if task.type == "sequence_classification":
        labels = len(job.template.words)
        return PromptWork(own + TEMPLATE + labels * LABEL, shown + own + TEMPLATE, labels)
    if task.type == "multiple_choice":
        return PromptWork(own + TEMPLATE + own, shown + own / CHOICES + TEMPLATE, 2 * own)
    if task.type == "question_answering":
        length = shown + own + TEMPLATE
        together = max(1.0, ASKED_TOKENS["cuda"] / length)  # examples
        return PromptWork(own + TEMPLATE + STEPS, length, STEPS, STEPS / together)
    words = own / WORD
    length = shown + own + TEMPLATE + words * TAGGED
    rows = words * len(job.template.words)
    together = max(1.0, ASKED_TOKENS["cuda"] / (len(job.template.words) * length))  # sentences
    tokens = own + TEMPLATE + words * TAGGED + rows * (TAGGED - WORD)
    return PromptWork(tokens, length, rows * (TAGGED - WORD), 2 * words / together)
