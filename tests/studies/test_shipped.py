"""The studies that come with the package parse and plan; the quickstart gives exactly these jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.plan.jobs import Train
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.shipped import shipped
from stiltsreport.stats.claims.size_design import lacking
from stiltsreport.study.claims import Trend
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.tiny import make_tiny_model

STUDIES = sorted(path.name for path in shipped("studies").glob("*.yaml"))
QUICKSTART = shipped("studies") / "quickstart.yaml"


def planned(*settings: str) -> Plan:
    return plan_study(read_study(QUICKSTART, settings), Memo(None), Lock())


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


def job_ids(plan: Plan) -> set[str]:
    return {*plan.trainings, *plan.evaluations}


def made_models(folder: Path) -> list[str]:
    """What names tiny encoders in place of those that model_sizes_sample/make.py makes."""
    return [
        f"define.models.layers-{depth}.checkpoint={make_tiny_model(folder / f'layers-{depth}', layers=depth)}" for depth in (3, 6, 9, 12)
    ]


class NothingStored:
    def has(self, kind: str, job: str) -> bool:
        return False


def test_every_study_is_tested_here():
    assert {"quickstart.yaml", "real_sample.yaml"} <= set(STUDIES)


@pytest.mark.parametrize("name", STUDIES)
def test_study_parses_and_plans(name: str, tmp_path: Path):
    path = shipped("studies") / name
    settings = made_models(tmp_path) if name == "model_sizes_sample.yaml" else []
    study = read_study(path, settings, tmp_path if "sample" in name else None)
    plan = plan_study(study, Memo(None), Lock())
    assert study.name == path.stem
    assert plan.runs or plan.trials or plan.problems  # data that are not there are problems of the plan, not of the study


def test_quickstart_gives_these_jobs(plan: Plan):
    assert not plan.problems
    assert len(plan.runs) == 3 * 2 * 5 + (1 + 2 * 5)  # trained targets; retrieval, whose baseline has no seed
    assert len(plan.intermediates) == 2 * 5
    assert len(plan.trainings) == 2 * 5 + 3 * 2 * 5
    assert len(plan.evaluations) == 15 * 9 + 15 * 8 + 11 * 8
    assert len(missing_units(plan, NothingStored())) == 10 + 30 + 11


def test_quickstart_covers_what_it_shows(plan: Plan):
    study = plan.study
    tasks = [*(task for arm in study.intermediate for task in arm.tasks), *(entry.task for entry in study.target)]
    assert len({task.type for task in tasks}) >= 4
    assert {"sentence_retrieval", "token_classification"} <= {entry.task.type for entry in study.target}
    languages = {code for entry in study.target for code in entry.languages}
    assert len(languages) >= 8
    assert {"ar", "hi", "ru", "zh"} <= languages
    assert [entry.task.name for entry in study.target if not entry.train] == ["translations"]
    assert study.benchmark is None


def test_quickstart_says_that_it_is_a_demonstration(plan: Plan):
    assert "made-up" in plan.study.title
    assert "no part of it" in plan.study.description
    assert "XTREME" in plan.study.description


def test_another_seed_adds_its_own_jobs_alone(plan: Plan):
    more = planned("seeds=[1, 2, 3, 4, 5, 6]")
    assert job_ids(plan) < job_ids(more)
    added = job_ids(more) - job_ids(plan)
    assert len(added) == (2 + 3 * 2) + (3 * 9 + 3 * 8 + 2 * 8)
    assert {more.trainings[name].seed for name in added & set(more.trainings)} == {6}
    for name in added & set(more.evaluations):
        checkpoint = more.evaluations[name].checkpoint
        assert isinstance(checkpoint, Train)
        assert checkpoint.seed == 6


def test_title_and_statistics_change_no_id(plan: Plan):
    other = planned("title=Another", "description=Other words", "statistics.alpha=0.01", "define.tasks.names.title=Nomina")
    assert job_ids(other) == job_ids(plan)


def test_recipe_changes_the_ids_below_it(plan: Plan):
    other = planned("recipes.target.tasks.names.learning_rate=1.0e-4")
    kept = job_ids(other) & job_ids(plan)
    names = {job.id for run in plan.runs if run.target == "names" for job in run.evaluations}
    assert not names & kept
    assert len(plan.evaluations) - len(kept & set(plan.evaluations)) == len(names)


def test_intermediate_and_target_data_are_other_files(plan: Plan):
    fingerprints = {job.training.source.fingerprint for job in plan.trainings.values()}
    assert len(fingerprints) == 4
    assert not fingerprints & {job.data.source.fingerprint for job in plan.evaluations.values()}


def test_the_size_claims_of_model_sizes_lack_nothing_by_design():
    study = read_study(shipped("studies") / "model_sizes.yaml")
    trends = [claim for claim in study.claims if isinstance(claim.statement, Trend)]
    assert [claim.statement.beyond for claim in trends if isinstance(claim.statement, Trend)] == [10e9] * 3
    for claim in trends:
        assert lacking(study, claim) == ()
        assert all(name.endswith("+lora") for name in claim.models)
        assert len(claim.models) == 8
