"""Second intervals without a store: those of an earlier report where nothing has changed, else a word that the store is needed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.kept import NEEDS_STORE, comparison_of, with_kept
from stiltsreport.stats.items.second import BOOTSTRAP, with_items
from tests.fabricated import without
from tests.stats.items.made import STUDY, made, study_of


@pytest.fixture
def rows(tmp_path: Path) -> list[Comparison]:
    study = study_of(tmp_path)
    scores, items = made(study)
    return with_items(study, scores, compare(study, scores), items, 100)


def lacking(found: list[Comparison]) -> list[Comparison]:
    return [row for row in found if NEEDS_STORE in row.note]


def test_the_same_results_keep_theirs(rows: list[Comparison]):
    again = [comparison_of(json.loads(json.dumps(asdict(row)))) for row in rows]
    first = [row for row in rows if row.interval == "t"]
    assert with_kept(first, again) == rows
    assert with_kept(rows, again) == rows


def test_without_any_the_store_is_needed(rows: list[Comparison]):
    first = [row for row in rows if row.interval == "t"]
    found = with_kept(first, first)
    assert [row for row in found if row.interval == "t"] == first
    assert len(lacking(found)) == len(first)
    assert all(row.low is None and row.p_value is None and row.verdict == "undecided" for row in lacking(found))
    assert with_kept(first, found) == found  # what only says that it needs the store is not kept as a result


@pytest.mark.parametrize(
    "override",
    ["statistics={alpha: 0.01, margin: {average: 1, task: 2, language: 3}}", "statistics={margin: 2}", "statistics={test: sign-flip}"],
)
def test_other_settings_need_the_store(rows: list[Comparison], tmp_path: Path, override: str):
    study = study_of(tmp_path, STUDY, override)
    found = compare(study, made(study)[0])
    assert len(lacking(with_kept(found, rows))) >= len(found) / 2
    assert not [
        row for row in with_kept(found, rows) if row.interval == BOOTSTRAP and row.margin != found[0].margin and row.scope == "average"
    ]


def test_other_results_need_the_store(rows: list[Comparison], tmp_path: Path):
    """One score less: what rests on it, or shares a family with it, is not taken from before."""
    study = study_of(tmp_path)
    scores = without(made(study)[0], intermediate="mnli", target="xnli", language="de", seed=2)
    found = with_kept(compare(study, scores), rows)
    gone = {(row.intermediate, row.target, row.scope) for row in lacking(found)}
    assert {("mnli", "xnli", "language:de"), ("mnli", "xnli", "task"), ("mnli", "average", "average")} <= gone


def test_rows_of_another_version_are_refused(rows: list[Comparison]):
    with pytest.raises(TypeError):
        comparison_of({**asdict(rows[0]), "of a later version": 1})
    old = asdict(rows[0])
    del old["note"]
    assert comparison_of(old) == replace(rows[0], note="")
