"""What rows of efficiency.jsonl make of the records of a plan's jobs."""

from __future__ import annotations

from typing import Any

from stiltsreport.results import costs as rows
from tests.plan.conftest import Planner


def test_rows_of_efficiency(plan: Planner):
    found = plan("intermediate=[]", "target=[{task: xnli, languages: [en, de], train: snli}]", "seeds=[1, 2]")
    base = {"device": "a GPU", "peak_bytes": 5, "tokens": 100}
    records: dict[str, Any] = {}
    known = {"flops": 300.0, "peak_flops": 100.0, "energy_joules": 8.0}
    for number, train in enumerate(found.trainings.values()):
        records[train.id] = {"efficiency": {**base, "seconds": 10.0, "examples": 40, **(known if number == 0 else {"energy_joules": None})}}
    evaluations = list(found.evaluations)
    for name in evaluations:
        records[name] = {**base, "seconds": 2.0, "examples": 10, "flops": 50.0, "peak_flops": 100.0}
    by_kind = {row.kind: row for row in rows.efficiency(found, records)}
    target, evaluate = by_kind["target"], by_kind["evaluate"]
    assert target.utilisation == 300 / (100 * 10)  # of the one training that tells its operations
    assert target.joules_per_example == 8 / 40
    assert (evaluate.utilisation, evaluate.joules_per_example) == (50 / 200, None)
    old = {name: {"efficiency": {**base, "seconds": 1.0, "examples": 4}} for name in found.trainings}
    (row,) = rows.efficiency(found, old)  # records of an earlier version
    assert (row.utilisation, row.joules_per_example) == (None, None)
