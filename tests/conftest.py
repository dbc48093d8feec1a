"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tiny import tiny_data, tiny_model

__all__ = ["real_data", "tiny_data", "tiny_model"]
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real data in the official formats, which is not part of the project: named by STILTSREPORT_TEST_DATA, or beside the checkout."""
    folder = Path(os.environ.get("STILTSREPORT_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "xnli").is_dir():
        pytest.skip(f"real data sets are not at {folder}; name their folder in STILTSREPORT_TEST_DATA")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """--clusters: run the tests on real clusters too; --long: the long ones of the fault suite."""
    parser.addoption("--long", action="store_true", help="run the tests of the fault suite that take half a minute and more")
    parser.addoption("--clusters", action="store_true", help="run the tests that set up a Slurm or a Ray cluster")
