"""Data as read: every set with its fingerprint, and what evaluation sets share with what is trained or selected on."""

from __future__ import annotations

from stiltsreport.report.document import Cell, Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted
from stiltsreport.report.tables.cells import text_column
from stiltsreport.report.tables.setup import of_available

_SHORT = 12  # digits of a fingerprint


def overlaps(evidence: Evidence) -> list[Table]:
    """The table `overlaps`: equal texts between what is trained or selected on and what is evaluated on.

    None where nothing was looked at.
    """
    found = evidence.results.setup.overlaps
    rows = []
    for row in found:
        if not row.shared and not row.known and row.shared is not None:
            continue
        titles = [evidence.study.tasks[name].title if name in evidence.study.tasks else name for name in (row.training, row.evaluated)]
        share = f"{counted(row.shared)} of {counted(row.of)}" if row.shared is not None and row.of is not None else "not compared"
        if row.shared is None and not row.known:
            continue
        rows.append(
            Row(
                titles[0],
                (
                    Cell(text=row.training_role),
                    Cell(text=titles[1]),
                    Cell(text=row.language or "all"),
                    Cell(text=share),
                    Cell(text=" ".join(row.known) or " "),
                ),
            )
        )
    compared = sum(row.shared is not None for row in found)
    if not found:
        return []
    return [
        Table(
            id="overlaps",
            title="Overlap between training or selection data and evaluation data",
            caption=(
                f"Texts of an evaluation set that are equal, after normalisation, to one that is trained or selected on. "
                f"{counted(compared)} pairs of sets were "
                f"compared and {counted(len(found) - compared)} could not be; pairs that share nothing are left out."
            ),
            stub="Trained or selected on",
            columns=(
                text_column("Role"),
                text_column("Evaluated on"),
                text_column("Language"),
                Column("Equal texts"),
                text_column("Known beforehand", wide=True),
            ),
            groups=(RowGroup("", tuple(rows)),) if rows else (),
            empty="No equal texts were found in the sets that were compared.",
        )
    ]


def data(evidence: Evidence) -> list[Table]:
    """The table `data`: every set that was read, with its fingerprint."""
    rows: dict[str, list[Row]] = {}
    for fact in evidence.results.setup.data:
        used = of_available(fact.used, fact.available) or "unknown"
        rows.setdefault(fact.role, []).append(
            Row(
                f"{fact.title} ({fact.language})",
                (
                    Cell(text=fact.split), Cell(text=used), Cell(text=fact.origin),
                    Cell(text=fact.fingerprint[:_SHORT], details=(("fingerprint", fact.fingerprint),)), Cell(text=fact.note or " "),
                ),
            )
        )  # fmt: skip
    if not rows:
        return []
    return [
        Table(
            id="data", title="Data sets as read",
            caption="Every set that the study reads: examples used, of those available; where they come from; and the fingerprint of "
            "their content.",
            stub="Set",
            columns=(text_column("Split"), Column("Used"), text_column("From", wide=True), text_column("Fingerprint"),
                     text_column("Note", wide=True)),
            groups=tuple(RowGroup(role.capitalize(), tuple(found)) for role, found in rows.items()),
        )
    ]  # fmt: skip
