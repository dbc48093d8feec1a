"""`build`: a study to its report; what is stored is not run again; failures, gaps and bad data are said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.studies import Desk

Capture = pytest.CaptureFixture[str]


def _scores(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()]


def _copy(built: Desk, folder: Path) -> Desk:
    shutil.copytree(built.folder / "store", folder / "store")
    return Desk(folder, built.model, built.data)


def test_every_planned_cell_has_its_scores(built_desk: Desk) -> None:
    rows = _scores(built_desk.folder / "reports" / "small")
    cells = {(row["intermediate"], row["target"], row["language"], row["seed"]) for row in rows if row["stage"] == "target"}
    trained = {(arm, "xnli", language, seed) for arm in ("none", "hellaswag") for language in ("de", "en") for seed in (1, 2)}
    retrieved = {("none", "tatoeba", "de", None), ("hellaswag", "tatoeba", "de", 1), ("hellaswag", "tatoeba", "de", 2)}
    assert cells == trained | retrieved
    assert all(row["n"] == 6 for row in rows if row["stage"] == "target")
    assert (built_desk.folder / "reports" / "small" / "report.html").is_file()


def test_again_runs_nothing_and_renders(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    desk = _copy(built_desk, tmp_path)
    before = desk.jobs()
    ran = desk.run(capsys, "build", desk.study())
    assert ran.code == 0
    assert "nothing to run" in ran.err
    assert str(tmp_path / "reports" / "small" / "report.html") in ran.out.splitlines()
    assert desk.jobs() == before


def test_a_new_title_runs_nothing(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    desk = _copy(built_desk, tmp_path)
    ran = desk.run(capsys, "build", desk.study(title="Another & <title>"))
    assert ran.code == 0
    assert "nothing to run" in ran.err
    assert "Another &amp; &lt;title&gt;" in (tmp_path / "reports" / "small" / "report.html").read_text(encoding="utf-8")


def test_a_new_seed_runs_only_its_jobs(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    desk = _copy(built_desk, tmp_path)
    before = desk.jobs()
    ran = desk.run(capsys, "build", desk.study(seeds="[1, 2, 3]"))
    assert ran.code == 0
    new = desk.jobs() - before
    seeds = {
        json.loads(next((tmp_path / "store" / "trainings").glob(f"*/{name}/ingredients.json")).read_text(encoding="utf-8"))["seed"]
        for name in new
        if list((tmp_path / "store" / "trainings").glob(f"*/{name}"))
    }
    assert seeds == {3}
    # seed 3: the intermediate training, xnli from it and from the untouched encoder, 2 x 2 languages, and tatoeba after one
    assert len(new) == 3 + 4 + 1


def test_only_leaves_the_rest_out_as_not_run(desk: Desk, capsys: Capture) -> None:
    ran = desk.run(capsys, "build", desk.study(), "--only", "*/none/xnli/1")
    assert ran.code == 0
    assert {(row["intermediate"], row["target"], row["seed"]) for row in _scores(desk.folder / "reports" / "small")} == {
        ("none", "xnli", 1)
    }
    assert "left out by --only" in ran.err
    setup = json.loads((desk.folder / "reports" / "small" / "provenance.json").read_text(encoding="utf-8"))["setup"]
    assert {cell["state"] for cell in setup["cells"] if cell["intermediate"] == "hellaswag"} == {"left out"}


def test_an_only_that_matches_nothing_is_an_error(desk: Desk, capsys: Capture) -> None:
    ran = desk.run(capsys, "build", desk.study(), "--only", "*/squad")
    assert ran.code == 2
    assert "--only */squad: matches no run" in ran.err
    assert not desk.jobs()


def test_malformed_data_stop_before_the_first_step(desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    data = tmp_path / "data"
    shutil.copytree(desk.data, data)
    broken = data / "xnli" / "test-de.tsv"
    lines = broken.read_text(encoding="utf-8").splitlines()
    lines[3] = "one column"
    broken.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = Desk(desk.folder, desk.model, data).run(capsys, "build", desk.study())
    assert ran.code == 2
    assert f"{broken}:4: " in ran.err
    assert "Traceback" not in ran.err
    assert not desk.jobs()
    assert not (desk.folder / "reports").exists()


def test_a_failed_job_leaves_the_others_and_a_report(desk: Desk, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    from stiltsreport.execute import perform

    real = perform.finetune

    def failing(*arguments: object, **named: object) -> object:
        seeds = next(value for value in arguments if type(value).__name__ == "Seeds")
        if seeds.seed == 2 and seeds.stage == "intermediate":
            raise RuntimeError("the disk has melted")
        return real(*arguments, **named)

    monkeypatch.setattr(perform, "finetune", failing)
    study = desk.study()
    ran = desk.run(capsys, "build", study)
    assert ran.code == 1
    assert "the disk has melted" in ran.err
    log = next(word.rstrip(")") for line in ran.err.splitlines() if "(log: " in line for word in [line.rpartition("(log: ")[2]])
    assert "RuntimeError" in Path(log).read_text(encoding="utf-8")
    rows = [row for row in _scores(desk.folder / "reports" / "small") if row["stage"] == "target"]
    assert {row["seed"] for row in rows if row["intermediate"] == "hellaswag"} == {1}
    assert {row["seed"] for row in rows if row["intermediate"] == "none"} == {1, 2, None}
    status = desk.run(capsys, "status", study, "--json")
    assert json.loads(status.out)["units"]["failed"] == 1
    monkeypatch.setattr(perform, "finetune", real)
    mended = desk.run(capsys, "build", study)
    assert mended.code == 0
    assert {row["seed"] for row in _scores(desk.folder / "reports" / "small") if row["intermediate"] == "hellaswag"} == {1, 2}


def test_data_that_are_not_there_are_gaps_and_exit_1(desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    data = tmp_path / "data"
    shutil.copytree(desk.data, data)
    shutil.rmtree(data / "tatoeba")
    definition = "define: {tasks: {own: {type: sentence_retrieval, languages: [de], files: {test: 'own.{language}.jsonl'}}}}\n"
    study = desk.study(target=f"[{XNLI_ENGLISH}, own]", seeds="[1]", intermediate="[]")
    study.write_text(study.read_text(encoding="utf-8") + definition, encoding="utf-8")
    ran = Desk(desk.folder, desk.model, data).run(capsys, "build", study)
    assert ran.code == 1
    assert "own" in ran.err
    assert "shown as gaps" in ran.err
    assert (desk.folder / "reports" / "small" / "report.html").is_file()


XNLI_ENGLISH = "{task: xnli, languages: [en], train: snli}"


def test_offline_without_a_lock_names_fetch(desk: Desk, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "1")  # so that what --offline sets is taken back
    study = desk.study(target="[{task: pawsx, languages: [de]}]")
    ran = desk.run(capsys, "build", study, "--offline")
    assert ran.code == 2
    assert "small.lock" in ran.err
    assert f"stiltsreport fetch {study}" in ran.err
    assert not desk.jobs()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--device", "h200"), "cpu, cuda or cuda:N"),
        (("--set", "seeds=[1, 1]"), "stands twice"),
        (("--set", "nonsense"), "no KEY=YAML"),
        (("--store", "nosuch://bucket/store"), "Protocol not known"),
    ],
)
def test_what_the_user_can_mend_is_a_line_and_exit_2(desk: Desk, capsys: Capture, arguments: tuple[str, str], said: str) -> None:
    ran = desk.run(capsys, "build", desk.study(), *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_store_that_is_a_file_is_a_line(desk: Desk, capsys: Capture) -> None:
    (desk.folder / "file").write_text("x", encoding="utf-8")
    ran = desk.run(capsys, "build", desk.study(), "--store", str(desk.folder / "file"))
    assert ran.code == 2
    assert str(desk.folder / "file") in ran.err


def test_a_bug_stays_a_traceback(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from stiltsreport.cli import build
    from stiltsreport.cli.app import main

    def bug(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(build, "open_study", bug)
    with pytest.raises(ZeroDivisionError):
        main(desk.arguments("build", desk.study()))
