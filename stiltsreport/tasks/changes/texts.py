"""The texts of a task without its labels, as lines for masked language modelling: the control arm mlm-en."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.tasks.examples import Example, MultipleChoice, QueryPassage, Question, SentencePair, TaggedSentence, Text


def as_texts(examples: Sequence[Example]) -> tuple[Text, ...]:
    """Every text of the examples, each once however many examples share it; blank ones are left out.

    Sentences; prompts and choices, the wrong ones too; questions and contexts; queries, passages and their contexts; the words of tagged
    sentences with single spaces between. The id is that of the first example with the text, and its place in that.
    """
    found: dict[str, Text] = {}
    for example in examples:
        for place, text in enumerate(_of(example), start=1):
            if text.strip() and text not in found:
                found[text] = Text(f"{example.id}.{place}", text)
    return tuple(found.values())


def _of(example: Example) -> tuple[str, ...]:
    if isinstance(example, SentencePair):
        return (example.first, example.second or "")
    if isinstance(example, MultipleChoice):
        return (example.prompt, *example.choices)
    if isinstance(example, TaggedSentence):
        return (" ".join(example.words),)
    if isinstance(example, Question):
        return (example.question, example.context)
    if isinstance(example, QueryPassage):
        return (example.query, example.passage, example.context or "")
    return (example.text,)
