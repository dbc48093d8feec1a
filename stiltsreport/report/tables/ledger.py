"""The reproduction ledger: published numbers of the same models beside ours, with the known reasons why they differ."""

from __future__ import annotations

from stiltsreport.published import AVERAGE, BEST, MEAN, Published
from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Block, Cell, Column, Number, Paragraph, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed, plural
from stiltsreport.report.tables.cells import text_column
from stiltsreport.report.titles import language_title, short_metric
from stiltsreport.stats.aggregate import average_title
from stiltsreport.stats.ledger import LedgerRow
from stiltsreport.stats.ledger import ledger as rows_of
from stiltsreport.study.study import PLAIN


def ledger(evidence: Evidence) -> list[Table]:
    """The table `ledger`; none where no published number is of a model and cell of the study."""
    found = rows_of(evidence.aggregates, evidence.data.by_target, evidence.results.setup.selection)
    if not found:
        return []
    groups = []
    for place, record in enumerate(dict.fromkeys(row.published.record for row in found), 1):
        own = [row for row in found if row.published.record == record]
        first = own[0].published
        title = f"{evidence.model_title(own[0].model)}: arXiv {first.paper}, source {place} ({first.confidence})"
        groups.append(RowGroup(title, tuple(_row(evidence, row) for row in own)))
    return [
        Table(
            id="ledger",
            title="Published numbers and ours",
            caption=(
                f"In percent, gains in points; ours over {evidence.seeds}. Difference: ours minus the published one, and in SDs over our "
                f"seeds. No test: of a published number the seeds are not known. {evidence.limits}"
            ).strip(),
            stub="Quantity",
            columns=(
                Column("Published"), Column("Ours"), Column("Seeds"), Column("Difference"), Column("in SDs"),
                text_column("Known to differ", wide=True),
            ),
            groups=tuple(groups),
            source_notes=tuple(_notes(found)),
            signature=evidence.signature("ledger"),
        )
    ]  # fmt: skip


def ledger_blocks(evidence: Evidence, tables: list[Block]) -> list[Block]:
    """The section: the table, or one line where a study of a benchmark has nothing to set beside its own."""
    if tables or evidence.study.benchmark is None:
        return tables
    models = listed([model.title for model in evidence.study.models])
    return [Paragraph((f"No published number that was read is of {models} with a cell of this study, so that none is set beside ours.",))]


def _row(evidence: Evidence, row: LedgerRow) -> Row:
    one = row.published
    arm = one.arm if one.arm == BEST else evidence.arm_title(Arm(one.model, PLAIN, one.arm))
    beyond = Cell(details=(("missing", "one seed, or no spread"),)) if row.in_sds is None else Cell(Number(row.in_sds, signed=True))
    return Row(
        f"{_quantity(evidence, one)}, {arm}",
        (
            Cell(Number(one.value, signed=one.kind == "gain"), details=(("source", one.source), ("note", one.note))),
            Cell(Number(row.ours, signed=one.kind == "gain")),
            Cell(text=str(row.seeds)),
            Cell(Number(row.difference, signed=True)),
            beyond,
            Cell(text="; ".join(row.reasons) or "nothing known"),
        ),
    )


def _quantity(evidence: Evidence, one: Published) -> str:
    if one.task == AVERAGE:
        return f"{'gain on the ' if one.kind == 'gain' else ''}{average_title(evidence.study)}"
    where = "mean" if one.language == MEAN else language_title(one.language)
    return f"{evidence.entries[one.task].task.title}, {short_metric(one.metric)}, {where}"


def _notes(found: list[LedgerRow]) -> list[str]:
    records = {row.published.record: row.published for row in found}
    second = sum(one.confidence == "secondary" for one in records.values())
    told = (
        f"{plural(len(records) - second, 'source')} read themselves (verified), {second} as another text quotes them (secondary); numbers "
        "that were not read are not shown."
    )
    return [told, *(f"Source {place}: {one.table}. {one.note}" for place, one in enumerate(records.values(), 1))]
