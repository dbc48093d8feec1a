"""Seeds by arm: each arm runs its own, and no more."""

from __future__ import annotations

from tests.plan.conftest import Planner

BY_ARM = ("seeds={default: 2, none: 4, squad: [2, 9]}", "statistics.test=welch")


def test_runs_are_those_of_the_arms_own_seeds(plan: Planner):
    found = plan(*BY_ARM)
    seeds: dict[tuple[str, str], list[int | None]] = {}
    for run in found.runs:
        seeds.setdefault((run.intermediate, run.target), []).append(run.seed)
    assert [seeds[arm, "xquad"] for arm in ("none", "hellaswag", "squad")] == [[1, 2, 3, 4], [1, 2], [2, 9]]
    assert [seeds[arm, "tatoeba"] for arm in ("none", "hellaswag", "squad")] == [[None], [1, 2], [2, 9]]
    assert sorted(item.seed for item in found.intermediates if item.intermediate == "squad") == [2, 9]


def test_a_seed_trains_the_same_jobs_whichever_arms_have_it(plan: Planner):
    few, all_of_them = plan(*BY_ARM), plan("seeds=[1, 2, 3, 4, 9]")
    assert set(few.evaluations) < set(all_of_them.evaluations)
