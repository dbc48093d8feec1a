"""An example as lines for a translator, and the lines that come back as an example.

Every text is cut into sentences: a model that was trained on sentences drops the rest of a paragraph, and a paragraph that five questions
share is then translated once but for the sentence that holds an answer, which is marked. The translated sentences are joined with single
spaces. Labels stay as they are. Tags belong to words, of which a translation has others: such tasks cannot be translated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from stiltsreport.tasks.changes.marks import How, marked, placed
from stiltsreport.tasks.changes.sentences import sentences
from stiltsreport.tasks.examples import Example, MultipleChoice, QueryPassage, Question, SentencePair, TaggedSentence, Text

Outcome = How | Literal["whole", "in part", "lost answer", "empty"]


@dataclass(frozen=True)
class Restored:
    """The translated example, None where it is left out, and what became of it.

    "whole": there was no span to find; "in part": nor was there, and lines that came back empty are the original's; "marked", "found": how
    its answer was found; "lost answer": it was not; "empty": a line came back empty.
    """

    example: Example | None
    outcome: Outcome


def lines(example: Example) -> list[str]:
    """The sentences of an example's texts in their order, each without line breaks; of a question also its answer by itself, as last line.

    Only the first answer of a question counts, which is all that training sets have. Raises StiltsReportError for tagged words.
    """
    if isinstance(example, Question) and example.answers:
        before, sentence, after = _around(example)
        text, start, end = sentence
        context = [*before, _line(marked(text, start, end)), *after]
        return [*_lines(example.question), *context, _line(example.answers[0][0])]
    return [line for text in _texts(example) for line in _lines(text)]


def restore(example: Example, translated: Sequence[str]) -> Example | None:
    """The example in the other language; None where the place of its answer did not survive, or a line came back empty."""
    return restored(example, translated).example


def restored(example: Example, translated: Sequence[str], *, every: bool = False) -> Restored:
    """What `restore` says, with what became of it. Raises ValueError where there are not as many lines as `lines` made.

    `every`: no example without a span is left out, as of a set that is reported on: a line that came back empty stays as it was.
    """
    sent = lines(example)
    if len(translated) != len(sent):
        raise ValueError(f"{len(translated)} lines for {len(sent)}")
    clean = [_line(line) for line in translated]
    if not all(clean):
        if not every or isinstance(example, Question):
            return Restored(None, "empty")
        clean = [line or before for line, before in zip(clean, sent, strict=True)]
    if isinstance(example, Question) and example.answers:
        return _question(example, clean)
    rest = iter(clean)
    joined = [" ".join(next(rest) for _ in _lines(text)) for text in _texts(example)]
    return Restored(_with_texts(example, joined), "whole" if all(map(str.strip, translated)) else "in part")


def _line(text: str) -> str:
    """Blanks and line breaks of all kinds as single spaces: a line is a line to every program."""
    return " ".join(text.split())


def _lines(text: str) -> list[str]:
    return [_line(text[begin:end]) for begin, end in sentences(text)]


def _texts(example: Example) -> tuple[str, ...]:
    if isinstance(example, SentencePair):
        return (example.first,) if example.second is None else (example.first, example.second)
    if isinstance(example, MultipleChoice):
        return (example.prompt, *example.choices)
    if isinstance(example, Question):
        return (example.question, example.context)
    if isinstance(example, QueryPassage):
        return (example.query, example.passage) if example.context is None else (example.query, example.passage, example.context)
    if isinstance(example, Text):
        return (example.text,)
    assert isinstance(example, TaggedSentence)
    raise TypeError(f"tags belong to words: {example.id} cannot be translated")


def _with_texts(example: Example, texts: Sequence[str]) -> Example:
    if isinstance(example, SentencePair):
        return replace(example, first=texts[0], second=None if example.second is None else texts[1])
    if isinstance(example, MultipleChoice):
        return replace(example, prompt=texts[0], choices=tuple(texts[1:]))
    if isinstance(example, Question):
        return replace(example, question=texts[0], context=texts[1])
    if isinstance(example, QueryPassage):
        return replace(example, query=texts[0], passage=texts[1], context=None if example.context is None else texts[2])
    assert isinstance(example, Text)
    return replace(example, text=texts[0])


def _around(example: Question) -> tuple[list[str], tuple[str, int, int], list[str]]:
    """The lines before the sentence with the answer; that sentence, with where the answer begins and ends in it; the lines behind."""
    text, start = example.answers[0]
    end = start + len(text)
    cuts = sentences(example.context, (start, end))
    place = next(index for index, (_, stop) in enumerate(cuts) if end <= stop or index == len(cuts) - 1)
    begin, stop = cuts[place]
    pieces = [_line(example.context[a:b]) for a, b in cuts]
    return pieces[:place], (example.context[begin:stop], start - begin, end - begin), pieces[place + 1 :]


def _question(example: Question, translated: Sequence[str]) -> Restored:
    before, sentence, after = _around(example)
    rest: Iterator[str] = iter(translated)
    asked = " ".join(next(rest) for _ in _lines(example.question))
    head = [next(rest) for _ in before]
    found = placed(sentence[0], next(rest), translated[-1])
    tail = [next(rest) for _ in after]
    if found is None:
        return Restored(None, "lost answer")
    start = sum(len(line) + 1 for line in head) + found.start
    context = " ".join([*head, found.sentence, *tail])
    assert context[start : start + len(found.answer)] == found.answer
    return Restored(replace(example, question=asked, context=context, answers=((found.answer, start),)), found.how)
