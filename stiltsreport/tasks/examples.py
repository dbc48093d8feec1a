"""One example type for each kind of data set: what readers make and task types encode."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentencePair:
    """One or two sentences with a label out of the task's labels (XNLI, PAWS-X, MNLI ...)."""

    id: str
    first: str
    second: str | None
    label: str


@dataclass(frozen=True, slots=True)
class MultipleChoice:
    """A prompt and its candidate continuations; `label` is the index of the right one (HellaSwag, XCOPA ...)."""

    id: str
    prompt: str
    choices: tuple[str, ...]
    label: int


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence cut into words, one tag a word (UD-POS, PAN-X, CCG)."""

    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose answers are spans of its context, in the manner of SQuAD.

    `answers` holds (text, start) with start in characters of the context; empty means "no answer" (SQuAD 2.0).
    `paragraph` names the context, so that questions on one paragraph can be resampled together.
    """

    id: str
    question: str
    context: str
    answers: tuple[tuple[str, int], ...]
    paragraph: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a retrieval pool. `context`, where it is given, is encoded beside the text (LAReQA's answer sentences)."""

    id: str
    text: str
    language: str
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Queries, the pool in which they search, and the ids of the right passages of each query.

    Tatoeba: English queries, the other language as pool, one right passage each. BUCC: sentences of the other
    language as queries, English as pool, most queries without a partner. LAReQA and Mewsli-X: a pool in many languages.
    """

    queries: tuple[Passage, ...]
    pool: tuple[Passage, ...]
    relevant: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class QueryPassage:
    """A query with its one right passage: what a dual encoder is trained on (LAReQA from SQuAD, Mewsli-X)."""

    id: str
    query: str
    passage: str
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or paragraph without a label: what masked language modelling reads."""

    id: str
    text: str


Example = SentencePair | MultipleChoice | TaggedSentence | Question | QueryPassage | Text
Split = tuple[Example, ...] | Retrieval
