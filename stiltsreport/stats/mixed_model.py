"""The mixed model of paired differences: what an average gain is in languages, and tasks, like these.

difference ~ mean + (1|seed) + (1|language) + (1|task) + (1|seed:task) + (1|task:language) + residual, all crossed, by REML. `seed` is the
intermediate checkpoint that all cells of a seed share, `seed:task` the fine-tuning that its languages share. Every cell (a task in a
language) has every seed, so the likelihood falls into the mean over seeds and the deviations from it; both are small.

Tests refer to Student's t with Satterthwaite's (1946) degrees of freedom, as lmerTest has them (Kuznetsova et al. 2017): variances that are
estimated as 0 count as known to be so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.linalg import lapack

Floats = NDArray[np.float64]
Term = Literal["seed", "language", "task", "seed:task", "task:language", "residual"]
TERMS: tuple[Term, ...] = get_args(Term)
_ZERO = 1e-6  # of the variance of the differences: what counts as none
_LEAST = 1e-5  # of the same: what the residual's variance is held above, so that no matrix is singular
_START = 1e-3  # of the same: what the search begins with at least, away from the edge
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


def fit(cells: Cells, terms: Sequence[Term] = TERMS, near: Mapping[Term, float] | None = None) -> MixedModel | None:
    """The fit by REML with those random terms (the residual always); None where the differences are constant, or fewer than two seeds.

    `near`: variances of the same differences under another design, where the search begins; it ends at the same place sooner.

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
    start = np.full(len(kept), 1 / len(kept))
    if near is not None:
        start = np.maximum([near.get(term, 0.0) / spread**2 for term in kept], _START)
    found = optimize.minimize(
        model.deviance, start, jac=True, method="L-BFGS-B",
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
        self.sizes = [block.shape[1] for block in blocks]
        self.starts = np.cumsum([0, *self.sizes[:-1]])
        self.gram = self.joined.T @ self.joined
        self.weight, self.count = weight, columns.shape[1]
        self.right = columns if design is None else np.column_stack((columns, design))
        self.projected = self.joined.T @ self.right

    def deviance(self, variances: Floats) -> tuple[float, Floats]:
        """The value, and its gradient by the blocks' variances."""
        log_determinant, traces, solved, crossed = self._solved(variances)
        value = self.weight * log_determinant
        gradient = self.weight * traces
        inner = self.right.T @ solved
        one, of_design = slice(None, self.count), slice(self.count, None)
        left = np.eye(inner.shape[0])[:, one]
        if inner.shape[0] > self.count:
            inverse = np.linalg.inv(inner[of_design, of_design])
            value -= float(np.linalg.slogdet(inverse)[1])
            gradient -= np.einsum("ij,bji->b", inverse, crossed[:, of_design, of_design])
            left[of_design] = -inverse @ inner[of_design, one]
        value += float(np.trace(left.T @ inner @ left))
        gradient -= np.einsum("ic,bij,jc->b", left, crossed, left)
        return value, gradient

    def coefficients(self, variances: Floats) -> tuple[Floats, Floats, Floats]:
        """(coefficients, their covariance, its derivatives by the blocks' variances)."""
        _, _, solved, crossed = self._solved(variances)
        inner = self.right.T @ solved
        of_design = slice(self.count, None)
        covariance = np.asarray(np.linalg.inv(inner[of_design, of_design]), dtype=np.float64)
        return covariance @ inner[of_design, 0], covariance, covariance @ crossed[:, of_design, of_design] @ covariance

    def _solved(self, variances: Floats) -> tuple[float, Floats, Floats, Floats]:
        """Woodbury, with R for the columns and the design together.

        log |V|, the trace of V^-1 A for the matrix A of each block, V^-1 R, and R' V^-1 A V^-1 R for each.
        """
        alone = float(variances[-1])
        roots = np.sqrt(np.repeat(variances[:-1], self.sizes))
        core = roots[:, None] * self.gram * roots
        core.flat[:: len(roots) + 1] += alone
        factor, failed = lapack.dpotrf(core, lower=1)
        if failed:
            raise np.linalg.LinAlgError("the covariance of the differences is not positive definite")
        inverse = np.tril(lapack.dpotri(factor, lower=1)[0])
        inverse = inverse + inverse.T  # of the lower half, and its diagonal twice
        inverse.flat[:: len(roots) + 1] /= 2
        middle = roots[:, None] * inverse * roots
        cells = len(self.right)
        log_determinant = 2 * float(np.log(factor.diagonal()).sum()) + (cells - len(roots)) * math.log(alone)
        solved = (self.right - self.joined @ (middle @ self.projected)) / alone
        moved = self.gram @ middle
        diagonal = self.gram.diagonal() - np.einsum("ij,ij->i", moved, self.gram)
        traces = np.append(np.add.reduceat(diagonal, self.starts), cells - np.trace(moved)) / alone
        there = self.joined.T @ solved
        parts = [there[start : start + size] for start, size in zip(self.starts, self.sizes, strict=True)]
        return log_determinant, traces, solved, np.array([*(part.T @ part for part in parts), solved.T @ solved])


def _indicators(groups: NDArray[np.int64]) -> Floats:
    """(cells, groups): 1 where a cell belongs to a group."""
    return np.asarray(groups[:, None] == np.unique(groups)[None, :], dtype=np.float64)
