"""Fixtures of the fault suite: the command line's. Tests on real clusters take minutes and run where --clusters asks for them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import built_desk, desk

__all__ = ["built_desk", "desk"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests of clusters, with the reason, unless they are asked for."""
    if not config.getoption("--clusters"):
        for item in items:
            if "cluster" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="on a real cluster, for minutes: make clusters"))
