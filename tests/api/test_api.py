"""Studies, plans and reports from Python: the same numbers as the commands, on the same store."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.text import Text

import stiltsreport
from stiltsreport.errors import StiltsReportError, StudyErrors
from tests.cli.studies import Desk

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "reports" / "example"


@pytest.fixture(scope="module")
def example() -> stiltsreport.Report:
    return stiltsreport.Report.open(EXAMPLE)


def study_of(desk: Desk, **more) -> stiltsreport.Study:
    return stiltsreport.Study.from_yaml(
        desk.study(), store=desk.folder / "store", data=desk.data, reports=desk.folder / "reports", offline=True, **more
    )


def test_importing_the_package_loads_nothing() -> None:
    code = "import stiltsreport, sys; print([name for name in ('torch', 'pandas', 'yaml', 'stiltsreport.api') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
    assert {"Report", "Study"} <= set(dir(stiltsreport)), "for completion"
    with pytest.raises(AttributeError, match="no attribute 'Stdy'"):
        stiltsreport.Stdy  # noqa: B018


def test_every_table_of_a_report_is_a_frame_a_latex_file_and_text(example: stiltsreport.Report) -> None:
    assert {path.stem for path in (EXAMPLE / "tables").glob("*.tex")} - {"preamble"} == {
        name for name in example.tables if len(example.table(name).to_pandas())
    }
    for name in example.tables:
        table = example.table(name)
        for content in ("number", "second", "text", "marks", "key"):
            frame = table.to_pandas(content)
            assert len(frame) == len(table.to_pandas())
        assert name in repr(table)
        assert (
            table.caption in table._repr_html_().replace("&#x27;", "'").replace("&amp;", "&").replace("&quot;", '"') or "&" in table.caption
        )
    assert example.table("gains").to_latex() == (EXAMPLE / "tables" / "gains.tex").read_text(encoding="utf-8")


def test_a_frame_holds_what_csv_shows_unrounded(example: stiltsreport.Report) -> None:
    table = example.table("xtreme")
    shown = list(csv.reader(io.StringIO(table.to_csv())))
    frame = table.to_pandas()
    assert list(frame.index.names) == ["group", "Intermediate"]
    titles = [title.partition(" (")[0] for title in shown[0]]
    for (group, stub), row in frame.iterrows():
        line = next(line for line in shown[1:] if line[:2] == [group, stub])
        for column, value in row.items():
            words = column if isinstance(column, tuple) else (column,)
            place = next(place for place, title in enumerate(titles) if title in words)
            if isinstance(value, float):
                assert line[place] == f"{value:.1f}"
    seconds = table.to_pandas("second")
    gains = example.table("gains").to_pandas()
    assert seconds.loc[("mE5-small", "Reading")].iloc[0] == pytest.approx(gains.loc[("mE5-small", "Reading")].iloc[0])


def test_a_missing_result_is_none_and_its_marks_say_why() -> None:
    from stiltsreport.api.tables import Table
    from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup
    from stiltsreport.report.document import Table as Written

    cells = (Cell(marks=("not run",)), Cell(number=Number(3.25, marks=("best",))))
    written = Written("t", "T", "C", "row", (Column("A"), Column("B")), (RowGroup("", (Row("r", cells),)),))
    table = Table(written, None)
    assert table.to_pandas().loc[("", "r")].tolist() == [None, 3.25]
    assert table.to_pandas("marks").loc[("", "r")].tolist() == ["not run", "best"]


def test_the_rows_behind_a_report(example: stiltsreport.Report) -> None:
    lines = [json.loads(line) for line in (EXAMPLE / "scores.jsonl").read_text(encoding="utf-8").splitlines()]
    scores = example.scores()
    assert isinstance(scores, pd.DataFrame)
    assert len(scores) == len(lines)
    assert list(scores.columns) == list(lines[0])
    claims = [json.loads(line) for line in (EXAMPLE / "claims.jsonl").read_text(encoding="utf-8").splitlines()]
    assert list(example.claims()["verdict"]) == [claim["verdict"] for claim in claims]
    assert list(example.claims()["latex"]) == [claim["latex"] for claim in claims]
    assert len(example.comparisons()) == len((EXAMPLE / "comparisons.jsonl").read_text(encoding="utf-8").splitlines())
    assert len(example.efficiency()) == len((EXAMPLE / "efficiency.jsonl").read_text(encoding="utf-8").splitlines())


def test_figures_are_svg_and_pdf(example: stiltsreport.Report) -> None:
    assert {path.stem for path in (EXAMPLE / "figures").glob("*.svg")} == set(example.figures)
    figure = example.figure("gains")
    assert figure.to_svg().startswith("<svg")
    assert figure.to_pdf().startswith(b"%PDF")
    assert figure.alternative
    drawn = figure.to_matplotlib()
    texts = {text.get_text() for text in drawn.findobj(Text)}
    assert {"Endings", "Reading"} <= texts, texts
    assert drawn is not figure.to_matplotlib(), "each is a figure of its own, to be changed"
    assert figure.caption.partition(" ")[0] in figure._repr_html_()


def test_a_name_that_is_not_there_is_answered_with_the_nearest(example: stiltsreport.Report) -> None:
    with pytest.raises(StiltsReportError, match="did you mean 'gains'"):
        example.table("gain")
    with pytest.raises(StiltsReportError, match="did you mean 'heatmap'"):
        example.figure("heatmaps")
    with pytest.raises(StiltsReportError, match="is not there"):
        stiltsreport.Report.open(ROOT / "tests")


def test_misuse_is_one_clear_error(example: stiltsreport.Report, desk: Desk) -> None:
    with pytest.raises(StiltsReportError, match="unknown content 'numbers'; did you mean 'number'"):
        example.table("gains").to_pandas("numbers")
    with pytest.raises(StiltsReportError, match="the report has no table 0; "):
        example.table(0)
    with pytest.raises(StiltsReportError, match=r"Study is not made of 'quickstart' itself; Study.from_yaml\('quickstart'\)"):
        stiltsreport.Study("quickstart")
    with pytest.raises(StiltsReportError, match="override: limit: object is no value of a study"):
        study_of(desk, override={"limit": object()})
    with pytest.raises(StiltsReportError, match=r"override: \['seeds=1'\] names no entries; a dictionary"):
        study_of(desk, override=["seeds=1"])
    (desk.folder / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(StiltsReportError, match=r"taken: cannot be written: .*; a folder you may write to"):
        example.save(desk.folder / "taken")
    study = study_of(desk)
    with pytest.raises(StiltsReportError, match="unknown executor 'slrum'; did you mean 'slurm'"):
        study.build(executor="slrum")
    for workers in (-1, "many"):
        with pytest.raises(StiltsReportError, match="is no number of workers; None, or a whole number from 0"):
            study.build(workers=workers)


def test_one_pattern_of_runs_needs_no_list(desk: Desk) -> None:
    assert study_of(desk, only="*/*/*/1").plan("cpu").jobs_left == study_of(desk, only=["*/*/*/1"]).plan("cpu").jobs_left


def test_a_study_with_faults_says_all_of_them(desk: Desk) -> None:
    with pytest.raises(StudyErrors) as found:
        stiltsreport.Study.from_yaml(desk.study(target="[xnlj, tatoebo]"))
    assert len(found.value.errors) == 2


def test_build_runs_what_is_missing_and_gives_the_report(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    study = study_of(desk, override={"seeds": [1]})
    assert (study.title, study.check()) == ("Small", study.check())
    plan = study.plan()
    assert plan.jobs_left > 0
    assert plan.to_dict()["runs"] == 4
    assert list(plan.to_pandas()["fits"]) == [True]
    assert "<table>" in plan._repr_html_()
    assert "4 runs" in str(plan)
    with pytest.raises(StiltsReportError, match="no results"):
        study.report()
    report = study.build(workers=0, device="cpu", verbosity=-1)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert (desk.folder / "reports" / "small" / "report.html").is_file()
    assert study.plan().jobs_left == 0
    assert study.status()["evaluations"]["stored"] == study.status()["evaluations"]["jobs"]
    written = [json.loads(line) for line in (desk.folder / "reports" / "small" / "scores.jsonl").read_text().splitlines()]
    assert report.scores()["value"].tolist() == [line["value"] for line in written]
    paths = report.save(desk.folder / "copy")
    assert (desk.folder / "copy" / "scores.jsonl") in paths
    assert "Small" in report._repr_html_()
