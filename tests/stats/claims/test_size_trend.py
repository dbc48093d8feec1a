"""Claims over models' sizes on fabricated scores of two families."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.adaptation import Adaptation
from stiltsreport.models import MODELS, Model
from stiltsreport.results import Results, Score, Setup
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.claims.raw import Raw
from stiltsreport.stats.claims.size_design import lacking
from stiltsreport.stats.claims.size_trend import answer_size_trend
from stiltsreport.stats.model_sizes import size_points, size_trend, without_layers
from stiltsreport.study.claims import ArmName, Claim, Trend
from stiltsreport.study.study import Study, Tune
from tests.fabricated import fabricated_study, noise, scores_by

TEXT = """\
title: Sizes
models: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl]
intermediate: [mnli]
target:
  - {task: pawsx, languages: [en, de]}
  - {task: xquad, languages: [en, es]}
  - {task: tatoeba, languages: [de]}
seeds: [1, 2, 3, 4, 5]
"""
OTHERS = tuple(
    replace(MODELS["mbert"], name=f"other-{name}", title=f"Other {name}", family="other", parameters=int(size), checkpoint=f"other/{name}")
    for name, size in (("small", 3e8), ("middle", 4e9), ("large", 1.2e10))
)


def sized_study(folder: Path, models: Sequence[Model] | None = None) -> Study:
    study = fabricated_study(folder, TEXT)
    chosen = (*study.models, replace(MODELS["xlmr-xxl"], name="xlmr-huge", title="XLM-R huge", parameters=20_000_000_000), *OTHERS)
    return replace(study, models=tuple(models or chosen))


def claim(study: Study, direction: str = "down", beyond: float | None = None, on: tuple[str, ...] = ("average",)) -> Claim:
    said = Trend(ArmName("mnli"), ArmName("none"), "parameters", direction, beyond)  # type: ignore[arg-type]
    return Claim("shrinks", said, on, tuple(model.name for model in study.models))


def scores(study: Study, gain: Callable[[Model], float], level: Callable[[Model], float] = lambda model: 60.0, sd: float = 0.2) -> tuple[Score, ...]:  # fmt: skip
    """The gain of mnli by model on every target, with noise by seed and arm, and between models."""
    found: list[Score] = []
    for model in study.models:
        own = replace(study, models=(model,))

        def value(arm: str, target: str, language: str, seed: int | None, model: Model = model) -> float:
            more = gain(model) + 0.15 * noise("between", model.name) if arm == "mnli" else 0.0
            return level(model) + more + sd * noise(model.name, arm, seed) + sd * noise(model.name, arm, target, language, seed)

        found += scores_by(own, value)
    return tuple(found)


def answered(study: Study, found: Sequence[Score], said: Claim) -> Raw:
    (raw,) = answer_size_trend(study, Aggregates(study, found), said)
    return raw


def shrinking(model: Model) -> float:
    return 4.0 - 1.5 * np.log10(model.parameters / 2e8)


def test_a_gain_that_shrinks_is_shown_to(tmp_path: Path) -> None:
    study = sized_study(tmp_path)
    raw = answered(study, scores(study, shrinking), claim(study))
    assert raw.reasons == ()
    assert (raw.model, raw.unit, raw.n) == ("", "model", 8)
    assert raw.effect == pytest.approx(-1.5, abs=0.2)
    assert raw.p_value is not None
    assert raw.p_value < 0.01
    assert raw.claimed is True
    assert answered(study, scores(study, shrinking), claim(study, "up")).claimed is False


def test_the_slope_is_that_of_weighted_least_squares(tmp_path: Path) -> None:
    # One family, and gains without noise by seed beyond a common amount: every model has one weight, so the slope is that of linregress.
    study = sized_study(tmp_path, [MODELS[name] for name in ("xlmr-base", "xlmr-large", "xlmr-xl", "xlmr-xxl")])
    wobble = {1: -0.2, 2: -0.1, 3: 0.0, 4: 0.1, 5: 0.2}
    gains = dict(zip((model.name for model in study.models), (3.1, 2.2, 2.4, 0.9), strict=True))
    found: list[Score] = []
    for model in study.models:
        own = replace(study, models=(model,))
        found += scores_by(own, lambda arm, target, language, seed, name=model.name: 60 + (gains[name] + wobble[seed or 3] if arm == "mnli" else 0.0))  # fmt: skip
    raw = answered(study, found, claim(study))
    ols = stats.linregress(np.log10([model.parameters for model in study.models]), list(gains.values()))
    assert raw.effect == pytest.approx(ols.slope)
    part = next(one for one in raw.parts if one.name == "average: points")
    assert part.p_value == pytest.approx(ols.pvalue)
    assert raw.low == pytest.approx(ols.slope - stats.t.ppf(0.975, 2) * ols.stderr)


def test_a_gain_that_shrinks_only_because_the_scores_near_100_is_a_ceiling(tmp_path: Path) -> None:
    study = sized_study(tmp_path)

    def level(model: Model) -> float:
        return 70 + 12 * np.log10(model.parameters / 1.8e8)

    def same_odds(model: Model) -> float:
        start = level(model) / 100
        odds = start / (1 - start) * np.exp(0.4)
        return 100 * (odds / (1 + odds) - start)

    raw = answered(study, scores(study, same_odds, level, sd=0.05), claim(study))
    points = next(one for one in raw.parts if one.name == "average: points")
    assert points.p_value is not None
    assert points.p_value < 0.05
    assert any(reason.startswith("ceiling not excluded") for reason in raw.reasons)
    assert raw.p_value is not None
    assert raw.p_value > points.p_value  # the larger of the two scales'


def test_retrieval_is_left_out_and_named(tmp_path: Path) -> None:
    study = sized_study(tmp_path)
    raw = answered(study, scores(study, shrinking), claim(study))
    assert any("Tatoeba" in note for note in raw.notes)
    kept, left_out = without_layers(study.target)
    assert [entry.task.name for entry in kept] == ["pawsx", "xquad"]
    assert left_out == ("Tatoeba",)
    chosen = tuple(replace(entry, layer_on=("fr",)) if entry.task.name == "tatoeba" else entry for entry in study.target)
    assert without_layers(chosen)[1] == ()
    alone = answered(study, scores(study, shrinking), claim(study, on=("tatoeba",)))
    assert "nothing of tatoeba can be compared over sizes" in alone.reasons


def test_few_models_hold_for_these_checkpoints_alone(tmp_path: Path) -> None:
    three = sized_study(tmp_path, [MODELS[name] for name in ("xlmr-base", "xlmr-large", "xlmr-xl")])
    raw = answered(three, scores(three, shrinking), claim(three))
    assert raw.effect is not None  # described
    assert any(reason.startswith("descriptive: holds for these checkpoints") for reason in raw.reasons)
    four = sized_study(tmp_path, [MODELS[name] for name in ("xlmr-base", "xlmr-large", "xlmr-xl", "xlmr-xxl")])
    assert answered(four, scores(four, shrinking), claim(four)).reasons == ()


def test_two_families_of_one_size_each_have_no_trend(tmp_path: Path) -> None:
    study = sized_study(tmp_path, [MODELS["mbert"], MODELS["xlmr-base"]])
    raw = answered(study, scores(study, shrinking), claim(study))
    assert "no family stands in two sizes" in raw.reasons
    assert raw.effect is None
    assert raw.p_value is None


def test_past_10b_the_xlmr_models_lack_a_second_family_and_a_second_model(tmp_path: Path) -> None:
    study = sized_study(tmp_path, [MODELS[name] for name in ("xlmr-base", "xlmr-large", "xlmr-xl", "xlmr-xxl")])
    assert lacking(study, claim(study, beyond=10e9)) == (
        "no second model past 10B",
        "no second family past 10B",
        "no second family under 10B",
        "not tuned alike: no `tune` with one budget for each model",
    )
    assert lacking(study, claim(study)) == ()


def test_unlike_models_are_named(tmp_path: Path) -> None:
    study = sized_study(tmp_path)
    study = replace(study, tune=Tune((1e-5,), ("model", "stage"), (101,)))
    assert lacking(study, claim(study, beyond=10e9)) == ()
    decoder = replace(
        OTHERS[0], name="decoder", title="Decoder", objective="language modelling", family="decoder", parameters=30_000_000_000,
        kind="decoder", attention="causal",
    )  # fmt: skip
    lora = replace(MODELS["xlmr-xl"], name="xlmr-xl+lora", adaptation=Adaptation("lora"))
    unlike = replace(study, models=(*study.models, decoder, lora, MODELS["multilingual-e5-small"]))
    found = " | ".join(lacking(unlike, claim(unlike, beyond=10e9)))
    assert "unequal attention mask (bidirectional; causal)" in found
    unknown = replace(study, models=(*study.models, replace(OTHERS[0], name="hub", title="Hub", objective="unknown")))
    assert "the attention mask of Hub is not known to be that of the others" in lacking(unknown, claim(unknown, beyond=10e9))
    assert "unequal adaptation (full fine-tuning; LoRA, rank 16)" in found
    assert "mE5-small tuned on labelled data after pretraining, the others not" in found
    assert "base checkpoints alone carry it: mE5-small" in found
    tuned = replace(study, models=tuple(replace(model, tuned=True) for model in study.models))
    assert lacking(tuned, claim(tuned)) == ()  # the answer notes it
    assert [reason.split(":")[0] for reason in lacking(tuned, claim(tuned, beyond=10e9))] == ["base checkpoints alone carry it"]
    away = replace(study, models=(*[model for model in study.models if model.parameters <= 10e9], decoder))
    assert any(reason.startswith("no bridging arm") for reason in lacking(away, claim(away, beyond=10e9)))


def test_past_a_size_the_step_must_show_too(tmp_path: Path) -> None:
    study = replace(sized_study(tmp_path), tune=Tune((1e-5,), ("model", "stage"), (101,)))
    raw = answered(study, scores(study, shrinking), claim(study, beyond=10e9))
    step = next(one for one in raw.parts if "step at 10B" in one.name)
    assert step.effect is not None
    assert step.effect < 0
    assert raw.reasons == ()
    assert raw.p_value == pytest.approx(max(one.p_value or 1 for one in raw.parts if one.name in ("average: points", "average: logit", step.name)))  # fmt: skip


def test_missing_results_and_few_seeds_are_reasons(tmp_path: Path) -> None:
    study = sized_study(tmp_path)
    found = scores(study, shrinking)
    gone = [row for row in found if row.model != "xlmr-xl" or row.intermediate != "mnli"]
    raw = answered(study, gone, claim(study))
    assert any(reason.startswith("results of XLM-R XL are missing") for reason in raw.reasons)
    few = [row for row in found if row.model != "xlmr-xl" or (row.seed or 1) < 4]
    assert any(reason.startswith("descriptive only: 3 seeds of XLM-R XL") for reason in answered(study, few, claim(study)).reasons)


@pytest.mark.parametrize("value", [0.0, 50.0, 100.0])
def test_constant_scores_decide_nothing(tmp_path: Path, value: float) -> None:
    study = sized_study(tmp_path)
    constant = [row for model in study.models for row in scores_by(replace(study, models=(model,)), lambda *_: value)]
    raw = answered(study, constant, claim(study))
    assert raw.p_value is None
    assert answered(study, [], claim(study)).effect is None


def test_the_order_of_models_and_scores_does_not_matter(tmp_path: Path) -> None:
    study = sized_study(tmp_path)
    found = scores(study, shrinking)
    turned = replace(study, models=study.models[::-1])
    first, second = answered(study, found, claim(study)), answered(turned, found[::-1], claim(turned))
    assert first.effect == pytest.approx(second.effect)
    assert first.p_value == pytest.approx(second.p_value)
    assert first.inputs == second.inputs


def test_non_embedding_parameters_are_fewer(tmp_path: Path) -> None:
    study = sized_study(tmp_path)
    points = size_points(Aggregates(study, scores(study, shrinking)), study.models, ("plain", "mnli"), ("plain", "none"), study.target[:2])
    base = next(one for one in points if one.model.name == "xlmr-base")
    assert base.size("non-embedding parameters") == 278_043_648 - 250_002 * 768
    assert size_trend(points, of="non-embedding parameters").fit is not None


def test_scales_by_hand(tmp_path: Path) -> None:
    study = sized_study(tmp_path, [MODELS["xlmr-base"], MODELS["xlmr-large"]])
    target = study.target[1:2]  # XQuAD: the mean of exact match and F1
    found: list[Score] = []
    for model in study.models:
        own = replace(study, models=(model,))
        found += scores_by(own, lambda arm, _target, _language, seed: (80.0 if arm == "mnli" else 60.0) + (seed or 0) - 3)
    (base, _) = size_points(Aggregates(study, found), study.models, ("plain", "mnli"), ("plain", "none"), target)
    assert base.gain.difference == pytest.approx(20)
    assert base.gains["relative error reduction"].difference == pytest.approx(50)  # half of the 40 points of error
    levels = np.arange(-2, 3)
    expected = np.mean(np.log((80 + levels) / (20 - levels)) - np.log((60 + levels) / (40 - levels)))
    assert base.gains["logit"].difference == pytest.approx(expected)


def test_one_answer_over_all_models(tmp_path: Path) -> None:
    study = sized_study(tmp_path)
    study = replace(
        study, claims=(claim(study), replace(claim(study, "up"), name="grows"), replace(claim(study, beyond=10e9), name="past"))
    )
    shrinks, grows, past = answer_claims(study, Results(scores(study, shrinking), (), Setup(), {}))
    assert (shrinks.verdict, grows.verdict, past.verdict) == ("supported", "contradicted", "undecided")
    assert (shrinks.model, shrinks.unit, shrinks.n) == ("", "model", 8)
    assert shrinks.adjusted_p_value is not None
    assert shrinks.p_value is not None
    assert shrinks.adjusted_p_value >= shrinks.p_value
    assert past.reasons == ("not tuned alike: no `tune` with one budget for each model",)


def test_the_fewest_seeds_are_the_callers(tmp_path: Path) -> None:
    study = sized_study(tmp_path)
    four = [row for row in scores(study, shrinking) if row.model != "xlmr-xl" or row.seed != 2]
    (raw,) = answer_size_trend(study, Aggregates(study, four), claim(study), 3)
    assert raw.reasons == ()
    assert answered(study, four, claim(study)).reasons != ()
