"""Cells of scores and gains: the number, its marks, and what it says when asked; and the notes that explain the marks in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stiltsreport.report.compared import DECLARED
from stiltsreport.report.design_words import declared_correction, explored_correction
from stiltsreport.report.document import SIGNS, Cell, Column, Mark, Number, Row, RowGroup
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import between, counted, plural, probability, shown
from stiltsreport.stats.aggregate import Series
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.second import MULTI
from stiltsreport.stats.verdicts import significant

_DETAIL = 2  # decimals of what stands in details
_NAMED = 6
_DIGITS = 6  # of a job's id: enough to find its folder in the store
_MEANING: dict[Mark, str] = {
    "own-data": "the intermediate task is, or contains, the target's own training data: extra epochs, not transfer",
    "shared-file": "English checkpoints are selected on the file that is reported on",
    "partial": "fewer seeds than planned",
    "not run": "not run yet",
    "failed": "failed",
    "no data": "no data",
}


def score_cell(
    evidence: Evidence,
    series: Series | None,
    comparison: Comparison | None,
    gaps: tuple[tuple[Mark, ...], str],
    *,
    marks: tuple[Mark, ...] = (),
    gain: float | None = None,
) -> Cell:
    """The mean over seeds with the gain beneath it.

    `gaps` says why there is none; `gain` is a difference without a test, where none was made.
    """
    if series is None:
        return Cell(marks=gaps[0], details=(("missing", gaps[1]),))
    if evidence.partial(series):
        marks = (*marks, "partial")
    second = gain_number(comparison) if comparison else Number(gain, signed=True, grey=True) if gain is not None else None
    tested = comparison_details(comparison, evidence.study.statistics.alpha, evidence.compared.over_items(comparison))
    return Cell(
        Number(series.mean(), marks=marks),
        second,
        interval=_interval(comparison),
        details=(*series_details(series), *tested),
    )


def gain_number(row: Comparison) -> Number:
    """A gain: of a declared family in black, with a dagger after correction; exploratory in grey, with a diamond."""
    confirmatory = row.family in DECLARED
    found: tuple[Mark, ...] = (("significant" if confirmatory else "discovered"),) if significant(row) else ()
    return Number(row.difference, signed=True, marks=found, grey=not confirmatory)


def difference(series: Series | None, baseline: Series | None) -> float | None:
    """The mean paired difference, where no comparison was made; None where nothing pairs."""
    if series is None or baseline is None:
        return None
    base = dict(zip(baseline.seeds, baseline.values, strict=True))
    pairs = [
        value - base[None if baseline.constant else seed]
        for seed, value in zip(series.seeds, series.values, strict=True)
        if baseline.constant or seed in base
    ]
    return sum(pairs) / len(pairs) if pairs else None


def series_details(series: Series) -> tuple[tuple[str, str], ...]:
    """Mean, SD, each seed's value, examples, what is missing; of one language the evaluation behind each value."""
    spread = series.sd()
    if series.constant:
        found = [("value", f"{shown(series.mean(), _DETAIL)}; nothing was trained, so it stands once")]
    else:
        labelled = f" (SD over {plural(len(series.values), 'seed')}: {shown(spread, _DETAIL)})" if spread is not None else ""
        found = [
            ("mean", shown(series.mean(), _DETAIL) + labelled),
            ("seeds", ", ".join(f"{seed}: {shown(value, _DETAIL)}" for seed, value in zip(series.seeds, series.values, strict=True))),
        ]
    found.append(("n", plural(series.n, "example")))
    if series.missing:
        found.append(("missing", shortened(series.missing)))
    if any(series.jobs):
        found.append(("job", _jobs(series)))
    return tuple(found)


def _jobs(series: Series) -> str:
    """The first digits of the ids of the evaluations, by seed."""
    pairs = zip(series.seeds, series.jobs, strict=True)
    return ", ".join(f"{seed}: {job[:_DIGITS]}" if seed is not None else job[:_DIGITS] for seed, job in pairs if job)


def shortened(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def comparison_details(row: Comparison | None, alpha: float, second: Sequence[Comparison] = ()) -> tuple[tuple[str, str], ...]:
    """Gain with its interval, the test and its p values, the verdict; `second`: its rows over other test items."""
    if row is None:
        return ()
    level = f"{100 * (1 - alpha):g} % {row.interval} interval"
    gain = shown(row.difference, _DETAIL, signed=True)
    if row.low is not None and row.high is not None:
        gain += f", {level} {between(row.low, row.high, _DETAIL)}"
    found = [("gain", gain)]
    if row.p_value is not None:
        adjusted = f", adjusted {probability(row.adjusted_p_value)}" if row.adjusted_p_value is not None else ""
        found.append(("test", f"{row.test}, p {probability(row.p_value)}{adjusted} ({row.family})"))
    found.append(("verdict", f"{row.verdict} ({plural(len(row.seeds), 'seed')})"))
    found.extend(over_items(one, alpha) for one in second)
    if row.note:
        found.append(("note", row.note))
    return tuple(found)


def over_items(row: Comparison, alpha: float) -> tuple[str, str]:
    """An interval over seeds and test items, and what it rests on."""
    label = "seeds × items" if row.interval == MULTI else "new items"
    if row.low is None or row.high is None:
        return label, row.note
    adjusted = f", adjusted {probability(row.adjusted_p_value)}" if row.adjusted_p_value is not None else ""
    interval = f"{100 * (1 - alpha):g} % interval {between(row.low, row.high, _DETAIL)}"
    return label, f"{interval}, p {probability(row.p_value)}{adjusted} ({row.test}: {row.note})"


def with_best(groups: Sequence[RowGroup]) -> tuple[RowGroup, ...]:
    """The same rows with the best first number of each column and group in bold.

    All that are shown as equal to it are, and none where there is no rival.
    """
    return tuple(replace(group, rows=_best_of(group.rows)) for group in groups)


def _best_of(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    lines = [list(row.cells) for row in rows]
    for place in range(len(lines[0]) if lines else 0):
        numbers = [line[place].number for line in lines]
        shown_values = [number.value for number in numbers if number is not None]
        if len(shown_values) < 2:  # noqa: PLR2004 - a best needs a rival
            continue
        best = max(number.text for number in numbers if number is not None and number.value == max(shown_values))
        for line, number in zip(lines, numbers, strict=True):
            if number is not None and number.text == best:
                line[place] = replace(line[place], number=replace(number, marks=("best", *number.marks)))
    return tuple(replace(row, cells=tuple(line)) for row, line in zip(rows, lines, strict=True))


def footnotes(evidence: Evidence, groups: Sequence[RowGroup]) -> tuple[tuple[str, str], ...]:
    """(sign, meaning) of the marks that stand in these rows, in the order of SIGNS."""
    used: set[str] = set()
    for group in groups:
        for row in group.rows:
            for cell in row.cells:
                used |= set(cell.marks) | set(cell.number.marks if cell.number else ()) | set(cell.second.marks if cell.second else ())
    alpha = evidence.study.statistics.alpha
    meaning = _MEANING | {
        "significant": f"significant at {alpha:g} {declared_correction(evidence.study)}",
        "discovered": f"exploratory, at most {alpha:g} {explored_correction(evidence.study)}",
    }
    return tuple((sign, meaning[mark]) for mark, sign in SIGNS.items() if mark in used)


def _interval(row: Comparison | None) -> tuple[float, float] | None:
    return (row.low, row.high) if row is not None and row.low is not None and row.high is not None else None


def examples(counts: Sequence[int]) -> str:
    """The start of a caption's sentence: how many examples, or the least and the most."""
    known = sorted({count for count in counts if count})
    if not known:
        return "The number of examples is not known"
    return f"Evaluated on n = {counted(known[0])}" + (f" to {counted(known[-1])}" if len(known) > 1 else "") + " examples"


def evaluated(evidence: Evidence) -> str:
    """A caption's sentence on how many examples the targets are evaluated on."""
    return (
        examples([row.used or 0 for entry in evidence.study.target for row in evidence.data.facts("evaluation", entry.task.name)])
        + " a language."
    )


def half_width_title(evidence: Evidence) -> str:
    """What a second line of half widths is called: every ± says of what it is."""
    return f"± {100 * (1 - evidence.study.statistics.alpha):g} % t"


def text_column(title: str, *, wide: bool = False) -> Column:
    """A column of words."""
    return Column(title, align="left", wide=wide)
