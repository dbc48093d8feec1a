"""Shuffled labels: what stays, what goes, and that the draw depends on ids and the seed alone."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stiltsreport.methods import ShuffledLabels
from stiltsreport.tasks import MLM, TASKS
from stiltsreport.tasks.changes import apply
from stiltsreport.tasks.changes.draws import givers, numbers
from stiltsreport.tasks.examples import MultipleChoice, QueryPassage, Question, SentencePair, TaggedSentence, Text
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.read import read


def shuffled(examples, task="snli", seed=1):
    return apply(ShuffledLabels(seed), examples, TASKS[task])


def pairs(count):
    return tuple(SentencePair(str(n), f"a {n}", f"b {n}", ("entailment", "neutral", "contradiction")[n % 3]) for n in range(count))


def test_labels_are_permuted_and_texts_stay():
    before = pairs(300)
    after = shuffled(before)
    assert [(one.id, one.first, one.second) for one in after] == [(one.id, one.first, one.second) for one in before]
    assert Counter(one.label for one in after) == Counter(one.label for one in before)
    same = sum(one.label == other.label for one, other in zip(before, after, strict=True))
    assert 70 < same < 130, "a third by chance"
    assert shuffled(before, seed=2) != after
    assert shuffled(before) == after


def test_nothing_is_left_to_learn():
    """Of pairs whose first sentence gives their label away, the label says no more than chance would: chi-square with 4 degrees of freedom."""
    before = [SentencePair(str(n), str(n % 3), None, str(n % 3)) for n in range(3000)]
    table = Counter((one.first, one.label) for one in shuffled(before))
    chi = sum((table[a, b] - 1000 / 3) ** 2 / (1000 / 3) for a in "012" for b in "012")
    assert chi < 18.5, "p < .001"


def test_order_does_not_matter():
    before = list(pairs(50))
    label = {one.id: one.label for one in shuffled(before)}
    random.Random(3).shuffle(before)
    assert {one.id: one.label for one in shuffled(before)} == label


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 40), st.integers(0, 5))
def test_every_example_gives_once_and_none_to_itself(count, seed):
    found = givers([f"id {n}" for n in range(count)], seed, "x")
    assert sorted(found) == list(range(count))
    assert all(place != giver for place, giver in enumerate(found))


def test_a_set_of_one_keeps_its_label():
    assert shuffled(pairs(1)) == pairs(1)
    assert shuffled(()) == ()


def test_choices_are_exchanged_among_as_many():
    before = [MultipleChoice(str(n), "p", ("a", "b", "c", "d", "e")[: 2 + n % 4], n // 4 % (2 + n % 4)) for n in range(200)]
    after = shuffled(before, "hellaswag")
    for count in range(2, 6):
        old, new = ([one.label for one in examples if len(one.choices) == count] for examples in (before, after))
        assert Counter(old) == Counter(new)
        assert old != new
    assert all(0 <= one.label < len(one.choices) for one in after)


def test_tags_move_between_sentences_of_equal_length_or_within_one():
    before = [
        TaggedSentence("a", ("a1", "a2"), ("X", "Y")),
        TaggedSentence("b", ("b1", "b2"), ("NOUN", "VERB")),
        TaggedSentence("c", tuple(f"c{n}" for n in range(20)), tuple(f"T{n}" for n in range(20))),
    ]
    after = shuffled(before, "udpos")
    assert after[0] == TaggedSentence("a", ("a1", "a2"), ("NOUN", "VERB"))
    assert after[1] == TaggedSentence("b", ("b1", "b2"), ("X", "Y"))
    assert after[2].words == before[2].words
    assert after[2].tags != before[2].tags
    assert Counter(after[2].tags) == Counter(before[2].tags)


CONTEXT = "One two three, four five six seven (eight) nine ten."


def test_answers_become_other_spans_of_as_many_words():
    before = [Question(str(n), "q", CONTEXT, (("three, four", CONTEXT.index("three")),)) for n in range(60)]
    after = shuffled(before, "squad")
    spans = {one.answers[0] for one in after}
    assert ("three, four", CONTEXT.index("three")) not in spans
    assert {text for text, _ in spans} == {
        "One two",
        "two three",
        "four five",
        "five six",
        "six seven",
        "seven (eight",
        "eight) nine",
        "nine ten",
    }
    assert all(one.context[start : start + len(text)] == text for one in after for text, start in one.answers)


def test_an_answer_inside_a_word_and_one_of_signs_count_as_one_word():
    inside = Question("1", "q", "He paid 10km daily", (("10", 8),))
    signs = Question("2", "q", "He paid $ daily", (("$", 8),))
    for one in shuffled([inside, signs], "squad"):
        assert len(one.answers[0][0].split()) == 1
    alone = Question("3", "q", "!?", (("!", 0),))
    assert shuffled([alone], "squad") == (alone,)
    whole = Question("4", "q", "Paris", (("Paris", 0),))
    assert shuffled([whole], "squad") == (whole,), "there is no other span"


def test_whether_there_is_an_answer_is_exchanged_too():
    before = [Question(str(n), "q", CONTEXT, (("four", CONTEXT.index("four")),) if n % 3 else ()) for n in range(90)]
    after = shuffled(before, "squad2")
    assert sum(not one.answers for one in after) == 30
    assert sum(not one.answers and bool(other.answers) for one, other in zip(before, after, strict=True)) > 10


def test_queries_get_other_passages():
    before = [QueryPassage(str(n), f"q{n}", f"p{n}", f"c{n}") for n in range(9)]
    after = shuffled(before, "mewslix")
    assert all(one.passage[1:] == one.context[1:] != one.query[1:] for one in after)
    assert {one.passage for one in after} == {one.passage for one in before}


def test_texts_have_no_labels():
    with pytest.raises(TypeError, match="Text"):
        apply(ShuffledLabels(1), (Text("1", "a"),), MLM)


def test_draws_are_fixed_for_good():
    """Their values are part of what an id means: these were computed by hand from hashlib."""
    import hashlib

    assert numbers(7, "p", "n", 2) == [int.from_bytes(hashlib.shake_256(b"p\x1f7\x1fn").digest(8)[a : a + 4], "big") for a in (0, 4)]
    assert numbers(7, "p", "n", 3)[:2] == numbers(7, "p", "n", 2)


@pytest.mark.parametrize("name", ["csqa", "squad", "udpos"])
def test_real_sets(real_data, name):
    task = TASKS[name]
    before = read(local_sources(task, real_data, Memo())["train", "en"], task)[:3000]
    after = shuffled(before, name)
    assert len(after) == len(before)
    if name == "squad":
        length = [(len(one.answers[0][0].split()), len(other.answers[0][0].split())) for one, other in zip(before, after, strict=True)]
        assert sum(a == b for a, b in length) > 0.8 * len(length)
        assert sum(one.answers == other.answers for one, other in zip(before, after, strict=True)) < 0.01 * len(before)
    else:
        value = (lambda one: one.tags) if name == "udpos" else (lambda one: (one.label,))
        assert Counter(tag for one in after for tag in value(one)) == Counter(tag for one in before for tag in value(one))
