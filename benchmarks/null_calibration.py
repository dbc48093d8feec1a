"""How often the statistics claim something where there is nothing, and how often they see what is there.

    python benchmarks/null_calibration.py --studies 1000

Studies are simulated (simulated_studies.py) and go through the package's own statistics (calibration.py). A line each with what is
allowed, at a nominal error of 5 %: single tests reject in 3 to 7 %, families and equivalence in at most 6.5 %, intervals cover in 93 to
97 %, and power is as planned within 4 points. The last line is PASS or FAIL, and so is the exit status. The numbers do not depend on
--workers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))  # so that the file runs by its path

from benchmarks.calibration import CONDITIONS, GAINS, Counts, added
from benchmarks.simulated_studies import average_difference_sd, simulated_study
from stiltsreport.stats.power import power_of

CHUNK = 25  # studies that share a generator
SINGLE, FAMILY, COVERS = (0.03, 0.07), (0.0, 0.065), (0.93, 0.97)
AS_PLANNED = 0.04


@dataclass(frozen=True)
class Line:
    """A rate and what it may be."""

    text: str
    rate: float
    low: float
    high: float
    tests: int

    @property
    def holds(self) -> bool:
        """Whether it is what it may be."""
        return self.low <= self.rate <= self.high

    def __str__(self) -> str:
        allowed = f"at most {self.high:.1%}" if self.low == 0 else f"{self.low:.1%} to {self.high:.1%}"
        return f"{'ok  ' if self.holds else 'FAIL'} {self.text:<62}{self.rate:>7.1%}   allowed {allowed}, of {self.tests:,}"


def counted(studies: int, seed: int, workers: int, conditions: Iterable[str] = CONDITIONS) -> Counts:
    """Hits and tests by name. Each chunk of studies has a generator of its own, so that the sums do not depend on `workers`."""
    jobs = [
        (name, min(CHUNK, studies - start), (seed, place, start))
        for place, name in enumerate(CONDITIONS)
        if name in set(conditions)
        for start in range(0, studies, CHUNK)
    ]
    if workers < 2:  # noqa: PLR2004 - one is this process
        return added(*map(_chunk, jobs))
    with ProcessPoolExecutor(workers) as pool:
        return added(*pool.map(_chunk, jobs))


def lines(counts: Counts) -> list[Line]:
    """Every rate with its bounds."""
    return [Line(_text(name), hits / tests, *_allowed(name), tests) for name, (hits, tests) in counts.items()]


def _chunk(job: tuple[str, int, tuple[int, ...]]) -> Counts:
    name, studies, key = job
    with tempfile.TemporaryDirectory() as folder:
        return CONDITIONS[name](Path(folder), studies, np.random.default_rng(key))


_WORDS = {
    "t": "no effect, paired t",
    "welch": "no effect, 5 seeds against 15, Welch",
    "dunnett": "no effect, 5 seeds against 15, Dunnett",
    "tost": "effect at the margin, TOST",
    "margin": "effect at the margin, t interval",
    "looks": "no effect, looks at 5 and 10 seeds,",
    "claims": "declared claims, none true,",
    "mixed": "gains that differ by language, mixed model,",
    "items": "gains that differ by item, t over seeds and items,",
    "power": "power at points:",
    "itself": "a system against itself, p other than 1 or any claim",
}


def _text(name: str) -> str:
    first, _, rest = name.partition(" ")
    return f"{_WORDS.get(first, first)} {rest}".strip()


def _allowed(name: str) -> tuple[float, float]:
    first, _, rest = name.partition(" ")
    if first == "itself":
        return 0.0, 0.0
    if first == "power":
        planned = _planned(float(rest))
        return planned - AS_PLANNED, planned + AS_PLANNED
    if "covers" in rest:
        return COVERS
    return FAMILY if "family" in rest or first == "tost" else SINGLE


def _planned(gain: float) -> float:
    assert gain in GAINS
    with tempfile.TemporaryDirectory() as folder:
        study = simulated_study(Path(folder))
    return power_of(gain, len(study.seeds), average_difference_sd(study), study.statistics.alpha)


def main() -> int:
    """Print the rates; 0 where all are what they may be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="+", default=list(CONDITIONS), choices=list(CONDITIONS), metavar="CONDITION")
    given = parser.parse_args()
    began = time.perf_counter()
    found = lines(counted(given.studies, given.seed, given.workers, given.only))
    print(f"{given.studies} simulated studies a condition, in {time.perf_counter() - began:.0f} s")
    for line in found:
        print(line)
    passed = all(line.holds for line in found)
    print("PASS" if passed else "FAIL")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
