"""How far predicted spans overlap with the gold ones, and which queries find their answer first, under the baseline and under a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from stiltsreport.report.document import Cell, Column, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import MINUS, counted
from stiltsreport.report.tables.looked_at import (
    NOTHING,
    alike,
    arm_of,
    baseline_arm,
    examples_of,
    groups_of,
    languages_in_words,
    left_out,
    not_seen,
    plain_columns,
    seeds_in_words,
    share,
)
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.results.microscope_facts import HitFacts, SpanFacts
from stiltsreport.study.study import BASELINE, TargetEntry

_BINS = ("0", "≤ .5", "< 1", "1")
_MOVES = ("up", "down")


def span_overlap(evidence: Evidence) -> list[Table]:
    """The tables `overlap-TARGET` of question answering and tagging; none in reports of older stores."""
    found: dict[str, list[SpanFacts]] = {}
    for row in evidence.results.setup.microscope.spans:
        if row.target in evidence.entries:
            found.setdefault(row.target, []).append(row)
    return [_overlaps(evidence, evidence.entries[target], rows) for target, rows in found.items()]


def _overlaps(evidence: Evidence, entry: TargetEntry, rows: list[SpanFacts]) -> Table:
    names = groups_of(rows)
    groups = []
    for model in evidence.study.models:
        of_model = [row for row in rows if row.model == model.name]
        found = []
        if of_model and alike(of_model):
            base = {row.group: row for row in of_model}
            cells = tuple(cell for name in names for cell in _bins(base.get(name), {}, of_baseline=True))
            found.append(Row(BASELINE, cells, key=f"{row_key(baseline_arm(model.name))}/{entry.task.name}", baseline=True))
        for arm in dict.fromkeys(map(arm_of, of_model)):
            own = {row.group: row for row in of_model if arm_of(row) == arm}
            ways = {
                "up": examples_of(evidence, arm, entry.task.name, "gained"),
                "down": examples_of(evidence, arm, entry.task.name, "lost"),
            }
            cells = tuple(cell for name in names for cell in _bins(own.get(name), ways))
            found.append(Row(evidence.arm_title(arm), cells, key=f"{row_key(arm)}/{entry.task.name}"))
        if found:
            groups.append(RowGroup(evidence.model_title(model.name), tuple(found)))
    width = len(_BINS) + len(_MOVES)
    answers = "an answer’s words" if entry.task.type == "question_answering" else "a sentence’s spans"
    return Table(
        id=f"overlap-{entry.task.name}",
        title=f"{entry.task.title}: how far spans overlap",
        caption=(
            f"Percent of the answers whose F1 of {answers} with the gold ones is 0, at most .5, less than 1, and 1; the second line is "
            f"the change against {BASELINE}, in points. Up and down: answers that overlap more or less than those of {BASELINE} with the "
            f"same seed. Of {seeds_in_words(rows)} and all languages of a group together ({languages_in_words(rows)}). Nothing is tested "
            f"here. {evidence.limits}"
        ).strip(),
        stub="Intermediate",
        columns=plain_columns((*_BINS, *_MOVES) * len(names)),
        groups=tuple(groups),
        spanners=tuple(Spanner(name[0].upper() + name[1:], place * width, place * width + width - 1) for place, name in enumerate(names)),
        source_notes=(*left_out(evidence, entry.task.name), *not_seen(entry, (code for row in rows for code in row.languages))),
        signature=evidence.signature(f"overlap-{entry.task.name}"),
        second_title="change",
    )


def _bins(row: SpanFacts | None, links: Mapping[str, str], *, of_baseline: bool = False) -> Iterable[Cell]:
    if row is None:
        return [NOTHING] * (len(_BINS) + len(_MOVES))
    whole = sum(row.own)
    if of_baseline:
        none = Cell(details=(("missing", "it is what the others are held against"),))
        return [*(share(count, whole) for count in row.baseline), none, none]
    cells = [share(count, whole, (before, whole)) for count, before in zip(row.own, row.baseline, strict=True)]
    moved = {"up": row.up, "down": row.down}
    return [*cells, *(replace(share(moved[way], whole), link=links.get(way, "") if moved[way] else "") for way in _MOVES)]


def hits(evidence: Evidence) -> list[Table]:
    """The table `hits` of all retrieval targets; none in reports of older stores."""
    rows = [row for row in evidence.results.setup.microscope.hits if row.target in evidence.entries]
    if not rows:
        return []
    groups = []
    for entry in evidence.study.target:
        for model in evidence.study.models:
            found = [row for row in rows if (row.target, row.model) == (entry.task.name, model.name)]
            if found:
                groups.append(
                    RowGroup(
                        f"{entry.task.title}, {evidence.model_title(model.name)}",
                        tuple(
                            Row(evidence.arm_title(arm_of(row)), _hits(evidence, row), key=f"{row_key(arm_of(row))}/{row.target}")
                            for row in found
                        ),
                    )
                )
    notes = {entry.task.title: left_out(evidence, entry.task.name) for entry in evidence.study.target if _of(rows, entry)}
    return [
        Table(
            id="hits",
            title="Retrieval: queries that find their answer first",
            caption=(
                f"Percent of the queries whose first answer is right, under {BASELINE} and in the row, and how many of them turn so with "
                f"the same seed, summed over seeds and over the languages of a group. Of bitext only sentences with a partner are asked. "
                f"Nothing is tested here. {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=(
                Column("Languages", align="left"),
                *plain_columns(("Queries", BASELINE, "row", "gained", "lost", "net")),
            ),
            groups=tuple(groups),
            source_notes=tuple(f"{title}: {note[0].lower()}{note[1:]}" for title, found in notes.items() for note in found),
            signature=evidence.signature("hits"),
        )
    ]


def _of(rows: list[HitFacts], entry: TargetEntry) -> bool:
    return any(row.target == entry.task.name for row in rows)


def _hits(evidence: Evidence, row: HitFacts) -> tuple[Cell, ...]:
    gained, lost = (examples_of(evidence, arm_of(row), row.target, way) for way in ("gained", "lost"))
    net = f"{row.gained - row.lost:+,d}".replace("-", MINUS)
    details = (("languages", ", ".join(row.languages)), ("seeds", ", ".join(map(str, row.seeds))))
    return (
        Cell(text=row.group, details=details),
        Cell(text=counted(row.queries)),
        share(row.baseline, row.queries, of="queries"),
        share(row.own, row.queries, of="queries"),
        Cell(text=counted(row.gained), link=gained),
        Cell(text=counted(row.lost), link=lost),
        Cell(text=net),
    )
