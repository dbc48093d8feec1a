"""Data files: what stands in them, and where they lie."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Literal
from unittest import mock

from stiltsreport.execute.inputs import Reading, examples_of
from stiltsreport.methods import Sampled, SynonymCopies
from stiltsreport.plan.data_use import DataUse
from stiltsreport.store import Store
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.changes import apply
from stiltsreport.tasks.changes.pairs import pair_up
from stiltsreport.tasks.changes.synonyms import synonyms_fingerprint, synonyms_of_file
from stiltsreport.tasks.examples import SentencePair
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.readers import text
from tests.errors.case import OWN, Case, added, changed, data, own, several, without, writes
from tests.tasks.folder import load

XNLI = "[{task: xnli, languages: [de, en], train: snli}]"
SYNONYMS = added("variants: [{robust: {method: rs-da, synonyms: a.json}}]\n")
OWN_TAGS = OWN.replace("sequence_classification", "token_classification").replace("{first: text}", "{words: w, tags: t}")
COSMOS = "id,context,question,answer0,answer1,answer2,answer3,label\n"
COPA = '{"premise": "a", "choice1": "b", "choice2": "c", "question": "cause", "label": 0}\n'
QUESTION = {"id": "q", "question": "?", "answers": [{"text": "b", "answer_start": 2}]}
PARAGRAPH = {"context": "A b.", "sentence_breaks": [[0, 4]], "qas": [QUESTION]}
CONTEXT = {"text": "A b.", "language": "de", "sentence_spans": [{"start": 0, "end": 4}]}
MENTION = {"example_id": "m1", "entity_id": "Q1", "mention_span": {"start": 0, "end": 1}}
CANDIDATE = {"entity_id": "Q1", "description": "d"}


def reads(task: str, split: str, language: str, files: Mapping[str, object]) -> Case:
    """A set of a task, read from these files of its folder alone."""
    return Case(
        prepare=several(*(writes(f"here/{task}/{name}", content) for name, content in files.items())),
        call=lambda folder: load(folder / "here", task, split, language),
        about=f"reading {task}, {split}, {language}: {', '.join(files)}",
    )


def copa(old: str, new: str) -> Case:
    assert old in COPA
    return reads("copa", "train", "en", {"train.jsonl": COPA.replace(old, new)})


def paragraph(**changes: object) -> Case:
    return reads("squad", "train", "en", {"train-v1.1.json": {"data": [{"paragraphs": [PARAGRAPH | changes]}]}})


def asked(*answers: object) -> Case:
    return paragraph(qas=[{"id": "q", "question": "?", "answers": list(answers)}])


def lareqa(**changes: object) -> Case:
    return reads("lareqa", "test", "de", {"xquad-r.de.json": {"data": [{"paragraphs": [PARAGRAPH | changes]}]}})


def mewslix(pool: object = CANDIDATE, **mention: object) -> Case:
    row = {"context": CONTEXT, "mention": {key: value for key, value in (MENTION | mention).items() if value is not None}}
    return reads("mewslix", "test", "de", {"wikinews_mentions-test.jsonl": row, "candidate_set_entities.jsonl": pool})


def treebank(line: str) -> Case:
    return reads("udpos", "test", "de", {"de_gsd-ud-test.conllu": line})


def ccg(tags: object) -> Case:
    return reads("ccg", "train", "en", {"ccg.train": "a b\tN N\n", "tags_to_id.json": tags})


def bucc(queries: str = "zh-1\ta\n", gold: str = "zh-1\ten-1\n") -> Case:
    return reads("bucc2018", "dev", "zh", {"zh-en.dev.zh": queries, "zh-en.dev.en": "en-1\tb\n", "zh-en.dev.gold": gold})


def called(about: str, call: Callable[[Path], object]) -> Case:
    return Case(call=call, about=about)


def small(name: str, value: int) -> Callable[[Path], AbstractContextManager[object]]:
    """A bound of what is read that a small file passes."""
    return lambda _: mock.patch.object(text, name, value)


def edited(folder: Path) -> None:
    """A set that a job reads after it was planned and edited."""
    planned = use(folder)
    data("snli/train.tsv", lambda rows: rows.replace("neutral", "entailment", 1))(folder)
    examples_of(planned, None, Reading(True, Store(folder / "store")))


def use(folder: Path, language: str = "en", split: Literal["train", "test"] = "train") -> DataUse:
    task = TASKS["snli" if split == "train" else "xnli"]
    return DataUse(task, local_sources(task, folder / "data", Memo())[split, language], None, "all")


def paired_use(folder: Path) -> DataUse:
    """One row in German and in Swahili, with two labels."""
    for language, label in (("de", "neutral"), ("sw", "entailment")):
        writes(f"data/xnli/test-{language}.tsv", f"a\tb\t{label}\n")(folder)
    return replace(use(folder, "de", "test"), second=use(folder, "sw", "test").source)


def pair(name: str, label: str, second: str | None = "b") -> SentencePair:
    return SentencePair(name, "a", second, label)


CASES: dict[str, Case] = {
    "a data folder that is not there": Case(arguments="check STUDY --data DIR/nowhere"),
    "no data of a target, and no network": Case(arguments="build STUDY --offline", prepare=without("data/xnli")),
    "no data of a task's own": Case(OWN),
    "a label that is none": Case(prepare=data("xnli/test-de.tsv", lambda text: text.replace("entailment", "entails", 1))),
    "a column that is missing": Case(prepare=data("snli/train.tsv", lambda text: text.replace("\tneutral", "", 1))),
    "a line that is no JSON": Case(prepare=data("hellaswag/train.jsonl", lambda text: text.replace("{", "(", 1))),
    "a field that is missing": Case(prepare=data("hellaswag/train.jsonl", lambda text: text.replace('"endings"', '"ends"', 1))),
    "text that is not UTF-8": Case(prepare=writes("data/xnli/test-de.tsv", b"caf\xe9\tb\tneutral\n")),
    "an empty data file": Case(prepare=writes("data/xnli/test-de.tsv", "")),
    "own data: a label that is not declared": own(t_jsonl='{"text": "a", "label": "god"}\n'),
    "own data: a column that is not there": own(t_jsonl='{"txt": "a", "label": "good"}\n'),
    "own data: a list for a text": own(t_jsonl='{"text": ["a"], "label": "good"}\n'),
    # packing and encoding
    "gzip that is cut off": Case(prepare=several(without("data/xnli/test-de.tsv"), writes("data/xnli/test-de.tsv.gz", gzip.compress(b"a\tb\tneutral\n" * 99, mtime=0)[:40]))),
    "packed and not packed": Case(prepare=writes("data/xnli/test-de.tsv.gz", "a\tb\tneutral\n")),
    "a file that expands without end": Case(prepare=several(without("data/xnli/test-de.tsv"), writes("data/xnli/test-de.tsv.gz", "a\tb\tneutral\n" * 9999)), around=small("_FREE", 100)),
    "a line without end": Case(around=small("LONGEST_LINE", 10)),
    "two encodings in one file": Case(prepare=writes("data/xnli/test-de.tsv", "ä\tb\tneutral\n".encode() + "ä\tb\tneutral\n".encode("latin-1"))),
    "UTF-16": Case(prepare=writes("data/xnli/test-de.tsv", "a\tb\tneutral\n".encode("utf-16-le"))),
    "CRLF and a byte order mark, and a label that is none": Case(prepare=writes("data/xnli/test-de.tsv", b"\xef\xbb\xbfa\tb\tneutral\r\nc\td\tneutrl\r\n")),
    "a web page": Case(prepare=writes("data/xnli/test-de.tsv", "<!DOCTYPE html>\n<html></html>\n")),
    "a pointer of Git LFS": Case(prepare=writes("data/xnli/test-de.tsv", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n")),
    "a folder in place of a file": called("lines of a folder", lambda folder: text.lines(folder / "data")),
    # where files lie
    "a link out of the data folder": Case(prepare=several(without("data/xnli/test-de.tsv"), lambda folder: (folder / "data/xnli/test-de.tsv").symlink_to("/etc/hostname"))),
    "one split in two forms": Case(prepare=writes("data/snli/train.jsonl", {"premise": "a", "hypothesis": "b", "label": "neutral"})),
    # tables
    "a row with a column less than the header": Case(prepare=writes("data/xnli/test-de.tsv", "premise\thypothesis\tlabel\na\tb\n")),
    "a row of a CSV file with a column more": reads("cosmosqa", "train", "en", {"train.csv": f"{COSMOS}c,x,y,a,b,c,d,3,4\n"}),
    "a quote that is not closed": reads("cosmosqa", "train", "en", {"train.csv": f'{COSMOS}c,"x,y,a,b,c,d,3\n'}),
    "no row with a label": reads("snli", "train", "en", {"train.jsonl": {"premise": "a", "hypothesis": "b", "label": "-"}}),
    "an id twice": reads("copa", "train", "en", {"train.jsonl": COPA.replace("}", ', "idx": 1}') * 2}),
    "a choice that is not there": copa("0}", "2}"),
    "a question that is neither": copa("cause", "why"),
    "a letter that is none of the choices": reads("csqa", "train", "en", {"train.jsonl": {"id": "1", "question": {"stem": "?", "choices": [{"label": "A", "text": "a"}]}, "answerKey": "B"}}),
    "choices that are a text": reads("hellaswag", "train", "en", {"train.jsonl": {"ctx": "x", "endings": "y", "label": 0}}),
    "choices of another shape": reads("csqa", "train", "en", {"train.jsonl": {"id": "1", "question": {"stem": "?", "choices": ["a"]}, "answerKey": "A"}}),
    "choices without their texts": reads("csqa", "train", "en", {"train.jsonl": {"id": "1", "question": {"stem": "?", "choices": [{"label": "A"}]}, "answerKey": "A"}}),
    "answers for other questions": reads("siqa", "train", "en", {"train.jsonl": {"context": "a"}, "train-labels.lst": "1\n2\n"}),
    "own tags: fewer than words": own(OWN_TAGS, t_jsonl='{"w": ["a", "b"], "t": ["good"]}\n'),
    "own tags: one that is not declared": own(OWN_TAGS, t_jsonl='{"w": ["a"], "t": ["god"]}\n'),
    # JSON
    "a list in place of JSON lines": reads("copa", "train", "en", {"train.jsonl": f"[{COPA.strip()}]"}),
    "a number that JSON does not have": copa("0}", "NaN}"),
    "half a character": copa('"a"', '"\\ud83d"'),
    # questions
    "no data in a file of questions": reads("squad", "train", "en", {"train-v1.1.json": {"version": "1.1"}}),
    "a paragraph without questions": paragraph(qas=None),
    "a question without an id": paragraph(qas=[{"question": "?", "answers": []}]),
    "an answer without its place": asked({"text": "b"}),
    "an answer that is empty": asked({"text": "", "answer_start": 0}),
    "an answer that is not in its context": asked({"text": "c", "answer_start": 2}),
    "a question without answers": asked(),
    "two questions of one id": paragraph(qas=[QUESTION, QUESTION]),
    "sentences that do not hold the answer": lareqa(sentence_breaks=[[0, 1]]),
    "sentences outside the context": lareqa(sentence_breaks=[[0, 9]]),
    "sentences that are no pairs": lareqa(sentence_breaks=[3]),
    # tags
    "a treebank with a column less": treebank("1\ta\t_\tNOUN\n"),
    "a word that has no number": treebank("one\ta\t_\tNOUN\t_\t_\t0\t_\t_\t_\n"),
    "a word without a tag": reads("panx", "train", "en", {"train-en.tsv": "Berlin\n"}),
    "a tag that the task does not have": reads("panx", "train", "en", {"train-en.tsv": "Berlin\tB-CITY\n"}),
    "a supertag less than words": reads("ccg", "train", "en", {"ccg.train": "a b\tN\n", "tags_to_id.json": {"N": 0}}),
    "words without their supertags": reads("ccg", "train", "en", {"ccg.train": "a b\n", "tags_to_id.json": {"N": 0}}),
    "supertags that are no object": ccg([]),
    "supertags that are not numbered": ccg({"N": 1}),
    # retrieval
    "translations of another length": Case(changed(XNLI, "[{task: tatoeba, languages: [de]}]"), prepare=writes("data/tatoeba/tatoeba.deu-eng.deu", "a\n")),
    "a sentence without its id": bucc(queries="a\n"),
    "a pair of a sentence that is not there": bucc(gold="zh-2\ten-1\n"),
    "a mention without a span": mewslix(mention_span=None),
    "a mention outside its text": mewslix(mention_span={"start": 0, "end": 9}),
    "a mention without an entity": mewslix(entity_id=None),
    "a mention of no candidate": mewslix(entity_id="Q2"),
    "a candidate without a description": mewslix(pool={"entity_id": "Q1"}),
    "a pair without an entity": reads("mewslix", "train", "en", {"wikipedia_pairs-train.jsonl": {"contextual_mention": {"context": CONTEXT, "mention": MENTION}}}),
    # what methods make of them
    "synonyms in a list": Case(SYNONYMS, files={"a.json": []}),
    "synonyms that are no lists": Case(SYNONYMS, files={"a.json": {"good": "fine"}}),
    "synonyms that are not there": called("the fingerprint of synonyms", lambda folder: synonyms_fingerprint(folder / "a.json", Memo())),
    "synonyms that were edited": called("a job that draws synonyms", lambda folder: synonyms_of_file(SynonymCopies(1, 1, path=str(folder / "study.yaml"), synonyms="0"))),
    "synonyms of no word": called("a job that draws synonyms", lambda _: apply(SynonymCopies(1, 1), [pair("1", "neutral")], TASKS["snli"], synonyms={"good": ["fine"]})),
    "fewer examples than are to be drawn": called("a job that draws examples", lambda _: apply(Sampled(5, 1), [pair("1", "neutral")], TASKS["snli"])),
    "pairs without an id in common": called("a job on pairs", lambda _: pair_up([pair("1", "neutral")], [pair("2", "neutral")], "XNLI, test in 'de' and 'fr'")),
    "pairs with other labels": called("a job on pairs", lambda _: pair_up([pair(str(n), "neutral") for n in range(99)], [pair(str(n), "entailment") for n in range(99)], "XNLI, test in 'de' and 'fr'")),
    "pairs of single sentences": called("a job on pairs", lambda _: pair_up([pair("1", "neutral", None)], [pair("1", "neutral", None)], "mine, test in 'de' and 'fr'")),
    "few pairs, of which none agrees": called("a job on pairs", lambda folder: examples_of(paired_use(folder), None, Reading(True, Store(folder / "store")))),
    "a set that was edited after it was planned": called("a job", edited),
}  # fmt: skip
