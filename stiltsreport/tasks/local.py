"""Which files under --data belong to which split and language of a task: our layout and the one each publisher uses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stiltsreport.errors import DataError
from stiltsreport.places import is_file
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.intermediate import PARTS
from stiltsreport.tasks.languages import ISO3, LANGUAGES
from stiltsreport.tasks.sources import Role, Source, SourceFile
from stiltsreport.tasks.task import SplitName, Task

_SPLITS: dict[str, SplitName] = {
    "train": "train", "training": "train", "translated_train": "train", "trn": "train",
    "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev", "dev_2k": "dev", "dev_matched": "dev", "sample": "dev",
    "test": "test", "test_2k": "test", "tst": "test",
}  # fmt: skip
_L = r"(?P<language>[a-z]{2})"
_S = r"(?P<split>train|dev|val|valid|validation|test)"
_PART = r"(?:[._-]?part\d+)?"
_ENGLISH_JSON = rf"(?:\w+[._-])?{_S}(?:-v[\d.]+)?{_PART}\.json"


@dataclass(frozen=True)
class Layout:
    """File names of one kind: `pattern` matches the path inside the task's folder without ".gz"; groups split, language, other (iso3).

    `example` is a name that it accepts and `line` what stands in such a file.
    """

    pattern: str
    example: str
    line: str
    role: Role = "data"
    split: SplitName | None = None


_BUCC_SPLIT = r"(?P<split>dev|test|sample|training)"
_BUCC: tuple[tuple[str, str, str, Role], ...] = (
    (r"(?P=a)", "zh", "zh-000000001<TAB>sentence", "queries"),
    (r"en", "en", "en-000000001<TAB>sentence", "pool"),
    (r"gold", "gold", "zh-000000001<TAB>en-000000002", "gold"),
)


def _nli(publisher: str) -> tuple[Layout, ...]:
    line = "A man sleeps.<TAB>Nobody sleeps.<TAB>contradiction"
    return (
        Layout(rf"{_S}{_PART}\.(?:tsv|jsonl)", "train.tsv", line),
        Layout(rf"{_S}(?:-en){_PART}\.(?:tsv|jsonl)", "train-en.tsv", line),
        Layout(
            rf"{publisher}_(?:1\.0_)?(?P<split>train|dev|test|dev_matched)\.jsonl",
            f"{publisher}_1.0_train.jsonl",
            '{"sentence1": ..., "gold_label": ...}',
        ),
    )


def _choice(prefix: str = "") -> tuple[Layout, ...]:
    return (
        Layout(
            rf"(?:{prefix}_)?{_S}(?:_rand_split)?{_PART}\.(?:jsonl|csv)", "train.jsonl", "one JSON object a line, the publisher's columns"
        ),
    )


_COPA = '{"premise": ..., "choice1": ..., "choice2": ..., "question": "cause", "label": 0}'
_PAWSX_FILE = r"(?P<split>train|translated_train|dev_2k|test_2k)"
_GOLDP = r"tydiqa-goldp-v1\.[01]"
_ALL_LANGUAGES = "the publisher's file of all languages"
_SQUAD = (Layout(_ENGLISH_JSON, "train-v1.1.json", '{"data": [{"paragraphs": [{"context": ..., "qas": [...]}]}]}'),)
LAYOUTS: dict[str, tuple[Layout, ...]] = {
    "mnli": (
        *_nli("multinli"),
        Layout(r"(?P<split>train|dev_matched)\.tsv", "dev_matched.tsv", "GLUE's table with its header"),
    ),
    "snli": _nli("snli"),
    "qqp": (Layout(rf"{_S}{_PART}\.(?:tsv|jsonl)", "train.tsv", "GLUE's table with its header"),),
    "anli": (
        Layout(rf"{_S}_r\d\.jsonl", "dev_r1.jsonl", '{"uid": ..., "context": ..., "hypothesis": ..., "label": "e"}'),
        Layout(rf"R\d/{_S}\.jsonl", "R1/train.jsonl", '{"uid": ..., "context": ..., "hypothesis": ..., "label": "e"}'),
    ),
    "squad": _SQUAD,
    "squad2": _SQUAD,
    "qamr": _SQUAD,
    "hellaswag": _choice("hellaswag"),
    "csqa": _choice(),
    "cosmosqa": _choice(),
    "siqa": (
        *_choice("socialiqa"),
        Layout(r"(?:socialIQa_v1\.4/)?socialIQa_v1\.4_(?P<split>trn|dev|tst)\.jsonl", "socialIQa_v1.4_trn.jsonl", '{..., "correct": "A"}'),
        Layout(rf"{_S}-labels\.lst", "train-labels.lst", "1", role="gold"),
    ),
    "copa": (
        Layout(rf"{_S}(?:\.en)?\.jsonl", "train.jsonl", _COPA),
        Layout(rf"(?:\.\./xcopa/)?en/{_S}\.en\.jsonl", "../xcopa/en/train.en.jsonl", "the same, where there is no folder copa"),
    ),
    "ccg": (
        Layout(rf"ccg\.{_S}", "ccg.train", "He sleeps<TAB>NP S\\NP"),
        Layout(r"tags_to_id\.json", "tags_to_id.json", '{"NP": 0, ...}', role="tags"),
    ),
    "xnli": (
        Layout(rf"{_S}-{_L}\.(?:tsv|jsonl)", "test-de.tsv", "sentence<TAB>sentence<TAB>entailment"),
        Layout(r"xnli\.(?P<split>dev|test)\.(?:tsv|jsonl)", "xnli.test.tsv", "the publisher's table of all languages"),
    ),
    "pawsx": (
        Layout(rf"{_S}-{_L}\.(?:tsv|jsonl)", "test-de.tsv", "sentence<TAB>sentence<TAB>1"),
        Layout(rf"(?:x-final/)?{_L}/{_PAWSX_FILE}\.tsv", "de/test_2k.tsv", "the publisher's table with its header"),
    ),
    "udpos": (
        Layout(rf"(?:[\w-]+/)*{_L}_\w+-ud-{_S}\.conllu", "de_gsd-ud-test.conllu", "CoNLL-U"),
        Layout(rf"{_S}-{_L}\.tsv", "dev-de.tsv", "Haus<TAB>NOUN, a blank line after each sentence"),
    ),
    "panx": (
        Layout(rf"{_S}-{_L}\.tsv", "dev-de.tsv", "Berlin<TAB>B-LOC, a blank line after each sentence"),
        Layout(rf"{_L}/{_S}", "de/test", "de:Berlin<TAB>B-LOC"),
        Layout(rf"{_L}-{_S}", "de-test", "the same"),
    ),
    "xquad": (Layout(rf"xquad\.{_L}\.json", "xquad.de.json", "SQuAD's JSON", split="test"),),
    "mlqa": (
        Layout(rf"(?:\w+/)*{_S}-context-{_L}-question-(?P=language)\.json", "dev-context-de-question-de.json", "SQuAD's JSON"),
    ),
    "tydiqa": (
        Layout(rf"{_S}-{_L}\.json", "dev-en.json", "SQuAD's JSON"),
        Layout(rf"tydiqa(?:-goldp|\.goldp)?\.{_L}\.{_S}\.json", "tydiqa.goldp.en.train.json", "SQuAD's JSON"),
        # In the folders that XTREME's download makes, its own files of single languages lack ids of their own (train) and answers (dev).
        Layout(rf"(?:{_GOLDP}-train/)?{_GOLDP}-{_S}\.json", "tydiqa-goldp-v1.1-train.json", _ALL_LANGUAGES),
        Layout(rf"(?:{_GOLDP}-dev/)?tydiqa-goldp-{_S}-(?P<named>[a-z]+)\.json", "tydiqa-goldp-dev-finnish.json", "the publisher's"),
    ),
    "bucc2018": tuple(
        Layout(rf"(?:[a-z]{{2}}-en/)?(?P<a>[a-z]{{2}})-en\.{_BUCC_SPLIT}\.{suffix}", f"zh-en.dev.{name}", line, role=role)
        for suffix, name, line, role in _BUCC
    ),
    "tatoeba": (
        Layout(r"tatoeba\.(?P<other>[a-z]{3})-eng\.eng", "tatoeba.deu-eng.eng", "a sentence a line", role="queries", split="test"),
        Layout(r"tatoeba\.(?P<other>[a-z]{3})-eng\.(?P=other)", "tatoeba.deu-eng.deu", "its translation", role="pool", split="test"),
    ),
    "xcopa": (
        Layout(rf"(?:data/)?{_L}/(?P<split>val|test)\.(?P=language)\.jsonl", "id/test.id.jsonl", _COPA),
        Layout(rf"(?P<split>val|test)\.{_L}\.jsonl", "test.id.jsonl", "the same"),
    ),
    "lareqa": (Layout(rf"(?:xquad-r/|xquad-r\.)?{_L}\.json", "xquad-r.de.json", "SQuAD's JSON with sentence_breaks", split="test"),),
    "mewslix": (
        Layout(r"wikipedia_pairs-(?P<split>train)\.jsonl", "wikipedia_pairs-train.jsonl", '{"contextual_mention": ..., "entity": ...}'),
        Layout(r"wikinews_mentions-(?P<split>dev|test)\.jsonl", "wikinews_mentions-test.jsonl", '{"context": ..., "mentions": [...]}'),
        Layout(rf"(?:wikinews_mentions/)?{_L}[-_/](?P<split>dev|test)\.jsonl", "de-test.jsonl", '{"context": ..., "mention": ...}'),
        Layout(r"candidate_set_entities\.jsonl", "candidate_set_entities.jsonl", '{"entity_id": ..., "description": ...}', role="pool"),
    ),
    "mlm": (
        Layout(rf"{_L}\.txt", "de.txt", "a sentence or paragraph a line", split="train"),
        Layout(rf"sentences/{_L}\.txt", "sentences/de.txt", "the same", split="train"),
    ),
}  # fmt: skip
NAMED = {language.title.lower(): language.name for language in LANGUAGES.values()}
_COMPILED = {name: tuple((layout, re.compile(layout.pattern)) for layout in layouts) for name, layouts in LAYOUTS.items()}


def accepted(task: Task) -> list[tuple[str, str]]:
    """(file name, what stands in it) of every form that a task's folder may hold."""
    if task.parts:
        return [(f"{PARTS[part].name if part in PARTS else part}/", "the folder of that task") for part in task.parts]
    return [(f"{task.folder or task.name}/{layout.example}[.gz]", layout.line) for layout in LAYOUTS.get(task.name, ())]


@dataclass(frozen=True)
class Found:
    """A file and the part that its name gives it; language "" means all languages, split None all splits."""

    file: SourceFile
    split: SplitName | None
    language: str
    layout: Layout


def found_files(task: Task, data: Path) -> Iterator[Found]:
    """Every file of a task's folder that one of its layouts accepts, in name order."""
    folder = data / (task.folder or task.name)
    if task.name == "copa" and not folder.is_dir():
        folder = data / "xcopa"  # XCOPA's release carries English COPA
    if not folder.is_dir():
        return
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix().removesuffix(".gz")
        for layout, pattern in _COMPILED.get(task.name, ()):
            match = pattern.fullmatch(name)
            if match is None:
                continue
            groups = match.groupdict()
            language = groups.get("language") or groups.get("a") or ""
            if groups.get("other") or groups.get("named"):
                language = ISO3.get(groups.get("other") or "") or NAMED.get(groups.get("named") or "") or ""
                if not language:
                    continue  # a language that we have no code for
            split = layout.split or (_SPLITS[groups["split"]] if groups.get("split") else None)
            if task.name == "bucc2018" and split == "train":
                split = "test"  # XTREME's test set is BUCC's training set, its dev set BUCC's sample
            _refuse_outside(path, folder)
            yield Found(SourceFile(str(path), layout.role, language), split, language, layout)
            break


def local_sources(task: Task, data: Path | None, memo: Memo) -> dict[tuple[SplitName, str], Source]:
    """The local sources of a task by (split, language); a study's own task reads the files it names.

    Raises DataError where two forms of one split lie side by side (train.tsv and train.jsonl).
    """
    if task.files:
        return _own_files(task, data, memo)
    if data is None:
        return {}
    if task.parts:
        return _joined(task, data, memo)
    if task.name == "lareqa":
        return _lareqa(task, data, memo)
    groups: dict[tuple[SplitName, str], list[Found]] = {}
    shared: list[SourceFile] = []
    for found in found_files(task, data):
        if found.split is None:
            shared.append(found.file)
            continue
        for language in (found.language,) if found.language else _languages_of(task):
            groups.setdefault((found.split, language), []).append(found)
    whole: dict[tuple[SplitName, str], Source] = {}
    for (split, language), group in sorted(groups.items()):
        members = _with_gold(group) if task.name == "bucc2018" else group
        files = [*(member.file for member in members), *(file for file in shared if file.role == "tags" or split != "train")]
        if _complete(task, files, split):
            _refuse_two_forms(members)
            whole[split, language] = memo.source(task, split, language, files)
    return whole


def missing_parts(task: Task, data: Path | None, memo: Memo) -> list[str]:
    """The parts of a joined task (ANLI+) that have no training data here: reports name them."""
    from stiltsreport.tasks import TASKS

    return [part for part in task.parts if ("train", "en") not in local_sources(TASKS[part], data, memo)]


def _refuse_outside(path: Path, folder: Path) -> None:
    """A link inside a folder of data may not lead out of it: an archive could carry one to any file of this machine.

    The folder itself may be a link, as its owner made it.
    """
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        hint = "copy the file; the task's folder, or --data, may itself be a link"
        raise DataError("is a link that leads out of the data folder", where=str(path), hint=hint)


def _languages_of(task: Task) -> tuple[str, ...]:
    """The languages that a file without a language in its name may hold."""
    return task.languages if task.name in ("xnli", "tydiqa", "mewslix") else ("en",)


def _complete(task: Task, files: Sequence[SourceFile], split: SplitName) -> bool:
    wanted = {"tatoeba": {"queries", "pool"}, "bucc2018": {"queries", "pool", "gold"}, "ccg": {"data", "tags"}}.get(task.name, {"data"})
    if task.name == "mewslix" and split != "train":
        wanted = {"data", "pool"}
    return wanted <= {file.role for file in files}


def _with_gold(members: list[Found]) -> list[Found]:
    """The files beside which gold pairs lie: BUCC's blind test set has none, and the ids of its training set, which XTREME tests on."""
    gold = {_stem(member) for member in members if member.file.role == "gold"}
    return [member for member in members if _stem(member) in gold] or members


def _stem(member: Found) -> str:
    return member.file.path.removesuffix(".gz").rpartition(".")[0]


def _refuse_two_forms(members: Sequence[Found]) -> None:
    """The same split in two forms would be read twice: its parts must be of one kind."""
    forms: dict[Role, dict[tuple[Layout, str], str]] = {}
    for member in members:
        plain = member.file.path.removesuffix(".gz")
        if plain != member.file.path and Path(plain).exists():
            raise DataError("lies there compressed and not compressed", where=plain, hint="keep one of the two")
        form = Path(plain).suffix if member.layout.role == "data" else plain  # of queries, pool and gold there is one file each
        forms.setdefault(member.layout.role, {}).setdefault((member.layout, form), plain)
    for role, kinds in forms.items():
        if len(kinds) > 1 and role != "tags":
            names = ", ".join(Path(path).name for path in kinds.values())
            raise DataError(
                f"one split in {len(kinds)} forms: {names}", where=str(Path(members[0].file.path).parent), hint="keep one of them"
            )


def _own_files(task: Task, data: Path | None, memo: Memo) -> dict[tuple[SplitName, str], Source]:
    sources: dict[tuple[SplitName, str], Source] = {}
    if data is None:
        return sources
    base = data / task.folder
    for split, pattern in task.files:
        spoken = task.languages if "{language}" in pattern or len(task.languages) == 1 else ("en",)
        for language in spoken:
            path = base / pattern.replace("{language}", language)
            if is_file(path):
                _refuse_outside(path, data)
                sources[split, language] = memo.source(task, split, language, [SourceFile(str(path), "data", language)])
    return sources


def _joined(task: Task, data: Path, memo: Memo) -> dict[tuple[SplitName, str], Source]:
    """The parts' training sets one after another; the dev set is that of the parts which have an official one in the benchmark: ANLI's."""
    from stiltsreport.tasks import TASKS

    sources: dict[tuple[SplitName, str], Source] = {}
    parts = [local_sources(TASKS[part], data, memo) for part in task.parts]
    training = [file for part in parts if ("train", "en") in part for file in part["train", "en"].files]
    dev = next((part["dev", "en"].files for part in reversed(parts) if ("dev", "en") in part), ())
    if training:
        sources["train", "en"] = memo.source(task, "train", "en", training)
    if dev:
        sources["dev", "en"] = memo.source(task, "dev", "en", list(dev))
    return sources


def _lareqa(task: Task, data: Path, memo: Memo) -> dict[tuple[SplitName, str], Source]:
    """Every language searches the sentences of all."""
    files = [found.file for found in found_files(task, data)]
    return {("test", file.language): memo.source(task, "test", file.language, files) for file in files if file.language in task.languages}
