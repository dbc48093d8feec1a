"""The seed doctor's table: collapsed trainings by arm, and the average as run beside what it would be without or with them replaced."""

from __future__ import annotations

from collections.abc import Mapping

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import probability, shown
from stiltsreport.report.tables.cells import footnotes, text_column
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.aggregate import Series
from stiltsreport.stats.collapse import Key, Rate, depending, interquartile_mean, key_of, rates
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import BASELINE, PLAIN

_ABSENT = Cell(text=" ")


def collapse(evidence: Evidence) -> list[Table]:
    """The table `collapse`; none where no training of the study's own seeds has collapsed (the section says so in a line)."""
    found = rates(evidence.study, evidence.results.setup.health)
    if evidence.sensitivity is None:
        return []
    by_arm: dict[tuple[str, str, str], dict[str, Rate]] = {}
    for rate in found:
        by_arm.setdefault((rate.model, rate.variant, rate.intermediate), {})[rate.stage] = rate
    as_run = {key_of(row): row for row in evidence.sensitivity.as_run}
    groups = tuple(
        RowGroup(
            evidence.model_title(model.name),
            tuple(
                _row(evidence, arm, by_arm.get((arm.model, arm.variant, arm.intermediate), {}), as_run) for arm in evidence.arms(model.name)
            ),
        )
        for model in evidence.study.models
    )
    return [
        Table(
            id="collapse",
            title="Collapsed trainings, and what hangs on them",
            caption=(
                f"Trainings that collapsed, of those that have run, at both stages; rate of target trainings with "
                f"its exact 95 % interval, and the p of Fisher's exact test against {BASELINE}. Then the average's gain, over "
                f"{evidence.seeds}: as run (what every other table says), without collapsed runs, with reserve seeds in their place, and "
                f"as the interquartile mean of the seeds' differences. {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=(
                Column("Interm."), Column("Target"), Column("Rate", "%"), Column("Interval", "%"), Column("p"), Column("As run"),
                Column("Without"), Column("Replaced"), Column("IQM"), text_column("Verdict"),
            ),
            groups=groups,
            spanners=(Spanner("Collapsed trainings", 0, 4), Spanner("Gain on the average", 5, 9)),
            footnotes=footnotes(evidence, groups),
            source_notes=(
                (f"Gain: of a plain row over {BASELINE}, without the targets' own data; of a method over plain of the same intermediate. "
                "Fisher's test takes trainings as independent, though targets of a seed share an intermediate checkpoint: read it as a "
                "hint. A gain without collapsed runs loses the seeds in which a target is missing from either row."),
            ),
            signature=evidence.signature("collapse", f"policy:{evidence.study.collapse}"),
        )
    ]  # fmt: skip


def average_key(arm: Arm) -> Key:
    """What the comparison of an arm that carries its claim is about."""
    if arm.variant == PLAIN:
        return arm.model, arm.variant, arm.intermediate, BASELINE, "average-without-own-data", "average"
    return arm.model, arm.variant, arm.intermediate, arm.intermediate, "average", "average"


def _row(evidence: Evidence, arm: Arm, found: Mapping[str, Rate], as_run: Mapping[Key, Comparison]) -> Row:
    target = found.get("target")
    counts = [_count(found.get(stage)) for stage in ("intermediate", "target")]
    rate = Cell(Number(100 * target.collapsed / target.trainings)) if target else _ABSENT
    interval = Cell(text=f"[{shown(100 * target.low)}, {shown(100 * target.high)}]") if target else _ABSENT
    p_value = Cell(text=probability(target.p_value) or " ") if target else _ABSENT
    return Row(
        evidence.arm_title(arm),
        (*counts, rate, interval, p_value, *_gains(evidence, arm, as_run)),
        key=row_key(arm),
        baseline=arm.baseline,
    )


def _count(rate: Rate | None) -> Cell:
    if rate is None:
        return _ABSENT
    kinds = ", ".join(f"{count} {kind}" for kind, count in rate.verdicts)
    return Cell(text=f"{rate.collapsed} of {rate.trainings}", details=(("verdicts", kinds),) if kinds else ())


def _gains(evidence: Evidence, arm: Arm, as_run: Mapping[Key, Comparison]) -> tuple[Cell, ...]:
    key, found = average_key(arm), evidence.sensitivity
    row = as_run.get(key)
    if row is None or found is None:
        return (_ABSENT,) * 5
    others = ((found.without.get(key), "too few left"), (found.replaced.get(key), "not run"))
    cells = [Cell(Number(one.difference, signed=True), details=_verdict(one)) if one else Cell(text=none) for one, none in others]
    values = _differences(evidence, arm)
    middle = Cell(Number(interquartile_mean(values), signed=True)) if values else _ABSENT
    verdict = depending(row, found)
    return (
        Cell(Number(row.difference, signed=True), details=_verdict(row)), *cells, middle,
        Cell(text=verdict.verdict, details=(("note", verdict.note),) if verdict.note else ()),
    )  # fmt: skip


def _verdict(row: Comparison) -> tuple[tuple[str, str], ...]:
    return (("verdict", f"{row.verdict} ({len(row.seeds)} seeds)"),)


def _differences(evidence: Evidence, arm: Arm) -> list[float]:
    """The average's paired differences by seed, as run."""
    kind = average_key(arm)[4]
    base = arm.plain if arm.variant != PLAIN else Arm(arm.model, PLAIN, BASELINE)
    left, right = (evidence.aggregates.average(one.model, one.variant, one.intermediate, kind, arm.intermediate) for one in (arm, base))
    if left is None or right is None:
        return []
    return _paired(left, right)


def _paired(left: Series, right: Series) -> list[float]:
    if right.constant:
        return [value - right.values[0] for value in left.values]
    by_seed = dict(zip(right.seeds, right.values, strict=True))
    return [value - by_seed[seed] for seed, value in zip(left.seeds, left.values, strict=True) if seed in by_seed]
