"""Signatures: every table has one, and it names whatever of a study changes its numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import stiltsreport
from stiltsreport.report.build import build_report
from stiltsreport.report.design_words import digest_of
from stiltsreport.report.document import Report
from stiltsreport.report.formats import latex
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_results, fabricated_study
from tests.report.test_snapshots import methods_report, small_report

TEXT = """\
title: T
models: [multilingual-e5-small]
intermediate: [mnli]
target:
  - {task: xnli, languages: [en, de]}
  - {task: udpos, languages: [en, fi]}
  - {task: tatoeba, languages: [de]}
seeds: [1, 2, 3, 4, 5]
"""


def signatures(study: Study) -> dict[str, str]:
    """Each table's, without the digest of the study, which alone would tell them apart."""
    report = build_report(study, fabricated_results(study), [], drawn=False)
    return {table.id: re.sub(r"\|study:[0-9a-f]{12}", "", table.signature) for table in report.tables}


def test_every_table_is_signed_with_study_and_version() -> None:
    for report in (small_report(), methods_report()):
        for table in report.tables:
            assert table.signature.endswith(f"|study:{report.digest}|stiltsreport:{stiltsreport.__version__}"), table.id
            assert f"% signature: {table.signature}" in latex.render_table(table, report.digest)
        found = [table.signature for table in report.tables if not table.id.startswith(("languages-", "pairs-"))]
        assert len(set(found)) == len(found)  # it names the table too


@pytest.mark.parametrize(
    ("override", "part"),
    [
        ("seeds=[1, 2, 3, 4, 6]", "seeds:1,2,3,4,6"),
        ("statistics.test=sign-flip", "test:sign-flip"),
        ("statistics.correction=benjamini-hochberg", "correction:benjamini-hochberg"),
        ("statistics.alpha=0.01", "alpha:0.01"),
        ("limit={train: 100, evaluate: 50}", "limit:100/50"),
        ("limit={evaluate: 50}", "limit:all/50"),
        ("target.0.languages=[en, de, sw]", "languages:3"),
        ("target.0.train=snli", "train:snli"),
        ("recipes={target: {base: xstilts-target, seqeval: 1.2.2}}", "seqeval:1.2.2"),
        ("recipes={target: {base: xstilts-target, layer: 7}}", "layer:7"),
        ("recipes={target: {base: xstilts-target, pooling: cls}}", "pooling:cls"),
    ],
)
def test_the_main_table_names_each_setting(override: str, part: str, tmp_path: Path) -> None:
    before = signatures(fabricated_study(tmp_path, TEXT))["xtreme"]
    after = signatures(fabricated_study(tmp_path, TEXT, [override]))["xtreme"]
    parts = re.split(r"[|\[\]]+", after)
    assert part in parts
    assert part not in re.split(r"[|\[\]]+", before)


def test_a_split_that_is_shown_is_named(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT)
    results = fabricated_results(study)
    for split in ("test", "dev"):
        rows = tuple(replace(row, split=split) if row.stage == "target" else row for row in results.scores)
        facts = tuple(replace(row, split=split) if row.role == "evaluation" else row for row in results.setup.data)
        report: Report = build_report(study, replace(results, scores=rows, setup=replace(results.setup, data=facts)), [], drawn=False)
        main = next(table for table in report.tables if table.id == "xtreme")
        assert main.signature.count(f"split:{split}") == 3


def test_metrics_of_one_task_have_tables_of_their_own_signature() -> None:
    found = {table.id: table.signature for table in small_report().tables}
    assert "metric:exact_match" in found["languages-xquad-exact-match"]
    assert "metric:f1" in found["languages-xquad-f1"]
    assert "xquad|exact_match+f1" in found["languages-xquad"]


def test_the_digest_is_of_the_file_and_of_what_was_set(tmp_path: Path) -> None:
    plain = digest_of(fabricated_study(tmp_path, TEXT))
    assert digest_of(fabricated_study(tmp_path, TEXT, ["report.latex=siunitx", "title=Other"])) == plain
    other = digest_of(fabricated_study(tmp_path, TEXT, ["target.0.languages=[en, fr]"]))
    assert other != plain  # as many languages, but not the same
    assert digest_of(fabricated_study(tmp_path, TEXT + "# a remark\n")) not in (plain, other)
