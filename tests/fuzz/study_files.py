"""Study files: texts of studies with damage, studies with other entries, YAML that no study is made of, and values of --set."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from stiltsreport.shipped import shipped
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.lock import lock_path, read_lock
from tests.fuzz.mutations import PIECES, altered, damaged
from tests.fuzz.running import Target

# Every entry that a study may have, and the shipped ones.
EVERYTHING = """\
title: Every entry
description: Of a study.
models: [xlmr-base, own]
intermediate:
  - mnli
  - {task: squad, examples: 10k}
  - {name: both, tasks: [mnli, qqp], sampling: {cap: 100, temperature: 2}}
  - {control: shuffled, of: mnli}
target:
  - xnli
  - {task: pawsx, languages: [de, fr]}
  - ours
seeds: {default: [1, 2, 3], none: [1, 2, 3, 4, 5]}
limit: {train: 100, evaluate: 50}
recipes:
  intermediate: {base: xstilts-intermediate, epochs: 1, tasks: {mnli: {learning_rate: 1.0e-5}}}
  target: {base: xtreme-baseline, batch_size: 4, weight_decay: 0.1, selection: last}
variants:
  - plain
  - mlm
  - {robust: {method: rs-rp, radius: 0.1}}
  - {name: tt, translate_train: {to: [de], command: "apertium -u {source}-{target}"}}
  - {few_shot: {examples: 10}}
  - {name: twenty, recipes: {target: {epochs: 20}}}
tune: {learning_rate: [1.0e-5, 2.0e-5], seeds: [101]}
statistics: {test: welch, correction: holm, alpha: 0.05, margin: {average: 0.5}, also: [wilcoxon]}
claims:
  - {name: helps, better: mnli, than: none}
  - {name: order, ranking: [mnli, both, none], on: xnli}
report: {formats: [html, latex], latex: booktabs, signature: true}
execution: {slurm: {partition: gpu}}
define:
  tasks:
    ours: {type: sequence_classification, labels: [a, b], languages: [de, en], files: {train: t.tsv, test: "x-{language}.csv"}, columns: {first: text, label: class}}
  models:
    own: {checkpoint: someone/model, layer: last, pooling: cls, prefix: "query: "}
"""


def _texts() -> list[str]:
    return [EVERYTHING, *(path.read_text(encoding="utf-8") for path in sorted(shipped("studies").glob("*.yaml")))]


def _read(text: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.yaml"
        path.write_bytes(text)
        read_study(path)


def _dumped(tree: Any) -> bytes:
    # What YAML cannot hold (half a character, a NUL) is left to the other kinds of damage.
    return yaml.dump(tree, allow_unicode=True, sort_keys=False).encode("utf-8", "replace")


def _read_lock(text: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "s.yaml"
        lock_path(study).write_bytes(text)
        read_lock(study)


def _set(setting: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.yaml"
        path.write_text(EVERYTHING, encoding="utf-8")
        read_study(path, [setting])


@st.composite
def _settings(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    keys = draw(
        st.sampled_from(
            (
                "seeds",
                "target",
                "target.0",
                "target.1.languages",
                "limit.train",
                "recipes.target.epochs",
                "claims.0.on",
                "a..b",
                "",
                "title.x",
                "models.9",
            )
        )
    )
    return f"{keys}{draw(st.sampled_from(('=', '', '.0=')))}{draw(st.sampled_from(PIECES)).decode('utf-8', 'replace')[:3000]}{draw(st.text(max_size=5))}"


_LOCK = b"# Commits\ndatasets:\n  facebook/xnli: 0123456789012345678901234567890123456789\nmodels:\n  a/b: 0123456789012345678901234567890123456789\n"
TARGETS = (
    Target("study, damaged text", st.sampled_from(_texts()).flatmap(lambda text: damaged(text.encode())), _read, share=3),
    Target(
        "study, other entries", st.sampled_from(_texts()).flatmap(lambda text: altered(yaml.safe_load(text))).map(_dumped), _read, share=3
    ),
    Target("study, any YAML", st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=12).map(b"".join), _read, share=3),
    Target("--set", _settings(), _set, share=1),
    Target("lock", damaged(_LOCK), _read_lock, share=1),
)
