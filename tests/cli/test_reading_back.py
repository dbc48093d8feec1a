"""`status`, `report` and `export`: what is read from the store, and from a report folder without one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.studies import Desk, ran

Capture = pytest.CaptureFixture[str]


def test_status_of_what_is_built(built_desk: Desk, capsys: Capture) -> None:
    study = built_desk.folder / "small.yaml"
    found = json.loads(built_desk.run(capsys, "status", study, "--json").out)
    assert (found["trainings"], found["evaluations"]) == ({"jobs": 6, "stored": 6}, {"jobs": 11, "stored": 11})
    assert found["seconds_left"] == 0
    assert "everything is stored" in built_desk.run(capsys, "status", study).out


def test_status_guesses_the_time_left_by_what_is_stored(built_desk: Desk, capsys: Capture) -> None:
    study = built_desk.folder / "small.yaml"
    one, two = (
        json.loads(built_desk.run(capsys, "status", study, "--json", "--set", f"seeds={seeds}").out)
        for seeds in ("[1, 2, 3]", "[1, 2, 3, 4]")
    )
    assert one["units"] == {"missing": 4, "running": 0, "failed": 0}
    assert two["seconds_left"] == pytest.approx(2 * one["seconds_left"])
    assert one["seconds_left"] > 0


def test_status_of_an_empty_store(desk: Desk, capsys: Capture) -> None:
    result = desk.run(capsys, "status", desk.study())
    assert result.code == 0
    assert "trainings: 0 of 6 stored" in result.out
    assert "(estimated)" in result.out
    assert not (desk.folder / "store" / "store.json").exists()


def test_a_report_from_its_folder_is_the_report_from_the_store(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    study = built_desk.folder / "small.yaml"
    folder = built_desk.folder / "reports" / "small"
    result = ran(capsys, ["report", str(study), "--from", str(folder), "--reports", str(tmp_path), "--data", str(built_desk.data)])
    assert result.code == 0
    for name in ("scores.jsonl", "comparisons.jsonl", "efficiency.jsonl"):
        assert (tmp_path / "small" / name).read_text(encoding="utf-8") == (folder / name).read_text(encoding="utf-8")


def test_the_second_interval_is_kept_where_the_settings_are(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    """From the store each comparison of two trained rows has a row over items (here too few); from a folder it is that, or needs the store."""
    folder = built_desk.folder / "reports" / "small"
    arguments = [
        "report",
        str(built_desk.folder / "small.yaml"),
        "--from",
        str(folder),
        "--reports",
        str(tmp_path),
        "--data",
        str(built_desk.data),
    ]

    def notes(folder: Path) -> set[str]:
        rows = [json.loads(line) for line in (folder / "comparisons.jsonl").read_text(encoding="utf-8").splitlines()]
        assert sum(row["interval"] == "bootstrap" for row in rows) == sum(row["interval"] == "t" and bool(row["seeds"]) for row in rows)
        return {row["note"] for row in rows if row["interval"] == "bootstrap"}

    kept = notes(folder)
    assert kept
    assert all(note.endswith(("clusters of items are too few", "the same difference in every seed")) for note in kept)
    assert ran(capsys, arguments).code == 0
    assert notes(tmp_path / "small") == kept
    assert ran(capsys, [*arguments, "--set", "statistics={margin: 1}"]).code == 0
    assert notes(tmp_path / "small") == {"no interval over items: needs the store"}


def test_a_report_without_a_store_reads_its_own_folder(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    shutil.copytree(built_desk.folder / "reports", tmp_path / "reports")
    arguments = ["report", str(built_desk.folder / "small.yaml"), "--reports", str(tmp_path / "reports"), "--store", str(tmp_path / "none")]
    (tmp_path / "reports" / "small" / "report.html").unlink()
    assert ran(capsys, arguments).code == 0
    assert (tmp_path / "reports" / "small" / "report.html").is_file()
    assert not (tmp_path / "none").exists()


def test_a_folder_that_is_reported_anew_says_by_which_study(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    """Its provenance holds the study whose settings made the tables, so that they can be verified; and the one that the jobs were run for."""
    study, folder = built_desk.folder / "small.yaml", built_desk.folder / "reports" / "small"
    arguments = ["report", str(study), "--from", str(folder), "--reports", str(tmp_path), "--data", str(built_desk.data)]
    assert ran(capsys, arguments).code == 0
    assert "study_as_run" not in json.loads((tmp_path / "small" / "provenance.json").read_text(encoding="utf-8"))
    assert ran(capsys, [*arguments, "--set", "statistics.alpha=0.01"]).code == 0
    found, before = (json.loads((place / "provenance.json").read_text(encoding="utf-8")) for place in (tmp_path / "small", folder))
    assert found["study"]["overrides"] == ["statistics.alpha=0.01"]
    assert found["study"]["resolved"] == before["study"]["resolved"] | {
        "statistics": before["study"]["resolved"]["statistics"] | {"alpha": 0.01}
    }
    assert found["study_as_run"] == before["study"]
    assert (found["machines"], found["setup"]) == (before["machines"], before["setup"])
    verified = ran(capsys, ["verify", str(tmp_path / "small"), "--store", str(tmp_path / "none")])
    assert (verified.code, verified.out.splitlines()[0].split(":")[1]) == (1, " right")  # and no store


def test_a_report_of_nothing_is_an_error(desk: Desk, capsys: Capture) -> None:
    result = desk.run(capsys, "report", desk.study())
    assert result.code == 2
    assert "no results" in result.err
    assert "stiltsreport build" in result.err
    other = desk.run(capsys, "report", desk.study(), "--from", str(desk.folder))
    assert other.code == 2
    assert "no scores.jsonl" in other.err


def test_a_table_is_printed_with_the_numbers_of_scores(built_desk: Desk, capsys: Capture) -> None:
    study = built_desk.folder / "small.yaml"
    result = built_desk.run(capsys, "report", study, "--show", "languages-tatoeba")
    assert result.code == 0
    rows = [
        json.loads(line) for line in (built_desk.folder / "reports" / "small" / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    baseline = next(row["value"] for row in rows if row["target"] == "tatoeba" and row["intermediate"] == "none")
    assert f"{baseline:.1f}" in result.out
    unknown = built_desk.run(capsys, "report", study, "--show", "language-tatoeba")
    assert unknown.code == 2
    assert "languages-tatoeba" in unknown.err


def test_exported_predictions_are_the_stored_ones(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    study = built_desk.folder / "small.yaml"
    result = ran(capsys, ["export", "xtreme", *built_desk.arguments("export", study)[1:], "--to", str(tmp_path / "out"), "--partial"])
    assert result.code == 0
    assert "warning: small: evaluation sets are cut to 6 examples" in result.err
    files = sorted(path.relative_to(tmp_path / "out").as_posix().partition("/")[2] for path in (tmp_path / "out").rglob("*.tsv"))
    assert files == sorted(
        f"{arm}/{seed}/{name}"
        for arm in ("none", "hellaswag")
        for seed in (1, 2)
        for name in ("tatoeba/test-de.tsv", "xnli/test-de.tsv", "xnli/test-en.tsv")
    )
    # The accuracy of a written file against the official test file, limited as the study limits, is the score.
    scores = [
        json.loads(line) for line in (built_desk.folder / "reports" / "small" / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    score = next(
        row for row in scores if (row["intermediate"], row["target"], row["language"], row["seed"]) == ("hellaswag", "xnli", "de", 2)
    )
    written = next((tmp_path / "out").glob("*/hellaswag/2/xnli/test-de.tsv")).read_text(encoding="utf-8").splitlines()
    predictions = next((built_desk.folder / "store" / "evaluations").glob(f"*/{score['job']}/predictions.jsonl"))
    golds = [json.loads(line)["gold"] for line in predictions.read_text(encoding="utf-8").splitlines()]
    assert 100 * sum(a == b for a, b in zip(written, golds, strict=True)) / len(golds) == pytest.approx(score["value"])


def test_what_is_no_whole_submission_is_refused_with_all_that_is_missing(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    arguments = built_desk.arguments("export", built_desk.folder / "small.yaml", "--set", "seeds=[1, 2, 3]")
    command = ["export", "xtreme", *arguments[1:], "--to", str(tmp_path / "out")]
    result = ran(capsys, command)
    assert (result.code, result.out, (tmp_path / "out").exists()) == (2, "", False)
    assert "small: evaluation sets are cut to 6 examples" in result.err
    assert "small: XTREME asks for pawsx, all languages: not in the study" in result.err
    assert "small: XTREME asks for xnli, ar, bg, el, es, fr, hi, ru, sw, th, tr, ur, vi, zh: not in the study" in result.err
    assert "tiny/none/3, tiny/hellaswag/3: XTREME asks for xnli, de, en: not stored yet, `stiltsreport build" in result.err
    assert "--partial writes what is there" in result.err
    partial = ran(capsys, [*command, "--partial"])
    assert partial.code == 1
    assert len(partial.out.splitlines()) == 2 * 2 * 3 + 1, "tatoeba of the untrained model has no seed"
    assert "XTREME asks for pawsx, all languages: not in the study" in partial.err
