"""English prompts for language models: four templates a form of task, each with the words that its labels are asked in.

A template is filled from an example's fields; what the model goes on with is a blank and a label's words, a choice, a span of the context,
or a tag. Prompting is known to hang on such words (Zhao et al. 2021, arXiv 2102.09690), so that a study takes three or more and reports
their spread. NLI's first two follow GPT-3's for ANLI and CB (Brown et al. 2020, arXiv 2005.14165, appendix G), the others are our choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stiltsreport.tasks.examples import MultipleChoice, Question, SentencePair, TaggedSentence
from stiltsreport.tasks.task import Task, TaskType

Prompted = SentencePair | MultipleChoice | Question | TaggedSentence
PROMPTED: tuple[TaskType, ...] = ("sequence_classification", "multiple_choice", "question_answering", "token_classification")
CONTENT_FREE = ("N/A", "", "[MASK]")  # what contextual calibration puts in place of a text (Zhao et al. 2021, section 5)
MOST = 4  # templates of every form


@dataclass(frozen=True)
class PromptTemplate:
    """`text` with {first}, {second} (classification), {prompt} (choices), {question}, {context} (questions), {sentence} (tags).

    `words`: what each label is called, in the labels' order; none for choices and questions. `premise`: the end of `text` alone, which
    stands before a choice whatever the example (the domain premise of Holtzman et al. 2021, arXiv 2104.08315).
    """

    text: str
    words: tuple[str, ...] = ()
    premise: str = ""

    def filled(self, fields: Mapping[str, str]) -> str:
        """With an example's fields in place; braces in them stay what they are."""
        return self.text.format_map(fields)


_NLI = ("entailment", "neutral", "contradiction")
_PAIRS: dict[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]] = {
    _NLI: (
        ("{first}\nQuestion: {second} True, False, or Neither?\nAnswer:", ("True", "Neither", "False")),
        ("{first}\nQuestion: {second} Yes, No, or Maybe?\nAnswer:", ("Yes", "Maybe", "No")),
        ("Premise: {first}\nHypothesis: {second}\nThe hypothesis is", ("true", "uncertain", "false")),
        ("Sentence 1: {first}\nSentence 2: {second}\nRelation:", ("entailment", "neutral", "contradiction")),
    ),
    ("0", "1"): (
        ("{first}\n{second}\nQuestion: Do both sentences mean the same? Yes or No?\nAnswer:", ("No", "Yes")),
        ("Sentence 1: {first}\nSentence 2: {second}\nThe sentences are", ("different", "equivalent")),
        ("{first}\nQuestion: Is this a paraphrase: {second} True or False?\nAnswer:", ("False", "True")),
        ("Sentence 1: {first}\nSentence 2: {second}\nSame meaning:", ("no", "yes")),
    ),
}
_OTHER_PAIRS = (
    "{first}\n{second}\nLabel:",
    "Text: {first}\n{second}\nClass:",
    "{first}\n{second}\nQuestion: Which label fits?\nAnswer:",
    "Text: {first}\n{second}\nThis is",
)
_CHOICES = (
    ("{prompt}\nAnswer:", "Answer:"),
    ("Question: {prompt}\nAnswer:", "Answer:"),
    ("{prompt} The answer is:", "The answer is:"),
    ("{prompt}\nThe most likely answer:", "The most likely answer:"),
)
_QUESTIONS = (
    "{context}\nQuestion: {question}\nAnswer:",
    "Context: {context}\nQ: {question}\nA:",
    "Passage: {context}\nQuestion: {question}\nThe answer in the words of the passage:",
    "{context}\n{question}\n",
)
_TAGS = (
    "Sentence: {sentence}\nTags:",
    "Label each word of the sentence.\n{sentence}\nLabels:",
    "Sentence: {sentence}\nWord and tag:",
    "{sentence}\nTagged:",
)


def templates(task: Task) -> tuple[PromptTemplate, ...]:
    """Those of a task, by its form and labels: MOST of them, or none for a form that cannot be prompted."""
    if task.type == "sequence_classification":
        known = next((found for labels, found in _PAIRS.items() if set(labels) == set(task.labels)), None)
        if known is None:
            return tuple(PromptTemplate(text, task.labels) for text in _OTHER_PAIRS)
        order = _NLI if set(task.labels) == set(_NLI) else ("0", "1")
        return tuple(
            PromptTemplate(text, tuple(dict(zip(order, words, strict=True))[label] for label in task.labels)) for text, words in known
        )
    if task.type == "multiple_choice":
        return tuple(PromptTemplate(text, (), premise) for text, premise in _CHOICES)
    if task.type == "question_answering":
        return tuple(PromptTemplate(text) for text in _QUESTIONS)
    if task.type == "token_classification":
        return tuple(PromptTemplate(text, task.labels) for text in _TAGS)
    return ()


def fields(example: Prompted) -> dict[str, str]:
    """What a template names of an example."""
    if isinstance(example, SentencePair):
        return {"first": example.first, "second": example.second or ""}
    if isinstance(example, MultipleChoice):
        return {"prompt": example.prompt}
    if isinstance(example, Question):
        return {"context": example.context, "question": example.question.strip()}
    return {"sentence": " ".join(example.words)}


def content_free(example: Prompted, text: str) -> dict[str, str]:
    """The same fields with a text that says nothing in place of each."""
    return dict.fromkeys(fields(example), text)


def answer(example: Prompted, template: PromptTemplate, task: Task) -> str:
    """What stands behind an example's prompt where it is a demonstration, without the blank before it."""
    if isinstance(example, SentencePair):
        return template.words[task.labels.index(example.label)]
    if isinstance(example, MultipleChoice):
        return example.choices[example.label]
    if isinstance(example, Question):
        return example.answers[0][0] if example.answers else ""
    return tagged(example.words, example.tags)


def tagged(words: tuple[str, ...], tags: tuple[str, ...]) -> str:
    """Words with their tags, as they stand in a prompt.

    >>> tagged(("Anna", "sleeps"), ("B-PER", "O"))
    'Anna/B-PER sleeps/O'
    """
    return " ".join(f"{word}/{tag}" for word, tag in zip(words, tags, strict=True))
