"""The items that turn in most of their languages, each way, under a row beside the baseline: ids and signs, no texts."""

from __future__ import annotations

from itertools import groupby

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import MINUS, plural
from stiltsreport.report.tables.looked_at import left_out, not_seen
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.results.microscope_facts import ItemFacts
from stiltsreport.study.study import BASELINE, TargetEntry

_WAYS = {"gained": "turned right", "lost": "turned wrong"}
_STATES = {1: "+", -1: MINUS, 0: "±"}
_LONGEST_ID = 22


def turned_items(evidence: Evidence) -> list[Table]:
    """The tables `items-TARGET` of parallel targets; none where no item turns, and in reports of older stores."""
    found: dict[str, list[ItemFacts]] = {}
    for row in evidence.results.setup.microscope.items:
        if row.target in evidence.entries:
            found.setdefault(row.target, []).append(row)
    return [_table(evidence, evidence.entries[target], rows) for target, rows in found.items()]


def _table(evidence: Evidence, entry: TargetEntry, rows: list[ItemFacts]) -> Table:
    inside = {language for row in rows for language in row.by_language}
    languages = [code for code in entry.languages if code in inside]
    groups = []
    for (model, variant, intermediate, way), part in groupby(rows, lambda row: (row.model, row.variant, row.intermediate, row.way)):
        arm = Arm(model, variant, intermediate)
        title = f"{evidence.model_title(model)}, {evidence.arm_title(arm)}: {_WAYS[way]}"
        key = f"{row_key(arm)}/{entry.task.name}"
        groups.append(RowGroup(title, tuple(Row(short_id(row.item), _cells(evidence, row, languages), key=key) for row in part)))
    seeds = sorted({counts[2] for row in rows for counts in row.by_language.values()})
    of = plural(seeds[-1], "seed") if len(seeds) == 1 else f"{seeds[0]} to {plural(seeds[-1], 'seed')}"
    return Table(
        id=f"items-{entry.task.name}",
        title=f"{entry.task.title}: the same items in all languages",
        caption=(
            f"The items that turn in the largest number of languages, each way: whether most of {of} answer them rightly (+) or wrongly "
            f"({MINUS}), ± where they are even; with an arrow where it is not the same under {BASELINE} (before it) and in the row (behind "
            f"it). "
            f"{evidence.limits}"
        ).strip(),
        stub="Item",
        columns=(Column("turns in", "languages"), *(Column(code) for code in languages)),
        groups=tuple(groups),
        source_notes=(
            *left_out(evidence, entry.task.name),
            *not_seen(entry, languages),
            "Chosen because they turn, and no sample of the set: the table of items that turn counts all of them.",
        ),
        signature=evidence.signature(f"items-{entry.task.name}"),
    )


def _cells(evidence: Evidence, row: ItemFacts, languages: list[str]) -> tuple[Cell, ...]:
    counts = row.by_language
    first = Cell(text=f"{row.turned} of {row.languages}", details=(("item", row.item),), link=evidence.examples.get(row.key, ""))
    return (first, *(_cell(counts.get(language)) for language in languages))


def _cell(counts: tuple[int, int, int] | None) -> Cell:
    if counts is None:
        return Cell(details=(("missing", "the set of this language lacks the item, or was not run in both rows"),))
    before, after, seeds = counts
    signs = [_STATES[(2 * right > seeds) - (2 * right < seeds)] for right in (before, after)]
    text = signs[0] if signs[0] == signs[1] else "→".join(signs)
    return Cell(text=text, details=((f"right, {BASELINE}", f"{before} of {seeds}"), ("right, row", f"{after} of {seeds}")))


def short_id(name: str) -> str:
    """An id as a row's name; the middle of a long one is left out.

    >>> short_id("56beb4343aeaaa14008c925b"), short_id("17")
    ('56beb4343a…14008c925b', '17')
    """
    half = _LONGEST_ID // 2 - 1
    return name if len(name) <= _LONGEST_ID else f"{name[:half]}…{name[-half:]}"
