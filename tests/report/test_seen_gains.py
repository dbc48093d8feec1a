"""Gains in seen and unseen languages, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.report.document import Cell
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.seen_gains import seen_gains
from tests.fabricated import fabricated_results, fabricated_study, scores_by

TEXT = """\
title: Seen
models: [xlmr-base]
intermediate: [squad, siqa]
target:
  - {task: panx, languages: [en, de, sw, yo]}
  - {task: xcopa, languages: [et, ht, qu]}
  - {task: xnli, languages: [en, de]}
seeds: [1, 2, 3, 4, 5]
"""
# XLM-R has not seen Yoruba, Haitian Creole or Quechua.
GAIN = {"en": 40.0, "de": 3.0, "sw": 1.0, "yo": 0.5, "et": 4.0, "ht": 1.0, "qu": 0.0}
SEEDS = {1: 0.3, 2: -0.1, 3: 0.0, 4: 0.1, 5: -0.3}


def value(arm: str, target: str, language: str, seed: int | None) -> float:
    return 30.0 if arm == "none" else 30.0 + GAIN[language] + SEEDS[seed or 1] * (1 if language in ("yo", "ht", "qu") else 2)


def number(cell: Cell) -> float:
    assert cell.number is not None
    return cell.number.value


def test_by_hand(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT)
    (table,) = seen_gains(Evidence(study, fabricated_results(study, scores_by(study, value)), []))
    squad, siqa = table.rows
    # PAN-X (3 + 1) / 2 and XCOPA 4 seen; 0.5 and (1 + 0) / 2 not seen; XNLI has no unseen language, English enters nothing
    assert [number(cell) for cell in squad.cells] == [pytest.approx(3.0), pytest.approx(0.5), pytest.approx(2.5)]
    # XCOPA is trained on Social IQa: PAN-X alone
    assert [number(cell) for cell in siqa.cells] == [pytest.approx(2.0), pytest.approx(0.5), pytest.approx(1.5)]
    assert "has not seen Yoruba, Haitian Creole and Quechua; targets with languages of both kinds: PAN-X and XCOPA" in table.source_notes[0]


def test_none_where_nothing_is_known_or_all_is_seen(tmp_path: Path) -> None:
    # mE5: of what XLM-R has not seen it is unknown whether mE5 has
    for text in (
        TEXT.replace("xlmr-base", "multilingual-e5-small"),
        TEXT.replace(", yo", "").replace("et, ht, qu", "et"),
        TEXT.replace("[squad, siqa]", "[]"),
    ):
        study = fabricated_study(tmp_path, text)
        assert seen_gains(Evidence(study, fabricated_results(study, scores_by(study, value)), [])) == []


def test_gaps(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT)
    scores = scores_by(
        study, lambda arm, target, language, seed: None if (arm, language) == ("squad", "ht") else value(arm, target, language, seed)
    )
    (table,) = seen_gains(Evidence(study, fabricated_results(study, scores), []))
    squad = table.rows[0].cells
    assert number(squad[0]) == pytest.approx(3.0)
    assert (squad[1].missing, squad[2].missing) == (True, True)
