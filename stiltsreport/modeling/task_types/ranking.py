"""Ranking a pool of passages by cosine for each query, exactly and in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

BLOCK = 1024  # queries at a time: BLOCK x pool similarities are in memory at once


def ranked(queries: Tensor, pool: Tensor, ids: Sequence[str], k: int) -> list[list[str]]:
    """The ids of the k nearest passages of each query, nearest first; equal similarities stand in the order of the pool.

    `queries` (n, hidden) and `pool` (m, hidden) are unit vectors.
    """
    k = min(k, len(ids))
    found = []
    for start in range(0, len(queries), BLOCK):
        similarities = queries[start : start + BLOCK] @ pool.T
        threshold = similarities.topk(k, dim=1).values[:, -1:]
        for row, bound in zip(similarities, threshold, strict=True):
            candidates = (row >= bound).nonzero().squeeze(1)  # topk's own order among equals is not defined
            order = torch.sort(row[candidates], descending=True, stable=True).indices[:k]
            found.append([ids[place] for place in candidates[order].tolist()])
    return found
