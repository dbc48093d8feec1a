"""Every test of the averages and tasks: difference, interval, p values before and after correction, equivalence, verdict."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.report.arms import Arm
from stiltsreport.report.compared import DECLARED, of_method
from stiltsreport.report.design_words import declared_correction, explored_adjustment, explored_correction, test_in_words, the_test
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import between, plural, probability, shown
from stiltsreport.report.tables.cells import comparison_details, evaluated, footnotes, text_column
from stiltsreport.report.tables.xtreme import GROUP_TITLES, row_key
from stiltsreport.stats.aggregate import AVERAGES, GROUP_AVERAGES
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.second import claimed
from stiltsreport.study.study import BASELINE

_TITLES = {
    "average": "average",
    "average-without-retrieval": "average, no retrieval",
    "zero-shot-average": "average, no English",
    "average-without-own-data": "average, no own data",
    **{f"group:{group}": f"{title} average" for group, title in GROUP_TITLES.items()},
}


_TABLES = (
    ("significance", "Tests of the declared family", "confirmatory", False),
    ("significance-methods", "Tests of the methods against plain", "methods", True),
    ("significance-exploratory", "Exploratory tests of averages and tasks", "exploratory", False),
    ("significance-methods-exploratory", "Exploratory tests of the methods", "exploratory", True),
)


def target_title(evidence: Evidence, name: str) -> str:
    """What a comparison is about: a task's title, or the average in words."""
    entry = evidence.entries.get(name)
    return entry.task.title if entry else _TITLES.get(name, name)


def significance(evidence: Evidence) -> list[Table]:
    """The tables of tests: `significance` (confirmatory), `significance-methods` (methods against plain), and what is explored.

    `significance-exploratory` holds the other averages, and tasks; `significance-methods-exploratory` the same of the methods.
    """
    found = []
    for name, title, family, of_methods in _TABLES:
        scopes = ("average", "task") if family == "exploratory" else ("average", "task", "language")
        rows = evidence.compared.of_family(family, scopes, methods=of_methods)
        if rows:
            found.append(_table(evidence, name, title, rows))
    return found


def _table(evidence: Evidence, name: str, title: str, rows: Sequence[Comparison]) -> Table:
    chosen = evidence.study.statistics
    families = {row.family for row in rows}
    declared = families <= set(DECLARED)
    correction = declared_correction(evidence.study) if declared else explored_correction(evidence.study)
    order = {kind: place for place, kind in enumerate((*AVERAGES, *GROUP_AVERAGES, *evidence.entries))}
    counting = len({len(row.seeds) for row in rows}) > 1
    least = {row.smallest_sign_flip_p_value for row in rows if row.smallest_sign_flip_p_value is not None}
    seeds_column = (Column("Seeds"),) if counting else ()
    flips_column = (Column("sign-flip"),) if chosen.paired else ()
    groups = []
    for model in evidence.study.models:
        for arm in evidence.arms(model.name):
            own = sorted(
                (row for row in rows if (row.model, row.variant, row.intermediate) == (arm.model, arm.variant, arm.intermediate)),
                key=lambda row: (order.get(row.target, len(order)), row.scope),
            )
            if own:
                heading = evidence.arm_title(arm) + (f" ({evidence.model_title(model.name)})" if len(evidence.study.models) > 1 else "")
                groups.append(RowGroup(heading, tuple(_row(evidence, arm, row, counting=counting, each=len(least) > 1) for row in own)))
    margins = [f"{scope} {value:g}" for scope in ("average", "task", "language") if (value := getattr(chosen.margin, scope)) is not None]
    test = test_in_words(evidence.study).split(" on ")[0]
    against = "plain of the same intermediate" if all(of_method(row) for row in rows) else BASELINE
    told = (
        f"{'Paired differences' if chosen.paired else 'Differences'} to {against} in points. Column t holds the p of "
        f"{the_test(evidence.study)}, adjusted the same{',' if chosen.correction == 'none' else ''} {correction}, "
        f"{f'sign-flip the exact p of the sign-flip test{_smallest(least)}, ' if chosen.paired else ''}"
        "equiv. the p of two one-sided tests of equivalence."
    )
    notes = [
        told,
        f"Margins of equivalence in points: {', '.join(margins)}."
        if margins
        else "No margin is declared, so nothing is called equivalent or negligible.",
    ]
    if any(evidence.compared.new_items(row) is not None for row in rows):
        notes.append("Verdicts are on these test items; “new items too” where the interval over seeds and items, adjusted alike, agrees.")
    if families == {"exploratory"}:
        notes.append("Exploratory: read as hints. Tests by language stand in comparisons.jsonl and in the cells of the tables by language.")
    return Table(
        id=name,
        title=title,
        caption=(
            f"Over {evidence.seeds}; {100 * (1 - chosen.alpha):g} % t interval. "
            f"{test_in_words(evidence.study) if declared else f'{test}, {explored_adjustment(evidence.study)}'}. "
            f"{evaluated(evidence)} {evidence.limits}"
        ).strip(),
        stub="Quantity",
        columns=(
            Column("Gain"), Column("Interval"), Column("t"), Column("adjusted"), *flips_column, Column("equiv."), *seeds_column,
            text_column("Verdict"),
        ),
        groups=tuple(groups),
        footnotes=footnotes(evidence, groups),
        source_notes=tuple(notes),
        signature=evidence.signature(name),
    )  # fmt: skip


def _row(evidence: Evidence, arm: Arm, row: Comparison, *, counting: bool, each: bool) -> Row:
    marks = ("own-data",) if row.own_data and row.scope != "average" else ()
    details = comparison_details(row, evidence.study.statistics.alpha, evidence.compared.over_items(row))
    interval = between(row.low, row.high) if row.low is not None and row.high is not None else " "
    flip = probability(row.sign_flip_p_value)
    if flip and each and row.smallest_sign_flip_p_value is not None:
        flip += f" ({probability(row.smallest_sign_flip_p_value)})"
    flips = [flip] if evidence.study.statistics.paired else []
    equivalence = row.adjusted_equivalence_p_value if row.adjusted_equivalence_p_value is not None else row.equivalence_p_value
    return Row(
        target_title(evidence, row.target) + (f", {row.scope.partition(':')[2]}" if ":" in row.scope else ""),
        (
            Cell(Number(row.difference, signed=True, marks=marks), details=details),  # type: ignore[arg-type]
            Cell(text=interval),
            *(
                Cell(text=text or " ")
                for text in (probability(row.p_value), probability(row.adjusted_p_value), *flips, probability(equivalence))
            ),
            *((Cell(text=str(len(row.seeds))),) if counting else ()),
            Cell(text=row.verdict + ("; new items too" if evidence.compared.new_items(row) else "")),
        ),
        key=row_key(arm),
    )


def _smallest(least: set[float]) -> str:
    if len(least) > 1:
        return ", and the smallest that so many seeds allow"
    return f", which can be no smaller than {probability(next(iter(least)))} with so many seeds" if least else ""


def in_words(evidence: Evidence, row: Comparison) -> str:
    """The numbers behind a verdict: interval, p after correction, seeds, n."""
    parts = []
    if row.low is not None and row.high is not None:
        parts.append(f"{100 * (1 - evidence.study.statistics.alpha):g} % {row.interval} interval {between(row.low, row.high)}")
    if row.adjusted_p_value is not None:
        parts.append(f"adjusted p {_equals(row.adjusted_p_value)} ({row.test})")
    parts.append(plural(len(row.seeds), "seed"))
    if row.n:
        parts.append(f"{plural(row.n, 'evaluated example')} a seed")
    if claimed(row):
        parts.append(_items_in_words(evidence, row))
    return "; ".join(parts)


def _items_in_words(evidence: Evidence, row: Comparison) -> str:
    """Which test items a verdict speaks of."""
    stands = evidence.compared.new_items(row)
    if stands is None:
        return "on these test items"
    second = evidence.compared.over_items(row)[0]
    assert second.low is not None  # else it would say nothing
    assert second.high is not None
    interval = between(second.low, second.high)
    return f"on these test items, and on new items too {interval}" if stands else f"on these test items, not shown on new items {interval}"


def _equals(value: float) -> str:
    text = probability(value)
    return text if text.startswith("<") else f"= {text}"


def points(value: float) -> str:
    """A gain in a sentence.

    >>> points(1.0), points(-0.31)
    ('1.0 points', '−0.3 points')
    """
    return f"{shown(value)} points"
