"""A study file written for a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.study.reading import read_study
from stiltsreport.study.study import Study

MINIMAL = "title: T\nmodels: [xlmr-base]\nintermediate: [mnli]\ntarget: [xnli]\n"
Reader = Callable[..., Study]
Errors = Callable[..., list[str]]


@pytest.fixture
def study(tmp_path: Path) -> Reader:
    """Reads a text as the study file s.yaml."""

    def read(text: str, *overrides: str) -> Study:
        (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
        return read_study(tmp_path / "s.yaml", overrides)

    return read


@pytest.fixture
def errors(study: Reader, tmp_path: Path) -> Errors:
    """The errors of a text, each without the folder of the file."""

    def found(text: str, *overrides: str) -> list[str]:
        with pytest.raises(StiltsReportError) as caught:
            study(text, *overrides)
        several = caught.value.errors if isinstance(caught.value, StudyErrors) else (caught.value,)
        return [str(error).replace(f"{tmp_path}/", "") for error in several]

    return found
