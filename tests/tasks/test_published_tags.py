"""Tagged sentences in the form that their authors publish."""

from __future__ import annotations

import pytest

from stiltsreport.errors import DataError
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import TaggedSentence
from stiltsreport.tasks.readers import READERS
from stiltsreport.tasks.sources import SourceFile
from tests.tasks.folder import fill, load, sources, table

# Universal Dependencies, format: 2-3 is a multiword token, 3.1 an empty node; comments before a sentence.
CONLLU = """\
# newdoc id = d1
# sent_id = d1-s1
# text = Ich war im Haus.
1|Ich|ich|PRON|PPER|Case=Nom|2|nsubj|_|_
2|war|sein|AUX|VAFIN|_|0|root|_|_
3-4|im|_|_|_|_|_|_|_|_
3|in|in|ADP|APPR|_|5|case|_|_
4|dem|der|DET|ART|_|5|det|_|_
4.1|gewesen|sein|VERB|_|_|_|_|0:root|_
5|Haus|Haus|NOUN|NN|_|2|obl|_|SpaceAfter=No
6|.|.|PUNCT|$.|_|2|punct|_|_

# text = New York
1|New York|New York|PROPN|_|_|0|root|_|_
"""


def test_conllu_reads_the_words_of_xtreme(tmp_path):
    """im is one word with the tag of its higher part: both hang on Haus, and a preposition goes before a determiner."""
    fill(tmp_path, {"udpos/UD_German-GSD/de_gsd-ud-test.conllu": table(CONLLU.rstrip("\n")) + "\n"})
    assert load(tmp_path, "udpos", "test", "de") == (
        TaggedSentence("1:d1-s1", ("Ich", "war", "im", "Haus", "."), ("PRON", "AUX", "ADP", "NOUN", "PUNCT")),
        TaggedSentence("1:2", ("NewYork",), ("PROPN",)),
    )


@pytest.mark.parametrize(
    ("language", "parts", "tag"),
    [
        ("de", (("1", "VERB", "0"), ("2", "PRON", "1")), "VERB"),  # the one that the other hangs on
        ("de", (("1", "ADP", "2"), ("2", "NOUN", "0")), "NOUN"),
        ("de", (("1", "DET", "3"), ("2", "NOUN", "3")), "NOUN"),  # equally high: by rank
        ("de", (("1", "DET", "3"), ("2", "DET", "3")), "DET"),
        ("es", (("1", "NOUN", "3"), ("2", "DET", "3")), "DET"),  # Spanish ranks five tags alone
        ("it", (("1", "PRON", "3"), ("2", "ADV", "3")), "ADV"),
        ("fr", (("1", "PRON", "3"), ("2", "ADV", "3")), "PRON"),
        ("de", (("1", "VERB", "2"), ("2", "PRON", "1")), "VERB"),  # a circle, which ends all the same
    ],
)
def test_a_multiword_token_has_the_tag_of_its_highest_part(tmp_path, language, parts, tag):
    rows = [f"{number}|x{number}|_|{upos}|_|_|{head}|_|_|_" for number, upos, head in parts]
    fill(tmp_path, {f"udpos/{language}_a-ud-test.conllu": table("1-2|xy|_|_|_|_|_|_|_|_", *rows, "3|z|_|VERB|_|_|0|_|_|_") + "\n"})
    (found,) = load(tmp_path, "udpos", "test", language)
    assert (found.words, found.tags) == (("xy", "z"), (tag, "VERB"))


def test_words_that_are_withheld_and_signs_within_words(tmp_path):
    """NYUAD shows no word: XTREME leaves sentences out of which at most one is shown."""

    def sentence(*words):
        return table(*(f"{number}|{word}|_|NOUN|_|_|0|_|_|_" for number, word in enumerate(words, start=1))) + "\n"

    shown = [("_", "_"), ("_",), ("a", "_"), ("a", "b", "_"), ("می\u200cخواهم", "1 000")]
    fill(tmp_path, {"udpos/fa_a-ud-test.conllu": "".join(sentence(*words) + "\n" for words in shown)})
    assert [(one.id, one.words) for one in load(tmp_path, "udpos", "test", "fa")] == [
        ("1:4", ("a", "b", "_")),
        ("1:5", ("میخواهم", "1000")),
    ]


def test_treebanks_of_a_language_are_joined_in_name_order(tmp_path):
    one = table("1|a|_|DET|_|_|0|_|_|_") + "\n"
    fill(
        tmp_path,
        {"udpos/de_hdt-ud-test.conllu": one.replace("a", "b"), "udpos/de_gsd-ud-test.conllu.gz": one, "udpos/de_gsd-ud-dev.conllu": one},
    )
    assert [(sentence.id, sentence.words) for sentence in load(tmp_path, "udpos", "test", "de")] == [("1:1", ("a",)), ("2:1", ("b",))]


def test_what_a_file_is_called_changes_no_id(tmp_path):
    one = {"udpos/de_gsd-ud-test.conllu": table(CONLLU.rstrip("\n"))}
    first = fill(tmp_path / "a", one)
    second = fill(tmp_path / "b", {"udpos/de_other-ud-test.conllu": one["udpos/de_gsd-ud-test.conllu"]})
    assert load(first, "udpos", "test", "de") == load(second, "udpos", "test", "de")
    assert sources(first, "udpos")["test", "de"].fingerprint == sources(second, "udpos")["test", "de"].fingerprint


def test_xtremes_own_table_of_pos_tags(tmp_path):
    fill(tmp_path, {"udpos/dev-de.tsv": table("Ich|PRON", "schlafe|VERB", "", "#|SYM", ""), "udpos/test-de.tsv": "Ich\nschlafe\n\n"})
    assert load(tmp_path, "udpos", "dev", "de") == (
        TaggedSentence("1:1", ("Ich", "schlafe"), ("PRON", "VERB")),
        TaggedSentence("1:2", ("#",), ("SYM",)),
    )
    with pytest.raises(DataError, match=r"test-de\.tsv:1: no word with its tag; XTREME's download leaves the tags of its test files out"):
        load(tmp_path, "udpos", "test", "de")


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        ("1|a|_|DET|_|_|0|_|_", 1, "9 columns"),
        ("1|a|_|DET|_|_|0|_|_|_\nx|b|_|DET|_|_|0|_|_|_", 2, "word number 'x'"),
        ("1|a|_|NOUNS|_|_|0|_|_|_", 1, "tag 'NOUNS' is unknown"),
        ("# sent_id = s\n1|a|_|DET|_|_|0|_|_|_\n\n# sent_id = s\n1|a|_|DET|_|_|0|_|_|_", 4, "id '1:s' occurs twice, first at .*:1"),
    ],
)
def test_malformed_conllu(tmp_path, content, where, what):
    fill(tmp_path, {"udpos/de_gsd-ud-test.conllu": table(content)})
    with pytest.raises(DataError, match=rf"conllu:{where}: {what}"):
        load(tmp_path, "udpos", "test", "de")


def test_panx_as_xtreme_and_as_wikiann_write_it(tmp_path):
    """WikiAnn puts the language before each word; a colon of the word's own stays."""
    expected = (TaggedSentence("1", ("Berlin", "12:30"), ("B-LOC", "O")), TaggedSentence("2", ("Ute", "Mai"), ("B-PER", "I-PER")))
    fill(tmp_path / "a", {"panx/dev-de.tsv": table("Berlin|B-LOC", "12:30|O", "", "Ute|B-PER", "Mai|I-PER")})
    fill(tmp_path / "b", {"panx/de/dev": table("de:Berlin|B-LOC", "de:12:30|O", "", "", "de:Ute|B-PER", "de:Mai|I-PER", "")})
    fill(tmp_path / "c", {"panx/de-dev.gz": table("de:Berlin|B-LOC", "de:12:30|O", "", "de:Ute|B-PER", "de:Mai|I-PER")})
    assert (
        load(tmp_path / "a", "panx", "dev", "de")
        == load(tmp_path / "b", "panx", "dev", "de")
        == load(tmp_path / "c", "panx", "dev", "de")
        == expected
    )


def test_universal_ner(tmp_path):
    """Five columns, of which the second and third count, and comments before a sentence (Mayhew et al. 2024)."""
    fill(
        tmp_path,
        {
            "de_pud-test.iob2": table(
                "# sent_id = n1", "# text = # Berlin", "1|#|O|-|-", "2|Berlin|B-LOC|-|anna", "", "# text = Ja", "1|Ja|O|-|-"
            )
        },
    )
    found = READERS["tagged_words"](TASKS["panx"], [SourceFile(str(tmp_path / "de_pud-test.iob2"))], "de")
    assert found == (TaggedSentence("1", ("#", "Berlin"), ("O", "B-LOC")), TaggedSentence("2", ("Ja",), ("O",)))


def test_a_word_that_looks_like_a_comment_is_a_word(tmp_path):
    fill(tmp_path, {"panx/dev-de.tsv": "# O\nfrei B-LOC\n\n#\tO\n"})
    assert [sentence.words for sentence in load(tmp_path, "panx", "dev", "de")] == [("#", "frei"), ("#",)]


def test_ccg_with_the_tags_that_its_own_file_numbers(tmp_path):
    files = {
        "ccg/ccg.train": table("He sleeps|NP S\\NP", "They|NP"),
        "ccg/ccg.val": table("It rains|NP S\\NP"),
        "ccg/tags_to_id.json": {"S\\NP": 1, "NP": 0},
    }
    fill(tmp_path, files)
    assert load(tmp_path, "ccg", "train") == (
        TaggedSentence("1", ("He", "sleeps"), ("NP", "S\\NP")),
        TaggedSentence("2", ("They",), ("NP",)),
    )
    assert load(tmp_path, "ccg", "dev")[0].words == ("It", "rains")
    fill(tmp_path, {"ccg/tags_to_id.json": {"NP": 0}})
    with pytest.raises(DataError, match=r"ccg\.train:1: tag 'S\\\\NP' is unknown"):
        load(tmp_path, "ccg", "train")
    fill(tmp_path, {"ccg/tags_to_id.json": {"NP": 0, "S\\NP": 0}})
    with pytest.raises(DataError, match="its numbers are not 0, 1, 2"):
        load(tmp_path, "ccg", "train")
    (tmp_path / "ccg" / "tags_to_id.json").unlink()
    assert sources(tmp_path, "ccg") == {}, "without the tags there is no task"
