"""Examples as lines and back: with translators that do one thing each to what they are given."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stiltsreport.methods import Translation
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.changes import apply
from stiltsreport.tasks.changes.marks import Placed, marked, marks_for, placed
from stiltsreport.tasks.changes.sentences import sentences
from stiltsreport.tasks.changes.translated import Restored, lines, restore, restored
from stiltsreport.tasks.examples import MultipleChoice, QueryPassage, Question, SentencePair, TaggedSentence, Text
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.flores import flores_code
from stiltsreport.tasks.languages import LANGUAGES
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.read import read


def cut(text, keep=None):
    return [text[begin:end] for begin, end in sentences(text, keep)]


def test_sentences_end_where_they_end():
    assert cut('Mr. Bell met J. R. Smith in the U.S. Army. "Why?" he asked. (He was No. 5.) 12 left, e.g. two! Ende') == [
        "Mr. Bell met J. R. Smith in the U.S. Army. ", '"Why?" he asked. ', "(He was No. 5.) ", "12 left, e.g. two! ", "Ende",
    ]  # fmt: skip
    assert cut("第一句。第二句！“第三句。”第四句") == ["第一句。", "第二句！", "“第三句。”", "第四句"]
    assert cut("पहला वाक्य। दूसरा वाक्य।") == ["पहला वाक्य। ", "दूसरा वाक्य।"]
    assert cut("One line\n\nTwo.\nThree.") == ["One line\n\nTwo.\n", "Three."]
    assert cut("") == cut(" \n ") == []
    text = "He saw Dr. No. It was good. Then he left."
    assert cut(text, (text.index("No"), text.index("good"))) == ["He saw Dr. No. It was good. ", "Then he left."]


@settings(deadline=None)
@given(st.text(alphabet="aB .!?。\n[]\"'", max_size=40))
def test_no_sign_is_lost_by_cutting(text):
    assert "".join(cut(text)).split() == text.split()


CONTEXT = "The Normans came in 911. They settled in Normandy, a region of France. It was cold."
ASKED = Question("q1", "Where did they settle? And when?", CONTEXT, (("Normandy", CONTEXT.index("Normandy")),), "p", "t")


def test_a_question_as_lines():
    assert lines(ASKED) == [
        "Where did they settle?",
        "And when?",
        "The Normans came in 911.",
        "They settled in [Normandy], a region of France.",
        "It was cold.",
        "Normandy",
    ]


def through(example, translator):
    return restored(example, [translator(line) for line in lines(example)])


def test_a_translator_that_changes_nothing_gives_the_example_back():
    found = through(ASKED, lambda line: line)
    assert found.outcome == "marked"
    assert found.example == ASKED


def test_marks_show_where_the_answer_went():
    """Upside down: the words of each line in reverse, so that no place stays."""

    def reverse(line):
        return " ".join(re.sub(r"\[(.*)\]", r"]\1[", line)[::-1].split())

    found = through(ASKED, reverse)
    assert found.outcome == "marked"
    (answer, start), context = found.example.answers[0], found.example.context
    assert answer == "Normandy"[::-1]
    assert context[start : start + len(answer)] == answer
    assert context == ".119 ni emac snamroN ehT .ecnarF fo noiger a ,ydnamroN ni delttes yehT .dloc saw tI"
    assert (found.example.id, found.example.paragraph, found.example.title) == ("q1", "p", "t")


def test_where_marks_are_lost_the_answer_is_looked_for():
    found = through(ASKED, lambda line: line.translate({ord("["): None, ord("]"): None}).upper())
    assert found.outcome == "found"
    assert found.example.answers == (("NORMANDY", CONTEXT.index("Normandy")),)
    lost = through(ASKED, lambda line: "nowhere" if line == "Normandy" else line.replace("[", "").replace("]", ""))
    assert (lost.example, lost.outcome) == (None, "lost answer")
    assert restore(ASKED, ["nowhere" if line == "Normandy" else line.replace("[", "") for line in lines(ASKED)]) is None
    empty = through(ASKED, lambda line: " " if "cold" in line else line)
    assert (empty.example, empty.outcome) == (None, "empty")


def test_of_a_set_that_is_reported_on_no_pair_is_left_out():
    pair = SentencePair("p1", "A man sleeps. He dreams.", "...", "neutral")
    sent = lines(pair)
    back = ["Un homme dort.", "Il rêve.", " "]
    assert restored(pair, back) == Restored(None, "empty")
    assert restored(pair, back, every=True) == Restored(replace(pair, first="Un homme dort. Il rêve."), "in part")
    assert restored(pair, sent, every=True) == Restored(pair, "whole")
    assert restored(ASKED, ["" for _ in lines(ASKED)], every=True) == Restored(None, "empty")


@pytest.mark.parametrize(
    ("translated", "answer", "expected"),
    [
        ("Sie siedelten in [ der Normandie ], in Frankreich.", "x", ("Sie siedelten in der Normandie, in Frankreich.", "der Normandie")),
        ("Sie siedelten in[der Normandie] .", "x", ("Sie siedelten inder Normandie .", "der Normandie")),
        ("[Normandie]", "x", ("Normandie", "Normandie")),
        ("他们定居在【诺曼底】。", "x", ("他们定居在诺曼底。", "诺曼底")),
        ("他们定居在诺曼底。", "诺曼底。", ("他们定居在诺曼底。", "诺曼底")),
        ("Sie [siedelten [in der Normandie].", "normandie", ("Sie siedelten in der Normandie.", "Normandie")),
        ("Sie ]siedelten[ in der Normandie.", "Normandie.", ("Sie siedelten in der Normandie.", "Normandie")),
        ("Sie siedelten in [] der Normandie.", "Normandie", ("Sie siedelten in der Normandie.", "Normandie")),
        ("Die Normandien", "Normandie", None),
        ("Die (Normandie)", "Normandie", ("Die (Normandie)", "Normandie")),
        ("Die Normandie", " . ", None),
    ],
)
def test_what_translators_make_of_marks(translated, answer, expected):
    found = placed("They settled in Normandy.", translated, answer)
    assert (found and (found.sentence, found.answer)) == expected
    if found:
        assert found.sentence[found.start : found.start + len(found.answer)] == found.answer


def test_marks_are_such_as_the_sentence_has_not():
    assert marks_for("plain") == ("[", "]")
    assert marked("A [sic] word", 8, 12) == "A [sic] {word}"
    assert placed("A [sic] word", "Ein {Wort} [sic]", "x") == Placed("Ein Wort [sic]", "Wort", 4, "marked")
    assert marks_for("[a] {b} <c>") is None
    assert marked("[a] {b} <c>", 1, 2) == "[a] {b} <c>"
    assert placed("[a] {b} <c>", "[A] {B} <C>", "b").start == 5


def test_an_answer_over_two_sentences_and_one_with_line_breaks():
    context = "Intro here. The motto is Go! Win\nnow. The end."
    answer = "Go! Win\nnow"
    asked = Question("1", "What?", context, ((answer, context.index(answer)), ("other", 0)))
    assert lines(asked) == ["What?", "Intro here.", "The motto is [Go! Win now].", "The end.", "Go! Win now"]
    found = restore(asked, lines(asked))
    assert found.answers == (("Go! Win now", 25),)
    assert found.context == " ".join(context.split())


def test_other_forms():
    pair = SentencePair("1", "One. Two.", "Three", "neutral")
    assert lines(pair) == ["One.", "Two.", "Three"]
    assert restore(pair, ["Eins.", " Zwei. ", "Drei"]) == SentencePair("1", "Eins. Zwei.", "Drei", "neutral")
    assert restore(SentencePair("1", "One", None, "x"), ["Eins"]) == SentencePair("1", "Eins", None, "x")
    assert lines(SentencePair("1", "", " ", "x")) == []
    assert restore(SentencePair("1", "", "Two", "x"), ["Zwei"]) == SentencePair("1", "", "Zwei", "x")
    choice = MultipleChoice("2", "He ran. Then", ("A", "Bb. C"), 1)
    assert restore(choice, ["Er lief.", "Dann", "a", "b.", "c"]) == MultipleChoice("2", "Er lief. Dann", ("a", "b. c"), 1)
    none = Question("3", "Why?", "One. Two.", ())
    assert restore(none, ["Warum?", "Eins.", "Zwei."]) == Question("3", "Warum?", "Eins. Zwei.", ())
    assert restore(QueryPassage("4", "q", "p", "c"), ["Q", "P", "C"]) == QueryPassage("4", "Q", "P", "C")
    assert restore(QueryPassage("4", "q", "p"), ["Q", "P"]) == QueryPassage("4", "Q", "P")
    assert restore(Text("5", "a\tb"), ["A B"]) == Text("5", "A B")
    with pytest.raises(TypeError, match="6 cannot be translated"):
        lines(TaggedSentence("6", ("a",), ("X",)))
    with pytest.raises(ValueError, match="2 lines for 3"):
        restore(pair, ["Eins.", "Zwei."])


def test_a_translation_takes_the_place_of_all():
    pair = SentencePair("1", "One.", None, "0")
    assert apply(Translation("job", "de"), (pair, pair), TASKS["snli"], translated=[pair]) == (pair,)
    with pytest.raises(TypeError):
        apply(Translation("job", "de"), (pair,), TASKS["snli"])


WORDS = st.text(alphabet="ab Cd.!?[]{}<>\"'\n。é", min_size=1, max_size=60)


@settings(deadline=None, max_examples=300)
@given(WORDS, st.integers(0, 59), st.integers(1, 20))
def test_whatever_stands_in_it_an_unchanged_question_comes_back_or_is_dropped(context, start, length):
    answer = context[start : start + length]
    if not answer.strip():
        return
    asked = Question("1", "Why?", context, ((answer, start),))
    made = lines(asked)
    assert all("\n" not in line and line == " ".join(line.split()) and line for line in made)
    found = restored(asked, made)
    if found.example is None:
        assert found.outcome == "lost answer"
        return
    (text, begin), translated = found.example.answers[0], found.example.context
    assert translated[begin : begin + len(text)] == text
    assert text.lower() in " ".join(answer.split()).lower()


def test_flores_codes():
    """NLLB Team 2022, table 1."""
    assert {code: flores_code(code) for code in ("en", "es", "de", "ar", "fa", "sw", "zh", "hi", "ca", "xx")} == {
        "en": "eng_Latn", "es": "spa_Latn", "de": "deu_Latn", "ar": "arb_Arab", "fa": "pes_Arab", "sw": "swh_Latn", "zh": "zho_Hans",
        "hi": "hin_Deva", "ca": "cat_Latn", "xx": None,
    }  # fmt: skip
    codes = [flores_code(language) for language in LANGUAGES]
    assert len(set(codes)) == 50
    assert all(re.fullmatch("[a-z]{3}_[A-Z][a-z]{3}", code) for code in codes)


@pytest.mark.parametrize("name", ["squad", "cosmosqa", "csqa", "snli"])
def test_real_sets_come_back_unchanged_from_no_translator(real_data, name):
    task = TASKS[name]
    for example in read(local_sources(task, real_data, Memo())["train", "en"], task)[:1500]:
        found = restored(example, lines(example)).example
        assert found is not None
        if name == "squad":
            assert found.answers[0][0] == " ".join(example.answers[0][0].split())
            assert found.context.split() == example.context.split()
