"""The matrix of pairs by hand: the diagonal is the ordinary setting, gaps stay gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stiltsreport.results import Score
from stiltsreport.stats.pairs import Pairs, languages_of
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_scores, fabricated_study

TEXT = """\
title: Pairs
models: [multilingual-e5-small]
intermediate: [mnli]
target: [{task: xnli, languages: [en, de, fr, sw], pairs: [[en, de], [de, en], [fr, de], [sw, de]]}]
seeds: [1, 2]
"""
MODEL = "multilingual-e5-small"
ARM = (MODEL, "plain", "none")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return fabricated_study(tmp_path, TEXT)


def score(first: str, second: str | None, seed: int, value: float) -> Score:
    return Score(MODEL, "plain", "none", "xnli", "target", "test", first, second, seed, "accuracy", value, 100, f"{first}{second}{seed}")


def test_a_matrix_by_hand(study: Study) -> None:
    entry = study.target[0]
    codes = languages_of(entry)
    assert codes[0] == "en"  # then by family: German stands next to English, Romance and Bantu follow
    rows = [
        score("en", None, 1, 80), score("en", None, 2, 82), score("de", None, 1, 70), score("de", None, 2, 71),
        score("fr", None, 1, 60), score("fr", None, 2, 61), score("sw", None, 1, 50), score("sw", None, 2, 52),
        score("en", "de", 1, 75), score("en", "de", 2, 77), score("de", "en", 1, 65), score("de", "en", 2, 66),
        score("fr", "de", 1, 55), score("fr", "de", 1001, 99), score("sw", "de", 1, 45), score("sw", "de", 2, 46),
    ]  # fmt: skip
    found = Pairs(study, rows).of(ARM, entry)
    at = {code: place for place, code in enumerate(codes)}
    assert found.means[at["en"], at["de"]] == 76
    assert found.means[at["de"], at["en"]] == 65.5
    assert found.means[at["fr"], at["de"]] == 55  # seed 1 alone; the reserve seed stands for nothing here
    assert np.isnan(found.means[at["de"], at["fr"]])
    assert not found.asked[at["de"], at["fr"]]
    assert found.means[at["sw"], at["sw"]] == 51
    diagonal, off = found.diagonal(), found.off_diagonal()
    assert diagonal is not None
    assert diagonal.values == (pytest.approx((80 + 70 + 60 + 50) / 4), pytest.approx((82 + 71 + 61 + 52) / 4))
    assert off is not None
    assert off.seeds == (1,)  # seed 2 lacks French with German
    assert off.values == (pytest.approx((75 + 65 + 55 + 45) / 4),)
    assert off.missing == ("fr-de",)
    assert off.n == 400


def test_nothing_run_is_nothing_shown(study: Study) -> None:
    found = Pairs(study, []).of(ARM, study.target[0])
    assert not found.any
    assert found.diagonal() is None
    assert found.off_diagonal() is None
    assert np.isnan(found.means).all()


def test_an_arm_with_fewer_seeds_lacks_none(tmp_path: Path) -> None:
    text = "title: T\nmodels: [xlmr-base]\nintermediate: [mnli]\ntarget: [{task: xnli, languages: [en, de], pairs: all}]\nstatistics: {test: welch}\nseeds: {default: 2, none: 4}\n"
    study = fabricated_study(tmp_path, text)
    pairs = Pairs(study, fabricated_scores(study))
    for name, count in (("mnli", 2), ("none", 4)):
        series = pairs.of(("xlmr-base", "plain", name), study.target[0]).off_diagonal()
        assert series is not None
        assert (len(series.values), series.missing) == (count, ())
