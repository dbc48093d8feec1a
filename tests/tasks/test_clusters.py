"""What is resampled together: questions on one paragraph, queries that look for one paragraph; all else stands for itself."""

from __future__ import annotations

from stiltsreport.tasks.clusters import clusters_of, clusters_of_queries
from stiltsreport.tasks.examples import Passage, Question, Retrieval, SentencePair


def test_questions_on_one_text_are_one_cluster():
    """By the text itself: the same paragraph in two files, or of a reader that does not name paragraphs, is one."""
    asked = [
        Question("a", "?", "One text.", (), "data[0].paragraphs[0]"),
        Question("b", "?", "One text.", ()),
        Question("c", "?", "Another.", ()),
    ]
    first, second, third = clusters_of(asked)
    assert first == second != third


def test_other_examples_stand_for_themselves():
    assert clusters_of([SentencePair("1", "a", "b", "neutral"), SentencePair("2", "a", "b", "neutral")]) == ("1", "2")


def test_queries_of_one_paragraph_in_every_language():
    """LAReQA: the pool is one for all languages, so a query's first right passage stands in the same paragraph whatever it is asked in."""
    pool = tuple(
        Passage(f"{code}:{p}:{s}", f"{code} {p} {s}", code, f"paragraph {p} in {code}")
        for code in ("en", "de")
        for p in (0, 1)
        for s in (0, 1)
    )
    right = {"q1": ("en:0:0", "de:0:0"), "q2": ("en:0:1", "de:0:1"), "q3": ("en:1:0", "de:1:0"), "q4": ()}
    found = {}
    for code in ("en", "de"):
        queries = tuple(Passage(name, "?", code) for name in right)
        found[code] = clusters_of_queries(queries, Retrieval(queries, pool, right))
    assert found["en"] == found["de"]
    assert found["en"][0] == found["en"][1] != found["en"][2]
    assert found["en"][3] == "q4"


def test_queries_without_paragraphs():
    queries = (Passage("1", "a", "en"), Passage("2", "b", "en"))
    assert clusters_of_queries(queries, Retrieval(queries, (Passage("x", "c", "de"),), {"1": ("x",)})) == ("1", "2")
