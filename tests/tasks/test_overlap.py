"""Equal texts in what is trained or selected on and what is evaluated, and what is known of them beforehand."""

from __future__ import annotations

import pytest

from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import MultipleChoice, Passage, QueryPassage, Question, Retrieval, SentencePair, TaggedSentence
from stiltsreport.tasks.held_out import in_xquad
from stiltsreport.tasks.overlap import known_overlaps, normalised, prints
from stiltsreport.tasks.read import selectable, texts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("He said: “No, thank you!”", "he said no thank you"),
        ("A  man\tis\nsleeping .", "a man is sleeping"),
        ("ＦＵＬＬ width letters here", "full width letters here"),
        ("Straße in der Stadt", "STRASSE IN DER STADT"),
        ("snake_case words stand apart", "snake case words stand apart"),
    ],
)
def test_texts_are_equal_whatever_their_signs_and_case(one, other):
    assert normalised(one) == normalised(other)
    assert prints([one]) == prints([other])
    assert len(prints([one])) == 1


def test_other_texts_are_other_texts():
    assert prints(["He did not sleep at all."]).isdisjoint(prints(["He did sleep at all."]))
    assert prints(["naïve men often sleep"]).isdisjoint(prints(["naive men often sleep"]))


def test_short_texts_say_nothing():
    """ "Why?" is equal by chance; a script without blanks is long enough by its signs."""
    assert prints(["", "Why?", "Who is he?", "北京在哪里"]) == set()
    assert len(prints(["Who is he then?", "北京在中国的什么地方在哪里呢"])) == 2


def test_every_text_of_an_example_is_looked_at():
    found = texts(
        (
            SentencePair("1", "first", "second", "x"),
            SentencePair("2", "alone", None, "x"),
            Question("3", "question", "context", ()),
            QueryPassage("4", "query", "passage"),
            TaggedSentence("5", ("two", "words"), ("O", "O")),
            MultipleChoice("6", "prompt", ("a", "b"), 0),
        )
    )
    assert set(found) == {"first", "second", "alone", "", "question", "context", "query", "passage", "two words", "prompt"}
    retrieval = Retrieval((Passage("q", "asked", "en"),), (Passage("p", "told", "de", "told and more"),), {"q": ("p",)})
    assert set(texts(retrieval)) == {"asked", "told", "told and more"}


def test_known_overlaps_name_what_is_shared():
    assert known_overlaps(TASKS["mnli"], TASKS["xnli"]) == ["MNLI contains XNLI's own English training data (mnli)."]
    assert known_overlaps(TASKS["anli-plus"], TASKS["xnli"]) == ["ANLI+ contains XNLI's own English training data (mnli)."]
    notes = known_overlaps(TASKS["squad"], TASKS["xquad"])
    assert notes[0] == "SQuAD 1.1 contains XQuAD's own English training data (squad)."
    assert "240 of SQuAD 1.1's dev set" in notes[1]
    assert len(known_overlaps(TASKS["squad2"], TASKS["lareqa"])) == 2
    assert known_overlaps(TASKS["squad"], TASKS["mlqa"]) == ["SQuAD 1.1 contains MLQA's own English training data (squad)."]
    assert known_overlaps(TASKS["siqa"], TASKS["xcopa"]) == ["Social IQa contains XCOPA's own English training data (siqa)."]
    assert known_overlaps(TASKS["hellaswag"], TASKS["xnli"]) == []
    assert known_overlaps(TASKS["squad"], TASKS["tatoeba"]) == []
    assert known_overlaps(TASKS["pawsx"], TASKS["pawsx"]) == [], "a target's own training is no intermediate task"


def test_selection_leaves_out_the_paragraphs_of_xquad_alone():
    """Artetxe et al. 2020, section 4: 240 paragraphs of SQuAD's dev set; this is the beginning of none."""
    inside = "The Panthers defense gave up just 308 points"
    assert not in_xquad(inside), "a part of a paragraph is not the paragraph"
    question = Question("1", "Why?", "A paragraph of our own.", (("own", 19),))
    pair = SentencePair("2", "a", "b", "x")
    assert selectable((question, pair)) == (question, pair)


def test_blanks_do_not_hide_a_paragraph(monkeypatch):
    import hashlib

    mark = hashlib.sha256(b"A paragraph of our own.").hexdigest()[:8]
    monkeypatch.setattr("stiltsreport.tasks.held_out._XQUAD", frozenset([mark]))
    assert in_xquad("A  paragraph\nof our own. ")
    assert selectable((Question("1", "Why?", "A paragraph of our own.", ()),)) == ()
