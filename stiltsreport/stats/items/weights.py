"""Bootstrap weights: how often each cluster of items, and each seed, is drawn; the same for every arm, language and study."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stiltsreport.stats.significance import Floats

DRAWS = 1000


class ClusterWeights:
    """The weight of every cluster of a pool in every draw: independent Poisson numbers with mean 1, drawn when they are asked for.

    With Poisson weights (Hanley and MacGibbon 2006) the number of clusters varies from draw to draw, in place of exactly as many as there
    are. The values are ratios of sums, so that their variance differs by O(1 / clusters^2), and each cluster has a generator of its own:
    what is drawn for it depends on its name in its pool, and on nothing else that a study holds, nor on any order.
    """

    def __init__(self, pool: str, clusters: Sequence[str], draws: int = DRAWS) -> None:
        self.draws = draws
        self._names = [f"items|{pool}|{name}" for name in clusters]
        self._drawn = np.zeros(len(clusters), dtype=np.bool_)
        self._weights = np.empty((len(clusters), draws), dtype=np.uint8)

    def of(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(places, draws): the weights of these clusters."""
        for place in places[~self._drawn[places]]:
            self._weights[place] = generator(self._names[place]).poisson(1.0, self.draws)
        self._drawn[places] = True
        return self._weights[places]


def seed_weights(seeds: int, draws: int = DRAWS) -> Floats:
    """(draws, seeds): how often each of so many seeds is drawn with replacement, divided by their number."""
    return generator(f"seeds|{seeds}").multinomial(seeds, np.full(seeds, 1 / seeds), size=draws) / seeds


def generator(name: str) -> np.random.Generator:
    """A stream of its own for each name: numpy's counter-based generator under a key made of it."""
    key = int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:16], "big")
    return np.random.Generator(np.random.Philox(key=key))
