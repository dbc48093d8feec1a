"""The seed doctor's statistics: how often an arm's trainings collapse, and what the results would be without those runs or replaced.

The rule is fixed beforehand and looks at English dev data and training losses alone (modeling/health.py): a training has collapsed where it
predicts one thing for every dev example, where its loss ends near ln K, or where a loss is not finite. Test scores never enter it. What is
reported is always all planned seeds as run; everything here stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from stiltsreport.results.score import Score
from stiltsreport.results.setup import RunHealth
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.verdicts import DEPENDS_ON_COLLAPSE, MINIMUM_SEEDS
from stiltsreport.study.study import BASELINE, PLAIN, RESERVED, Study

HEALTHY = "healthy"
FEWEST = 2  # seeds that an analysis of sensitivity needs: the least that a paired test can be made of
Cells = frozenset[tuple[str, str, str, str, int]]  # model, variant, intermediate, target, seed
Key = tuple[str, ...]


@dataclass(frozen=True)
class Rate:
    """How many of an arm's trainings of one stage collapsed, in the study's own seeds.

    `low` and `high`: the exact 95 % interval of the rate (Clopper and Pearson 1934). `p_value`: Fisher's exact test, two-sided, against
    the baseline's trainings of that stage; None for the baseline itself, and where it has none. `verdicts` counts by kind.
    """

    model: str
    variant: str
    intermediate: str
    stage: str
    collapsed: int
    trainings: int
    low: float
    high: float
    p_value: float | None
    verdicts: tuple[tuple[str, int], ...] = ()


def rates(study: Study, health: Sequence[RunHealth]) -> list[Rate]:
    """The rate of every arm and stage that has a verdict, in the order of the study. A training that serves two targets counts once."""
    found = []
    for model in study.models:
        verdicts: dict[tuple[str, str, str], dict[str, str]] = {}
        for row in health:
            if row.model == model.name and not row.reserve:
                verdicts.setdefault((row.variant, row.intermediate, row.stage), {})[row.job] = row.verdict
        for variant, intermediate in study.arms:
            for stage in ("intermediate", "target"):
                own = verdicts.get((variant, intermediate, stage))
                if own:
                    base = verdicts.get((PLAIN, BASELINE, stage)) if (variant, intermediate) != (PLAIN, BASELINE) else None
                    found.append(_rate(model.name, variant, intermediate, stage, own, base))
    return found


def _rate(model: str, variant: str, intermediate: str, stage: str, own: dict[str, str], base: dict[str, str] | None) -> Rate:
    bad = [verdict for verdict in own.values() if verdict != HEALTHY]
    low, high = exact_interval(len(bad), len(own))
    p_value = None
    if base:
        p_value = fisher(len(bad), len(own), sum(verdict != HEALTHY for verdict in base.values()), len(base))
    counts = tuple((kind, bad.count(kind)) for kind in dict.fromkeys(bad))
    return Rate(model, variant, intermediate, stage, len(bad), len(own), low, high, p_value, counts)


def exact_interval(collapsed: int, trainings: int, level: float = 0.95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a rate.

    R: `binom.test(3, 20)$conf.int` is 0.03207094 0.37892683:

    >>> low, high = exact_interval(3, 20)
    >>> round(low, 8), round(high, 8)
    (0.03207094, 0.37892683)
    """
    from scipy.stats import binomtest

    found = binomtest(collapsed, trainings).proportion_ci(level, method="exact")
    return float(found.low), float(found.high)


def fisher(collapsed: int, trainings: int, other_collapsed: int, others: int) -> float:
    """The two-sided p value of Fisher's exact test that two rates are equal.

    Fisher's tea-tasting lady, three of four cups right (R: `fisher.test(matrix(c(3, 1, 1, 3), 2))`):

    >>> round(fisher(3, 4, 1, 4), 4)
    0.4857
    """
    import numpy as np
    from scipy.stats import fisher_exact

    table = np.array([[collapsed, trainings - collapsed], [other_collapsed, others - other_collapsed]])
    return float(fisher_exact(table).pvalue)


def collapsed_cells(study: Study, health: Iterable[RunHealth]) -> Cells:
    """(model, variant, intermediate, target, seed) of every run that a collapsed training stands behind, reserve seeds included.

    A collapsed intermediate training stands behind every target of every arm that starts from it.
    """
    found: set[tuple[str, str, str, str, int]] = set()
    for row in health:
        if row.verdict != HEALTHY:
            targets = [row.target] if row.target else [entry.task.name for entry in study.target]
            found.update((row.model, row.variant, row.intermediate, target, row.seed) for target in targets)
    return frozenset(found)


def without_collapsed(study: Study, scores: Iterable[Score], health: Sequence[RunHealth]) -> tuple[Score, ...]:
    """The scores without collapsed runs: a seed that lacks a target leaves the paired difference of both arms."""
    bad = collapsed_cells(study, health)
    return tuple(score for score in scores if _cell(score) not in bad)


def with_replacements(study: Study, scores: Iterable[Score], health: Sequence[RunHealth]) -> tuple[Score, ...]:
    """The scores with each collapsed seed i replaced by the first reserve seed 1000 * attempt + i in which no row collapsed.

    The seed is replaced in every row of that model and target, the baseline included, so that rows stay paired; a row whose replacement
    has not run is missing. Where no reserve seed has run the scores stay as they are.
    """
    scores = tuple(scores)
    stands = _standing(study, scores, health)
    found = []
    for score in scores:
        if score.stage != "target" or score.seed is None:
            found.append(score)
        elif score.seed in study.seeds:
            if (score.model, score.target, score.seed) not in stands:
                found.append(score)
        elif stands.get((score.model, score.target, score.seed % RESERVED)) == score.seed:
            found.append(replace(score, seed=score.seed % RESERVED))
    return tuple(found)


def _standing(study: Study, scores: Iterable[Score], health: Sequence[RunHealth]) -> dict[tuple[str, str, int], int]:
    """The reserve seed that stands for each collapsed seed of a model and target."""
    tried: dict[tuple[str, str, int], set[int]] = {}
    for score in scores:
        if score.stage == "target" and score.seed is not None and score.seed not in study.seeds:
            tried.setdefault((score.model, score.target, score.seed % RESERVED), set()).add(score.seed)
    lost = {(model, target, seed) for model, _, _, target, seed in collapsed_cells(study, health)}
    stands: dict[tuple[str, str, int], int] = {}
    for model, target, seed in lost:
        whole = [one for one in sorted(tried.get((model, target, seed), ())) if (model, target, one) not in lost]
        if whole and seed in study.seeds:
            stands[model, target, seed] = whole[0]
    return stands


def _cell(score: Score) -> tuple[str, str, str, str, int | None]:
    return score.model, score.variant, score.intermediate, score.target if score.stage == "target" else "", score.seed


@dataclass(frozen=True)
class Sensitivity:
    """The comparisons as run, without collapsed runs, and with these replaced ("replaced" is empty where no reserve seed has run)."""

    as_run: tuple[Comparison, ...]
    without: Mapping[Key, Comparison]
    replaced: Mapping[Key, Comparison]


def sensitivity(study: Study, scores: Sequence[Score], health: Sequence[RunHealth]) -> Sensitivity | None:
    """The comparisons under each treatment of collapsed runs; None where none of the study's own seeds has collapsed.

    Without collapsed runs few seeds are left. A verdict that is lost for want of seeds alone would be called a dependence on collapse, so
    the two other analyses are judged from two seeds on wherever the study itself has enough (our choice).
    """
    if not any(seed in study.seeds for *_, seed in collapsed_cells(study, health)):
        return None
    minimum = FEWEST if study.fewest_seeds >= MINIMUM_SEEDS else MINIMUM_SEEDS
    replaced = with_replacements(study, scores, health)
    changed = set(replaced) != {score for score in scores if score.seed is None or score.seed in study.seeds}
    return Sensitivity(
        tuple(compare(study, scores)),
        {key_of(row): row for row in compare(study, without_collapsed(study, scores, health), minimum)},
        {key_of(row): row for row in compare(study, replaced, minimum)} if changed else {},
    )


def judged(study: Study, scores: Sequence[Score], health: Sequence[RunHealth]) -> list[Comparison]:
    """Every comparison as run; a verdict that collapsed runs decide reads "depends on collapsed runs", and its note says which way."""
    found = sensitivity(study, scores, health)
    return compare(study, scores) if found is None else [depending(row, found) for row in found.as_run]


def depending(row: Comparison, found: Sensitivity) -> Comparison:
    """The comparison, its verdict withdrawn where another treatment of its own collapsed runs gives another one.

    One that rests on no collapsed run keeps its verdict, though its adjusted p may move with its family's.
    """
    others = {"without them": found.without.get(key_of(row)), "replaced": found.replaced.get(key_of(row))}
    told = [
        f"{name}: {other.verdict} ({other.difference:+.2f})"
        for name, other in others.items()
        if other is not None and other.verdict != row.verdict and other.inputs != row.inputs
    ]
    if not told or row.verdict == "descriptive only":
        return row
    note = "; ".join([*([row.note] if row.note else []), f"as run: {row.verdict}; {'; '.join(told)}"])
    return replace(row, verdict=DEPENDS_ON_COLLAPSE, note=note)


def key_of(row: Comparison) -> Key:
    """What a comparison is about."""
    return row.model, row.variant, row.intermediate, row.baseline, row.target, row.scope


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean of the middle half (Agarwal et al. 2021, section 4.3): the lowest and highest quarter, rounded down, are left out.

    >>> interquartile_mean([1.0, 2.0, 3.0, 4.0, 90.0])
    3.0
    """
    from scipy.stats import trim_mean

    return float(trim_mean(list(values), 0.25))
