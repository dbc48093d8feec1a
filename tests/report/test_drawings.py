"""Figures drawn side by side are those drawn one after the other, and a bug in one of them shows itself."""

from __future__ import annotations

import sys

import pytest

from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures import FIGURES, drawings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
NAMES = ("collapse", "gains", "heatmap", "pareto")


@pytest.fixture
def large(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> Evidence:
    """The evidence, taken for that of a large study on a machine of three cores."""
    monkeypatch.setattr(drawings, "_LARGE", 0)
    monkeypatch.setattr(drawings.os, "sched_getaffinity", lambda _process: {0, 1, 2})
    return evidence


def test_the_same_figures(large: Evidence) -> None:
    with drawings.drawings(large, NAMES) as draw:
        found = {name: draw(name) for name in reversed(NAMES)}
    assert found == {name: FIGURES[name](large) for name in NAMES}
    assert any(found.values())


def test_a_bug_has_its_traceback_here(large: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_evidence: Evidence) -> list[object]:
        raise ZeroDivisionError("in a figure")

    monkeypatch.setitem(FIGURES, "pareto", broken)
    with drawings.drawings(large, NAMES) as draw:
        assert draw("gains") == FIGURES["gains"](large)
        with pytest.raises(ZeroDivisionError, match="in a figure"):
            draw("pareto")


def test_processes_that_die_are_done_without(large: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "_draw", lambda *_: drawings.os._exit(9))
    with drawings.drawings(large, NAMES) as draw:
        assert draw("gains") == FIGURES["gains"](large)


def test_what_is_not_asked_for_is_ended(large: Evidence) -> None:
    with drawings.drawings(large, NAMES) as draw:
        draw("collapse")
