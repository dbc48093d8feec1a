"""The tables of the transfer microscope, from facts decided by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.report.build import report_of
from stiltsreport.report.document import Cell, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import html, latex
from stiltsreport.report.sections.items import microscope
from stiltsreport.report.tables.confusion import confusion
from stiltsreport.report.tables.span_overlap import hits, span_overlap
from stiltsreport.report.tables.turned_items import turned_items
from stiltsreport.results.microscope_facts import ConfusionFacts, HitFacts, ItemFacts, LookedAt, Microscope, SpanFacts
from tests.fabricated import fabricated_results, fabricated_study
from tests.report.hostile import HOSTILE

SEEDS = (1, 2, 3, 4, 5)
HEAD: tuple[Any, ...] = ("xlmr-base", "plain", "mnli")


def made(tmp_path: Path, seen: Microscope, examples: dict[tuple[str, ...], str] | None = None) -> Evidence:
    study = fabricated_study(tmp_path)
    results = fabricated_results(study)
    return Evidence(study, replace(results, setup=replace(results.setup, microscope=seen)), [], examples=examples)


def texts(table: Table) -> list[list[str]]:
    def text(cell: Cell) -> str:
        first = cell.text if cell.number is None else cell.number.text
        return first if cell.second is None else f"{first} {cell.second.text}"

    return [[text(cell) for cell in row.cells] for row in table.rows]


def test_items_by_language(tmp_path: Path) -> None:
    rows = (
        ItemFacts(*HEAD, "xnli", "gained", "7", 2, 3, SEEDS, "de 0 5 5, en 5 4 5, sw 2 3 5"),
        ItemFacts(*HEAD, "xnli", "lost", "56beb4343aeaaa14008c925b-0", 1, 2, SEEDS, "de 4 0 5, en 0 1 4"),
        ItemFacts(*HEAD, "gone", "lost", "7", 1, 2, SEEDS, "de 4 0 5"),
    )
    looked = (LookedAt("xlmr-base", "xnli", (("plain", "mnli"), ("plain", "squad")), 7),)
    evidence = made(tmp_path, Microscope(looked, rows), {rows[0].key: "examples/xnli.html#x"})
    (table,) = turned_items(evidence)
    assert [column.title for column in table.columns] == ["turns in", "de", "en", "sw"]
    assert [(group.title, [row.stub for row in group.rows]) for group in table.groups] == [
        ("XLM-R base, MNLI: turned right", ["7"]),
        ("XLM-R base, MNLI: turned wrong", ["56beb4343a…008c925b-0"]),
    ]
    assert texts(table) == [["2 of 3", "−→+", "+", "−→+"], ["1 of 2", "+→−", "−", ""]]
    assert table.rows[0].cells[1].details == (("right, none", "0 of 5"), ("right, row", "5 of 5"))
    assert [row.cells[0].link for row in table.rows] == ["examples/xnli.html#x", ""]
    assert table.rows[1].cells[0].details == (("item", "56beb4343aeaaa14008c925b-0"),)
    assert "Of the 7 rows of XLM-R base" in table.source_notes[0]
    assert '<a href="examples/xnli.html#x">2 of 3</a>' in html.render_table(table)
    assert "rightarrow" in latex.render_table(table, "0" * 12)


def test_even_seeds_are_neither(tmp_path: Path) -> None:
    seen = Microscope((), (ItemFacts(*HEAD, "xnli", "gained", "7", 1, 2, (1, 2, 3, 4), "de 2 4 4, en 0 4 4"),))
    (table,) = turned_items(made(tmp_path, seen))
    assert texts(table) == [["1 of 2", "±→+", "−→+"]]


def test_confusion_as_shares_and_their_changes(tmp_path: Path) -> None:
    before, own = ((6, 2, 2), (0, 10, 0), (0, 0, 0)), ((8, 1, 1), (5, 5, 0), (0, 0, 0))
    rows = (
        ConfusionFacts(*HEAD, "xnli", "English", ("en",), SEEDS, before, own),
        ConfusionFacts(*HEAD, "xnli", "other languages", ("de", "sw"), SEEDS, before, before),
    )
    (table,) = confusion(made(tmp_path, Microscope(confusion=rows)))
    assert [(one.title, one.first, one.last) for one in table.spanners] == [("English, called", 0, 2), ("Other languages, called", 3, 5)]
    assert [group.title for group in table.groups] == ["XLM-R base, none", "XLM-R base, MNLI"]
    assert texts(table) == [
        ["60.0", "20.0", "20.0"] * 2, ["0.0", "100.0", "0.0"] * 2, [""] * 6,
        ["80.0 +20.0", "10.0 −10.0", "10.0 −10.0", "60.0 0.0", "20.0 0.0", "20.0 0.0"],
        ["50.0 +50.0", "50.0 −50.0", "0.0 0.0", "0.0 0.0", "100.0 0.0", "0.0 0.0"], [""] * 6,
    ]  # fmt: skip
    assert table.rows[3].cells[0].details == (("items", "8 of 10"), ("items, none", "6 of 10"))
    assert table.rows[2].cells[0].details == (("missing", "no items of this kind"),)
    assert "other languages: de, sw" in table.caption


def test_more_classes_than_a_table_holds_are_named(tmp_path: Path) -> None:
    rows = (HitFacts(*HEAD, "tatoeba", "other languages", ("de", "sw"), SEEDS, 2000, 500, 1500, 1100, 100),)
    evidence = made(tmp_path, Microscope(hits=rows))
    assert "has no table" not in str(microscope(evidence, hits(evidence))[0])
    target = tuple(
        replace(entry, task=replace(entry.task, labels=tuple(f"class {place}" for place in range(11))))
        if entry.task.name == "xnli"
        else entry
        for entry in evidence.study.target
    )
    wide = Evidence(replace(evidence.study, target=target), evidence.results, [])
    said = str(microscope(wide, hits(wide))[0])
    assert "Which class is taken for which has no table for XNLI (11 classes): it holds 10 classes at most." in said


def test_a_baseline_of_other_seeds_stands_in_no_row(tmp_path: Path) -> None:
    one = ConfusionFacts(*HEAD, "pawsx", "English", ("en",), SEEDS, ((5, 5), (0, 10)), ((6, 4), (0, 10)))
    other = replace(one, intermediate="squad", seeds=(1, 2), baseline=((1, 3), (0, 4)))
    (table,) = confusion(made(tmp_path, Microscope(confusion=(one, other))))
    assert [group.title for group in table.groups] == ["XLM-R base, MNLI", "XLM-R base, SQuAD 1.1"]
    assert texts(table)[2] == ["60.0 +35.0", "40.0 −35.0"]  # against its own baseline, of two seeds
    assert "Answers of 2 to 5 seeds" in table.caption


def test_overlaps_and_hits(tmp_path: Path) -> None:
    spans = (SpanFacts(*HEAD, "xquad", "other languages", ("es",), SEEDS, (4, 2, 2, 2), (2, 2, 2, 4), 3, 1),)
    found = (HitFacts(*HEAD, "tatoeba", "other languages", ("de", "sw"), SEEDS, 2000, 500, 1500, 1100, 100),)
    evidence = made(tmp_path, Microscope(spans=spans, hits=found))
    (table,) = span_overlap(evidence)
    assert texts(table) == [["40.0", "20.0", "20.0", "20.0", "", ""], ["20.0 −20.0", "20.0 0.0", "20.0 0.0", "40.0 +20.0", "30.0", "10.0"]]
    assert (table.rows[0].stub, table.rows[0].baseline) == ("none", True)
    (table,) = hits(evidence)
    assert texts(table) == [["other languages", "2,000", "25.0", "75.0", "1,100", "100", "+1,000"]]


def test_nothing_without_facts(tmp_path: Path) -> None:
    evidence = made(tmp_path, Microscope())
    assert [*turned_items(evidence), *confusion(evidence), *span_overlap(evidence), *hits(evidence)] == []
    assert not any(section.id == "microscope" for section in report_of(evidence, drawn=False).sections)


@pytest.mark.parametrize("name", HOSTILE[:8])
def test_ids_are_text(tmp_path: Path, name: str) -> None:
    seen = Microscope((), (ItemFacts(*HEAD, "xnli", "gained", name, 1, 2, SEEDS, "de 0 5 5, en 0 5 5"),))
    (table,) = turned_items(made(tmp_path, seen))
    assert "<script" not in html.render_table(table)
    assert r"\input{" not in latex.render_table(table, "0" * 12)
    section = next(section for section in report_of(made(tmp_path, seen), drawn=False).sections if section.id == "microscope")
    assert [type(block).__name__ for block in section.blocks] == ["Paragraph", "Table"]


def test_cells_lead_to_examples_where_there_are_any(tmp_path: Path) -> None:
    spans = (SpanFacts(*HEAD, "xquad", "other languages", ("es",), SEEDS, (4, 2, 2, 2), (2, 2, 2, 4), 3, 0),)
    found = (HitFacts(*HEAD, "tatoeba", "other languages", ("de", "sw"), SEEDS, 2000, 500, 1500, 1100, 100),)
    matrix = ((5, 5), (0, 10))
    classes = (ConfusionFacts(*HEAD, "pawsx", "English", ("en",), SEEDS, matrix, matrix),)
    examples = {
        (*HEAD, target, way, "7"): f"examples/{target}.html#{way}"
        for target, way in (("xquad", "gained"), ("xquad", "lost"), ("tatoeba", "lost"), ("pawsx", "lost"))
    }
    evidence = made(tmp_path, Microscope(confusion=classes, spans=spans, hits=found), examples)

    def links(table: Table) -> list[list[str]]:
        return [[cell.link for cell in row.cells] for row in table.rows]

    assert links(*span_overlap(evidence)) == [[""] * 6, [*[""] * 4, "examples/xquad.html#gained", ""]]  # none went down
    assert links(*hits(evidence)) == [[*[""] * 5, "examples/tatoeba.html#lost", ""]]
    assert links(*confusion(evidence)) == [["", ""], ["", ""], ["examples/pawsx.html#lost", ""], ["", ""]]
    assert '<a href="examples/xquad.html#gained">30.0</a>' in html.render_table(*span_overlap(evidence))
