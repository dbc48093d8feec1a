"""Every real file that lies at hand is read whole, and gives as many examples as its list says."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import MultipleChoice, Question, Retrieval, SentencePair, TaggedSentence
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.held_out import in_xquad
from stiltsreport.tasks.limit import held_out, limited
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.overlap import prints
from stiltsreport.tasks.read import as_query_passages, read, selectable, size, texts
from stiltsreport.tasks.readers import READERS
from stiltsreport.tasks.sources import SourceFile

ROW = re.compile(r"\| ([\w./-]+) \| ([\d,]+) (?:questions|examples|sentences|lines) \|")
HERE = [
    "squad", "qamr", "hellaswag", "csqa", "siqa", "cosmosqa", "snli", "anli", "xnli", "pawsx", "panx", "udpos", "xquad", "lareqa", "mlqa",
    "tydiqa", "xcopa", "copa", "tatoeba", "bucc2018",
]  # fmt: skip
PARALLEL = {"xnli": "test", "pawsx": "dev", "xquad": "test", "xcopa": "test", "lareqa": "test"}  # MLQA is parallel to English alone


@pytest.fixture(scope="module")
def listed(real_data):
    """(task folder, path in it) -> number of examples, from the list that lies beside the data."""
    found, folder = {}, ""
    for line in (real_data / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            folder = line.removeprefix("### ").strip()
        elif (row := ROW.match(line)) is not None:
            name = row[1].removeprefix(f"{folder}/")
            found[folder, name] = int(row[2].replace(",", ""))
    return found


@pytest.fixture(scope="module")
def whole(real_data):
    """Every split of every task, read once, with the seconds of the processor that it took."""
    began = time.process_time()
    memo = Memo()
    found = {
        name: {key: (source, read(source, TASKS[name])) for key, source in local_sources(TASKS[name], real_data, memo).items()}
        for name in HERE
    }
    return found, time.process_time() - began


@pytest.mark.parametrize("name", HERE)
def test_each_source_holds_as_many_examples_as_its_files_list(real_data, listed, whole, name):
    sources = whole[0][name]
    assert sources
    folder = "xcopa" if name == "copa" else name
    for (split, language), (source, examples) in sources.items():
        files = [file for file in source.files if file.role in ("data", "queries") and (name != "lareqa" or file.language == language)]
        expected = sum(listed[folder, Path(file.path).relative_to(real_data / folder).as_posix()] for file in files)
        assert size(examples) == expected, (split, language)


def test_no_file_of_a_task_is_passed_over(real_data, whole):
    """But MLQA's pairs of two languages, which XTREME does not use."""
    used = {Path(file.path) for sources in whole[0].values() for source, _ in sources.values() for file in source.files}
    there = {path for name in HERE if name != "copa" for path in (real_data / name).rglob("*") if path.is_file()}
    assert {path.name for path in there - used} == {"dev-context-de-question-en.json.gz", "dev-context-en-question-de.json.gz"}


@pytest.mark.parametrize("name", [name for name in HERE if TASKS[name].type not in ("sentence_retrieval", "bitext_mining", "dual_encoder")])
def test_examples_are_of_their_type_and_filled(whole, name):
    kinds = {
        "sequence_classification": SentencePair,
        "multiple_choice": MultipleChoice,
        "token_classification": TaggedSentence,
        "question_answering": Question,
    }
    for _, examples in whole[0][name].values():
        assert all(type(example) is kinds[TASKS[name].type] for example in examples)
        if kinds[TASKS[name].type] is SentencePair:
            assert all(example.first and example.second and example.label in TASKS[name].labels for example in examples)
            assert len({example.label for example in examples}) == len(TASKS[name].labels)
        if kinds[TASKS[name].type] is MultipleChoice:
            assert all(example.prompt and all(example.choices) for example in examples)
            assert len(Counter(example.label for example in examples)) == len(examples[0].choices), "no label is missing"


@pytest.mark.parametrize(("name", "split"), PARALLEL.items())
def test_one_id_is_one_item_in_all_languages(whole, name, split):
    """The same items are drawn in every language where a study caps its examples."""
    drawn, common = {}, {}
    for (which, language), (_, examples) in whole[0][name].items():
        if which == split and language != "en":
            cut = limited(examples, 100)
            ids = [query.id for query in cut.queries] if isinstance(cut, Retrieval) else [example.id for example in cut]
            assert len(ids) == 100
            drawn[language], common[language] = (
                set(ids),
                {query.id for query in examples.queries} if isinstance(examples, Retrieval) else {e.id for e in examples},
            )
    assert len({frozenset(ids) for ids in common.values()}) == 1
    assert len({frozenset(ids) for ids in drawn.values()}) == 1


def test_xnli_labels_are_the_same_in_all_languages(whole):
    labels = {
        language: [example.label for example in examples]
        for (split, language), (_, examples) in whole[0]["xnli"].items()
        if split == "test"
    }
    assert len(labels) == 10
    assert len({tuple(each) for each in labels.values()}) == 1


def test_tydiqa_trains_on_english_alone(whole):
    assert all(example.id.startswith("english-") for example in whole[0]["tydiqa"]["train", "en"][1])


def test_universal_ner_is_read_too(real_data, listed):
    for (folder, name), expected in listed.items():
        if folder == "uner":
            found = READERS["tagged_words"](TASKS["panx"], [SourceFile(str(real_data / folder / name))], name[:2])
            assert len(found) == expected, name


def test_pools_of_lareqa_are_one_pool(whole):
    """papers.md 4: each question has one right sentence in each language."""
    splits = [examples for _, examples in whole[0]["lareqa"].values()]
    assert len({passage.id for passage in splits[0].pool}) == len(splits[0].pool)
    for each in splits:
        assert each.pool == splits[0].pool
        assert {len(passages) for passages in each.relevant.values()} == {5}
    numbers = Counter(passage.language for passage in splits[0].pool)
    assert numbers == {"ar": 1222, "de": 1276, "en": 1180, "es": 1215, "zh": 1196}  # Roy et al. 2020, as XTREME-R counts them


def test_the_questions_on_xquads_paragraphs_do_not_select(whole):
    """XQuAD and LAReQA are 240 paragraphs of SQuAD's dev set: all of them are known, and no other paragraph here is one."""
    xquad = whole[0]["xquad"]["test", "en"][1]
    assert len({example.context for example in xquad}) == 240
    assert all(in_xquad(example.context) for example in xquad)
    assert selectable(xquad) == ()
    assert all(in_xquad(passage.context) for passage in whole[0]["lareqa"]["test", "en"][1].pool if passage.language == "en")
    for split in ("train", "dev"):
        examples = whole[0]["squad"][split, "en"][1]
        assert selectable(examples) == examples, "this SQuAD is cut from the training set, which shares no paragraph with XQuAD"


def test_overlap_on_real_data(whole):
    """Equal texts are found where there are some: XQuAD and LAReQA in English, and a set with itself; not where there are none."""
    sets = {name: prints(texts(whole[0][name][key][1])) for name, key in {
        "xquad": ("test", "en"), "lareqa": ("test", "en"), "squad": ("train", "en"), "hellaswag": ("train", "en"), "xnli": ("test", "en"),
    }.items()}  # fmt: skip
    assert len(sets["xquad"]) > 1400
    assert sets["xquad"] <= sets["lareqa"], "every question and every paragraph"
    assert len(sets["squad"] & sets["xquad"]) <= 2
    assert not sets["hellaswag"] & sets["xnli"]


def test_held_out_parts_keep_paragraphs_together(whole):
    examples = whole[0]["tydiqa"]["train", "en"][1]
    training, selection = held_out(examples)
    assert len(training) + len(selection) == len(examples)
    assert 0.07 < len(selection) / len(examples) < 0.13
    assert not {example.context for example in training} & {example.context for example in selection}


def test_pairs_for_lareqa_lose_no_question(whole):
    examples = whole[0]["squad"]["train", "en"][1]
    pairs = as_query_passages(examples)
    assert [pair.id for pair in pairs] == [example.id for example in examples]
    inside = sum(example.answers[0][0] in pair.passage for example, pair in zip(examples, pairs, strict=True))
    assert inside / len(pairs) > 0.99, "an answer rarely goes over the end of its sentence"


def test_the_same_files_give_the_same_fingerprint(real_data, whole):
    for name, sources in whole[0].items():
        again = local_sources(TASKS[name], real_data, Memo())
        assert {key: source.fingerprint for key, source in again.items()} == {
            key: source.fingerprint for key, (source, _) in sources.items()
        }
    json.dumps([source.fingerprint for sources in whole[0].values() for source, _ in sources.values()])


def test_all_languages_are_read_in_seconds(whole):
    """About 4 seconds on one core for 108 MB of text; the bound leaves room for a slow one."""
    assert whole[1] < 60
