"""The design of X-STILTs: what is trained, on what, and what is shared."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stiltsreport.errors import StudyErrors
from stiltsreport.plan.jobs import Pretrained, Train
from stiltsreport.plan.plan import chain
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.plan.conftest import Planner, Stored


def run(plan, name):
    return next(found for found in plan.runs if found.name.endswith(name))


def test_an_intermediate_checkpoint_serves_all_targets_of_its_seed_and_of_no_other(plan: Planner):
    found = plan()
    roots: dict[tuple[str, int], set[str]] = {}
    for each in found.runs:
        if each.intermediate != "none":
            first = list(chain(each.evaluations[0].checkpoint))[-2]
            assert isinstance(first, Train)
            assert first.stage == "intermediate"
            assert first.seed == each.seed
            roots.setdefault((each.intermediate, each.seed), set()).add(first.id)
    assert all(len(ids) == 1 for ids in roots.values())
    assert len(set.union(*roots.values())) == 4  # two tasks, two seeds


def test_xquad_and_mlqa_share_one_squad_run(plan: Planner):
    found = plan()
    for arm in ("none", "squad", "hellaswag"):
        assert run(found, f"/{arm}/xquad/1").evaluations[0].checkpoint.id == run(found, f"/{arm}/mlqa/1").evaluations[0].checkpoint.id
    assert run(found, "/none/xquad/1").evaluations[0].checkpoint.id != run(found, "/none/xquad/2").evaluations[0].checkpoint.id


def test_retrieval_skips_target_training(plan: Planner):
    found = plan()
    untouched = [each for each in found.runs if each.target == "tatoeba" and each.intermediate == "none"]
    assert [each.seed for each in untouched] == [None]  # nothing was trained: its score stands once
    assert isinstance(untouched[0].evaluations[0].checkpoint, Pretrained)
    assert untouched[0].name == "multilingual-e5-small/none/tatoeba/-"
    trained = run(found, "/squad/tatoeba/2").evaluations[0].checkpoint
    assert isinstance(trained, Train)
    assert (trained.stage, trained.seed) == ("intermediate", 2)


def test_xcopa_takes_two_steps_and_carries_its_head(plan: Planner):
    second, first, intermediate, start = chain(run(plan(), "/squad/xcopa/1").evaluations[0].checkpoint)
    assert isinstance(second, Train)
    assert isinstance(first, Train)
    assert isinstance(intermediate, Train)
    assert isinstance(start, Pretrained)
    assert [step.training.task.name for step in (first, second)] == ["siqa", "copa"]
    assert [step.selection.task.name for step in (first, second) if step.selection] == ["siqa", "copa"]
    assert (first.carries_head, second.carries_head, intermediate.stage) == (False, True, "intermediate")


def test_one_fine_tuning_is_evaluated_in_all_languages(plan: Planner):
    found = run(plan("target.0.languages=[en, de, sw]"), "/none/xnli/1")
    assert [job.language for job in found.evaluations] == ["de", "en", "sw"]
    assert len({job.checkpoint.id for job in found.evaluations}) == 1
    assert {job.split for job in found.evaluations} == {"test"}


def test_counts(plan: Planner):
    found = plan()
    arms, seeds = 3, 2
    assert len(found.intermediates) == 2 * seeds
    assert len(found.trainings) == 2 * seeds + arms * seeds * 5  # SNLI, SQuAD for both, UD, and Social IQa and COPA for XCOPA
    assert len(found.runs) == arms * seeds * 5 + 2 * seeds + 1
    assert found.gaps == ()
    assert found.problems == ()


def test_the_study_s_split(plan: Planner):
    found = plan("split=dev", "target=[{task: xnli, languages: [en, de], train: snli}]")
    assert {job.split for job in found.evaluations.values()} == {"dev"}


def test_units_put_parents_first_and_evaluate_where_they_train(plan: Planner):
    found = plan()
    units = missing_units(found, Stored())
    made = set()
    for unit in units:
        assert set(unit.needs) <= made
        made |= {train.id for train in unit.chain}
    assert sum(len(unit.evaluations) for unit in units) == len(found.evaluations)
    assert sum(len(unit.chain) for unit in units) == len(found.trainings)
    assert all(len(unit.keep) == 1 for unit in units if unit.chain and unit.chain[0].stage == "intermediate")
    assert not any(unit.keep for unit in units if unit.chain and unit.chain[-1].stage == "target")
    shared = next(unit for unit in units if any("/none/xquad/1" in name for name in unit.names))
    assert any("/none/mlqa/1" in name for name in shared.names)
    assert {job.data.task.name for job in shared.evaluations} == {"xquad", "mlqa"}


def test_nothing_is_left_of_a_stored_plan(plan: Planner):
    found = plan()
    full = Stored(trainings=set(found.trainings), evaluations=set(found.evaluations))
    assert missing_units(found, full) == []
    assert missing_units(found, full, keep_targets=True) == []  # keeping alone trains nothing anew


def test_a_later_language_trains_again_unless_the_checkpoint_was_kept(plan: Planner):
    before = plan()
    after = plan("target.0.languages=[en, de, sw]")
    kept = {train.id for train in before.trainings.values() if train.stage == "intermediate"}
    stored = Stored(trainings=set(before.trainings), evaluations=set(before.evaluations), checkpoints=kept)
    repeated = missing_units(after, stored)
    assert len(repeated) == 6
    assert all([job.language for job in unit.evaluations] == ["sw"] for unit in repeated)
    assert all(len(unit.chain) == 1 and unit.chain[0].training.task.name == "snli" for unit in repeated)
    stored.ids["checkpoints"] = set(before.trainings)
    used = missing_units(after, stored)
    assert [unit.chain for unit in used] == [()] * 6
    stored.ids["trainings"] -= kept  # a crash after the checkpoint and before its record
    assert sum(len(unit.chain) for unit in missing_units(after, stored)) == len(kept)


def test_a_lost_intermediate_checkpoint_is_made_again_only_where_it_is_needed(plan: Planner):
    found = plan()
    stored = Stored(trainings=set(found.trainings), evaluations=set(found.evaluations))
    lost = run(found, "/squad/xnli/1").evaluations[0]
    stored.ids["evaluations"].remove(lost.id)
    first, second = missing_units(found, stored)
    assert [train.stage for train in first.chain] == ["intermediate"]
    assert second.needs == (first.id,)
    assert second.evaluations == (lost,)


@pytest.mark.parametrize(
    ("pattern", "count", "intermediates"),
    [("*/squad", 11, 2), ("*/none/xnli/1", 1, 0), ("*/*/xcopa/2", 3, 2), ("*/hellaswag/tatoeba/*", 2, 2), ("multilingual*", 35, 4)],
)
def test_only(plan: Planner, pattern: str, count: int, intermediates: int):
    found = plan(only=[pattern])
    assert len(found.runs) == (count if pattern != "*/squad" else 12)
    assert len(found.runs) + len(found.left_out) == 35
    assert len(found.intermediates) == intermediates
    assert {each.name for each in found.runs}.isdisjoint(each.name for each in found.left_out)


def test_only_that_matches_nothing_is_an_error(plan: Planner):
    with pytest.raises(StudyErrors, match="matches no run of the study"):
        plan(only=["*/squad", "*/sqad", "*/*/*/9"])


def test_absent_data_are_gaps(plan: Planner):
    # QAMR, LAReQA and BUCC are on no Hub: what is not in the folder is nowhere.
    overrides = (
        "intermediate=[qamr, squad]",
        "target=[{task: xnli, languages: [en], train: snli}, {task: lareqa, languages: [de, en]}, tatoeba]",
    )
    found = plan(*overrides)
    gaps = {(gap.intermediate, gap.target, gap.language, gap.seed) for gap in found.gaps}
    planned = {(each.intermediate, each.target, job.language, each.seed) for each in found.runs for job in each.evaluations}
    assert ("qamr", "xnli", "en", 1) in gaps
    assert ("qamr", "tatoeba", "de", 2) in gaps
    assert ("none", "lareqa", "de", 1) in gaps
    assert ("squad", "xnli", "en", 2) in planned
    assert ("none", "tatoeba", "de", None) in planned
    assert planned.isdisjoint(gaps)
    cells = {(arm, target, language, seed) for arm in ("none", "qamr", "squad") for target, language in (("xnli", "en"), ("lareqa", "de"), ("lareqa", "en"))
             for seed in (1, 2)}  # fmt: skip
    assert cells <= planned | gaps
    told = [str(problem) for problem in found.problems]
    assert any("no train data of QAMR in 'en' (training)" in line and "qamr/train-v1.1.json" in line for line in told)
    assert any("no test or dev data of LAReQA in 'de' (evaluation)" in line for line in told)
    assert len(told) == 4
    assert {gap.reason for gap in found.gaps} <= set(told)
    assert [item.intermediate for item in found.intermediates] == ["squad", "squad"]


def test_mining_without_a_set_for_its_threshold_is_a_gap(plan: Planner, tiny_data: Path, tmp_path: Path):
    part = tmp_path / "part"
    shutil.copytree(tiny_data, part)
    for name, line in (("zh", "zh-1\t一"), ("en", "en-1\tone"), ("gold", "zh-1\ten-1")):
        (part / "bucc2018").mkdir(exist_ok=True)
        (part / "bucc2018" / f"zh-en.test.{name}").write_text(line + "\n", encoding="utf-8")
    (gap,) = plan("intermediate=[]", "target=[{task: bucc2018, languages: [zh]}]", data=part).gaps
    assert "no dev data of BUCC in 'zh' (threshold)" in gap.reason


def test_a_study_without_any_data_is_all_gaps(plan: Planner, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    # SNLI and the others lie on the Hub; QAMR does not.
    found = plan("intermediate=[qamr]", "target=[{task: lareqa, languages: [de]}]", data=tmp_path / "empty")
    assert found.runs == ()
    assert len(found.gaps) == 4


def test_planning_loads_no_torch(tmp_path: Path):
    code = (
        "import sys; from benchmarks.planning import measured; found = measured(); "
        "assert found['jobs'] > 10_000, found; assert found['total'] < 2, found; assert 'torch' not in sys.modules; assert 'scipy' not in sys.modules"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, timeout=60)


@pytest.mark.parametrize("name", ["xtreme", "xtreme_r"])
def test_the_papers_studies_are_planned_without_data(name: str):
    found = plan_study(read_study(name), Memo(), Lock())
    assert len(found.study.models) == 4
    assert len(found.study.intermediate) == {"xtreme": 10, "xtreme_r": 9}[name], (
        "XTREME has all nine in one as well, which CCG holds up here"
    )
    assert found.study.benchmark == name.replace("_", "-")
    seeds, models = 5, 4
    with_data = {"xtreme": 8 + 3 + 3, "xtreme_r": 8}[name]  # CCG is on no Hub; of XTREME MLM and translations of three
    assert len(found.intermediates) == models * with_data * seeds
    trained = {"xtreme": 6, "xtreme_r": 8}[name]  # distinct trainings of an arm; XTREME-R: XCOPA takes two, and LAReQA has no data here
    assert len([train for train in found.trainings.values() if train.stage == "target"]) == models * (with_data + 1) * seeds * trained
    assert len(found.translations) == {"xtreme": 3 * 3, "xtreme_r": 0}[name]
    assert {gap.target for gap in found.gaps if gap.intermediate == "none"} == {"bucc2018" if name == "xtreme" else "lareqa"}
    assert any("ccg" in str(problem) for problem in found.problems)


def test_a_part_of_a_study_translates_what_it_reads_alone():
    only = plan_study(read_study("xtreme"), Memo(), Lock(), only=["xlmr-base/mnli+translated/xnli/1"])
    assert {(job.data.task.name, job.to) for job in only.translations} == {("mnli", "de"), ("mnli", "ru"), ("mnli", "sw")}
    assert plan_study(read_study("xtreme"), Memo(), Lock(), only=["*/none/xnli/1"]).translations == ()
