"""No link and no `..` leads a study out of its data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.errors import DataError, StiltsReportError, StudyErrors
from stiltsreport.plan.stilts import plan_study
from stiltsreport.study.definitions import defined_task
from stiltsreport.study.reading import read_study
from stiltsreport.study.schema import TaskDefinition
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.lock import Lock
from tests.tasks.folder import fill, load, table

ROWS = table("Ein Satz.|Noch einer.|neutral")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A data set beside the data folder."""
    return fill(tmp_path / "outside", {"xnli/test-de.tsv": ROWS, "t.tsv": ROWS})


def test_a_link_to_a_file_outside_is_refused(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "data" / "xnli").mkdir(parents=True)
    (tmp_path / "data" / "xnli" / "test-de.tsv").symlink_to(outside / "xnli" / "test-de.tsv")
    with pytest.raises(DataError, match=r"xnli/test-de\.tsv: is a link that leads out of the data folder; copy the file"):
        load(tmp_path / "data", "xnli", "test", "de")


def test_a_link_inside_is_followed_and_so_is_the_folder_that_its_owner_links(tmp_path: Path, outside: Path) -> None:
    fill(tmp_path / "data", {"xnli/kept/x.tsv": ROWS})
    (tmp_path / "data" / "xnli" / "test-de.tsv").symlink_to("kept/x.tsv")
    assert len(load(tmp_path / "data", "xnli", "test", "de")) == 1  # type: ignore[arg-type]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "xnli").symlink_to(outside / "xnli")
    assert len(load(tmp_path / "other", "xnli", "test", "de")) == 1  # type: ignore[arg-type]


def test_a_studys_own_files_stay_inside(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "t.tsv").symlink_to(outside / "t.tsv")
    definition = {"type": "sequence_classification", "labels": ["a", "b"], "languages": ["en"], "files": {"test": "t.tsv"}}
    task = defined_task("ours", TaskDefinition.model_validate(definition), "s.yaml")
    with pytest.raises(DataError, match=r"t\.tsv: is a link that leads out"):
        local_sources(task, tmp_path / "data", Memo())
    for path in ("../outside/t.tsv", "/etc/passwd", "a/../../t.tsv"):
        with pytest.raises(StiltsReportError, match="leads out of the data folder"):
            defined_task("ours", TaskDefinition.model_validate(definition | {"files": {"test": path}}), "s.yaml")


@pytest.mark.parametrize("pattern", ["../outside/{language}", "linked-{language}", "a\\0b"])
def test_ready_translations_stay_inside(tmp_path: Path, outside: Path, pattern: str) -> None:
    fill(
        tmp_path / "data",
        {
            "hellaswag/train.jsonl": '{"ctx": "a", "endings": ["b", "c"], "label": 0}\n' * 1,
            "xnli/test-de.tsv": ROWS,
            "snli/train.tsv": ROWS,
        },
    )
    fill(outside, {"de.tsv": ROWS})
    (tmp_path / "data" / "linked-de.tsv").symlink_to(outside / "de.tsv")
    text = (
        "title: T\nmodels: [xlmr-base]\nintermediate: []\ntarget: [{task: xnli, languages: [de], train: snli}]\n"
        f'variants: [{{translate_train: {{to: [de], files: "{pattern}"}}}}]\n'
    )
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    plan = plan_study(read_study(tmp_path / "s.yaml", data=tmp_path / "data"), Memo(), Lock())
    said = [str(problem) for problem in plan.problems]
    assert any("a file outside the data folder" in one or "no file a\0b" in one for one in said), said


def test_names_that_make_folders_cannot_be_paths(tmp_path: Path) -> None:
    """Tasks, models, arms and the study itself name folders and files of reports."""
    base = "title: T\nmodels: [xlmr-base]\nintermediate: [mnli]\ntarget: [xnli]\n"
    for line in (
        "define: {tasks: {'../x': {type: multiple_choice, files: {test: t.tsv}}}}",
        "define: {models: {'../x': {checkpoint: a/b}}}",
        "define: {models: {'a/b': {checkpoint: a/b}}}",
        "variants: [{name: ../x, few_shot: {examples: 1}}]",
        "variants: [{name: '..', few_shot: {examples: 1}}]",
    ):
        (tmp_path / "s.yaml").write_text(f"{base}{line}\n", encoding="utf-8")
        with pytest.raises(StudyErrors, match="cannot name"):
            read_study(tmp_path / "s.yaml")
    (tmp_path / "..x.yaml").write_text(base, encoding="utf-8")
    with pytest.raises(StudyErrors, match="names the report folder"):
        read_study(tmp_path / "..x.yaml")
