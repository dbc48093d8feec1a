"""Span F1 under seqeval's two conventions, token accuracy beside it: hand-worked cases, and the scorers themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stiltsreport.metrics.spans import SPAN_F1, SPAN_F1_1_2_2, TOKEN_ACCURACY, chunks, count_chunks, seqeval_f1
from stiltsreport.tasks import TASKS

UPOS = list(TASKS["udpos"].labels)
IOB2 = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]


def value(metric, predicted, gold):
    """A metric's value over a file of sentences."""
    return float(metric.value(np.sum([metric.count(ours, theirs, "de") for ours, theirs in zip(predicted, gold, strict=True)], axis=0)))


def test_pos_runs_are_chunks():
    """papers.md 3.2: three of four tokens agree, no chunk does; both versions give 0.0 and token accuracy gives 75."""
    predicted, gold = [["NOUN", "NOUN", "VERB", "VERB"]], [["NOUN", "NOUN", "NOUN", "VERB"]]
    assert value(SPAN_F1, predicted, gold) == 0.0
    assert value(SPAN_F1_1_2_2, predicted, gold) == 0.0
    assert value(TOKEN_ACCURACY, predicted, gold) == 75.0


def test_the_first_letter_of_a_pos_tag_is_a_position_mark():
    """papers.md 3.2: S marks a chunk of one word, so SCONJ and SYM are a chunk each, where a run of NOUN is one."""
    assert chunks(["NOUN", "NOUN", "NOUN"]) == {("NOUN", 0, 2)}
    assert chunks(["SCONJ", "SCONJ", "SYM"]) == {("SCONJ", 0, 0), ("SCONJ", 1, 1), ("SYM", 2, 2)}
    assert chunks(["DET", "NOUN", "SCONJ", "VERB", "VERB"]) == {("DET", 0, 0), ("NOUN", 1, 1), ("SCONJ", 2, 2), ("VERB", 3, 4)}


def test_the_two_versions_differ_on_conjunctions():
    """CCONJ for SCONJ: 1.2.2 cuts the first letter and calls both CONJ; 0.0.12 keeps the whole tag as the type."""
    predicted, gold = [["NOUN", "CCONJ", "VERB"]], [["NOUN", "SCONJ", "VERB"]]
    assert value(SPAN_F1, predicted, gold) == pytest.approx(100 * 2 / 3)
    assert value(SPAN_F1_1_2_2, predicted, gold) == 100.0


def test_x_disappears_in_the_later_version():
    assert chunks(["X"]) == {("X", 0, 0)}
    assert chunks(["X"], "1.2.2") == set()
    assert value(SPAN_F1_1_2_2, [["X", "X"]], [["X", "X"]]) == 0.0, "right tags of which nothing is left: 0/0"


def test_entities_by_hand():
    """seqeval's own example: of MISC and PER one each, PER is right and MISC is a word too long: P = R = 1/2."""
    gold = [["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    predicted = [["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]
    assert value(SPAN_F1, predicted, gold) == 50.0
    assert value(TOKEN_ACCURACY, predicted, gold) == 80.0


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["B-PER", "I-PER", "B-PER"], {("PER", 0, 1), ("PER", 2, 2)}),
        (["O", "I-PER", "I-PER"], {("PER", 1, 2)}),  # a chunk may start with I
        (["B-PER", "I-LOC"], {("PER", 0, 0), ("LOC", 1, 1)}),  # another type ends it
        (["B-PER", "O", "I-PER"], {("PER", 0, 0), ("PER", 2, 2)}),
        (["O", "O"], set()),
        ([], set()),
    ],
)
def test_iob2_is_read_as_conlleval_reads_it(tags, expected):
    assert chunks(tags) == chunks(tags, "1.2.2") == expected


def test_a_sentence_that_was_cut_is_no_silent_score():
    with pytest.raises(ValueError, match="2 predicted tags for a sentence of 3 words"):
        SPAN_F1.count(["O", "O"], ["O", "O", "O"], "de")
    with pytest.raises(ValueError, match="2 predicted"):
        TOKEN_ACCURACY.count(["O", "O"], ["O", "O", "O"], "de")
    with pytest.raises(ValueError, match="empty"):
        chunks([""])


def test_nothing_predicted_and_nothing_there():
    assert value(SPAN_F1, [["O"]], [["O"]]) == 0.0
    assert value(SPAN_F1, [["B-PER"]], [["O"]]) == 0.0


def published_0_0_12(sentences):
    """Chunks of a whole file by the published rules of seqeval 0.0.12, which are conlleval's: two tables of marks, and the types."""
    ends = {("B", "B"), ("B", "S"), ("B", "O"), ("I", "B"), ("I", "S"), ("I", "O")}
    starts = {("E", "E"), ("E", "I"), ("S", "E"), ("S", "I"), ("O", "E"), ("O", "I")}
    tags = [tag for sentence in sentences for tag in [*sentence, "O"]] + ["O"]
    found, begin, before, kind_before = set(), 0, "O", ""
    for place, tag in enumerate(tags):
        mark, kind = tag[0], tag.split("-")[-1]
        if before in ("E", "S") or (before, mark) in ends or (before not in ("O", ".") and kind_before != kind):
            found.add((kind_before, begin, place - 1))
        if mark in ("B", "S") or (before, mark) in starts or (mark not in ("O", ".") and kind_before != kind):
            begin = place
        before, kind_before = mark, kind
    return found


def published_f1(predicted, gold):
    ours, theirs = published_0_0_12(predicted), published_0_0_12(gold)
    right = len(ours & theirs)
    precision, recall = right / len(ours) if ours else 0, right / len(theirs) if theirs else 0
    return 100 * (2 * precision * recall / (precision + recall) if precision + recall else 0)


def test_the_published_rules_by_hand():
    """B-PER I-PER | SCONJ NOUN NOUN: positions run on over the O that ends each sentence."""
    assert published_0_0_12([["B-PER", "I-PER"], ["SCONJ", "NOUN", "NOUN"]]) == {("PER", 0, 1), ("SCONJ", 3, 3), ("NOUN", 4, 5)}


def files(tags):
    """Two files of equal lengths."""
    sentence = st.lists(st.tuples(st.sampled_from(tags), st.sampled_from(tags)), min_size=1, max_size=8)
    pairs = st.lists(sentence, min_size=1, max_size=6)
    return pairs.map(lambda found: ([[a for a, _ in one] for one in found], [[b for _, b in one] for one in found]))


@given(st.one_of(files(UPOS), files(IOB2), files([*IOB2, "E-PER", "S-LOC", "B", "I", "B-A-B", "I-A-B"])))
def test_the_sum_of_counts_is_seqeval_0_0_12_over_the_whole_file(found):
    predicted, gold = found
    assert value(SPAN_F1, predicted, gold) == pytest.approx(published_f1(predicted, gold), abs=1e-9)
    assert seqeval_f1(predicted, gold) == pytest.approx(published_f1(predicted, gold), abs=1e-9)


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.one_of(files(UPOS), files(IOB2)))
def test_the_later_version_is_the_package_itself(found):
    sequences = pytest.importorskip("seqeval.metrics", reason="seqeval is not installed")
    predicted, gold = found
    assert seqeval_f1(predicted, gold, "1.2.2") == pytest.approx(100 * sequences.f1_score(gold, predicted), abs=1e-9)
    if all(sentence[0] != "X" for sentence in (*predicted, *gold)):
        assert value(SPAN_F1_1_2_2, predicted, gold) == pytest.approx(100 * sequences.f1_score(gold, predicted), abs=1e-9)


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(files(IOB2))
def test_token_accuracy_is_seqevals_accuracy(found):
    sequences = pytest.importorskip("seqeval.metrics", reason="seqeval is not installed")
    predicted, gold = found
    assert value(TOKEN_ACCURACY, predicted, gold) == pytest.approx(100 * sequences.accuracy_score(gold, predicted))


def test_two_types_of_one_name_in_two_chunks():
    assert count_chunks("0.0.12")(["B-PER", "B-PER"], ["B-PER", "I-PER"], "") == (0.0, 2.0, 1.0)
