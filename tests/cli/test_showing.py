"""`report --show` on terminals of different widths."""

from __future__ import annotations

from stiltsreport.cli.showing import on_a_terminal
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table

TABLE = Table(
    "gains",
    "Gains over none",
    "Mean difference in points, paired by seed.",
    "Intermediate",
    (Column("XNLI", "accuracy"), Column("Verdict", align="left")),
    (RowGroup("XLM-R base", (Row("HellaSwag", (Cell(Number(1.25)), Cell(text="undecided"))),)),),
)


def test_a_table_stands_in_columns_where_there_is_room() -> None:
    assert list(on_a_terminal(TABLE, 60)) == [
        "Gains over none",
        "",
        "Intermediate  XNLI (accuracy)  Verdict",
        "XLM-R base",
        "  HellaSwag               1.2  undecided",
        "",
        "Mean difference in points, paired by seed.",
    ]


def test_elsewhere_each_row_is_a_block() -> None:
    assert list(on_a_terminal(TABLE, 30))[2:8] == [
        "Intermediate:",
        "XLM-R base",
        "  HellaSwag",
        "    XNLI (accuracy)  1.2",
        "    Verdict          undecided",
        "",
    ]


def test_a_table_of_nothing_says_so() -> None:
    assert Table("gains", "Gains", "", "Intermediate", (), ()).empty in on_a_terminal(
        Table("gains", "Gains", "", "Intermediate", (), ()), 60
    )
