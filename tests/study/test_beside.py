"""A study read for its report alone: what lay beside it when it was built may be gone."""

import json
import shutil
from pathlib import Path

import pytest

from stiltsreport.errors import StudyErrors
from stiltsreport.results.provenance import kept_folders, reported_anew
from stiltsreport.study.reading import read_study

SIZES = {
    "model_type": "bert",
    "num_hidden_layers": 2,
    "hidden_size": 8,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "vocab_size": 50,
}
STUDY = """\
title: Models in folders
models: [../models/by-place, by-name]
target: [{task: xnli, train: mnli}]
seeds: [1, 2]
data: data
variants: [{robust: {method: rs-da, synonyms: words.json}}]
define: {models: {by-name: {checkpoint: ../models/other, title: Another}}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A study with all that it names."""
    for name in ("by-place", "other"):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(SIZES), encoding="utf-8")
    path = tmp_path / "studies" / "mine.yaml"
    (path.parent / "data").mkdir(parents=True)
    (path.parent / "words.json").write_text("{}", encoding="utf-8")
    path.write_text(STUDY, encoding="utf-8")
    return path


def _leave_alone(file: Path) -> None:
    shutil.rmtree(file.parent.parent / "models")
    shutil.rmtree(file.parent / "data")
    (file.parent / "words.json").unlink()


def test_models_are_known_by_what_the_report_keeps(file: Path) -> None:
    built = read_study(file)
    provenance = reported_anew({}, built)
    kept = kept_folders(provenance)
    assert kept == {"../models/by-place": SIZES, "../models/other": SIZES}
    _leave_alone(file)
    found = read_study(file, kept=kept)
    assert found.models == built.models
    assert found.variants == built.variants
    assert kept_folders(reported_anew(provenance, found)) == kept  # a report written from this one can be read as well


def test_to_be_built_a_study_needs_them(file: Path) -> None:
    _leave_alone(file)
    with pytest.raises(StudyErrors) as caught:
        read_study(file)
    said = str(caught.value)
    assert "../models/by-place is neither a folder nor a Hub id" in said
    assert "../models/other is neither a folder nor a Hub id" in said
    assert f"{file.parent / 'words.json'} is no file" in said
    assert f"{file.parent / 'data'} is no folder" in said


def test_a_folder_that_is_there_counts_before_what_is_kept(file: Path) -> None:
    (file.parent.parent / "models" / "other" / "config.json").write_text(json.dumps(SIZES | {"hidden_size": 16}), encoding="utf-8")
    kept = {"../models/other": SIZES, "../models/by-place": SIZES}
    assert [model.hidden_size for model in read_study(file, kept=kept).models] == [8, 16]


def test_what_no_report_kept_is_still_refused(file: Path) -> None:
    _leave_alone(file)
    with pytest.raises(StudyErrors, match="models/other is neither a folder nor a Hub id"):
        read_study(file, kept={"../models/by-place": SIZES})
