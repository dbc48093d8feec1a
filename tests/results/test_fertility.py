"""Subwords a word, from the records of tagging evaluations to provenance.json and back."""

from __future__ import annotations

import json
from pathlib import Path

from stiltsreport.plan.stilts import plan_study
from stiltsreport.results import FertilityFacts, Setup
from stiltsreport.results.fertility import fertility
from stiltsreport.results.files import read_results, write_results
from stiltsreport.results.results import Results
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock

STUDY = """\
title: Tags
models: [multilingual-e5-small]
target: [{task: udpos, languages: [en, de], train: udpos}, {task: panx, languages: [en, de], train: panx}]
seeds: [1, 2]
"""


def tagged(folder: Path) -> Path:
    """Two sentences of each set."""
    for task, tag in (("udpos", "NOUN"), ("panx", "O")):
        (folder / task).mkdir(parents=True)
        for name in ("train-en", "dev-en", "test-en", "test-de"):
            (folder / task / f"{name}.tsv").write_text(f"one\t{tag}\ntwo\t{tag}\n\nthree\t{tag}\n\n", encoding="utf-8")
    return folder


def test_tokens_without_the_special_ones_over_words_of_each_set_once(tmp_path: Path) -> None:
    file = tmp_path / "tags.yaml"
    file.write_text(STUDY, encoding="utf-8")
    plan = plan_study(read_study(file, data=tagged(tmp_path / "data")), Memo(), Lock())
    assert len(plan.evaluations) == 8
    records = {
        job.id: {
            "tokens": 49 if job.language == "de" else 24,
            "examples": 2,
            "sums": {"token_accuracy": [1.0, 30.0 if job.language == "de" else 20.0]},
        }
        for job in plan.evaluations.values()
    }
    found = fertility(plan, records)
    assert found == (
        FertilityFacts("multilingual-e5-small", "de", 90, 60, ("udpos", "panx")),
        FertilityFacts("multilingual-e5-small", "en", 40, 40, ("udpos", "panx")),
    )
    without = {job: {**record, "sums": {}} for job, record in records.items()}
    assert fertility(plan, without) == fertility(plan, {}) == ()

    setup = Setup(fertility=found)
    write_results(tmp_path / "folder", Results((), (), setup, {"setup": json.loads(json.dumps(setup.to_json()))}))
    assert read_results(tmp_path / "folder").setup.fertility == found
    old = setup.to_json()
    del old["fertility"]
    assert Setup.from_json(old).fertility == ()
