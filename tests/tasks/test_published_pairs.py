"""Sentence pairs and multiple choice in the form that their authors publish. All sentences here are ours."""

from __future__ import annotations

import pytest

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import MultipleChoice, SentencePair
from tests.tasks.folder import fill, lines, load, sources, table

SNLI = [
    {"annotator_labels": ["neutral"], "captionID": "1.jpg#0", "gold_label": "neutral", "pairID": "1.jpg#0r1n",
     "sentence1": "A man rides.", "sentence1_parse": "(ROOT)", "sentence2": "He is late.", "sentence2_parse": "(ROOT)"},
    {"annotator_labels": ["neutral", "entailment"], "gold_label": "-", "pairID": "1.jpg#0r1e",
     "sentence1": "A man rides.", "sentence2": "He is on time."},
    {"annotator_labels": ["entailment"], "gold_label": "entailment", "pairID": "1.jpg#0r1c",
     "sentence1": "A man rides.", "sentence2": "He moves."},
]  # fmt: skip


@pytest.mark.parametrize(
    ("task", "name"), [("snli", "snli_1.0_train.jsonl"), ("mnli", "multinli_1.0_train.jsonl"), ("snli", "snli_1.0_train.jsonl.gz")]
)
def test_nli_as_json_lines_leaves_out_pairs_without_a_gold_label(tmp_path, task, name):
    fill(tmp_path, {f"{task}/{name}": lines(*SNLI)})
    assert load(tmp_path, task, "train") == (
        SentencePair("1.jpg#0r1n", "A man rides.", "He is late.", "neutral"),
        SentencePair("1.jpg#0r1c", "A man rides.", "He moves.", "entailment"),
    )


def test_mnli_as_glue_publishes_it(tmp_path):
    """Train and dev have other columns: `gold_label` counts, not what single annotators said."""
    fill(tmp_path, {
        "mnli/train.tsv": table(
            "index|promptID|pairID|genre|sentence1_binary_parse|sentence2_binary_parse|sentence1_parse|sentence2_parse|sentence1|sentence2|label1|gold_label",
            '0|31193|31193n|government|( a )|( b )|(ROOT a)|(ROOT b)|He said "no".|He agreed.|neutral|contradiction',
        ),
        "mnli/dev_matched.tsv": table(
            "index|promptID|pairID|genre|sentence1_binary_parse|sentence2_binary_parse|sentence1_parse|sentence2_parse|sentence1|sentence2|"
            "label1|label2|label3|label4|label5|gold_label",
            "0|63735|63735n|slate|( a )|( b )|(a)|(b)|It rains.|Water falls.|neutral|entailment|entailment|entailment|neutral|entailment",
        ),
        "mnli/dev_mismatched.tsv": "not read\n",
        "mnli/test_matched.tsv": "not read\n",
    })  # fmt: skip
    assert load(tmp_path, "mnli", "train") == (SentencePair("31193n", 'He said "no".', "He agreed.", "contradiction"),)
    assert load(tmp_path, "mnli", "dev") == (SentencePair("63735n", "It rains.", "Water falls.", "entailment"),)
    assert set(sources(tmp_path, "mnli")) == {("train", "en"), ("dev", "en")}


QQP = [
    "id|qid1|qid2|question1|question2|is_duplicate",
    "7|1|2|How do I cook rice?|How is rice cooked?|1",
    '8|3|4|Who is "he"?|Where is he?|0',
]


def test_qqp_as_glue_publishes_it(tmp_path):
    fill(tmp_path, {"qqp/train.tsv": table(*QQP)})
    assert load(tmp_path, "qqp", "train") == (
        SentencePair("7", "How do I cook rice?", "How is rice cooked?", "duplicate"),
        SentencePair("8", 'Who is "he"?', "Where is he?", "not_duplicate"),
    )


def test_the_few_rows_of_qqp_that_a_line_break_cuts_are_left_out_and_no_more(tmp_path):
    cut = ["9|5|6|Why is", "this cut?|Who knows?|0"]
    fill(tmp_path, {"qqp/train.tsv": table(*QQP, *cut), "qqp/dev.tsv": table(*QQP, *(6 * cut))})
    assert [example.id for example in load(tmp_path, "qqp", "train")] == ["7", "8"]
    with pytest.raises(DataError, match=r"dev\.tsv:14: 4 columns"):
        load(tmp_path, "qqp", "dev")


XNLI_HEADER = (
    "language|gold_label|sentence1_binary_parse|sentence2_binary_parse|sentence1_parse|sentence2_parse|sentence1|sentence2|promptID|pairID|genre|"
    "label1|label2|label3|label4|label5|sentence1_tokenized|sentence2_tokenized|match"
)
XNLI = [
    XNLI_HEADER,
    "de|neutral|||||Das weiß ich.|Das ist neu.|1|1|facetoface|neutral|neutral|neutral|neutral|neutral|Das weiß ich .|Das ist neu .|True",
    "ar|neutral|||||أعرف ذلك.|هذا جديد.|1|1|facetoface|neutral|neutral|neutral|neutral|neutral|أعرف ذلك .|هذا جديد .|True",
    "de|entailment|||||Es regnet.|Es ist nass.|2|2|facetoface|entailment|neutral|neutral|neutral|neutral|Es regnet .|Es ist nass .|True",
]


def test_xnli_as_its_authors_publish_it_is_told_apart_by_its_language_column(tmp_path):
    fill(tmp_path, {"xnli/xnli.test.tsv": table(*XNLI), "xnli/xnli.dev.tsv": table(*XNLI)})
    assert load(tmp_path, "xnli", "test", "de") == (
        SentencePair("1", "Das weiß ich.", "Das ist neu.", "neutral"),
        SentencePair("2", "Es regnet.", "Es ist nass.", "entailment"),
    )
    assert load(tmp_path, "xnli", "test", "ar") == (SentencePair("1", "أعرف ذلك.", "هذا جديد.", "neutral"),)
    with pytest.raises(DataError, match="holds no example of xnli in fr"):
        load(tmp_path, "xnli", "test", "fr")


def test_pawsx_as_its_authors_publish_it(tmp_path):
    rows = ["id|sentence1|sentence2|label", "3|Er kam früh.|Früh kam er.|1", "4|A vor B.|B vor A.|0"]
    fill(
        tmp_path,
        {"pawsx/x-final/de/test_2k.tsv": table(*rows), "pawsx/en/train.tsv": table(*rows), "pawsx/de/translated_train.tsv": table(*rows)},
    )
    assert load(tmp_path, "pawsx", "test", "de") == (
        SentencePair("3", "Er kam früh.", "Früh kam er.", "1"),
        SentencePair("4", "A vor B.", "B vor A.", "0"),
    )
    assert len(load(tmp_path, "pawsx", "train", "en")) == 2


def test_xtremes_own_tables_of_pairs(tmp_path):
    """Its writer ends lines with CR LF."""
    fill(
        tmp_path,
        {
            "xnli/dev-sw.tsv": "Mvua inanyesha.\tNi mvua.\tentailment\r\nMvua.\tJua.\tcontradiction\r\n",
            "mnli/train-en.tsv": table("a b|b|neutral"),
        },
    )
    assert load(tmp_path, "xnli", "dev", "sw") == (
        SentencePair("1", "Mvua inanyesha.", "Ni mvua.", "entailment"),
        SentencePair("2", "Mvua.", "Jua.", "contradiction"),
    )
    assert load(tmp_path, "mnli", "train") == (SentencePair("1", "a b", "b", "neutral"),)


def test_its_test_files_without_labels_are_named(tmp_path):
    fill(tmp_path, {"xnli/test-de.tsv": table("Ein Satz.|Noch einer.")})
    with pytest.raises(DataError, match=r"test-de\.tsv:1: 2 columns between tabs, not 3; XTREME's download leaves the labels"):
        load(tmp_path, "xnli", "test", "de")


def test_anli_plus_joins_its_parts_whatever_folder_the_data_lie_under(tmp_path):
    """.../snli/... above the data folder must not make every file one of SNLI's."""
    data = tmp_path / "snli" / "anli"
    fill(data, {
        "snli/snli_1.0_train.jsonl": lines(*SNLI),
        "snli/snli_1.0_dev.jsonl": lines(SNLI[0]),
        "mnli/train.tsv": table("One.|Two.|contradiction"),
        "anli/R1/train.jsonl": lines({"uid": "u1", "context": "Long.", "hypothesis": "Short.", "label": "e", "reason": "r"}),
        "anli/R2/train.jsonl": lines({"uid": "u2", "context": "Long.", "hypothesis": "No.", "label": "c"}),
        "anli/R1/dev.jsonl": lines({"uid": "d1", "context": "Long.", "hypothesis": "So.", "label": "n"}),
    })  # fmt: skip
    assert [(example.id, example.label) for example in load(data, "anli-plus", "train")] == [
        ("snli:1.jpg#0r1n", "neutral"), ("snli:1.jpg#0r1c", "entailment"), ("mnli:1", "contradiction"),
        ("anli:u1", "entailment"), ("anli:u2", "contradiction"),
    ]  # fmt: skip
    assert load(data, "anli-plus", "dev") == (SentencePair("anli:d1", "Long.", "So.", "neutral"),)


def test_hellaswag(tmp_path):
    """X-STILTs: the prompt is ctx_a, a choice is ctx_b and the ending; files with ctx alone are read too."""
    row = {"ind": 4, "activity_label": "Cooking", "ctx_a": "She takes a pan.", "ctx_b": "then she", "ctx": "She takes a pan. then she",
           "endings": ["sings.", "fries an egg.", "flies.", "sleeps."], "source_id": "x",
           "split": "train", "split_type": "indomain", "label": 1}  # fmt: skip
    alone = {
        "ind": 4,
        "activity_label": "Cooking",
        "ctx": "She takes a pan.",
        "endings": ["sings.", "fries.", "flies.", "sleeps."],
        "label": "1",
    }
    fill(tmp_path, {"hellaswag/hellaswag_train.jsonl": lines(row, row), "hellaswag/val.jsonl": lines(alone)})
    choices = ("then she sings.", "then she fries an egg.", "then she flies.", "then she sleeps.")
    assert load(tmp_path, "hellaswag", "train") == tuple(MultipleChoice(name, "She takes a pan.", choices, 1) for name in "12")
    assert load(tmp_path, "hellaswag", "dev") == (MultipleChoice("1", "She takes a pan.", ("sings.", "fries.", "flies.", "sleeps."), 1),)


def test_commonsenseqa(tmp_path):
    choices = [{"label": letter, "text": text} for letter, text in zip("ABCDE", ("sea", "desk", "moon", "tree", "cup"), strict=True)]
    row = {"answerKey": "C", "id": "q1", "question": {"question_concept": "tide", "choices": choices, "stem": "What moves the tide?"}}
    fill(tmp_path, {"csqa/train_rand_split.jsonl": lines(row), "csqa/dev_rand_split.jsonl": lines({**row, "answerKey": "F"})})
    assert load(tmp_path, "csqa", "train") == (MultipleChoice("q1", "What moves the tide?", ("sea", "desk", "moon", "tree", "cup"), 2),)
    with pytest.raises(DataError, match=r"dev_rand_split\.jsonl:1: answer 'F' is none of A, B, C, D, E"):
        load(tmp_path, "csqa", "dev")


def test_social_iqa_with_its_answers_beside_or_inside(tmp_path):
    row = {"context": "Kim helped Lee.", "question": "What will Lee do?", "answerA": "thank Kim", "answerB": "leave", "answerC": "cry"}
    expected = MultipleChoice("1", "Kim helped Lee. What will Lee do?", ("thank Kim", "leave", "cry"), 2)
    fill(tmp_path / "a", {"siqa/train.jsonl": lines(row), "siqa/train-labels.lst": "3\n"})
    fill(tmp_path / "b", {"siqa/socialIQa_v1.4/socialIQa_v1.4_trn.jsonl": lines({**row, "correct": "C"})})
    assert load(tmp_path / "a", "siqa", "train") == load(tmp_path / "b", "siqa", "train") == (expected,)
    fill(tmp_path / "c", {"siqa/train.jsonl": lines(row), "siqa/train-labels.lst": "3\n1\n"})
    with pytest.raises(DataError, match="2 answers for 1 questions"):
        load(tmp_path / "c", "siqa", "train")


def test_cosmosqa_with_a_line_break_in_a_cell(tmp_path):
    text = 'id,context,question,answer0,answer1,answer2,answer3,label\nc1,"We ate,\nthen ""slept"".",What then?,a,b,c,d,3\n'
    fill(tmp_path, {"cosmosqa/train.csv": text, "cosmosqa/valid.csv": text.replace(",3\n", ",4\n")})
    assert load(tmp_path, "cosmosqa", "train") == (MultipleChoice("c1", 'We ate,\nthen "slept". What then?', ("a", "b", "c", "d"), 3),)
    with pytest.raises(DataError, match=r"valid\.csv:3: label '4' is none of 4 choices"):
        load(tmp_path, "cosmosqa", "dev")


COPA = {"premise": "The ice melted.", "choice1": "It was warm.", "choice2": "It was cold.", "question": "cause", "label": 0, "idx": 0}


def test_copa_and_xcopa_share_one_prompt(tmp_path):
    """XTREME-R: the premise and an English question in every language; English COPA may lie in XCOPA's folder."""
    translated = {**COPA, "premise": "Barafu iliyeyuka.", "choice1": "Kulikuwa joto.", "choice2": "Kulikuwa baridi.", "changed": False}
    fill(
        tmp_path,
        {"xcopa/en/train.en.jsonl": lines(COPA), "xcopa/sw/test.sw.jsonl": lines(translated), "xcopa/en/test.en.jsonl": lines(COPA)},
    )
    expected = MultipleChoice("0", "The ice melted. What was the cause?", ("It was warm.", "It was cold."), 0)
    assert load(tmp_path, "copa", "train") == (expected,)
    assert load(tmp_path, "xcopa", "test", "sw")[0].prompt == "Barafu iliyeyuka. What was the cause?"
    fill(tmp_path, {"copa/train.jsonl": lines({**COPA, "question": "effect", "idx": 5})})
    assert load(tmp_path, "copa", "train")[0].prompt.endswith("What was the effect?"), "its own folder goes before"
    fill(tmp_path / "flat", {"xcopa/test.sw.jsonl": lines(translated), "xcopa/val.en.jsonl": lines(COPA)})
    assert len(load(tmp_path / "flat", "xcopa", "test", "sw")) == 1
    assert load(tmp_path / "flat", "copa", "dev") == load(tmp_path / "flat", "xcopa", "dev", "en") == (expected,)


def test_parts_of_a_split_are_read_in_name_order(tmp_path):
    fill(tmp_path, {"snli/train.part2.tsv.gz": table("c|c|neutral"), "snli/train.part1.tsv": table("a|a|neutral", "b|b|neutral")})
    assert [(example.id, example.first) for example in load(tmp_path, "snli", "train")] == [("1", "a"), ("2", "b"), ("3", "c")]
