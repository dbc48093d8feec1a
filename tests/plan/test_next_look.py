"""Which look a build runs: the first that is not whole, but for runs that fail whenever they are tried."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stiltsreport.cli.looking import next_look
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.store import Store
from stiltsreport.study.study import Study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.plan.conftest import Planner


def _planned(study: Study) -> Plan:
    return plan_study(study, Memo(), Lock())


def _store(folder: Path, plan: Plan, lacking: str = "") -> Store:
    """A store with every evaluation of a plan, but those of one training."""
    store = Store(folder)
    store.prepare()
    for job in plan.evaluations.values():
        if job.checkpoint.id != lacking:
            store.publish("evaluations", job.id, lambda scratch: (scratch / "record.json").write_text("{}", encoding="utf-8") and None)
    return store


def test_the_first_look_that_is_not_whole(plan: Planner, tmp_path: Path):
    whole = plan("seeds={planned: 8, looks: [5, 6]}").study
    at = partial(next_look, whole, _planned)
    looks = at(Store(tmp_path / "empty")).looks
    assert looks is not None
    assert looks.at == 1
    first = plan("seeds=[1, 2, 3, 4, 5]")
    assert at(_store(tmp_path / "one", first)).seeds == (1, 2, 3, 4, 5, 6)
    assert at(_store(tmp_path / "all", plan("seeds=[1, 2, 3, 4, 5, 6, 7, 8]"))).seeds == tuple(range(1, 9))


def test_a_run_that_always_fails_holds_nothing_up(plan: Planner, tmp_path: Path):
    whole = plan("seeds={planned: 8, looks: [5, 6]}").study
    first = plan("seeds=[1, 2, 3, 4, 5]")
    broken = (
        next(run for run in first.runs if (run.intermediate, run.target, run.seed) == ("hellaswag", "xnli", 3)).evaluations[0].checkpoint
    )
    store = _store(tmp_path / "store", first, broken.id)
    store.note_failure(broken.id, "out of memory")
    assert next_look(whole, _planned, store).seeds == (1, 2, 3, 4, 5)
    store.note_failure(broken.id, "StiltsReportError: the loss is nan and the gradient's norm inf at step 7 of 90")
    assert next_look(whole, _planned, store).seeds == (1, 2, 3, 4, 5, 6)
