"""What checkpoints were selected by goes into provenance.json, and comes back out of it."""

from __future__ import annotations

import json
from pathlib import Path

from stiltsreport.results import Setup
from stiltsreport.results.collect import gather
from stiltsreport.results.files import read_results, write_results
from stiltsreport.store import Store
from tests.results.stored import STUDY, fill, planned, share


def test_every_target_training_has_its_dev_score(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    fill(store, plan)
    rows = gather(plan, store).setup.selection
    # Three arms by XNLI and XQuAD by two seeds; Tatoeba trains nothing.
    assert len(rows) == 3 * 2 * 2
    assert {(row.target, row.seed) for row in rows} == {("xnli", 1), ("xnli", 2), ("xquad", 1), ("xquad", 2)}
    for row in rows:
        assert row.value == share(row.job)
        assert plan.trainings[row.job].stage == "target"
        assert (row.metric, row.n, row.variant) == ("accuracy", 10, "plain")
    assert len({row.job for row in rows}) == len(rows)


def test_what_has_not_run_has_no_row(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    fill(store, plan, lambda job: getattr(job, "seed", None) == 2)
    assert {row.seed for row in gather(plan, store).setup.selection} == {2}
    assert gather(plan, Store(tmp_path / "empty")).setup.selection == ()


def test_read_back_from_the_folder_of_a_report(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data, STUDY.replace("[1, 2]", "[3]"))
    store = Store(tmp_path / "store")
    fill(store, plan)
    results = gather(plan, store)
    write_results(tmp_path / "folder", results)
    assert read_results(tmp_path / "folder").setup.selection == results.setup.selection
    old = json.loads((tmp_path / "folder" / "provenance.json").read_text(encoding="utf-8"))["setup"]
    del old["selection"]  # a folder of an older version
    assert Setup.from_json(old).selection == ()
