"""Studies that can be read, planned on data that are at hand: what reading lets through must not end planning in a traceback."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import yaml

from stiltsreport.plan.stilts import plan_study
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.fuzz.mutations import altered
from tests.fuzz.running import Target
from tests.tasks.folder import fill, lines, table

STUDY: dict[str, Any] = {
    "title": "Small",
    "models": ["xlmr-base"],
    "intermediate": ["hellaswag", {"name": "both", "tasks": ["hellaswag", "snli"]}, {"control": "shuffled", "of": "hellaswag"}],
    "target": [{"task": "xnli", "languages": ["de"], "train": "snli"}, "ours"],
    "seeds": [1, 2],
    "limit": {"train": 3, "evaluate": 3},
    "recipes": {"target": {"base": "xstilts-target", "epochs": 1, "batch_size": 2, "tasks": {"xnli": {"learning_rate": 1e-5}}}},
    "variants": ["mlm", {"few_shot": {"examples": 2}}, {"translate_train": {"to": ["de"], "files": "t-{language}"}}],
    "tune": {"learning_rate": [1e-5, 2e-5], "seeds": [101]},
    "statistics": {"test": "paired-t", "alpha": 0.05},
    "define": {
        "tasks": {
            "ours": {
                "type": "sequence_classification", "labels": ["a", "b"], "languages": ["en"],
                "files": {"train": "o.csv", "test": "o.csv"}, "columns": {"first": "text", "label": "class"},
            }
        }
    },
}  # fmt: skip
_ROW = {"ctx": "A man", "endings": ["sits.", "eats."], "label": 1}
_FILES = {
    "hellaswag/train.jsonl": lines(_ROW, _ROW), "snli/train.tsv": table("a|b|neutral", "c|d|neutral"), "xnli/test-de.tsv": table("a|b|neutral"),
    "t-de.tsv": table("a|b|neutral"), "o.csv": "text,class\nx,a\ny,b\n",
}  # fmt: skip


@functools.cache
def _data() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory()
    fill(Path(folder.name), _FILES)
    return folder


def plan(tree: Any) -> None:
    """Read the study and plan it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "s.yaml"
        file.write_bytes(yaml.dump(tree, allow_unicode=True, sort_keys=False).encode("utf-8", "replace"))
        plan_study(read_study(file, data=Path(_data().name)), Memo(), Lock())


TARGETS = (Target("plan", altered(STUDY), plan, share=2),)
