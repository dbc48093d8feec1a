"""Data files of every reader, one sound set of each, with damage done to one file at a time."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from stiltsreport.study.definitions import defined_task
from stiltsreport.study.schema import TaskDefinition
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.changes.synonyms import read_synonyms
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.mlm import MLM
from stiltsreport.tasks.read import read, with_labels
from stiltsreport.tasks.task import Task
from tests.fuzz.mutations import altered, damaged
from tests.fuzz.running import Target
from tests.tasks.folder import fill, lines, squad, table

_QUESTIONS = squad(("The Aar is short.", [("q1", "How?", [("short", 11)]), ("q2", "What?", [("The Aar", 0)])]))
_QUESTIONS_R: dict[str, Any] = squad(("The Aar is short. It is cold.", [("q1", "How?", [("short", 11)])]))
_QUESTIONS_R["data"][0]["paragraphs"][0]["sentence_breaks"] = [[0, 17], [18, 29]]
_COPA = {"premise": "The ice melted.", "choice1": "It was warm.", "choice2": "It was cold.", "question": "cause", "label": 0, "idx": 0}
_MENTION = {
    "context": {"text": "Bern lies on the Aar.", "language": "de", "sentence_spans": [{"start": 0, "end": 21}]},
    "mention": {"example_id": "m1", "mention_span": {"start": 17, "end": 20}, "entity_id": "Q1"},
}
_PAIR = {"contextual_mention": _MENTION, "entity": {"entity_id": "Q1", "description": "a river"}}
_CSQA = {"id": "1", "answerKey": "A", "question": {"stem": "Why?", "choices": [{"label": "A", "text": "x"}, {"label": "B", "text": "y"}]}}
_HELLASWAG = {"ind": 1, "ctx_a": "A man", "ctx_b": "he", "endings": ["sits.", "eats.", "runs.", "flies."], "label": 2}
_COSMOS = 'id,context,question,answer0,answer1,answer2,answer3,label\nc1,x,y,a,b,c,d,3\nc2,"x,\n z",y,a,b,c,d,0\n'


def _own(name: str, kind: str, file: str, **more: Any) -> Task:
    definition = TaskDefinition.model_validate({"type": kind, "languages": ["en"], "files": {"test": file}} | more)
    return defined_task(name, definition, "")


@dataclass(frozen=True)
class Sound:
    """Files that a task reads; the first is the one that is damaged."""

    task: Task
    split: str
    language: str
    files: dict[str, str]
    rows: tuple[Any, ...] = ()  # where the file is one of JSON: its lines, or its one document


def _json(task: str, split: str, language: str, name: str, *rows: Any, **more: str) -> Sound:
    return Sound(TASKS[task], split, language, {f"{task}/{name}": lines(*rows), **more}, rows)


SETS = (
    Sound(TASKS["xnli"], "test", "de", {"xnli/test-de.tsv": table("Ein Satz.|Noch einer.|neutral", "Ja.|Nein.|contradiction")}),
    _json("xnli", "test", "de", "test-de.jsonl", {"sentence1": "a", "sentence2": "b", "gold_label": "neutral", "pairID": "7"}),
    Sound(TASKS["xnli"], "test", "de", {"xnli/xnli.test.tsv": table("language|gold_label|sentence1|sentence2|pairID", "de|neutral|a|b|1", "fr|neutral|a|b|2")}),
    Sound(TASKS["qqp"], "train", "en", {"qqp/train.tsv": table("id|qid1|qid2|question1|question2|is_duplicate", "1|2|3|Why?|How?|0", "2|4|5|Who?|W")}),
    Sound(TASKS["pawsx"], "test", "de", {"pawsx/de/test_2k.tsv": table("id|sentence1|sentence2|label", "1|a|b|1", "2|c|d|0")}),
    _json("xcopa", "test", "id", "id/test.id.jsonl", _COPA, {**_COPA, "idx": 1}),
    _json("hellaswag", "train", "en", "train.jsonl", _HELLASWAG),
    _json("csqa", "train", "en", "train.jsonl", _CSQA),
    Sound(TASKS["cosmosqa"], "train", "en", {"cosmosqa/train.csv": _COSMOS}),
    _json(
        "siqa", "train", "en", "train.jsonl", {"context": "c", "question": "q", "answerA": "a", "answerB": "b", "answerC": "c"},
        **{"siqa/train-labels.lst": "2\n"},
    ),
    _json("anli", "dev", "en", "dev_r1.jsonl", {"uid": "u", "context": "a", "hypothesis": "b", "label": "e"}),
    _json("squad", "train", "en", "train-v1.1.json", _QUESTIONS),
    _json("tydiqa", "train", "en", "tydiqa-goldp-v1.1-train.json", squad(("The Aar.", [("english-1", "What?", [("Aar", 4)])]))),
    _json("lareqa", "test", "de", "de.json", _QUESTIONS_R, **{"lareqa/en.json": lines(_QUESTIONS_R)}),
    Sound(TASKS["udpos"], "test", "de", {"udpos/de_gsd-ud-test.conllu": table("# sent_id = a", "1|Das|_|DET|_|_|0|_|_|_", "2-3|x|_|_|_|_|_|_|_|_", "", "1|b|_|NOUN|_|_|0|_|_|_")}),
    Sound(TASKS["panx"], "test", "de", {"panx/test-de.tsv": table("Berlin|B-LOC", "ist|O", "", "Ute|B-PER")}),
    Sound(TASKS["panx"], "test", "de", {"panx/de/test": table("de:Berlin|B-LOC", "", "de:Ute|B-PER")}),
    Sound(TASKS["ccg"], "train", "en", {"ccg/ccg.train": table("He sleeps|NP S\\NP"), "ccg/tags_to_id.json": '{"NP": 0, "S\\\\NP": 1}'}),
    Sound(TASKS["ccg"], "train", "en", {"ccg/tags_to_id.json": '{"NP": 0, "S\\\\NP": 1}', "ccg/ccg.train": table("He sleeps|NP S\\NP")}, ({"NP": 0, "S\\NP": 1},)),
    Sound(TASKS["tatoeba"], "test", "de", {"tatoeba/tatoeba.deu-eng.deu": "Hallo.\nJa.\n", "tatoeba/tatoeba.deu-eng.eng": "Hello.\nYes.\n"}),
    Sound(TASKS["bucc2018"], "dev", "de", {
        "bucc2018/de-en.dev.de": table("de-1|Ein Satz.", "de-2|Noch einer."), "bucc2018/de-en.dev.en": table("en-1|A sentence."),
        "bucc2018/de-en.dev.gold": table("de-1|en-1"),
    }),
    Sound(TASKS["bucc2018"], "dev", "de", {
        "bucc2018/de-en.dev.gold": table("de-1|en-1"), "bucc2018/de-en.dev.de": table("de-1|Ein Satz."), "bucc2018/de-en.dev.en": table("en-1|A sentence."),
    }),
    _json("mewslix", "train", "en", "wikipedia_pairs-train.jsonl", _PAIR),
    _json("mewslix", "test", "de", "de-test.jsonl", _MENTION, **{"mewslix/candidate_set_entities.jsonl": lines({"entity_id": "Q1", "description": "a river"})}),
    Sound(MLM, "train", "de", {"mlm/de.txt": "Ein Satz.\n\nNoch einer.\n"}),
    Sound(_own("own1", "sequence_classification", "o.csv", labels=["a", "b"], columns={"first": "text", "label": "class"}), "test", "en", {"o.csv": "text,class\nx,a\ny,1\n"}),
    Sound(_own("own2", "multiple_choice", "o.tsv", columns={"choices": "c0,c1"}), "test", "en", {"o.tsv": table("prompt|c0|c1|label", "p|x|y|0", "q|x|y|B")}),
    Sound(_own("own3", "question_answering", "o.jsonl"), "test", "en", {"o.jsonl": lines({"id": 1, "question": "q", "context": "abc", "answers": {"text": ["b"], "answer_start": [1]}})},
          ({"id": 1, "question": "q", "context": "abc", "answers": {"text": ["b"], "answer_start": [1]}},)),
    Sound(_own("own4", "token_classification", "o.jsonl", labels=["O", "B-X"]), "test", "en", {"o.jsonl": lines({"words": ["a", "b"], "tags": [0, "B-X"]})}, ({"words": ["a", "b"], "tags": [0, "B-X"]},)),
    Sound(_own("own5", "sentence_retrieval", "o.jsonl"), "test", "en", {"o.jsonl": lines({"english": "a", "other": "b"})}, ({"english": "a", "other": "b"},)),
)  # fmt: skip


def read_files(given: tuple[int, bytes]) -> None:
    """Fill a folder with the files of a set, the first one as given, and read them as planning and training do."""
    number, content = given
    sound = SETS[number]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, {file: content if place == 0 else written for place, (file, written) in enumerate(sound.files.items())})
        memo = Memo()
        source = local_sources(sound.task, folder, memo)[sound.split, sound.language]  # type: ignore[index]
        memo.counted(sound.task, source)
        read(source, with_labels(sound.task, source))


def _first(sound: Sound) -> bytes:
    return next(iter(sound.files.values())).encode()


def _altered_rows(number: int) -> st.SearchStrategy[tuple[int, bytes]]:
    return altered(list(SETS[number].rows)).map(lambda rows: (number, "".join(_line(row) for row in rows).encode("utf-8", "replace")))


def _line(row: Any) -> str:
    return json.dumps(row, ensure_ascii=bool(random.Random(repr(row)).getrandbits(1))) + "\n"


def _read_synonyms(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.json"
        path.write_bytes(content)
        read_synonyms(path)


_OF_JSON = [number for number, sound in enumerate(SETS) if sound.rows]


def _damaged_file(number: int) -> st.SearchStrategy[tuple[int, bytes]]:
    return damaged(_first(SETS[number])).map(lambda content: (number, content))


def _damaged_archive(number: int) -> st.SearchStrategy[tuple[int, bytes]]:
    return damaged(gzip.compress(_first(SETS[number]), mtime=0)).map(lambda content: (number, content))


_EACH = st.sampled_from(range(len(SETS)))
TARGETS = (
    Target("data, damaged bytes", _EACH.flatmap(_damaged_file), read_files, share=44),
    Target("data, other JSON", st.sampled_from(_OF_JSON).flatmap(_altered_rows), read_files, share=25),
    Target("data, damaged gzip", _EACH.flatmap(_damaged_archive), read_files, share=8),
    Target("synonyms", damaged(b'{"good": ["fine", "well"], "bad": []}\n'), _read_synonyms, share=2),
)
