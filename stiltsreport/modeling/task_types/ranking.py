"""Ranking a pool of passages by cosine for each query, exactly and in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from stiltsreport.metrics.neighbours import BLOCK, nearest_rows


def ranked(queries: Tensor, pool: Tensor, ids: Sequence[str], k: int, block: int = BLOCK) -> list[list[str]]:
    """The ids of the k nearest passages of each query, nearest first; equal similarities stand in the order of the pool.

    `queries` (n, hidden) and `pool` (m, hidden) are on the processor; `k` is cut to the pool. Raises StiltsReportError where a vector
    holds NaN or infinity.
    """
    names = np.array(ids, dtype=object)
    found: list[list[str]] = names[nearest_rows(queries.detach().numpy(), pool.detach().numpy(), k, block)].tolist()
    return found
