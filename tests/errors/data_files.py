"""Data files: what stands in them, and where they lie."""

from __future__ import annotations

from tests.errors.case import OWN, Case, data, own, without, writes

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
}  # fmt: skip
