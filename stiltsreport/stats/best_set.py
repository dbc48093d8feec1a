"""The confidence set of the best: which arms may be the best, with seeds as blocks (Hsu 1984, Annals of Statistics 12).

An arm is out of the set where some rival is better than it by more than chance allows, against all rivals at once. The truly best arm is
in the set with probability 1 - alpha. What all arms of a seed share, such as the order of data, falls out with the block.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from stiltsreport.stats.significance import EQUAL, Floats
from stiltsreport.stats.verdicts import MINIMUM_SEEDS

_NODES = 96  # of either quadrature: more change the sixth digit of a critical value at most


def best_set(values: Floats, alpha: float = 0.05) -> NDArray[np.bool_] | None:
    """Which arms may be the best at level 1 - `alpha`; None where that cannot be told.

    Multiple comparisons with the best in a two-way layout without interaction: rival j puts arm i out where

        mean_j - mean_i > d sqrt(2 MSE / n),  d the one-sided Dunnett value of arms - 1 rivals and (arms - 1)(n - 1) df.

    Hsu takes one variance for all arms. Arms that collapse at times vary more than others, and would be put out too often; so a pair that
    varies more than the pooled variance says must also differ by its own, with n - 1 df. This takes arms out less often, never more.

    Args:
        values: (arms, seeds), in points, NaN for what is missing. An arm without any value does not compete. Seeds that another arm lacks
            are left out.
        alpha: the error for one column of a table.

    Returns:
        (arms,), or None under two arms, under five seeds that all have, or without any variance.
    """
    values = np.asarray(values, dtype=np.float64)
    competing = ~np.isnan(values).all(axis=1)
    block = values[competing]
    block = block[:, ~np.isnan(block).any(axis=0)]
    arms, seeds = block.shape
    if arms < 2 or seeds < MINIMUM_SEEDS:  # noqa: PLR2004 - a best needs a rival
        return None
    means = block.mean(axis=1)
    residuals = block - means[:, None] - block.mean(axis=0)[None, :] + block.mean()
    df = (arms - 1) * (seeds - 1)
    pooled = 2 * float((residuals**2).sum()) / df
    if pooled <= EQUAL**2:
        return None
    gaps = means[None, :] - means[:, None]  # [i, j]: by how much j is better than i
    own = (block[None, :, :] - block[:, None, :]).var(axis=2, ddof=1)
    beaten = gaps > critical(arms - 1, df, alpha) * np.sqrt(pooled / seeds)
    doubtful = own > pooled
    beaten &= ~doubtful | (gaps > critical(arms - 1, seeds - 1, alpha) * np.sqrt(own / seeds))
    found = np.zeros(len(values), dtype=np.bool_)
    found[competing] = ~beaten.any(axis=1)
    return found


@lru_cache(maxsize=256)
def critical(rivals: int, df: int, alpha: float) -> float:
    """The one-sided value of Dunnett's many-to-one comparisons with equal groups: multivariate t, correlations of a half.

    P(max T <= d) is the mean of Phi(z + d s sqrt 2)^rivals over a normal z and s = sqrt(chi2 / df) (Dunnett 1955, JASA 50).

    Dunnett's own table 1a, 5 df and two treatments at 5 %:

    >>> round(critical(2, 5, 0.05), 2)
    2.44
    """
    z, z_weights = np.polynomial.hermite_e.hermegauss(_NODES)
    z_weights = z_weights / z_weights.sum()
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    low, high = float(stats.chi.ppf(1e-14, df)), float(stats.chi.ppf(1 - 1e-14, df))
    chi = low + (high - low) * (nodes + 1) / 2
    s = chi / np.sqrt(df)
    s_weights = weights * (high - low) / 2 * stats.chi.pdf(chi, df)

    def missing(d: float) -> float:
        inside = stats.norm.cdf(z[:, None] + d * np.sqrt(2) * s[None, :]) ** rivals
        return float(z_weights @ inside @ s_weights) - (1 - alpha)

    return float(optimize.brentq(missing, 0.0, 60.0, xtol=1e-8))
