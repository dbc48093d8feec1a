"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.studies import Desk


@pytest.fixture
def desk(tmp_path: Path, tiny_model: Path, tiny_data: Path) -> Desk:
    """A folder of the test's own."""
    return Desk(tmp_path, tiny_model, tiny_data)


@pytest.fixture(scope="session")
def built_desk(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, tiny_data: Path) -> Desk:
    """A desk on which the small study is built: not to be written to."""
    from stiltsreport.cli.app import main

    desk = Desk(tmp_path_factory.mktemp("built"), tiny_model, tiny_data)
    assert main(desk.arguments("build", desk.study(), "-q")) == 0
    return desk
