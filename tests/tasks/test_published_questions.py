"""Questions on paragraphs in the form that their authors publish."""

from __future__ import annotations

import pytest

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Question
from stiltsreport.tasks.read import as_query_passages
from tests.tasks.folder import fill, load, sources, squad

CONTEXT = "Der Fluss heißt Aar. Er ist kurz."


def test_squad_with_its_answers_in_characters(tmp_path):
    """ß is one character and two bytes: the start counts characters; equal answers of several annotators stand once."""
    fill(tmp_path, {"squad/train-v1.1.json": squad((CONTEXT, [("q1", "Wie heißt er?", [("Aar", 16), ("Aar", 16), ("kurz", 28)])]))})
    assert load(tmp_path, "squad", "train") == (
        Question("q1", "Wie heißt er?", CONTEXT, (("Aar", 16), ("kurz", 28)), "data[0].paragraphs[0]", "Article 1"),
    )


def test_squad_2_has_questions_without_an_answer(tmp_path):
    content = squad((CONTEXT, [("q1", "Wie?", [("Aar", 16)]), ("q2", "Warum?", [])]))
    asked = content["data"][0]["paragraphs"][0]["qas"]
    asked[0]["is_impossible"] = False
    asked[1] |= {"is_impossible": True, "plausible_answers": [{"text": "Aar", "answer_start": 16}]}
    fill(tmp_path, {"squad2/dev-v2.0.json": content, "squad/dev-v1.1.json": content})
    assert [question.answers for question in load(tmp_path, "squad2", "dev")] == [(("Aar", 16),), ()]
    with pytest.raises(DataError, match=r"data\[0\].paragraphs\[0\].qas\[1\]: a question without answers"):
        load(tmp_path, "squad", "dev")


@pytest.mark.parametrize(
    "name", ["xquad/xquad.de.json", "mlqa/dev-context-de-question-de.json", "mlqa/MLQA_V1/test/test-context-de-question-de.json"]
)
def test_xquad_and_mlqa_lie_as_their_archives_do(tmp_path, name):
    fill(tmp_path, {name: squad((CONTEXT, [("q1", "Wie?", [("Aar", 16)])])), "mlqa/dev-context-de-question-en.json": squad()})
    task = name.partition("/")[0]
    split = "dev" if "dev-" in name else "test"
    assert set(sources(tmp_path, task)) == {(split, "de")}, "MLQA's pairs of two languages are no part of XTREME"
    assert [question.id for question in load(tmp_path, task, split, "de")] == ["q1"]


def test_tydiqa_in_one_file_of_all_languages(tmp_path):
    """papers.md 6: training on the whole file would train on nine languages."""
    both = squad(("The Aar is short.", [("english-1", "How?", [("short", 11)])]), (CONTEXT, [("swahili-2", "Je?", [("Aar", 16)])]))
    fill(
        tmp_path,
        {
            "tydiqa/tydiqa-goldp-v1.1-train/tydiqa-goldp-v1.1-train.json": both,
            "tydiqa/tydiqa-goldp-v1.1-dev/tydiqa-goldp-dev-swahili.json": both,
        },
    )
    assert [question.id for question in load(tmp_path, "tydiqa", "train", "en")] == ["english-1"]
    assert [question.id for question in load(tmp_path, "tydiqa", "dev", "sw")] == ["swahili-2"]
    assert ("dev", "en") not in sources(tmp_path, "tydiqa")


def test_answers_that_xtreme_emptied_are_named(tmp_path):
    """Its download writes test answers as '' at 0: scored as they stand they would all be wrong."""
    fill(tmp_path, {"xquad/xquad.de.json": squad((CONTEXT, [("q1", "Wie?", [("", 0)])]))})
    with pytest.raises(DataError, match=r"qas\[0\]: an answer is empty; XTREME's download"):
        load(tmp_path, "xquad", "test", "de")


@pytest.mark.parametrize("start", [0, 15, 17, -17, 400])
def test_an_answer_that_is_not_in_its_context(tmp_path, start):
    fill(tmp_path, {"squad/train-v1.1.json": squad((CONTEXT, [("q1", "Wie?", [("Aar", start)])]))})
    with pytest.raises(DataError, match=rf"train-v1\.1\.json: data\[0\].paragraphs\[0\].qas\[0\]: answer 'Aar' does not stand at {start}"):
        load(tmp_path, "squad", "train")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ([1, 2], "is not in SQuAD's form"),
        ({"data": [{"paragraphs": ["text"]}]}, "is not in SQuAD's form"),
        ({"data": [{"paragraphs": [{"qas": []}]}]}, "nothing under 'context'"),
        ({"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "q", "question": "?"}]}]}]}, "nothing under 'answers'"),
        (
            {"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "q", "question": "?", "answers": [{"text": "c"}]}]}]}]},
            "without 'answer_start'",
        ),
        ({"data": []}, "holds no example"),
        (
            squad((CONTEXT, [("q", "Wie?", [("Aar", 16)])]), (CONTEXT, [("q", "Wie?", [("Aar", 16)])])),
            r"paragraphs\[0\].qas\[0\]: id 'q' occurs twice",
        ),
    ],
)
def test_malformed_squad(tmp_path, content, what):
    fill(tmp_path, {"squad/dev-v1.1.json": content})
    with pytest.raises(DataError, match=rf"dev-v1\.1\.json.*{what}"):
        load(tmp_path, "squad", "dev")


def lareqa(context: str, breaks: list[list[int]], start: int, answer: str) -> dict[str, object]:
    content = squad((context, [("q1", f"? {answer}", [(answer, start)])]))
    content["data"][0]["paragraphs"][0]["sentence_breaks"] = breaks
    return content


def test_lareqa_searches_the_sentences_of_all_languages(tmp_path):
    """Each question has one right sentence a language at hand: that in which its answer starts (Roy et al. 2020)."""
    fill(tmp_path, {
        "lareqa/xquad-r.de.json": lareqa(CONTEXT, [[0, 20], [21, 33]], 28, "kurz"),
        "lareqa/xquad-r.en.json": lareqa("It is short. It is the Aar.", [[0, 12], [13, 27]], 6, "short"),
    })  # fmt: skip
    german, english = (load(tmp_path, "lareqa", "test", language) for language in ("de", "en"))
    assert german.pool == english.pool
    assert [(passage.language, passage.text) for passage in german.pool] == [
        ("de", "Der Fluss heißt Aar."), ("de", "Er ist kurz."), ("en", "It is short."), ("en", "It is the Aar."),
    ]  # fmt: skip
    assert {passage.context for passage in german.pool} == {CONTEXT, "It is short. It is the Aar."}
    right = german.relevant["q1"]
    assert [passage.text for passage in german.pool if passage.id in right] == ["Er ist kurz.", "It is short."]
    assert english.relevant == german.relevant
    assert (german.queries[0].text, english.queries[0].text) == ("? kurz", "? short")


@pytest.mark.parametrize(
    ("breaks", "what"), [([], "lie outside"), ([[0, 99]], "lie outside"), ([[0]], "sentence_breaks"), ([[0, 5]], "stands in no sentence")]
)
def test_malformed_sentence_breaks(tmp_path, breaks, what):
    fill(tmp_path, {"lareqa/xquad-r.de.json": lareqa(CONTEXT, breaks, 16, "Aar")})
    with pytest.raises(DataError, match=what):
        load(tmp_path, "lareqa", "test", "de")


def test_squad_as_pairs_of_question_and_sentence(tmp_path):
    """LAReQA's training: the sentence in which the answer starts, with its paragraph beside it."""
    context = 'It has 3.5 million people. "Is it old?" Yes, from 1200. Mr. X left.'
    fill(
        tmp_path,
        {
            "squad/train-v1.1.json": squad(
                (context, [("a", "How many?", [("3.5 million", 7)]), ("b", "When?", [("1200", 50)]), ("c", "?", [("left", 62)])])
            )
        },
    )
    pairs = as_query_passages(load(tmp_path, "squad", "train"))
    assert [(pair.id, pair.query, pair.passage) for pair in pairs] == [
        ("a", "How many?", "It has 3.5 million people."), ("b", "When?", "Yes, from 1200."), ("c", "?", "X left."),
    ]  # fmt: skip
    assert all(pair.context == context for pair in pairs)


@pytest.mark.parametrize(
    ("language", "context", "passage"),
    [
        ("zh", "他住在巴黎。他出生在里昂。他喜欢茶。", "他出生在里昂。"),
        ("ru", "Он живёт в Париже. Он родился в Лионе. Он пьёт чай.", "Он родился в Лионе."),
        ("hi", "वह पेरिस में रहता है। वह ल्यों में पैदा हुआ। उसे चाय पसंद है।", "वह ल्यों में पैदा हुआ।"),
        ("ar", "يعيش في باريس. ولد في ليون. يحب الشاي.", "ولد في ليون."),
        ("es", "Vive en París. ¿Nació en Lyon? Él bebe té.", "¿Nació en Lyon?"),
    ],
)
def test_translated_paragraphs_are_cut_as_their_script_ends_sentences(language, context, passage):
    answer = passage[3:6]
    (pair,) = as_query_passages([Question("q", "?", context, ((answer, context.index(passage) + 3),), "p")], language)
    assert (pair.passage, pair.context) == (passage, context)
