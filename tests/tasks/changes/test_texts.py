"""Texts of examples, without labels."""

from __future__ import annotations

from stiltsreport.methods import Texts
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.changes import apply
from stiltsreport.tasks.examples import MultipleChoice, QueryPassage, Question, SentencePair, TaggedSentence, Text


def texts(*examples):
    return [(one.id, one.text) for one in apply(Texts(), examples, TASKS["snli"])]


def test_every_text_once_with_the_id_of_its_first_place():
    assert texts(SentencePair("1", "A.", "B.", "x"), SentencePair("2", "A.", None, "x"), SentencePair("3", "C.", " ", "x")) == [
        ("1.1", "A."), ("1.2", "B."), ("3.1", "C."),
    ]  # fmt: skip
    assert texts(MultipleChoice("h", "P", ("a", "b"), 0)) == [("h.1", "P"), ("h.2", "a"), ("h.3", "b")]
    assert texts(TaggedSentence("t", ("No", "way", "!"), ("X", "X", "X"))) == [("t.1", "No way !")]
    one, other = Question("q", "Who?", "A context.", ()), Question("r", "When?", "A context.", (("A", 0),))
    assert texts(one, other) == [("q.1", "Who?"), ("q.2", "A context."), ("r.1", "When?")]
    assert texts(QueryPassage("p", "q", "s", "c"), QueryPassage("o", "u", "s")) == [("p.1", "q"), ("p.2", "s"), ("p.3", "c"), ("o.1", "u")]
    assert texts(Text("9", "line")) == [("9.1", "line")]
