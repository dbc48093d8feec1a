"""Fixtures of the fault suite: the command line's. Its long tests run where --long asks for them, those on real clusters with --clusters."""

from __future__ import annotations

import pytest

from tests.cli.conftest import built_desk, desk

__all__ = ["built_desk", "desk"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for, with the reason."""
    reasons = {
        "cluster": ("--clusters", "on a real cluster, for minutes: make clusters"),
        "long": ("--long", "builds that are killed or slowed down, for half a minute and more: make faults"),
    }
    for marker, (option, reason) in reasons.items():
        if not config.getoption(option):
            for item in items:
                if item.get_closest_marker(marker):
                    item.add_marker(pytest.mark.skip(reason=reason))
