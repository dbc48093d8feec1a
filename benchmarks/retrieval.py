"""Exact nearest neighbours in both directions beside faiss's flat index, on one core.

    python -m benchmarks.retrieval                      8,000 x 8,000 x 768: about two minutes
    python -m benchmarks.retrieval --size 20000 20000 768 --rounds 3
    python -m benchmarks.retrieval --size 400000 60000 768 --slice 8192 --cases translations     memory at BUCC's size, on a slice

Prints a line of JSON a case: CPU seconds of ours and of faiss (IndexFlatIP, once for each direction, as XTREME and LASER call it), the best
of the rounds; each reading is from a process of its own, in turn. `agreement`: the share of k-best sets that are those of faiss, and for a
sample of rows the share of ranks that are those of a float64 brute force. `peak_bytes`: resident memory of our process, vectors included.
`of_product`: the time that the one matrix product alone takes, in blocks of the same size, over ours. With --slice the first so many rows
of x are searched, and the back direction among these.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from stiltsreport.metrics.neighbours import BLOCK, nearest_both

ROOT = Path(__file__).parents[1]
K = 4
SAMPLE = 200  # rows of each direction that are compared with a brute force
SIDES = ("ours", "faiss", "product")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CASES = ("random", "translations", "clusters", "duplicates")


def unit(vectors: Any) -> Any:
    """At length 1, in place, in parts."""
    for start in range(0, len(vectors), BLOCK):
        part = vectors[start : start + BLOCK]
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


def vectors(case: str, sizes: tuple[int, int, int]) -> tuple[Any, Any]:
    """Unit vectors (n, d) and (m, d) in float32.

    "random": independent normal ones. "translations": as encoders give them, with a mean in common and unequal directions, half of the
    smaller side with a translation. "clusters": 50 topics. "duplicates": each tenth row of either side is one of 20 sentences.
    """
    n, m, width = sizes
    generator = np.random.default_rng(1)
    x, y = (generator.standard_normal((size, width), dtype=np.float32) for size in (n, m))
    if case in {"translations", "duplicates"}:
        scale = (np.arange(1, width + 1, dtype=np.float32) ** -0.3)[None]
        x *= scale
        y *= scale
        half = min(n, m) // 2
        y[:half] = x[:half] + y[:half] / 2
        mean = generator.standard_normal(width, dtype=np.float32) * np.float32(0.5)
        x += mean
        y += mean
    if case == "clusters":
        topics = generator.standard_normal((50, width), dtype=np.float32)
        for side in (x, y):
            np.multiply(side, np.float32(0.5), out=side)
            np.add(side, topics[generator.integers(0, 50, len(side))], out=side)
    if case == "duplicates":
        for side in (x, y):
            side[::10] = side[generator.integers(0, 20, len(side[::10])) * 10]
    return unit(x), unit(y)


def faiss_both(x: Any, y: Any) -> list[Any]:
    """Rows found by faiss, forward and backward."""
    import faiss

    faiss.omp_set_num_threads(1)
    found = []
    for queries, pool in ((x, y), (y, x)):
        index = faiss.IndexFlatIP(pool.shape[1])
        index.add(pool)
        found.append(index.search(queries, K)[1])
    return found


def product(x: Any, y: Any) -> list[Any]:
    """The bare product."""
    for top in range(0, len(x), BLOCK):
        for left in range(0, len(y), BLOCK):
            x[top : top + BLOCK] @ y[left : left + BLOCK].T
    return []


def one(side: str, case: str, sizes: tuple[int, int, int], part: int | None, out: Path) -> None:
    """One side in this process: CPU seconds and memory as a line of JSON; the rows found go to `out`."""
    x, y = vectors(case, sizes)
    search: dict[str, Callable[[Any, Any], list[Any]]] = {
        "ours": lambda x, y: [rows for _, rows in nearest_both(x, y, K)],
        "faiss": faiss_both,
        "product": product,
    }
    if side == "faiss":
        import faiss  # noqa: F401 - its loading is no part of a search
    began = time.process_time()
    found = search[side](x[:part], y)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    reading: dict[str, Any] = {"seconds": seconds, "bytes": peak}
    if found:
        np.savez(out, forward=found[0], backward=found[1])
    if side == "ours":
        reading["exact"] = float(
            np.mean([brute_force(*pair, rows) for pair, rows in zip(((x[:part], y), (y, x[:part])), found, strict=True)])
        )
    print(json.dumps(reading))


def brute_force(queries: Any, pool: Any, rows: Any) -> float:
    """The share of ranks of a sample that hold what float64 cosines, rounded to float32, put there; the lower row first among equals."""
    sample = np.random.default_rng(2).choice(len(queries), min(SAMPLE, len(queries)), replace=False)
    part = queries[sample].astype(np.float64)
    dots = np.concatenate([part @ pool[left : left + BLOCK].astype(np.float64).T for left in range(0, len(pool), BLOCK)], axis=1)
    squares = np.concatenate([np.square(pool[left : left + BLOCK].astype(np.float64)).sum(axis=1) for left in range(0, len(pool), BLOCK)])
    cosines = (dots / np.sqrt(np.square(part).sum(axis=1)[:, None] * squares)).astype(np.float32)
    return float((np.argsort(-cosines, axis=1, kind="stable")[:, :K] == rows[sample]).mean())


def compare(case: str, sizes: tuple[int, int, int], part: int | None, rounds: int) -> dict[str, Any]:
    """All sides in turn, each in a fresh process."""
    sides = [side for side in SIDES if side != "faiss" or find_spec("faiss")]
    best: dict[str, dict[str, float]] = {}
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    with tempfile.TemporaryDirectory() as folder:
        files = {side: Path(folder) / f"{side}.npz" for side in sides}
        for _ in range(rounds):
            for side in sides:
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.retrieval",
                    "--side",
                    side,
                    "--cases",
                    case,
                    "--size",
                    *map(str, sizes),
                    "--out",
                    str(files[side]),
                ]
                command += ["--slice", str(part)] if part else []
                done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
                found = json.loads(done.stdout.splitlines()[-1])
                best[side] = min(best.get(side, found), found, key=lambda reading: reading["seconds"])
        agreement: dict[str, float] = {"float64": best["ours"]["exact"]}
        if "faiss" in best:
            ours, theirs = (np.load(files[side]) for side in ("ours", "faiss"))
            agreement["faiss"] = float(
                np.mean(np.concatenate([(np.sort(ours[way]) == np.sort(theirs[way])).all(axis=1) for way in ("forward", "backward")]))
            )
    ours_seconds = best["ours"]["seconds"]
    return {
        "benchmark": "retrieval",
        "machine": machine(),
        "case": "/".join((case, "x".join(map(str, sizes)), *([f"slice {part}"] if part else []))),
        "ours": round(ours_seconds, 3),
        "faiss": round(best["faiss"]["seconds"], 3) if "faiss" in best else "not installed",
        "ratio": round(best["faiss"]["seconds"] / ours_seconds, 3) if "faiss" in best else None,
        "agreement": agreement,
        "peak_bytes": best["ours"]["bytes"],
        "faiss_peak_bytes": best["faiss"]["bytes"] if "faiss" in best else None,
        "of_product": round(best["product"]["seconds"] / ours_seconds, 3),
    }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs=3, default=(8000, 8000, 768), metavar=("N", "M", "WIDTH"))
    parser.add_argument("--slice", type=int, help="search for the first so many of the N rows alone")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    n, m, width = given.size
    if given.side:
        one(given.side, given.cases[0], (n, m, width), given.slice, given.out)
        return
    if not find_spec("faiss"):
        print("faiss is not installed (pip install faiss-cpu): ours alone", file=sys.stderr)
    for case in given.cases:
        print(json.dumps(compare(case, (n, m, width), given.slice, given.rounds)), flush=True)


if __name__ == "__main__":
    main()
