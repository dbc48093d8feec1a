"""XTREME's averages by hand, and every kind of gap."""

from __future__ import annotations

import random
import statistics
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.results import Score
from stiltsreport.stats.aggregate import AVERAGES, GROUP_AVERAGES, Aggregates, Series, average_title
from stiltsreport.study.reading import read_study
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_scores, fabricated_study, scores_by, without

MODEL = "multilingual-e5-small"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return fabricated_study(tmp_path)


def test_qa_is_the_mean_of_exact_match_and_f1(study: Study) -> None:
    rows = [
        Score(MODEL, "plain", "none", "xquad", "target", "test", language, None, 1, metric, value, 10, "j")
        for language, pair in {"en": (60.0, 80.0), "es": (40.0, 60.0), "zh": (20.0, 70.0)}.items()
        for metric, value in zip(("exact_match", "f1"), pair, strict=True)
    ]
    found = Aggregates(study, rows)
    one = found.language(MODEL, "plain", "none", "xquad", "en")
    assert one is not None
    assert one.values == (70.0,)
    task = found.task(MODEL, "plain", "none", "xquad")
    assert task is not None
    assert task.values == (pytest.approx((70 + 50 + 45) / 3),)
    assert task.seeds == (1,)
    assert task.n == 30
    assert task.missing == ("en (seeds 2, 3, 4, 5)", "es (seeds 2, 3, 4, 5)", "zh (seeds 2, 3, 4, 5)")
    f1 = found.task(MODEL, "plain", "none", "xquad", metric="f1")
    assert f1 is not None
    assert f1.values == (70.0,)
    zero_shot = found.task(MODEL, "plain", "none", "xquad", without_english=True)
    assert zero_shot is not None
    assert zero_shot.values == (47.5,)


def test_what_stands_beside_is_never_averaged(study: Study) -> None:
    found = Aggregates(study, fabricated_scores(study))
    value = found.task(MODEL, "plain", "none", "udpos")
    f1, accuracy = (found.task(MODEL, "plain", "none", "udpos", metric=name) for name in ("f1", "token_accuracy"))
    assert value is not None
    assert value == f1
    assert accuracy is not None
    assert accuracy.mean() == pytest.approx(value.mean() + 4)


def test_averages_by_hand(study: Study) -> None:
    # one number a task, a point more outside English, seed s adds s
    base = {"xnli": 70.0, "pawsx": 80.0, "udpos": 60.0, "xquad": 50.0, "tatoeba": 30.0}
    found = Aggregates(study, scores_by(study, lambda arm, target, language, seed: base[target] + (language != "en") + (seed or 0)))
    average = found.average(MODEL, "plain", "none", "average")
    assert average is not None
    # xnli 70 + 2/3, pawsx 80 + 1/2, udpos 60 + 1/2, xquad 50 + 2/3, tatoeba 31 without a seed of its own
    expected = (70 + 2 / 3 + 80.5 + 60.5 + 50 + 2 / 3 + 31) / 5
    assert average.seeds == study.seeds
    assert average.values == pytest.approx([expected + 4 / 5 * seed for seed in study.seeds])
    spoken = found.average(MODEL, "plain", "none", "average-without-retrieval")
    assert spoken is not None
    assert spoken.values[0] == pytest.approx((70 + 2 / 3 + 80.5 + 60.5 + 50 + 2 / 3) / 4 + 1)
    zero_shot = found.average(MODEL, "plain", "none", "zero-shot-average")
    assert zero_shot is not None
    assert zero_shot.values[0] == pytest.approx((71 + 81 + 61 + 51 + 31) / 5 + 4 / 5)
    structured = found.average(MODEL, "plain", "none", "group:structured")
    assert structured is not None
    assert structured.values[0] == pytest.approx(61.5)
    classification = found.average(MODEL, "plain", "none", "group:classification")
    assert classification is not None
    assert classification.values[0] == pytest.approx((71 + 2 / 3 + 81.5) / 2)
    retrieval = found.average(MODEL, "plain", "none", "group:retrieval")
    assert retrieval == Series((None,), (31.0,), 200)
    assert retrieval.constant


def test_own_data_leaves_both_arms_alike(study: Study) -> None:
    base = {"xnli": 70.0, "pawsx": 80.0, "udpos": 60.0, "xquad": 50.0, "tatoeba": 30.0}
    found = Aggregates(study, scores_by(study, lambda arm, target, language, seed: base[target]))
    # MNLI is XNLI's training data, SQuAD is XQuAD's, HellaSwag is nobody's
    for arm, expected in (("mnli", (80 + 60 + 50 + 30) / 4), ("squad", (70 + 80 + 60 + 30) / 4), ("hellaswag", 58.0)):
        method = found.average(MODEL, "plain", arm, "average-without-own-data")
        baseline = found.average(MODEL, "plain", "none", "average-without-own-data", own_of=arm)
        assert method is not None
        assert baseline is not None
        assert method.mean() == pytest.approx(expected)
        assert baseline.mean() == pytest.approx(expected)


def test_a_missing_language_is_a_gap_that_is_named(study: Study) -> None:
    rows = without(fabricated_scores(study), model=MODEL, intermediate="mnli", target="xnli", language="sw", seed=3)
    found = Aggregates(study, rows)
    task = found.task(MODEL, "plain", "mnli", "xnli")
    assert task is not None
    assert task.seeds == (1, 2, 4, 5)
    assert task.missing == ("sw (seed 3)",)
    average = found.average(MODEL, "plain", "mnli", "average")
    assert average is not None
    assert average.seeds == (1, 2, 4, 5)
    assert average.missing == ("XNLI: sw (seed 3)",)
    german = found.language(MODEL, "plain", "mnli", "xnli", "de")
    assert german is not None
    assert german.seeds == study.seeds
    assert found.average("xlmr-base", "plain", "mnli", "average") == Aggregates(study, fabricated_scores(study)).average(
        "xlmr-base", "plain", "mnli", "average"
    )


def test_a_missing_metric_is_a_gap_too(study: Study) -> None:
    found = Aggregates(study, without(fabricated_scores(study), model=MODEL, intermediate="none", target="xquad", metric="f1", seed=2))
    task = found.task(MODEL, "plain", "none", "xquad")
    assert task is not None
    assert task.seeds == (1, 3, 4, 5)


def test_a_missing_task_gives_no_average(study: Study) -> None:
    found = Aggregates(study, without(fabricated_scores(study), model=MODEL, intermediate="none", target="tatoeba"))
    for kind in ("average", "zero-shot-average", "group:retrieval"):
        assert found.average(MODEL, "plain", "none", kind) is None
        assert found.missing_of(MODEL, "plain", "none", kind) == ("Tatoeba",)
    assert found.average(MODEL, "plain", "none", "average-without-retrieval") is not None
    assert found.missing_of(MODEL, "plain", "none", "average-without-retrieval") == ()
    assert found.task(MODEL, "plain", "none", "tatoeba") is None
    assert found.language(MODEL, "plain", "none", "tatoeba", "de") is None
    assert found.language(MODEL, "plain", "none", "xnli", "fr") is None


def test_no_scores_at_all(study: Study) -> None:
    found = Aggregates(study, [])
    assert found.average(MODEL, "plain", "none", "average") is None
    assert found.missing_of(MODEL, "plain", "none", "average") == ("XNLI", "PAWS-X", "UD-POS", "XQuAD", "Tatoeba")
    assert found.intermediate_dev(MODEL, "plain", "mnli") is None


def test_order_does_not_matter_and_strangers_stay_out(study: Study) -> None:
    rows = list(fabricated_scores(study))
    strangers = [
        replace(rows[0], target="mlqa"), replace(rows[0], seed=77, value=1.0), replace(rows[0], language="fr", value=1.0),
        replace(rows[0], second_language="de", value=1.0), replace(rows[0], variant="mlm", value=1.0),
    ]  # fmt: skip
    shuffled = rows + strangers
    random.Random(3).shuffle(shuffled)
    one, other = Aggregates(study, rows), Aggregates(study, shuffled)
    for kind in (*AVERAGES, *GROUP_AVERAGES):
        for variant, arm in one.arms(MODEL):
            assert one.average(MODEL, variant, arm, kind) == other.average(MODEL, variant, arm, kind)


def test_two_scores_of_one_cell(study: Study) -> None:
    rows = list(fabricated_scores(study))
    Aggregates(study, [*rows, rows[0]])
    with pytest.raises(StiltsReportError, match="two scores of one cell differ"):
        Aggregates(study, [*rows, replace(rows[0], value=1.0)])


def test_an_unknown_average(study: Study) -> None:
    with pytest.raises(StiltsReportError, match="did you mean"):
        Aggregates(study, []).average(MODEL, "plain", "none", "averages")


def test_arms_and_dev_scores(study: Study) -> None:
    found = Aggregates(study, fabricated_scores(study))
    assert found.arms(MODEL) == [("plain", "none"), ("plain", "mnli"), ("plain", "squad"), ("plain", "hellaswag")]
    dev = found.intermediate_dev(MODEL, "plain", "squad")
    assert dev is not None
    assert dev.seeds == study.seeds
    assert dev.n == 500


def test_mean_and_sd() -> None:
    series = Series((1, 2, 3), (1.0, 2.0, 6.0), 10)
    assert series.mean() == 3.0
    assert series.sd() == pytest.approx(7**0.5)
    assert Series((1,), (1.0,), 10).sd() is None
    assert not Series((1,), (1.0,), 10).constant


def test_sd_is_python_s_own() -> None:
    draw = random.Random(7)
    for count in range(2, 12):
        values = tuple(draw.choice((draw.uniform(0, 100), round(draw.uniform(0, 100), 1))) for _ in range(count))
        assert Series(tuple(range(count)), values, 1).sd() == pytest.approx(statistics.stdev(values), rel=3e-16)
    assert Series((1, 2, 3), (0.25, 0.5, 0.75), 1).sd() == 0.25, "half way between two numbers that are shown: nothing may push it"
    assert Series((1, 2), (0.1, 0.1), 1).sd() == 0


def test_only_a_benchmark_has_its_name(tmp_path: Path, study: Study) -> None:
    file = tmp_path / "whole.yaml"
    file.write_text("title: T\nmodels: [xlmr-base]\ntarget: xtreme\n", encoding="utf-8")
    assert average_title(read_study(file)) == "XTREME average"
    file.write_text("title: T\nmodels: [xlmr-base]\ntarget: [xnli]\n", encoding="utf-8")
    assert average_title(read_study(file)) == "mean of 1 task"
    assert average_title(study) == "mean of 5 tasks"
