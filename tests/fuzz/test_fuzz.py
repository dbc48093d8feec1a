"""A small share of what `make fuzz` tries, and that its sound inputs are sound."""

from __future__ import annotations

import pytest

from tests.fuzz import data_files, plans, study_files
from tests.fuzz.__main__ import TARGETS
from tests.fuzz.running import Target, many


@pytest.mark.parametrize("number", range(len(data_files.SETS)))
def test_what_is_damaged_is_sound_before(number: int) -> None:
    sound = data_files.SETS[number]
    data_files.read_files((number, next(iter(sound.files.values())).encode()))


def test_the_study_that_is_damaged_is_sound_before(tmp_path) -> None:
    from stiltsreport.study.reading import read_study

    (tmp_path / "s.yaml").write_text(study_files.EVERYTHING, encoding="utf-8")
    assert read_study(tmp_path / "s.yaml").claims
    plans.plan(plans.STUDY)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_input_ends_in_a_traceback(target: Target) -> None:
    count = many(target, 60, seed=1)
    assert count.tried >= 50
    assert count.refused > count.tried // 4, "the damage hardly ever matters"
