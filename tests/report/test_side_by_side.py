"""Parts of a report made side by side are those made one after the other, and a bug in one of them shows itself."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from stiltsreport.report import side_by_side
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures import FIGURES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
NAMES = ("collapse", "gains", "heatmap", "pareto")


def makers() -> dict[str, Callable[[Evidence], list[Figure]]]:
    return {name: FIGURES[name] for name in NAMES}


@pytest.fixture
def large(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> Evidence:
    """The evidence, taken for that of a large study on a machine of three cores."""
    monkeypatch.setattr(side_by_side, "_LARGE", 0)
    monkeypatch.setattr(side_by_side.os, "sched_getaffinity", lambda _process: {0, 1, 2})
    return evidence


def test_the_same_figures(large: Evidence) -> None:
    with side_by_side.side_by_side(large, makers()) as make:
        found = {name: make(name) for name in reversed(NAMES)}
    assert found == {name: FIGURES[name](large) for name in NAMES}
    assert any(found.values())


def test_a_bug_has_its_traceback_here(large: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_evidence: Evidence) -> list[object]:
        raise ZeroDivisionError("in a figure")

    monkeypatch.setitem(FIGURES, "pareto", broken)
    with side_by_side.side_by_side(large, makers()) as make:
        assert make("gains") == FIGURES["gains"](large)
        with pytest.raises(ZeroDivisionError, match="in a figure"):
            make("pareto")


def test_processes_that_die_are_done_without(large: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "_make", lambda *_: side_by_side.os._exit(9))
    with side_by_side.side_by_side(large, makers()) as make:
        assert make("gains") == FIGURES["gains"](large)


def test_what_is_not_asked_for_is_ended(large: Evidence) -> None:
    with side_by_side.side_by_side(large, makers()) as make:
        make("collapse")
