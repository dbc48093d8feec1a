"""Exact match and F1 as SQuAD 1.1, SQuAD 2.0 and MLQA define them: every rule with a case worked by hand."""

from __future__ import annotations

import re
import string
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stiltsreport.errors import StiltsReportError
from stiltsreport.metrics.answers import (
    ANSWER_F1,
    EXACT_MATCH,
    MLQA_EXACT_MATCH,
    MLQA_F1,
    SQUAD2_EXACT_MATCH,
    SQUAD2_F1,
    normalise_mlqa,
    normalise_squad,
)


def score(metric, predicted, gold, language="en"):
    total, number = metric.count(predicted, gold, language)
    assert number == 1.0
    return total


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Eiffel Tower", "eiffel tower"),
        ("an apple, a pear; the   fig", "apple pear fig"),
        ("theatre", "theatre"),  # an article is a whole word
        ("U.S.A.", "usa"),
        ("a-b", "ab"),  # the hyphen goes without leaving a blank
        ("«La» casa", "«la» casa"),  # punctuation of ASCII alone
        ("2½", "2½"),
        ("   ", ""),
        ("The", ""),
        ("A.", ""),  # what was punctuation first is an article afterwards
        ("naïve\u00a0café\tthe end", "naïve café end"),
        ("İstanbul", "i̇stanbul"),
    ],
)
def test_squads_normalisation(text, expected):
    """Lower case, then punctuation, then articles, then blanks (Rajpurkar et al. 2016, evaluate-v1.1)."""
    assert normalise_squad(text) == expected


@pytest.mark.parametrize(
    ("predicted", "gold", "exact", "f1"),
    [
        ("Denver Broncos", ["Denver Broncos", "Broncos"], 1, 1),
        ("The Denver Broncos!", ["Denver Broncos"], 1, 1),
        ("the Broncos of Denver", ["Denver Broncos"], 0, 4 / 5),  # 2 shared; P 2/3, R 2/2
        ("Broncos Broncos", ["Denver Broncos"], 0, 1 / 2),  # a word counts as often as it stands in both
        ("a b c d", ["x", "c d e", "d"], 0, 2 * (2 / 3) * (2 / 3) / (4 / 3)),  # the best gold answer; "a" is an article
        ("", ["Denver"], 0, 0),
        ("the", ["a"], 1, 0),  # nothing is left of either: an exact match, and yet F1 0
        ("北京市", ["北京"], 0, 0),  # Chinese is one word in SQuAD's script
    ],
)
def test_squad_1_1(predicted, gold, exact, f1):
    assert score(EXACT_MATCH, predicted, gold) == exact
    assert score(ANSWER_F1, predicted, gold) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("predicted", "gold", "exact", "f1"),
    [
        ("", [], 1, 1),  # no answer, and none given
        ("Denver", [], 0, 0),
        ("the", [], 1, 1),  # what is left after normalisation decides
        ("", ["Denver"], 0, 0),
        ("Denver", ["Denver"], 1, 1),
        ("", ["the", "a"], 1, 1),  # gold answers of which nothing is left do not count
        ("Denver", ["the", "Denver"], 1, 1),
        ("big Denver", ["Denver"], 0, 2 / 3),
    ],
)
def test_squad_2_0(predicted, gold, exact, f1):
    """evaluate-v2.0: no-answer is right only where there is none, and then EM and F1 are both 1."""
    assert score(SQUAD2_EXACT_MATCH, predicted, gold) == exact
    assert score(SQUAD2_F1, predicted, gold) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Der Hund, die Katze", "de", "hund katze"),
        ("Der Hund", "en", "der hund"),  # another language's articles stay
        ("the dog", "de", "the dog"),
        ("eines Tages", "de", "tages"),
        ("«La» casa y los perros", "es", "casa y perros"),  # punctuation of every script
        ("cái bàn của tôi", "vi", "bàn tôi"),
        ("الكتاب", "ar", "كتاب"),
        ("سالم", "ar", "س م"),  # al- goes inside a word too, and cuts it
        ("घर, का।", "hi", "घर का"),  # the danda is punctuation
        ("在2008年8月。", "zh", "在 2008 年 8 月"),  # every character a word, digits together
        ("《红楼梦》 ABC", "zh", "红 楼 梦 abc"),
        ("鿂x", "zh", "鿂x"),  # U+9FC2 lies beyond the script's range
        ("2½", "en", "2½"),
        ("$5", "en", "5"),  # a sign of ASCII's punctuation that Unicode calls a symbol
        ("€5", "en", "€5"),
    ],
)
def test_mlqas_normalisation(text, language, expected):
    """mlqa_evaluation_v1: articles by the answer's language, Chinese by characters (Lewis et al. 2020)."""
    assert normalise_mlqa(text, language) == expected


@pytest.mark.parametrize(
    ("predicted", "gold", "language", "exact", "f1"),
    [
        ("北京市", ["北京"], "zh", 0, 4 / 5),  # 2 characters shared; P 2/3, R 1
        ("北京", ["北京。"], "zh", 1, 1),
        ("der Aar", ["Aar"], "de", 1, 1),
        ("der Aar", ["Aar"], "en", 0, 2 / 3),
        ("die", ["der"], "de", 1, 0),
    ],
)
def test_mlqa(predicted, gold, language, exact, f1):
    assert score(MLQA_EXACT_MATCH, predicted, gold, language) == exact
    assert score(MLQA_F1, predicted, gold, language) == pytest.approx(f1)


def test_xquad_is_scored_as_squad_in_every_language():
    """papers.md 3.2: MLQA alone has rules by language."""
    assert score(EXACT_MATCH, "der Aar", ["Aar"], "de") == 0
    assert score(EXACT_MATCH, "the Aar", ["Aar"], "de") == 1


def test_a_language_that_mlqa_lacks_is_an_error():
    with pytest.raises(StiltsReportError, match="MLQA's metric has no language 'fr'; known: ar, de"):
        score(MLQA_F1, "x", ["y"], "fr")


def plain_f1(predicted, gold):
    """SQuAD's F1 in other words: twice the shared words over all words of both."""

    def words(text):
        lowered = "".join(sign for sign in text.lower() if sign not in set(string.punctuation))
        return [word for word in re.split(r"\s+", re.sub(r"\b(a|an|the)\b", " ", lowered)) if word]

    best = 0.0
    for answer in gold:
        ours, theirs = words(predicted), words(answer)
        shared = sum(min(number, Counter(theirs)[word]) for word, number in Counter(ours).items())
        best = max(best, 2 * shared / (len(ours) + len(theirs)) if shared else 0.0)
    return best


TEXT = st.lists(st.sampled_from(["the", "a", "an", "The", "cat", "Cat.", "dog", "dog's", "-", "42", "été", "x-y", "!"]), max_size=6).map(
    " ".join
)


@given(st.lists(st.tuples(TEXT, st.lists(TEXT, min_size=1, max_size=3)), min_size=1, max_size=8))
def test_the_sum_of_counts_is_the_mean_over_questions(questions):
    counts = np.sum([ANSWER_F1.count(predicted, gold, "en") for predicted, gold in questions], axis=0)
    assert float(ANSWER_F1.value(counts)) == pytest.approx(100 * np.mean([plain_f1(predicted, gold) for predicted, gold in questions]))
    counts = np.sum([EXACT_MATCH.count(predicted, gold, "en") for predicted, gold in questions], axis=0)
    assert 0 <= float(EXACT_MATCH.value(counts)) <= 100


@given(TEXT, st.lists(TEXT, min_size=1, max_size=3))
def test_an_exact_match_has_full_f1_unless_nothing_is_left(predicted, gold):
    exact, f1 = score(EXACT_MATCH, predicted, gold), score(ANSWER_F1, predicted, gold)
    assert 0 <= f1 <= 1
    if exact and normalise_squad(predicted):
        assert f1 == 1
    assert score(EXACT_MATCH, gold[0], gold) == 1
