"""The transfer microscope's counts: which languages turn an answer, of the same items under the baseline and under each row."""

from __future__ import annotations

from collections.abc import Iterable

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import MINUS, counted, plural
from stiltsreport.report.tables.cells import footnotes
from stiltsreport.report.tables.looked_at import examples_of
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.results import FlipFacts
from stiltsreport.results.flips import EVERYWHERE
from stiltsreport.study.study import BASELINE, TargetEntry


def flips(evidence: Evidence) -> list[Table]:
    """The tables `flips-TARGET` of parallel targets whose items were kept; none in reports of older stores."""
    found: dict[str, dict[tuple[Arm, str], FlipFacts]] = {}
    for row in evidence.results.setup.flips:
        if row.target in evidence.entries:
            found.setdefault(row.target, {})[Arm(row.model, row.variant, row.intermediate), row.language] = row
    return [_table(evidence, evidence.entries[target], rows) for target, rows in found.items()]


def _table(evidence: Evidence, entry: TargetEntry, rows: dict[tuple[Arm, str], FlipFacts]) -> Table:
    languages = [code for code in entry.languages if any(language == code for _, language in rows)]
    columns = [*languages, *([EVERYWHERE] if any(language == EVERYWHERE for _, language in rows) else [])]
    groups = []
    for model in evidence.study.models:
        arms = [arm for arm in evidence.arms(model.name) if any((arm, language) in rows for language in columns)]
        if arms:
            links = {arm: examples_of(evidence, arm, entry.task.name, "gained", "lost") for arm in arms}
            groups.append(
                RowGroup(
                    evidence.model_title(model.name),
                    tuple(
                        Row(
                            evidence.arm_title(arm),
                            tuple(_cell(rows.get((arm, language)), links[arm] if language == EVERYWHERE else "") for language in columns),
                            key=f"{row_key(arm)}/{entry.task.name}",
                        )
                        for arm in arms
                    ),
                )
            )
    return Table(
        id=f"flips-{entry.task.name}",
        title=f"{entry.task.title}: items that turn",
        caption=(
            f"Items that are wrong under {BASELINE} and right in the row (+), and the reverse ({MINUS}), each in "
            f"{_span(rows.values())}. Of {_items(rows.values())} a language"
            f"{'; the last column: items that turn so in most of their languages' if EVERYWHERE in columns else ''}. "
            f"Nothing is tested here. {evidence.limits}"
        ).strip(),
        stub="Intermediate",
        columns=tuple(Column("most", "languages") if code == EVERYWHERE else Column(code) for code in columns),
        groups=tuple(groups),
        source_notes=(
            (
                "The items are the same in all languages, translations of each other. Counts near each other in both directions are what "
                "retraining alone does too: the gain is their difference."
            ),
        ),
        footnotes=footnotes(evidence, groups),
        signature=evidence.signature(f"flips-{entry.task.name}"),
    )


def _cell(row: FlipFacts | None, link: str) -> Cell:
    if row is None:
        return Cell(marks=("not run",), details=(("missing", "not run yet in both, or its items were not kept"),))
    details = (
        ("items", counted(row.items)),
        ("seeds", ", ".join(map(str, row.seeds))),
        ("net", f"{row.gained - row.lost:+d}".replace("-", MINUS)),
    )
    return Cell(text=f"+{counted(row.gained)} {MINUS}{counted(row.lost)}", details=details, link=link)


def _span(rows: Iterable[FlipFacts]) -> str:
    counts = sorted({len(row.seeds) for row in rows})
    if len(counts) == 1:
        return "most of " * (counts[0] > 1) + plural(counts[0], "seed")
    return f"most of {counts[0]} to {plural(counts[-1], 'seed')}"


def _items(rows: Iterable[FlipFacts]) -> str:
    counts = sorted({row.items for row in rows if row.language != EVERYWHERE})
    return f"n = {counted(counts[0])} items" if len(counts) == 1 else f"n = {counted(counts[0])} to {counted(counts[-1])} items"
