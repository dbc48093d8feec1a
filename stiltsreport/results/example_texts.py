"""An item of a data set as a reader reads it: its texts, and gold answers and predictions in words; by the form of the task."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stiltsreport.metrics.spans import chunks
from stiltsreport.plan.jobs import Evaluate
from stiltsreport.tasks.examples import Example, MultipleChoice, Passage, Question, Retrieval, SentencePair, Split, TaggedSentence

OUTSIDE = "O"


@dataclass(frozen=True)
class Text:
    """A text in a language ("" for words of ours), under a label."""

    text: str
    language: str = ""
    label: str = ""


@dataclass(frozen=True)
class Prediction:
    """What most seeds predict, the first seed's where several do alike often: `seeds` of `of` say so."""

    text: Text
    seeds: int
    of: int


class Texts:
    """The texts of one evaluated set."""

    def __init__(self, job: Evaluate, found: Split) -> None:
        self._language, self._type = job.language, job.data.task.type
        self._examples: dict[str, Example] = {}
        self._queries: dict[str, Passage] = {}
        self._pool: dict[str, Passage] = {}
        if isinstance(found, Retrieval):
            sides = found.queries, found.pool
            if self._type != "dual_encoder" and job.protocol.queries == "other":
                sides = sides[::-1]  # the other language asks
            self._queries, self._pool = ({one.id: one for one in side} for side in sides)
        else:
            self._examples = {example.id: example for example in found}

    def parts(self, name: str) -> tuple[Text, ...]:
        """What the item asks. Raises KeyError where the set does not hold it."""
        if name in self._queries:
            return (self._passage(self._queries[name], "query"),)
        example, here = self._examples[name], self._language
        match example:
            case SentencePair(_, first, None, _):
                return (Text(first, here),)
            case SentencePair(_, first, second, _):
                return Text(first, here, "first"), Text(second or "", here, "second")
            case MultipleChoice(_, prompt, choices, _):
                return Text(prompt, here), *(Text(choice, here, f"choice {place}") for place, choice in enumerate(choices, start=1))
            case Question(_, question, context, _, _, _):
                return Text(question, here, "question"), Text(context, here, "context")
            case TaggedSentence(_, words, _):
                return (Text(" ".join(words), here),)
            case _:
                raise KeyError(name)

    def gold(self, name: str, gold: Any) -> Text:
        """The gold answer of the item, as predictions.jsonl has it."""
        if self._queries or self._type == "question_answering":
            answers = [self.said(name, [one] if self._queries else one) for one in gold]
            several = " / ".join(dict.fromkeys(answer.text for answer in answers))
            return Text(several or "no answer", answers[0].language if answers else "")
        return self.said(name, gold)

    def said(self, name: str, prediction: Any) -> Text:
        """A prediction in words: of a ranking the first passage alone."""
        if self._queries:
            first = _first(prediction)
            passage = None if first is None else self._pool.get(str(first))
            return Text("nothing") if passage is None else self._passage(passage, "")
        example = self._examples[name]
        if isinstance(example, MultipleChoice):
            return Text(example.choices[int(prediction)], self._language, f"choice {int(prediction) + 1}")
        if isinstance(example, TaggedSentence):
            return Text(tagged(example.words, prediction), self._language)
        if isinstance(example, Question):
            return Text(str(prediction), self._language) if prediction else Text("no answer")
        return Text(str(prediction))

    def majority(self, name: str, predictions: Sequence[Any]) -> Prediction:
        """What most seeds predict."""
        counts = Counter(json.dumps(_first(one) if self._queries else one) for one in predictions)
        (most, seeds), *_ = counts.most_common(1)
        chosen = json.loads(most)
        return Prediction(self.said(name, chosen), seeds, len(predictions))

    @staticmethod
    def _passage(passage: Passage, label: str) -> Text:
        return Text(passage.text, passage.language, label)


def _first(prediction: Any) -> Any:
    """The first of a ranking; the partner of a mined pair; None for none."""
    if isinstance(prediction, list):
        return prediction[0] if prediction else None
    return prediction


def tagged(words: Sequence[str], tags: Sequence[str]) -> str:
    """Spans by name where tags mark any outside of them, else each word with its tag.

    >>> tagged("Ada met Bob Ray".split(), ["B-PER", "O", "B-PER", "I-PER"]), tagged(["I", "run"], ["PRON", "VERB"])
    ('PER: Ada; PER: Bob Ray', 'I/PRON run/VERB')
    """
    if any(tag == OUTSIDE or tag[1:2] == "-" for tag in tags):
        spans = sorted(chunks(tags), key=lambda span: span[1:])
        return "; ".join(f"{kind}: {' '.join(words[first : last + 1])}" for kind, first, last in spans) or "no span"
    return " ".join(f"{word}/{tag}" for word, tag in zip(words, tags, strict=True))
