"""A whole report folder of a study whose free words are markup, paths and signs of all scripts: every file, and every table in each form."""

from __future__ import annotations

import csv as reader
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from stiltsreport.report.claim_sentences import worded
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import csv, html, latex, markdown, text
from stiltsreport.report.show import made
from stiltsreport.report.tables import TABLES
from stiltsreport.report.verification.latex_tables import tables_in
from stiltsreport.report.write import write_report
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.compare import compare
from stiltsreport.stats.declared import declared
from tests.fabricated import STUDY, fabricated_results, fabricated_study
from tests.report.hostile import HOSTILE
from tests.report.test_html import Page

CLAIMS = """\
claims:
  - {name: first, better: mnli, than: none}
  - {name: second, no_worse: squad, than: none}
  - {name: third, count: {better: mnli, than: none, tasks: 2}}
"""
PATHS = ("../../outside/<b>&", "/etc/pass wd\\input{x}%")
NAMES = ("../../claim <script>alert(1)</script>", "\\input{claim} & 100 % \u202eturned\u202c 🙂", "x" * 300 + "/..")
UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # what a terminal obeys
FILES = re.compile(r"(tables|figures|examples)/[a-z0-9][a-z0-9.+-]*\.(tex|svg|pdf|html)|[a-z]+\.(html|tex|bib|jsonl|json)")


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Models named as paths, claims and titles as markup."""
    study = fabricated_study(tmp_path_factory.mktemp("study"), STUDY + CLAIMS)
    models = tuple(replace(model, name=name, title=f"{name} {HOSTILE[5]}") for model, name in zip(study.models, PATHS, strict=True))
    renamed = {model.name: name for model, name in zip(study.models, PATHS, strict=True)}
    claims = tuple(
        replace(claim, name=name, source=HOSTILE[3], models=tuple(renamed.get(model, model) for model in claim.models))
        for claim, name in zip(study.claims, NAMES, strict=True)
    )
    intermediate = tuple(replace(entry, title=words) for entry, words in zip(study.intermediate, HOSTILE, strict=False))
    target = tuple(replace(entry, task=replace(entry.task, title=words)) for entry, words in zip(study.target, HOSTILE[5:], strict=True))
    study = replace(
        study, title=HOSTILE[0] + "\N{RIGHT-TO-LEFT OVERRIDE}", description=" ".join(HOSTILE), models=models, claims=claims,
        intermediate=intermediate, target=target, source="\n".join(HOSTILE), report=replace(study.report, formats=("html", "latex")),
    )  # fmt: skip
    results = fabricated_results(study)
    results = replace(results, provenance=results.provenance | {"setup": results.setup.to_json()})
    answers = answer_claims(study, results)
    return Evidence(study, results, declared(study, compare(study, results.scores), answers), answers)


@pytest.fixture(scope="module")
def folder(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("above") / "reports" / "hostile"
    write_report(evidence.study, evidence.results, evidence.comparisons, place, evidence.answers)
    return place


def test_no_file_leaves_the_folder_or_has_a_name_of_theirs(folder: Path) -> None:
    above = folder.parents[1]
    names = [file.relative_to(folder).as_posix() for file in above.rglob("*") if file.is_file()]
    assert len(names) > 30
    assert [name for name in names if not FILES.fullmatch(name)] == []
    assert all(len(name) < 120 for name in names)


def test_two_models_have_files_of_their_own(folder: Path) -> None:
    assert len(list((folder / "figures").glob("profile-*.svg"))) == len(PATHS)


def test_the_page_has_no_element_or_script_of_theirs(folder: Path) -> None:
    content = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(content)
    for attributes in (attributes for _, attributes in page.elements):
        assert not [name for name in attributes if name.startswith("on")]
    assert "<script>alert" not in content
    assert "<b>&" not in content
    assert not page.all("input")


def test_latex_has_no_command_of_theirs(folder: Path) -> None:
    for file in [folder / "report.tex", *folder.glob("tables/*.tex")]:
        for line in file.read_text(encoding="utf-8").split("\n"):
            if not line.lstrip().startswith("%"):
                assert not re.search(r"\\input\{(?!tables/|figures/)", line), file.name
                assert r"\write18" not in line
                assert "\u202e" not in line
    claims = [json.loads(line) for line in (folder / "claims.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["claim"] for row in claims} == set(NAMES)
    assert not any("<script" in row["latex"] or r"\input" in row["latex"] for row in claims)


def test_figures_are_well_formed(folder: Path) -> None:
    for file in folder.glob("figures/*.svg"):
        root = ET.fromstring(file.read_text(encoding="utf-8"))
        assert not [item.tag for item in root.iter() if item.tag.rpartition("}")[2] in ("script", "foreignObject")]


def test_rows_of_json_are_read_back(folder: Path) -> None:
    for name in ("scores", "comparisons", "claims", "efficiency"):
        rows = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").split("\n") if line]
        assert {row["model"] for row in rows if row["model"]} <= set(PATHS)


@pytest.mark.parametrize("maker", sorted(TABLES))
def test_every_table_keeps_its_shape_in_every_form(maker: str, evidence: Evidence) -> None:
    for table in made(evidence, maker):
        lines = [line for line in markdown.render_table(table).split("\n") if line.startswith("|")]
        assert len({line.replace("\\\\", "").replace("\\|", "").count("|") for line in lines}) <= 1
        assert len(lines) == len(table.rows) + sum(bool(group.title) for group in table.groups) + 2
        assert not re.search(r"<(?!/?u>)", markdown.render_table(table))
        rows = list(reader.reader(io.StringIO(csv.render_table(table))))
        assert len({len(row) for row in rows}) == 1
        assert len(rows) == len(table.rows) + 1
        for form in (text, markdown, csv):
            assert not UNSHOWN.search(form.render_table(table))
        page = Page(html.render_table(table, evidence.digest))
        assert not page.all("script") and not page.all("input")  # noqa: PT018
        if table.rows:
            [pasted] = tables_in(latex.render_table(table, evidence.digest))
            assert sum(len(panel.rows) for panel in pasted.panels) >= len(table.rows)


def test_sentences_of_claims_are_one_line(evidence: Evidence) -> None:
    for answer in evidence.answers:
        said = worded(evidence, answer)
        assert "\n" not in said.sentence + said.latex
        assert "\u202e" not in said.latex
