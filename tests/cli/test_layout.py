"""Tables and lines on terminals of any width."""

from __future__ import annotations

import sys

import pytest

from stiltsreport.cli.layout import folded, table
from stiltsreport.cli.terminal import Terminal

TITLES = ["", "trainings", "CPU-hours", "decided"]
ROWS = [["helps", "40", "13 min e", "yes"], ["costs-nothing", "2,003", "6.9 h e", "no (10 % power): 17 seeds would, 3.4 times"]]


def test_a_table_that_fits_is_aligned() -> None:
    assert table(TITLES, ROWS, None, left=(0, 3)) == [
        "               trainings  CPU-hours  decided",
        "helps                 40   13 min e  yes",
        "costs-nothing      2,003    6.9 h e  no (10 % power): 17 seeds would, 3.4 times",
    ]


def test_the_last_column_folds_where_it_leaves_room() -> None:
    assert table(TITLES, ROWS, 63, left=(0, 3))[2:] == [
        "costs-nothing      2,003    6.9 h e  no (10 % power): 17 seeds",
        "                                     would, 3.4 times",
    ]


def test_else_each_row_becomes_a_block() -> None:
    assert table(TITLES, ROWS[:1], 30, left=(0, 3)) == ["helps", "  trainings  40", "  CPU-hours  13 min e", "  decided    yes"]


@pytest.mark.parametrize("width", [20, 40, 60, 100])
def test_nothing_is_wider_than_the_terminal_and_no_word_is_lost(width: int) -> None:
    lines = table(TITLES, ROWS, width, left=(0, 3), indent="  ")
    assert max(map(len, lines)) <= width
    words = {word for row in (TITLES, *ROWS) for cell in row for word in cell.split()}
    assert words <= {word for line in lines for word in line.split()}


def test_a_path_is_not_broken() -> None:
    path = "/a/folder/with/a/name/that/is/longer/than/the-terminal.yaml"
    assert path in list(folded([f"error: {path}: is not there; did you mean another"], 24))[0:2][-1]


def test_programs_get_whole_lines_and_readers_folded_ones(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    line = "  what is not needed by any of the studies that count"
    monkeypatch.setenv("COLUMNS", "40")
    Terminal().text(line)
    Terminal().warning(line)
    assert capsys.readouterr() == (f"{line}\n", f"warning: {line}\n")
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    Terminal().text(line)
    Terminal().warning(line)
    for said in capsys.readouterr():
        lines = said.splitlines()
        assert len(lines) == 2
        assert max(map(len, lines)) <= 40
        assert " ".join(said.split()).endswith("studies that count")
