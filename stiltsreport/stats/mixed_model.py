"""The mixed model of paired differences: what an average gain is in languages, and tasks, like these.

difference ~ mean + (1|seed) + (1|language) + (1|task) + (1|seed:task) + (1|task:language) + residual, all crossed, by REML. `seed` is the
intermediate checkpoint that all cells of a seed share, `seed:task` the fine-tuning that its languages share. Every cell (a task in a
language) has every seed, so the likelihood falls into the mean over seeds and the deviations from it; both are small.

Tests refer to Student's t with Satterthwaite's (1946) degrees of freedom, as lmerTest has them (Kuznetsova et al. 2017): variances that are
estimated as 0 count as known to be so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Floats = NDArray[np.float64]
Term = Literal["seed", "language", "task", "seed:task", "task:language", "residual"]
TERMS: tuple[Term, ...] = get_args(Term)
_ZERO = 1e-6  # of the variance of the differences: what counts as none
_LEAST = 1e-5  # of the same: what the residual's variance is held above, so that no matrix is singular
_STEP = 1e-4  # of a numerical derivative, relative


@dataclass(frozen=True)
class Cells:
    """Differences, (seeds, cells), in points; of each cell its task and language by number, and the fixed design, (cells, coefficients)."""

    differences: Floats
    tasks: NDArray[np.int64]
    languages: NDArray[np.int64]
    design: Floats


@dataclass(frozen=True)
class MixedModel:
    """A fit: coefficients with their covariance, variances by term (those that were fitted), and -2 log restricted likelihood."""

    coefficients: Floats
    covariance: Floats
    variances: dict[Term, float]
    deviance: float
    derivatives: Floats  # of the covariance by each variance: (terms, coefficients, coefficients)
    uncertainty: Floats  # the covariance of the estimated variances: (terms, terms), 0 for those at 0

    def estimate(self, row: Floats) -> tuple[float, float]:
        """A linear combination of the coefficients, and its standard error."""
        return float(row @ self.coefficients), math.sqrt(max(0.0, float(row @ self.covariance @ row)))

    def df(self, row: Floats) -> float:
        """Satterthwaite's degrees of freedom of that estimate; NaN where its error is known without any."""
        slopes = np.array([row @ one @ row for one in self.derivatives])
        spread = float(slopes @ self.uncertainty @ slopes)
        return 2 * float(row @ self.covariance @ row) ** 2 / spread if spread > 0 else float("nan")


def fit(cells: Cells, terms: Sequence[Term] = TERMS) -> MixedModel | None:
    """The fit by REML with those random terms (the residual always); None where the differences are constant, or fewer than two seeds.

    Raises numpy.linalg.LinAlgError for a design without full rank.
    """
    seeds, count = cells.differences.shape
    if seeds < 2 or count * seeds <= cells.design.shape[1]:  # noqa: PLR2004 - one seed has no variance
        return None
    spread = float(cells.differences.std())
    if spread <= 1e-9 * max(1.0, float(np.abs(cells.differences).max())):
        return None
    kept = tuple(term for term in TERMS if term in terms or term == "residual")
    model = _Likelihood(cells, spread, kept)
    low = np.zeros(len(kept))
    low[-1] = _LEAST
    found = optimize.minimize(
        model.deviance, np.full(len(kept), 1 / len(kept)), jac=True, method="L-BFGS-B",
        bounds=[(one, None) for one in low], options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-8},
    )  # fmt: skip
    variances = np.where(found.x <= _ZERO, low, found.x)
    return model.fitted(variances, spread)


class _Likelihood:
    """-2 log restricted likelihood of standardised differences, by the variances of the terms."""

    def __init__(self, cells: Cells, spread: float, terms: tuple[Term, ...]) -> None:
        values = cells.differences / spread
        self.terms, self.seeds = terms, values.shape[0]
        self.constant = (values.size - cells.design.shape[1]) * np.log(2 * np.pi * spread**2)
        mean = values.mean(axis=0)
        language, task = (_indicators(one) for one in (cells.languages, cells.tasks))
        every = np.ones((len(mean), 1))
        # Which variance each block of a stratum's covariance takes, and by what factor: languages, tasks, all cells, each by itself.
        share = 1 / self.seeds
        takes: list[dict[Term, float]] = [
            {"language": 1.0},
            {"task": 1.0, "seed:task": share},
            {"seed": share},
            {"task:language": 1.0, "residual": share},
        ]
        self.between = _Stratum((language, task, every), mean[:, None], cells.design, 1)
        self.maps = [self._map(takes)]
        within: list[dict[Term, float]] = [{"seed:task": 1.0}, {"seed": 1.0}, {"residual": 1.0}]
        self.within = _Stratum((task, every), (values - mean).T, None, self.seeds - 1)
        self.maps.append(self._map(within))
        self.scale = len(mean) * np.log(self.seeds)  # the mean stands for the sum over seeds divided by their root

    def _map(self, takes: Sequence[dict[Term, float]]) -> Floats:
        return np.array([[one.get(term, 0.0) for term in self.terms] for one in takes])

    def deviance(self, variances: Floats) -> tuple[float, Floats]:
        """The value and its gradient."""
        total, gradient = self.scale + self.constant, np.zeros(len(variances))
        for stratum, chart in ((self.between, self.maps[0]), (self.within, self.maps[1])):
            value, slopes = stratum.deviance(chart @ variances)
            total += value
            gradient += chart.T @ slopes
        return total, gradient

    def fitted(self, variances: Floats, spread: float) -> MixedModel:
        beta, covariance, derivatives = self.between.coefficients(self.maps[0] @ variances)
        by_term = np.einsum("bt,bij->tij", self.maps[0], derivatives)
        return MixedModel(
            beta * spread,
            covariance * spread**2,
            dict(zip(self.terms, (variances * spread**2).tolist(), strict=True)),
            self.deviance(variances)[0],
            by_term,
            self._uncertainty(variances) * spread**4,
        )

    def _uncertainty(self, variances: Floats) -> Floats:
        """Twice the inverse of the second derivatives, over the variances that are not 0."""
        inside = np.flatnonzero(variances > _ZERO)
        found = np.zeros((len(variances), len(variances)))
        hessian = np.zeros((len(inside), len(inside)))
        for place, term in enumerate(inside):
            step = np.zeros(len(variances))
            step[term] = _STEP * variances[term]
            up, down = self.deviance(variances + step)[1], self.deviance(variances - step)[1]
            hessian[place] = (up - down)[inside] / (2 * step[term])
        hessian = (hessian + hessian.T) / 2
        if len(inside) and np.linalg.eigvalsh(hessian).min() > 0:
            found[np.ix_(inside, inside)] = 2 * np.linalg.inv(hessian)
        return found


class _Stratum:
    """Columns of cells with covariance sum_k variance_k Z_k Z_k' + variance_last I: each Z_k says which cells go together.

    `weight` counts the columns' degrees of freedom; with a design its coefficients are taken out of the one column.
    """

    def __init__(self, blocks: Sequence[Floats], columns: Floats, design: Floats | None, weight: int) -> None:
        self.joined = np.column_stack(blocks)
        self.ends = np.cumsum([0, *(block.shape[1] for block in blocks)])
        self.gram = self.joined.T @ self.joined
        self.columns, self.weight = columns, weight
        self.design = np.zeros((len(columns), 0)) if design is None else design

    def deviance(self, variances: Floats) -> tuple[float, Floats]:
        """The value, and its gradient by the blocks' variances."""
        log_determinant, inner, solve, trace = self._factor(variances)
        solved, of_design = solve(self.columns), solve(self.design)
        value = self.weight * log_determinant
        gradient = self.weight * np.array([*(np.trace(inner[a:b, a:b]) for a, b in self._blocks), trace])
        if self.design.shape[1]:
            normal = self.design.T @ of_design
            inverse = np.linalg.inv(normal)
            value += float(np.linalg.slogdet(normal)[1])
            gradient -= np.array([np.trace(inverse @ one) for one in self._crossed(of_design)])
            solved = solved - of_design @ (inverse @ (of_design.T @ self.columns))
        value += float((self.columns * solved).sum())
        gradient -= np.array([np.trace(one) for one in self._crossed(solved)])
        return value, gradient

    def coefficients(self, variances: Floats) -> tuple[Floats, Floats, Floats]:
        """(coefficients, their covariance, its derivatives by the blocks' variances)."""
        _, _, solve, _ = self._factor(variances)
        of_design = solve(self.design)
        covariance = np.asarray(np.linalg.inv(self.design.T @ of_design), dtype=np.float64)
        beta = covariance @ (of_design.T @ self.columns[:, 0])
        return beta, covariance, np.array([covariance @ one @ covariance for one in self._crossed(of_design)])

    @property
    def _blocks(self) -> list[tuple[int, int]]:
        return list(zip(self.ends[:-1].tolist(), self.ends[1:].tolist(), strict=True))

    def _crossed(self, right: Floats) -> list[Floats]:
        """Right' A right for the matrix A of each block."""
        projected = self.joined.T @ right
        return [*(projected[a:b].T @ projected[a:b] for a, b in self._blocks), right.T @ right]

    def _factor(self, variances: Floats) -> tuple[float, Floats, Callable[[Floats], Floats], float]:
        """Woodbury: log |V|, Z' V^-1 Z, a function that gives V^-1 times columns, and the trace of V^-1."""
        alone = float(variances[-1])
        roots = np.sqrt(np.repeat(variances[:-1], np.diff(self.ends)))
        core = alone * np.eye(len(roots)) + roots[:, None] * self.gram * roots
        factor = np.linalg.cholesky(core)
        half = np.linalg.solve(factor, np.diag(roots))
        middle = half.T @ half
        count = len(self.columns)
        log_determinant = 2 * float(np.log(np.diag(factor)).sum()) + (count - len(roots)) * float(np.log(alone))
        inner = (self.gram - self.gram @ middle @ self.gram) / alone
        trace = (count - float((middle * self.gram).sum())) / alone

        def solve(right: Floats) -> Floats:
            return np.asarray((right - self.joined @ (middle @ (self.joined.T @ right))) / alone)

        return log_determinant, inner, solve, trace


def _indicators(groups: NDArray[np.int64]) -> Floats:
    """(cells, groups): 1 where a cell belongs to a group."""
    return np.asarray(groups[:, None] == np.unique(groups)[None, :], dtype=np.float64)
