"""The declared claims: each with verdict, effect, interval, adjusted p, and what it lacks; and the tests inside those that have several."""

from __future__ import annotations

from stiltsreport.report.claim_tests import test_words
from stiltsreport.report.design_words import declared_correction
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import between, counted, probability, shown
from stiltsreport.report.tables.cells import text_column
from stiltsreport.stats.claims.answer import Answer, Part

_DETAIL = 2
OVER_MODELS = "Over models"


def claims(evidence: Evidence) -> list[Table]:
    """The table `claims`; none where the study declares no claim, or they have not been answered."""
    if not evidence.answers:
        return []
    chosen, correction = evidence.study.statistics, declared_correction(evidence.study)
    groups = tuple(
        RowGroup(_title(evidence, model), tuple(_row(answer) for answer in evidence.answers if answer.model == model))
        for model in dict.fromkeys(answer.model for answer in evidence.answers)
    )
    return [
        Table(
            id="claims",
            title="The declared claims",
            caption=(
                f"Verdicts at {chosen.alpha:g} {correction} over all p values of all claims and models; effects in points with their "
                f"{100 * (1 - chosen.alpha):g} % interval, of a count how many are higher. {evidence.limits}"
            ).strip(),
            stub="Claim",
            columns=(
                text_column("Verdict"), Column("Effect"), Column("Interval"), Column("n"), Column("adj. p"), Column("equiv."),
                Column("detect."), Column("seeds"),
            ),
            groups=groups,
            source_notes=(
                (
                    "Detect.: the true effect, counted from what the claim names, that is found with a power of 80 % at Holm's first "
                    "step, by the upper 80 % bound of the SD over seeds. Equiv.: the adjusted p of lying outside the margin. Seeds: how "
                    "many more would decide the claim at its declared smallest effect of interest; never computed at the observed effect."
                ),
                "Averages leave out targets whose own training data the intermediate task contains.",
            ),
            signature=evidence.signature("claims"),
        )
    ]  # fmt: skip


def claim_parts(evidence: Evidence) -> list[Table]:
    """The table `claim-parts`: the single tests of claims that rest on several, by themselves; none where no claim does."""
    alpha = evidence.study.statistics.alpha
    groups = tuple(
        RowGroup(
            answer.claim + (f" ({_title(evidence, answer.model)})" if len(evidence.study.models) > 1 else ""),
            tuple(_part(part) for part in answer.parts),
        )
        for answer in evidence.answers
        if answer.parts
    )
    if not groups:
        return []
    return [
        Table(
            id="claim-parts",
            title="The tests inside claims of several",
            caption=(
                f"Differences in points with their {100 * (1 - alpha):g} % interval; p and verdict of each test by itself at {alpha:g}, "
                "before any correction: they say where a claim fails, and are no claims of their own."
            ),
            stub="Part",
            columns=(
                Column("Effect"), Column("Interval"), Column("n"), Column("p"), text_column("By itself"), text_column("Note", wide=True),
            ),
            groups=groups,
            signature=evidence.signature("claim-parts"),
        )
    ]  # fmt: skip


def _row(answer: Answer) -> Row:
    details = [("test", test_words(answer)), *(("reason", reason) for reason in answer.reasons), *(("note", note) for note in answer.notes)]
    if answer.p_value is not None:
        details.append(("p before correction", probability(answer.p_value)))
    if answer.source:
        details.append(("source", answer.source))
    verdict = answer.verdict + ("; new items too" if answer.new_items else "")
    counts = answer.kind == "count"
    decimals = _DETAIL if answer.kind.startswith("trend") else 1
    effect = (
        Cell(text=" " if answer.parts else "", details=tuple(details))  # a claim of several has no one effect; else it is missing
        if answer.effect is None
        else Cell(Number(answer.effect, 0 if counts else decimals, signed=not counts), details=tuple(details))
    )
    return Row(
        answer.claim,
        (
            Cell(text=verdict),
            effect,
            Cell(text=_interval(answer.low, answer.high, decimals, counts=counts)),
            Cell(text=counted(answer.n)),
            Cell(text=probability(answer.adjusted_p_value) or " "),
            Cell(text=probability(answer.adjusted_equivalence_p_value) or " "),
            Cell(text=" " if answer.smallest_detectable is None else shown(answer.smallest_detectable)),
            Cell(text=" " if answer.more_seeds is None else counted(answer.more_seeds)),
        ),
    )


def _part(part: Part) -> Row:
    effect = Cell() if part.effect is None else Cell(Number(part.effect, signed=True))
    return Row(
        part.name,
        (
            effect,
            Cell(text=_interval(part.low, part.high, 1, counts=False)),
            Cell(text=counted(part.n)),
            Cell(text=probability(part.p_value) or " "),
            Cell(text=part.verdict or " "),
            Cell(text=part.note or " "),
        ),
    )


def _interval(low: float | None, high: float | None, decimals: int, *, counts: bool) -> str:
    if counts and low is not None:
        return f"{low:g} to {high:g}" if high is not None else f"{low:g} or more"
    return between(low, high, decimals) if low is not None and high is not None else " "


def _title(evidence: Evidence, model: str) -> str:
    return evidence.model_title(model) if model else OVER_MODELS
