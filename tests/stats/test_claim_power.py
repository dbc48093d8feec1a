"""What claims can show: against R's power of the paired t test, and by hand for each kind of claim."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.plan.detectable import Scope
from stiltsreport.stats.claim_power import ClaimPower, claim_powers, declared_tests
from stiltsreport.stats.power import equivalence_power, power_of, seeds_for, smallest_effect, welch_power
from stiltsreport.study.claims import ArmName, Claim, Count, Interaction, Paired, Ranking, Statement, Trend
from stiltsreport.study.study import BASELINE, Study
from tests.fabricated import fabricated_study

SDS: dict[Scope, float] = {"average": 0.5, "task": 1.0, "language": 1.5}
NONE, MNLI, SQUAD = ArmName(BASELINE), ArmName("mnli"), ArmName("squad")


def _study(folder: Path, *statements: Statement, on: tuple[str, ...] = ("average",), overrides: tuple[str, ...] = ()) -> Study:
    study = fabricated_study(folder, overrides=["models=[xlmr-base]", *overrides])
    return replace(study, claims=tuple(Claim(f"c{place}", one, on, ("xlmr-base",)) for place, one in enumerate(statements)))


def _one(study: Study) -> ClaimPower:
    (found,) = claim_powers(study, SDS)
    return found


def test_without_claims_it_is_the_default_family(tmp_path: Path):
    study = fabricated_study(tmp_path)
    assert declared_tests(study) == 6  # three averages and their equivalences
    found = _one(study)
    # R: power.t.test(n = 5, sd = .5, power = .8, type = "paired")$delta is 0.8410; at sig.level = .05 / 6 it is 1.37962
    assert found.smallest == pytest.approx(0.841, abs=1e-3)
    assert found.smallest_first == smallest_effect(5, 0.5, 0.05 / 6) == pytest.approx(1.37962, abs=1e-4)
    assert found.interest == 1.0
    assert found.needed == seeds_for(1.0, 0.5, 0.05 / 6)
    assert (found.power, found.decided) == (power_of(1.0, 5, 0.5, 0.05 / 6), False)


def test_a_margin_of_the_smallest_effect_is_decided(tmp_path: Path):
    study = fabricated_study(tmp_path, overrides=["statistics.margin=1.5"])
    found = _one(study)
    assert found.smallest_first is not None
    assert found.decided == (found.smallest_first <= 1.5) is True


def test_a_study_without_a_margin_has_no_effect_of_interest(tmp_path: Path):
    found = _one(fabricated_study(tmp_path, overrides=["statistics={}"]))
    assert (found.interest, found.power, found.needed, found.decided) == (None, None, None, False)
    assert found.reason == "no margin of averages is declared"


def test_tests_count_every_claim_of_every_model_and_their_equivalences(tmp_path: Path):
    study = _study(tmp_path, Paired("better", MNLI, NONE), Paired("equivalent", SQUAD, NONE, 1.0), Ranking((MNLI, SQUAD)))
    assert declared_tests(study) == 2 + 2 + 1  # an equivalence has the test of a difference beyond its margin too
    both = replace(study, claims=tuple(replace(claim, models=("a", "b")) for claim in study.claims))
    assert declared_tests(both) == 10


@pytest.mark.parametrize(
    ("statement", "interest"),
    [
        (Paired("better", MNLI, NONE), 1.0),
        (Paired("better", MNLI, NONE, 8.2), 8.2),  # a size that was published
        (Paired("at_least", MNLI, NONE, 2.0), 1.0),  # counted from what is claimed
        (Paired("no_better", MNLI, NONE, 0.5), 0.5),
        (Paired("no_worse", MNLI, NONE), 1.0),
        (Ranking((MNLI, SQUAD, NONE)), 1.0),
    ],
)
def test_the_effect_of_interest_is_the_claims_or_the_margin(tmp_path: Path, statement: Statement, interest: float):
    assert _one(_study(tmp_path, statement)).interest == interest


def test_the_weakest_of_several_quantities_is_planned_for(tmp_path: Path):
    found = _one(_study(tmp_path, Paired("better", MNLI, NONE), on=("average", "xnli/sw", "group:qa")))
    assert (found.scope, found.sd) == ("language", 1.5)


def test_an_equivalence_of_little_power_is_refused(tmp_path: Path):
    weak = _one(_study(tmp_path, Paired("equivalent", MNLI, NONE, 0.5)))
    assert weak.power_last == equivalence_power(0.5, 5, 0.5, 0.05)
    assert weak.power_last == pytest.approx(0.294, abs=1e-3)
    assert weak.refused
    strong = _one(_study(tmp_path, Paired("equivalent", MNLI, NONE, 1.5)))
    assert not strong.refused
    assert strong.decided
    assert not _one(_study(tmp_path, Paired("no_better", MNLI, NONE, 0.1))).refused


def test_counts_stand_against_a_partial_conjunction(tmp_path: Path):
    study = _study(tmp_path, Count("targets", (MNLI,), NONE, at_least=4), on=("xnli", "pawsx", "udpos", "xquad", "tatoeba"))
    found = _one(study)
    assert found.scope == "task"
    assert found.power == power_of(2.0, 5, 1.0, 0.05 / 2)  # the fourth smallest of five p values, times 5 - 4 + 1
    assert _one(_study(tmp_path, Count("targets", (MNLI,), NONE, fewer=3))).interest == 2.0


def test_an_interaction_varies_as_two_gains(tmp_path: Path):
    found = _one(_study(tmp_path, Interaction(MNLI, NONE, "targets", ("group:qa", "others")), on=()))
    assert (found.scope, found.sd) == ("task", pytest.approx(math.sqrt(2)))


def test_trends_say_what_is_not_known(tmp_path: Path):
    found = _one(_study(tmp_path, Trend(MNLI, NONE, "parameters", "down")))
    assert (found.model, found.decided) == ("", False)
    assert found.reason.startswith("no family stands in two sizes; descriptive: holds for these checkpoints")
    by_examples = _one(_study(tmp_path, Trend(MNLI, NONE, "examples", "up")))
    assert by_examples.reason == "the spread of a trend over seeds is not known beforehand"


def test_more_seeds_of_the_baseline_help_under_welch(tmp_path: Path):
    welch = ("statistics={test: welch, margin: 1}",)
    more = _one(_study(tmp_path, Paired("better", MNLI, NONE), overrides=("seeds={default: 5, none: 15}", *welch)))
    same = _one(_study(tmp_path, Paired("better", MNLI, NONE), overrides=welch))
    assert (more.seeds, same.seeds) == ((5, 15), (5, 5))
    assert more.power == welch_power(1.0, (5, 15), (0.5 / math.sqrt(2),) * 2, 0.025)
    assert more.smallest is not None
    assert same.smallest is not None
    assert more.smallest < same.smallest


def test_five_seeds_are_too_few_for_signs(tmp_path: Path):
    found = _one(_study(tmp_path, Paired("better", MNLI, NONE, 5.0), overrides=("statistics={test: sign-flip, margin: 1}",)))
    assert (found.power, found.needed, found.decided) == (0.0, 7, False)  # 2 / 2^7 is under 0.05 / 2
    assert "cannot reach" in found.reason


def test_under_five_seeds_nothing_is_decided(tmp_path: Path):
    found = _one(_study(tmp_path, Paired("better", MNLI, NONE, 50.0), overrides=("seeds=[1, 2]",)))
    assert (found.decided, found.needed) == (False, 5)


def test_planned_looks_are_judged_at_the_last(tmp_path: Path):
    study = _study(tmp_path, Paired("better", MNLI, NONE), overrides=("seeds={planned: 10, looks: [5, 10]}",))
    assert _one(study).seeds == (10, 10)
