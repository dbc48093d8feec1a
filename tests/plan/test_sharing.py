"""Tokens of a plan against those of every run alone."""

from __future__ import annotations

import json

import pytest

from stiltsreport.plan.estimate import estimate
from stiltsreport.plan.figure import Figure
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.plan.conftest import Planner, Stored


def rows(plan: Plan, stored: Stored | None = None) -> dict[str, tuple[float | None, float | None]]:
    return {row.kind: (row.shared.value, row.alone.value) for row in estimate(plan, stored or Stored()).tokens}


def test_by_hand(plan: Planner):
    """One intermediate task and seed; XQuAD and MLQA share their training on SQuAD, whose 24 examples have 187 tokens."""
    found = plan(
        "intermediate=[squad]", "target=[{task: xquad, languages: [de]}, {task: mlqa, languages: [de]}]", "seeds=[1]",
        "recipes={intermediate: {epochs: 2}, target: {epochs: 3}}",
    )  # fmt: skip
    once = 24 * 187
    xquad, mlqa = (next(job.data for run in found.runs if run.target == name for job in run.evaluations) for name in ("xquad", "mlqa"))
    from stiltsreport.plan.counts import examples_in

    counts = [examples_in(use, found.data.count) or 0 for use in (xquad, mlqa)]
    evaluated = 2 * (counts[0] * 255 + counts[1] * 283)
    # Shared: one intermediate, and a target training for `none` and one for `squad`. Alone: four runs, two of them with an intermediate.
    shared, alone = once * (2 + 3 + 3), once * (4 * 3 + 2 * 2)
    assert rows(found) == {
        "training": (shared, alone),
        "evaluation": (evaluated, evaluated),
        "in all": (shared + evaluated, alone + evaluated),
    }


def test_what_is_stored_counts(plan: Planner):
    found = plan()
    full = Stored(trainings=set(found.trainings), evaluations=set(found.evaluations))
    full.records = {
        job: {"efficiency": {}, "values": {"accuracy": 50.0, "f1": 50.0, "exact_match": 50.0}}
        for job in (*found.trainings, *found.evaluations)
    }
    assert rows(found, full) == rows(found)


def test_an_unknown_size_is_not_guessed(plan: Planner, monkeypatch: pytest.MonkeyPatch):
    found = plan()
    monkeypatch.setattr("stiltsreport.plan.rates.Rates.training_tokens", lambda _self, _job: Figure(None, "unknown"))
    training, _, whole = estimate(found, Stored()).tokens
    assert training.shared.value is None
    assert (training.ratio, whole.ratio) == (None, None)


def test_the_paper_s_study_trains_nothing_twice():
    """One model and seed of xtreme.yaml, its plain rows: their figures are the same for each. BUCC and CCG are not at hand: 8 intermediate tasks, 8 targets."""
    found = plan_study(read_study("xtreme", ["models=[xlmr-base]", "seeds=[1]", "claims=[]", "variants=[]"]), Memo(), Lock())
    assert len(found.runs) == 9 * 8
    assert len(found.trainings) == 8 + 9 * 6  # none for Tatoeba, one for XQuAD and MLQA
    training, _, whole = estimate(found, Stored(), "h200").tokens
    # In millions, as the recipes and sizes are: intermediate 393, a row's targets 89 shared and 121 alone.
    assert training.shared.value == pytest.approx((393 + 9 * 88.6) * 1e6, rel=0.01)
    assert training.alone.value == pytest.approx((8 * 393 + 9 * 121.4) * 1e6, rel=0.01)
    assert whole.ratio is not None
    assert whole.ratio > 3
    assert json.loads(json.dumps(whole.as_json()))["ratio"] == whole.ratio
