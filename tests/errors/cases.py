"""What users get wrong, each as a command line and the files that it meets: a study, a line of data, a place on disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HEAD = "title: T\nmodels: [{model}]\nintermediate: [hellaswag]\ntarget: [{{task: xnli, languages: [de, en], train: snli}}]\nseeds: [1, 2]\n"
OWN = """\
title: T
models: [{model}]
target: [mine]
data: .
define:
  tasks:
    mine: {{type: sequence_classification, labels: [good, bad], languages: [en, de], files: {{train: t.jsonl, dev: d.jsonl, test: "e.{{language}}.jsonl"}}, columns: {{first: text}}}}
"""


@dataclass(frozen=True)
class Case:
    """`study`: the file's text, {model} the tiny model's folder; `arguments`: of the command, STUDY and DIR stand for places."""

    study: str = HEAD
    arguments: str = "check STUDY"
    files: dict[str, str] = field(default_factory=dict)  # beside the study
    prepare: Callable[[Path], None] | None = None  # DIR, with data/ and model/ in it


def changed(old: str, new: str) -> str:
    assert old in HEAD, old
    return HEAD.replace(old, new)


def added(text: str) -> str:
    return HEAD + text


def data(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        file = folder / "data" / name
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")

    return prepare


def bytes_of(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / "data" / name).write_bytes(content) and None


def config(**entries: object) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        file = folder / "model" / "config.json"
        found = json.loads(file.read_text(encoding="utf-8")) | entries
        file.write_text(json.dumps(found), encoding="utf-8")

    return prepare


def without(name: str) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    return prepare


OWN_FILES = {
    "t.jsonl": '{"text": "a", "label": "good"}\n{"text": "b", "label": "bad"}\n',
    "d.jsonl": '{"text": "a", "label": "good"}\n',
    "e.en.jsonl": '{"text": "a", "label": "good"}\n',
    "e.de.jsonl": '{"text": "a", "label": "good"}\n',
}


def own(**files: str) -> Case:
    """A task of one's own, some of whose files are otherwise."""
    return Case(OWN, "check STUDY", {**OWN_FILES, **{name.replace("_", "."): text for name, text in files.items()}})


CASES: dict[str, Case] = {
    # the study file
    "no such study": Case(arguments="check nowhere.yaml"),
    "a study by almost its name": Case(arguments="check quikstart"),
    "an empty file": Case(""),
    "not YAML": Case("title: [T\n"),
    "a list for a mapping": Case("- title\n"),
    "a key that is not known": Case(added("sedes: [1]\n")),
    "a key twice": Case(added("title: U\n")),
    "without a title": Case(changed("title: T\n", "")),
    "without a model": Case(changed("models: [{model}]\n", "models: []\n")),
    "a number for a name": Case(changed("[hellaswag]", "[1]")),
    "an intermediate task that is not known": Case(changed("hellaswag", "hellaswog")),
    "a target that is not known": Case(changed("task: xnli", "task: xnly")),
    "a target's other spelling": Case(changed("target: [{{task: xnli, languages: [de, en], train: snli}}]", "target: [bucc]")),
    "a benchmark that is not known": Case(changed("target: [{{task: xnli, languages: [de, en], train: snli}}]", "target: xtreme_r")),
    "a language that the task lacks": Case(changed("[de, en]", "[de, fi]")),
    "a language twice": Case(changed("[de, en]", "[de, de]")),
    "a training set of another type": Case(changed("train: snli", "train: squad")),
    "a model that is not known": Case(changed("{model}", "xlmr-bose")),
    "a model twice": Case(changed("[{model}]", "[xlmr-base, xlmr-base]")),
    "a folder that is no model": Case(changed("{model}", "./nothing")),
    "a seed twice": Case(changed("[1, 2]", "[1, 1]")),
    "a seed below zero": Case(changed("[1, 2]", "[-1]")),
    "no seeds": Case(changed("[1, 2]", "[]")),
    "an intermediate task twice": Case(changed("[hellaswag]", "[hellaswag, hellaswag]")),
    "a recipe that is not known": Case(added("recipes: {{target: xstilts-targed}}\n")),
    "a recipe's entry that is not known": Case(added("recipes: {{target: {{base: xstilts-target, learning_rat: 1}}}}\n")),
    "a recipe's entry out of bounds": Case(added("recipes: {{target: {{base: xstilts-target, learning_rate: -1}}}}\n")),
    "a recipe for a task that is not known": Case(added("recipes: {{target: {{base: xstilts-target, tasks: {{panxx: {{epochs: 1}}}}}}}}\n")),
    "a limit of nothing": Case(added("limit: {{train: 0}}\n")),
    "a margin below zero": Case(added("statistics: {{margin: -1}}\n")),
    "a test that is not known": Case(added("statistics: {{test: t-test}}\n")),
    "alpha over a half": Case(added("statistics: {{alpha: 0.9}}\n")),
    "a table that is not known": Case(added("report: {{tables: [gain]}}\n"), "report STUDY --from EXAMPLE"),
    "a format that is not known": Case(added("report: {{formats: [word]}}\n")),
    "a claim of two kinds": Case(added("claims: [{{name: a, better: hellaswag, worse: hellaswag, than: none}}]\n")),
    "a claim on an arm that is not there": Case(added("claims: [{{name: a, better: squad, than: none}}]\n")),
    "a claim on a target that is not there": Case(added("claims: [{{name: a, better: hellaswag, than: none, on: panx}}]\n")),
    "two claims of one name": Case(added("claims: [{{name: a, better: hellaswag, than: none}}, {{name: a, worse: hellaswag, than: none}}]\n")),
    "an equivalence without a margin": Case(added("claims: [{{name: a, equivalent: hellaswag, than: none}}]\n")),
    "a variant that is not known": Case(added("variants: [plain, {{robust: rs-dp}}]\n")),
    "a variant twice": Case(added("variants: [plain, adv, adv]\n")),
    "a control of nothing": Case(changed("[hellaswag]", "[{{control: shuffled, of: squad}}]")),
    "tuning on a reported seed": Case(added("tune: {{learning_rate: [1.0e-5], seeds: [1]}}\n")),
    "an adaptation that is not known": Case(changed("[{model}]", "[{{name: {model}, adaptation: lore}}]")),
    "a task of one's own without a type": Case(added("define: {{tasks: {{mine: {{labels: [a, b]}}}}}}\n")),
    "a task of one's own without files": Case(added("define: {{tasks: {{mine: {{type: sequence_classification, labels: [a, b]}}}}}}\n")),
    # --set, --only and other options
    "--set without a value": Case(arguments="check STUDY --set seeds"),
    "--set of a key that is not there": Case(arguments="check STUDY --set sed=1"),
    "--only that matches nothing": Case(arguments="plan STUDY --only */squad/*/*"),
    "a device that is not known": Case(arguments="plan STUDY --device h300"),
    "a device that is not here": Case(arguments="build STUDY --device cuda:7"),
    "a kind of device to build on": Case(arguments="build STUDY --device h200"),
    "a table that the report lacks": Case(arguments="report quickstart --from EXAMPLE --show gain"),
    "a report folder that is none": Case(arguments="report STUDY --from DIR"),
    "no results to report": Case(arguments="report STUDY"),
    "a store that is a file": Case(arguments="build STUDY --store DIR/study.yaml"),
    "verify of nothing": Case(arguments="verify DIR/nothing.tex"),
    "verify of a text without tables": Case(arguments="verify DIR/study.yaml"),
    "diff with what is no report": Case(arguments="diff EXAMPLE DIR"),
    "gc of what is no store": Case(arguments="gc --store DIR/nothing"),
    "a task that is not known, to list": Case(arguments="list tasks panex"),
    "commands that were not allowed": Case(
        added("variants: [plain, {{translated: {{to: [de], command: cat}}}}]\n"), "build STUDY --workers 0 --device cpu"
    ),
    # data and models
    "a data folder that is not there": Case(arguments="check STUDY --data DIR/nowhere"),
    "no data of a target, and no network": Case(arguments="build STUDY --offline", prepare=without("data/xnli")),
    "no data of a task's own": Case(OWN),
    "a label that is none": Case(prepare=data("xnli/test-de.tsv", lambda text: text.replace("entailment", "entails", 1))),
    "a column that is missing": Case(prepare=data("snli/train.tsv", lambda text: text.replace("\tneutral", "", 1))),
    "a line that is no JSON": Case(prepare=data("hellaswag/train.jsonl", lambda text: text.replace("{", "(", 1))),
    "a field that is missing": Case(prepare=data("hellaswag/train.jsonl", lambda text: text.replace('"endings"', '"ends"', 1))),
    "text that is not UTF-8": Case(prepare=bytes_of("xnli/test-de.tsv", b"caf\xe9\tb\tneutral\n")),
    "an empty data file": Case(prepare=bytes_of("xnli/test-de.tsv", b"")),
    "own data: a label that is not declared": own(t_jsonl='{"text": "a", "label": "god"}\n'),
    "own data: a column that is not there": own(t_jsonl='{"txt": "a", "label": "good"}\n'),
    "own data: a list for a text": own(t_jsonl='{"text": ["a"], "label": "good"}\n'),
    "a model without a tokenizer": Case(prepare=without("model/tokenizer.json")),
    "a model whose weights are gone": Case(prepare=without("model/model.safetensors")),
    "a model of another kind than its weights": Case(prepare=config(hidden_size=64)),
    "a model's config that is no JSON": Case(prepare=lambda folder: (folder / "model" / "config.json").write_text("{", encoding="utf-8") and None),
}  # fmt: skip
