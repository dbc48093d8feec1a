"""Sizes that nobody knows before a model is fetched, and sets that are read in several ways: neither is taken for a number that it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.arms import Arm
from stiltsreport.report.differences.design import _data
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.pareto import CostPoint, fronts
from stiltsreport.report.tables.setup import _used, models
from stiltsreport.results.setup import DataFacts
from tests.fabricated import fabricated_results, fabricated_study

PLAIN = DataFacts("snli", "SNLI", "training", "en", "train", "snli/train.jsonl", "a", 17_864, 60)
DRAWN = replace(PLAIN, used=20, note="20 examples drawn with seed 0")


def test_a_model_of_unknown_size_beats_nobody() -> None:
    known = CostPoint(Arm("xlmr-base", "plain", "none"), 60.0, 2.0, 278_000_000, False)
    unknown = CostPoint(Arm("acme/enc", "plain", "none"), 61.0, 1.0, 0, False)
    assert fronts([known, unknown]) == ([False, True], [True, False])


def test_a_size_that_is_not_known_is_said_so(tmp_path: Path) -> None:
    text = "title: T\nmodels: [acme/enc]\nintermediate: [mnli]\ntarget: [{task: xnli, languages: [de]}]\nseeds: [1]\n"
    study = fabricated_study(tmp_path, text)
    (table,) = models(Evidence(study, fabricated_results(study), []))
    assert [cell.text for cell in table.rows[0].cells][:2] == ["unknown", "unknown"]


def test_what_a_target_trains_on_is_the_set_as_it_stands() -> None:
    assert _used([DRAWN, PLAIN]) == _used([PLAIN, DRAWN]) == "60 of 17,864"
    assert _used([DRAWN]) == "20 of 17,864"
    assert _used([]) == ""


@pytest.mark.parametrize("change", [{"used": 55}, {"fingerprint": "b"}, {"origin": "other.jsonl"}])
def test_a_set_that_changed_is_seen_beside_its_other_uses(change: dict[str, object]) -> None:
    def provenance(*rows: DataFacts) -> dict[str, object]:
        return {"setup": {"data": [vars(row) for row in rows]}}

    before, after = provenance(PLAIN, DRAWN), provenance(replace(PLAIN, **change), DRAWN)  # type: ignore[arg-type]
    ((name, value),) = change.items()
    (found,) = _data(before, after)
    assert (found.name, found.after) == (f"snli/training/en/train {name}", value)
    assert not list(_data(before, provenance(DRAWN, PLAIN)))
