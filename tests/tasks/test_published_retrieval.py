"""Bitexts, translations and entities in the form that their authors publish."""

from __future__ import annotations

import pytest

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Passage, QueryPassage
from tests.tasks.folder import fill, lines, load, sources, table


def test_tatoeba_asks_in_english(tmp_path):
    """papers.md 1.7: English sentences are the queries; a separator that is no line feed does not end a line."""
    fill(
        tmp_path,
        {
            "tatoeba/tatoeba.deu-eng.deu": "Hallo.\nJa\u2028wohl.\n",
            "tatoeba/tatoeba.deu-eng.eng": "Hello.\nYes.\n",
            "tatoeba/tatoeba.xxx-eng.eng": "x\n",
        },
    )
    found = load(tmp_path, "tatoeba", "test", "de")
    assert found.queries == (Passage("0", "Hello.", "en"), Passage("1", "Yes.", "en"))
    assert found.pool == (Passage("0", "Hallo.", "de"), Passage("1", "Ja\u2028wohl.", "de"))
    assert found.relevant == {"0": ("0",), "1": ("1",)}
    assert set(sources(tmp_path, "tatoeba")) == {("test", "de")}


def test_tatoeba_with_a_line_too_few(tmp_path):
    fill(tmp_path, {"tatoeba/tatoeba.deu-eng.deu": "Hallo.\n", "tatoeba/tatoeba.deu-eng.eng": "Hello.\nYes.\n"})
    with pytest.raises(DataError, match=r"tatoeba\.deu-eng\.deu: 1 lines beside 2"):
        load(tmp_path, "tatoeba", "test", "de")


def test_half_a_translation_is_no_source(tmp_path):
    fill(
        tmp_path,
        {"tatoeba/tatoeba.deu-eng.deu": "Hallo.\n", "bucc2018/zh-en.dev.zh": "zh-1\t好\n", "bucc2018/zh-en.dev.en": "en-1\tgood\n"},
    )
    assert sources(tmp_path, "tatoeba") == {}
    assert sources(tmp_path, "bucc2018") == {}


BUCC = {"zh": table("zh-1|好。", "zh-2|不|好。"), "en": table("en-1|Bad.", "en-2|Good."), "gold": table("zh-1|en-2")}


@pytest.mark.parametrize("folder", ["", "zh-en/"])
def test_bucc_in_the_folders_of_its_archives(tmp_path, folder):
    """papers.md 3.2: BUCC's sample is XTREME's dev set, its training set XTREME's test set. A sentence may hold a tab."""
    fill(tmp_path, {f"bucc2018/{folder}zh-en.{split}.{suffix}": text for split in ("sample", "training") for suffix, text in BUCC.items()})
    assert set(sources(tmp_path, "bucc2018")) == {("dev", "zh"), ("test", "zh")}
    found = load(tmp_path, "bucc2018", "test", "zh")
    assert found.queries == (Passage("zh-1", "好。", "zh"), Passage("zh-2", "不\t好。", "zh"))
    assert found.pool == (Passage("en-1", "Bad.", "en"), Passage("en-2", "Good.", "en"))
    assert found.relevant == {"zh-1": ("en-2",)}


def test_bucc_s_blind_test_set_is_passed_by(tmp_path):
    """It has no gold pairs, and ids that its training set has too, which XTREME tests on."""
    blind = {suffix: text.replace("好", "x").replace("ood", "x") for suffix, text in BUCC.items() if suffix != "gold"}
    files = {f"bucc2018/zh-en.training.{suffix}": text for suffix, text in BUCC.items()}
    fill(tmp_path, files | {f"bucc2018/zh-en.test.{suffix}": text for suffix, text in blind.items()})
    assert [query.text for query in load(tmp_path, "bucc2018", "test", "zh").queries] == ["好。", "不\t好。"]
    fill(tmp_path, {"bucc2018/zh-en.test.gold": BUCC["gold"]})
    with pytest.raises(DataError, match=r"one split in 2 forms: zh-en\.test\.\w+, zh-en\.training\.\w+; keep one of them"):
        load(tmp_path, "bucc2018", "test", "zh")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"gold": table("zh-1|en-9")}, r"gold:1: pair zh-1, en-9 names a sentence that is not there"),
        ({"gold": table("zh-1 en-2")}, r"gold:1: 1 columns"),
        ({"zh": table("zh-1|a", "zh-1|b")}, r"zh:2: id 'zh-1' occurs twice, first at .*zh:1"),
        ({"en": table("en-2")}, r"en:1: not an id, a tab and a sentence"),
    ],
)
def test_malformed_bucc(tmp_path, change, what):
    fill(tmp_path, {f"bucc2018/zh-en.dev.{suffix}": text for suffix, text in (BUCC | change).items()})
    with pytest.raises(DataError, match=what):
        load(tmp_path, "bucc2018", "dev", "zh")


TEXT = "In Aarau wurde gebaut. Dann ging Ute heim."
CONTEXT = {"document_id": "de-1", "language": "de", "text": TEXT, "sentence_spans": [{"start": 0, "end": 22}, {"start": 23, "end": 42}]}
AARAU = {"example_id": "m1", "mention_span": {"start": 3, "end": 8, "text": "Aarau"}, "entity_id": "Q1"}
UTE = {"example_id": "m2", "mention_span": {"start": 33, "end": 36, "text": "Ute"}, "entity_id": "Q2"}
ENTITIES = [
    {"entity_id": "Q1", "title": "Aarau", "description": "A town.", "description_language": "en", "sentence_spans": []},
    {"entity_id": "Q2", "title": "Ute", "description": "Ein Name.", "description_language": "de", "sentence_spans": []},
]
FRENCH = {"context": {**CONTEXT, "language": "fr"}, "mentions": [{**AARAU, "example_id": "m3"}]}


def test_mewslix_with_several_mentions_in_one_context_and_all_languages_in_one_file(tmp_path):
    """The mention stands between braces in its own sentence alone (XTREME-R: window 0)."""
    fill(tmp_path, {
        "mewslix/wikinews_mentions-test.jsonl": lines({"context": CONTEXT, "mentions": [AARAU, UTE]}, FRENCH),
        "mewslix/candidate_set_entities.jsonl": lines(*ENTITIES),
        "mewslix/wikipedia_pairs-train.jsonl": lines({"contextual_mention": {"context": CONTEXT, "mention": UTE}, "entity": ENTITIES[1]}),
        "mewslix/wikipedia_pairs-dev.jsonl": lines({"contextual_mention": {"context": CONTEXT, "mention": UTE}, "entity": ENTITIES[1]}),
    })  # fmt: skip
    found = load(tmp_path, "mewslix", "test", "de")
    assert found.queries == (Passage("m1", "In { Aarau } wurde gebaut.", "de"), Passage("m2", "Dann ging { Ute } heim.", "de"))
    assert found.pool == (Passage("Q1", "A town.", "en"), Passage("Q2", "Ein Name.", "de"))
    assert found.relevant == {"m1": ("Q1",), "m2": ("Q2",)}
    assert load(tmp_path, "mewslix", "train") == (QueryPassage("m2", "Dann ging { Ute } heim.", "Ein Name."),)


def test_mewslix_with_a_file_a_language(tmp_path):
    fill(
        tmp_path,
        {
            "mewslix/de-test.jsonl.gz": lines({"context": CONTEXT, "mention": AARAU}),
            "mewslix/candidate_set_entities.jsonl": lines(*ENTITIES),
        },
    )
    assert load(tmp_path, "mewslix", "test", "de").relevant == {"m1": ("Q1",)}
    assert set(sources(tmp_path, "mewslix")) == {("test", "de")}


@pytest.mark.parametrize(
    ("mentions", "entities", "what"),
    [
        ([{"context": CONTEXT, "mention": {**AARAU, "entity_id": "Q7"}}], ENTITIES, r"de-test\.jsonl:1: entity Q7 is no candidate"),
        ([{"context": CONTEXT}], ENTITIES, r"de-test\.jsonl:1: a mention without 'mention'"),
        ([{"context": {**CONTEXT, "text": ""}, "mention": AARAU}], ENTITIES, r"de-test\.jsonl:1: a mention from 3 to 8 in a text of 0"),
        ([{"context": CONTEXT, "mentions": [AARAU, AARAU]}], ENTITIES, r"de-test\.jsonl:1: id 'm1' occurs twice"),
        (
            [{"context": CONTEXT, "mention": AARAU}],
            [{"entity_id": "Q1"}],
            r"candidate_set_entities\.jsonl:1: an entity without 'description'",
        ),
    ],
)
def test_malformed_mewslix(tmp_path, mentions, entities, what):
    """Its release leaves the texts of news out: they are put in by a script of its own, and an empty text is an error."""
    fill(tmp_path, {"mewslix/de-test.jsonl": lines(*mentions), "mewslix/candidate_set_entities.jsonl": lines(*entities)})
    with pytest.raises(DataError, match=what):
        load(tmp_path, "mewslix", "test", "de")
