"""Looks: how the error is shared among declared looks at the results, and which look a study's results are at.

A look at part of the seeds is a test of its own: looking after every seed from 5 to 15 gives 16 % false claims at 5 %. So the error is
spent as information grows, the share of planned seeds (Lan and DeMets 1983); each look has a nominal level that its p values stand against.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from stiltsreport.results import Results
from stiltsreport.results.looks import look_of
from stiltsreport.results.setup import Cell, LookFacts
from stiltsreport.stats.claims.family import planned_tests
from stiltsreport.stats.significance import Floats
from stiltsreport.study.study import RESERVED, Spending, Study

_NODES = 400  # of the integral over what earlier looks have left


def spent(share: float, alpha: float, spending: Spending) -> float:
    """The error that may be spent by that share of the information (Lan and DeMets 1983).

    obrien-fleming: 4 - 4 Phi(z / sqrt(share)) with z the quantile at 1 - alpha / 4, two-sided: little early. pocock:
    alpha log(1 + (e - 1) share): nearly even.

    >>> round(spent(0.5, 0.05, "obrien-fleming"), 5), round(spent(0.5, 0.05, "pocock"), 5)
    (0.00305, 0.03101)
    """
    from scipy import special

    if spending == "pocock":
        return float(alpha * math.log(1 + (math.e - 1) * share))
    return float(4 * special.ndtr(-special.ndtri(1 - alpha / 4) / math.sqrt(share)))


def nominal_levels(seeds: Sequence[int], alpha: float, spending: Spending, *, alone: bool = True) -> tuple[float, ...]:
    """The two-sided level of each look, so that all together err with a probability of alpha.

    `alone`: one test is looked at, whose looks overlap: the levels are those of normal increments (Lan and DeMets 1983; Pocock 1977 takes
    them for t tests). In a family each look has what it may spend and no more, since Holm's steps leave less overlap to count on: the sum
    over looks bounds the error whatever the family (Bonferroni).

    Two looks (R's ldbounds and gsDesign: critical values 2.9626 and 1.9686):

    >>> [round(level, 4) for level in nominal_levels((5, 10), 0.05, "obrien-fleming")]
    [0.0031, 0.049]
    >>> [round(level, 4) for level in nominal_levels((5, 10), 0.05, "obrien-fleming", alone=False)]
    [0.0031, 0.0469]
    """
    shares = [count / seeds[-1] for count in seeds]
    steps = np.diff([0.0, *(spent(share, alpha, spending) for share in shares)])
    return _overlapping(shares, steps) if alone else tuple(float(step) for step in steps)


def _overlapping(shares: Sequence[float], steps: Floats) -> tuple[float, ...]:
    """The levels whose looks reject with these probabilities for the first time (Armitage, McPherson and Rowe 1969)."""
    from scipy import optimize, special

    places, weights = np.polynomial.legendre.leggauss(_NODES)
    levels: list[float] = []
    # What goes on: nodes of the sum of increments (variance: the share), with the density there times the weight.
    nodes, mass = np.zeros(1), np.ones(1)
    before = 0.0
    for share, step in zip(shares, steps, strict=True):
        spread = math.sqrt(share - before)

        def above(bound: float, spread: float = spread, nodes: Floats = nodes, mass: Floats = mass) -> float:
            tails = special.ndtr((nodes - bound) / spread) + special.ndtr((-nodes - bound) / spread)
            return float(mass @ tails)

        bound = float(optimize.brentq(lambda value, above=above, step=step: above(value) - step, 0.0, 12.0, xtol=1e-12))
        levels.append(float(2 * special.ndtr(-bound / math.sqrt(share))))
        fresh = places * bound
        density = np.exp(-(((fresh[:, None] - nodes[None, :]) / spread) ** 2) / 2) / (spread * math.sqrt(2 * math.pi))
        nodes, mass, before = fresh, density @ mass * weights * bound, share
    return tuple(levels)


def levels_of(study: Study) -> tuple[float, ...]:
    """The level of each declared look, rounded down to four digits as it is shown; the study's alpha alone where none is declared."""
    if study.looks is None:
        return (study.statistics.alpha,)
    alpha = study.statistics.alpha if study.looks.alpha is None else study.looks.alpha
    levels = nominal_levels(study.looks.seeds, alpha, study.looks.spending, alone=_tests(study) == 1)
    return tuple(_rounded_down(level) for level in levels)


def _rounded_down(level: float) -> float:
    """To four significant digits."""
    unit = 10.0 ** (math.floor(math.log10(level)) - 3)
    return float(f"{math.floor(level / unit) * unit:.4g}")


def _tests(study: Study) -> int:
    """How many p values the largest declared family has: all claims', else those of one model's averages of intermediates or methods."""
    if study.claims:
        return planned_tests(study)
    plain = sum(entry.control is None for entry in study.intermediate)
    methods = len(study.arms) - len(study.intermediate) - 1
    return max(plain, methods) * (1 if study.statistics.margin.average is None else 2)


def at_look(study: Study, number: int) -> Study:
    """The study as it stands at a look, from 1: its seeds up to there, alpha the level of that look. Itself without declared looks."""
    looks = study.looks
    if looks is None:
        return study
    levels = levels_of(study)
    return replace(
        study,
        seeds=tuple(range(1, looks.seeds[number - 1] + 1)),
        statistics=replace(study.statistics, alpha=levels[number - 1]),
        looks=replace(looks, at=number, alpha=study.statistics.alpha if looks.alpha is None else looks.alpha),
    )


def look_reached(study: Study, cells: Iterable[Cell], scored: Iterable[tuple[str, ...]]) -> int:
    """The last look, from 1, whose results are all there: every cell that has a score in the first seeds has one, or has failed, in all.

    The first where none is whole. `scored`: (model, variant, intermediate, target, language, second language, seed) of every score, all as
    text. A failed run is a result that is missing, and holds nothing up.
    """
    assert study.looks is not None
    done: dict[tuple[str, ...], set[int]] = {}
    for *cell, seed in (*scored, *(_named(cell) for cell in cells if cell.state == "failed" and (cell.seed or 0) < RESERVED)):
        if seed != "None":
            done.setdefault(tuple(cell), set()).add(int(seed))
    reached = 0
    for number, count in enumerate(study.looks.seeds, start=1):
        wanted = set(range(1, count + 1))
        if not done or not all(wanted <= seeds for seeds in done.values()):
            break
        reached = number
    return max(reached, 1)


def at_hand(study: Study, results: Results) -> tuple[Study, Results]:
    """The study and its results at the last look that is whole; scores of seeds beyond it are not shown, so that no one looks at them."""
    if study.looks is None:
        return study, results
    scored = [
        tuple(map(str, (row.model, row.variant, row.intermediate, row.target, row.language, row.second_language, row.seed)))
        for row in results.scores
        if row.stage == "target" and (row.seed is None or row.seed < RESERVED)
    ]
    study = at_look(study, look_reached(study, results.setup.cells, scored))
    wanted = set(study.seeds)

    def shown(seed: int | None) -> bool:
        return seed is None or seed in wanted or (seed >= RESERVED and seed % RESERVED in wanted)

    setup = replace(
        results.setup,
        cells=tuple(cell for cell in results.setup.cells if shown(cell.seed)),
        health=tuple(row for row in results.setup.health if shown(row.seed)),
        selection=tuple(row for row in results.setup.selection if shown(row.seed)),
        flips=tuple(row for row in results.setup.flips if all(map(shown, row.seeds))),
        microscope=results.setup.microscope.within(shown),
    )
    return study, replace(results, scores=tuple(row for row in results.scores if shown(row.seed)), setup=setup)


def extended(study: Study, looks: Iterable[LookFacts]) -> bool:
    """Whether seeds were added after a look at fewer of them that the study's plan of looks does not know of.

    A look under the plan itself is one of its own. Another look at these seeds or more adds none.
    """
    own = look_of(study)
    others = [look for look in looks if not own.plan or (look.plan, look.spending) != (own.plan, own.spending)]
    before = [dict(zip(look.arms, look.seeds, strict=True)) for look in others]
    return any(set(seeds) - set(found.get(arm, seeds)) for found in before for arm, seeds in zip(own.arms, own.seeds, strict=True))


def _named(cell: Cell) -> tuple[str, ...]:
    return tuple(map(str, (cell.model, cell.variant, cell.intermediate, cell.target, cell.language, cell.second_language, cell.seed)))
