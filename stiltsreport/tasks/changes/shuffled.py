"""A control: the labels of a training set permuted among its examples, so that texts and labels stay and what ties them goes.

The design is ours; the marginal distribution of labels is kept exactly. An example takes the label of the next one in an order drawn by
the seed: none keeps its own, though it may get one that is equal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from stiltsreport.tasks.changes.draws import givers, in_random_order, numbers
from stiltsreport.tasks.examples import Example, MultipleChoice, QueryPassage, Question, SentencePair, TaggedSentence

E = TypeVar("E", bound=Example)
_PURPOSE = "shuffled labels"
_WORD = re.compile(r"\w+")


def shuffled(examples: Sequence[Example], seed: int) -> tuple[Example, ...]:
    """The examples, in their order, with permuted labels.

    Pairs: labels. Multiple choice: the place of the right choice, among the examples with as many choices. Tags: whole lists, among the
    sentences of equal length; those of a sentence that is alone of its length are permuted within it. Questions: see `_spans`. Queries:
    their passages.
    """
    if not examples:
        return ()
    first = examples[0]
    if isinstance(first, SentencePair):
        return _exchanged(_all(examples, SentencePair), seed, lambda _: 0, lambda one, giver: replace(one, label=giver.label))
    if isinstance(first, MultipleChoice):
        choices = _all(examples, MultipleChoice)
        return _exchanged(choices, seed, lambda one: len(one.choices), lambda one, giver: replace(one, label=giver.label))
    if isinstance(first, TaggedSentence):
        return _tags(_all(examples, TaggedSentence), seed)
    if isinstance(first, Question):
        return _spans(_all(examples, Question), seed)
    if isinstance(first, QueryPassage):
        return _exchanged(
            _all(examples, QueryPassage), seed, lambda _: 0, lambda one, giver: replace(one, passage=giver.passage, context=giver.context)
        )
    raise TypeError(type(first).__name__)


def _all(examples: Sequence[Example], kind: type[E]) -> list[E]:
    found: list[E] = [example for example in examples if isinstance(example, kind)]
    assert len(found) == len(examples), "a set holds examples of one type"
    return found


def _exchanged(
    examples: Sequence[E], seed: int, group: Callable[[E], Hashable], take: Callable[[E, E], E], alone: Callable[[E], E] | None = None
) -> tuple[E, ...]:
    """Each example with what it takes of another of its group; `alone` makes one that has no other."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        groups[group(example)].append(place)
    found = list(examples)
    for places in groups.values():
        if len(places) == 1 and alone is not None:
            found[places[0]] = alone(examples[places[0]])
            continue
        for place, giver in zip(places, givers([examples[one].id for one in places], seed, _PURPOSE), strict=True):
            found[place] = take(examples[place], examples[places[giver]])
    return tuple(found)


def _tags(examples: Sequence[TaggedSentence], seed: int) -> tuple[TaggedSentence, ...]:
    def alone(one: TaggedSentence) -> TaggedSentence:
        order = in_random_order([f"{one.id}\x1f{place}" for place in range(len(one.tags))], seed, _PURPOSE)
        return replace(one, tags=tuple(one.tags[place] for place in order))

    return _exchanged(examples, seed, lambda one: len(one.words), lambda one, giver: replace(one, tags=giver.tags), alone)


def _spans(examples: Sequence[Question], seed: int) -> tuple[Question, ...]:
    """The answer becomes another span of as many words of the same context, drawn by the seed; whether there is one is exchanged.

    In SQuAD 1.1 all have an answer. In SQuAD 2.0 a question takes from its giver whether it has one, and the length of the answer too where
    it has none itself.
    """
    taken = givers([example.id for example in examples], seed, _PURPOSE)
    return tuple(_moved(one, examples[giver], seed) for one, giver in zip(examples, taken, strict=True))


def _moved(one: Question, giver: Question, seed: int) -> Question:
    if not giver.answers:
        return replace(one, answers=())
    words = [match.span() for match in _WORD.finditer(one.context)]
    like = one if one.answers else giver
    text, start = like.answers[0]
    length = len([1 for match in _WORD.finditer(like.context) if match.start() < start + len(text) and match.end() > start])
    length = min(max(1, length), len(words))
    if not length:  # a context of signs alone: there is no other span in it
        return one
    spans = [(words[place][0], words[place + length - 1][1]) for place in range(len(words) - length + 1)]
    own = {(begin, begin + len(answer)) for answer, begin in one.answers}
    spans = [span for span in spans if span not in own] or spans
    begin, end = spans[numbers(seed, _PURPOSE, one.id, 1)[0] % len(spans)]
    return replace(one, answers=((one.context[begin:end], begin),))
