"""Mean ranks and transfer gaps by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.summaries import mean_ranks, transfer_gap
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_study, scores_by, without

MODEL = "xlmr-base"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return fabricated_study(tmp_path)


def test_mean_ranks(study: Study) -> None:
    # two targets say none < mnli < squad = hellaswag (ranks 4, 3, 1.5, 1.5), three say the reverse (1, 2, 3.5, 3.5)
    order = {"none": 0.0, "mnli": 1.0, "squad": 2.0, "hellaswag": 2.0}
    sign = {"xnli": 1, "pawsx": 1, "udpos": -1, "xquad": -1, "tatoeba": -1}
    scores = scores_by(study, lambda arm, target, language, seed: 50 + sign[target] * order[arm] + 0.1 * (seed or 0))
    ranks = mean_ranks(Aggregates(study, scores), MODEL)
    assert [row.intermediate for row in ranks] == ["none", "mnli", "squad", "hellaswag"]
    # tatoeba's baseline is a constant of 50 and the others have 0.3 more on average: none is still first there
    assert [row.rank for row in ranks] == pytest.approx([(2 * 4 + 3 * 1) / 5, (2 * 3 + 3 * 2) / 5, (2 * 1.5 + 3 * 3.5) / 5, 2.7])


def test_a_target_that_an_arm_lacks_is_left_out_for_all(study: Study) -> None:
    scores = scores_by(study, lambda arm, target, language, seed: 50 + len(arm))
    ranks = mean_ranks(Aggregates(study, without(scores, model=MODEL, intermediate="squad", target="xquad")), MODEL)
    assert ranks[0].left_out == ("xquad",)
    assert ranks[0].targets == ("xnli", "pawsx", "udpos", "tatoeba")
    assert mean_ranks(Aggregates(study, without(scores, model=MODEL, intermediate="squad")), MODEL) == []


def test_transfer_gap(study: Study) -> None:
    level = {"en": 80.0, "es": 70.0, "zh": 61.0, "de": 60.0, "sw": 50.0}
    scores = scores_by(study, lambda arm, target, language, seed: level.get(language, 40.0) + (seed or 0) * (language == "en"))
    found = Aggregates(study, scores)
    gap = transfer_gap(found, MODEL, "plain", "none", "xquad")
    assert gap is not None
    assert gap.seeds == study.seeds
    assert gap.values == pytest.approx([80 + seed - 65.5 for seed in study.seeds])
    assert transfer_gap(found, MODEL, "plain", "none", "tatoeba") is None  # no English
    lacking = Aggregates(study, without(scores, model=MODEL, intermediate="none", target="xquad", language="zh", seed=4))
    gap = transfer_gap(lacking, MODEL, "plain", "none", "xquad")
    assert gap is not None
    assert gap.seeds == (1, 2, 3, 5)
    assert gap.missing == ("zh (seed 4)",)
