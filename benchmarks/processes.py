"""One training in several processes: tokens a second and peak memory, with a copy of the model each or with its layers in parts.

    python -m benchmarks.processes --quick                                         whether it runs, on two cores
    python -m benchmarks.processes --device cuda --shapes large xl --processes 1 2 4 8

A line of JSON a case on the standard output. `speedup` and `largest_difference` of any step's loss are against the first case of the same
shape, workload and precision, which is one process where that is among them; `peak_bytes` is that of the process that takes most.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.cases import SEED, Case, clock
from benchmarks.machine import machine
from benchmarks.own_side import SEEDS, classes_of, encoded, random_encoder, recipe_of
from benchmarks.workloads import SHAPES, WORKLOADS, rows_of
from stiltsreport.execute.executors.local import ENVIRONMENT
from stiltsreport.execute.processes import device_of
from stiltsreport.modeling.distributed.peers import joined
from stiltsreport.modeling.efficiency import peak_bytes
from stiltsreport.modeling.finetune import finetune
from stiltsreport.modeling.loop import Step
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.recipes import Protocol


@dataclass(frozen=True)
class Together:
    """A case taken by so many processes; `offload`: with the layers in the host's memory."""

    case: dict[str, Any]
    processes: int
    sharding: str
    offload: str = "none"


def take(rank: int, together: Together, meeting: Path) -> dict[str, Any] | None:
    """One process's part; what the first has read off."""
    case = Case(**together.case)
    work, device = case.work, torch.device(device_of(case.device, rank))
    rows = rows_of(work, case.sizes, case.amount * work.batch, SEED, classes_of(work))
    recipe = replace(recipe_of(case), offload=together.offload)
    part = TrainingPart(work.name, (encoded(rows, work),), None, recipe, Protocol(precision=case.precision))
    now = clock(case.device) if device.type == "cuda" else time.perf_counter  # what processes wait for each other counts
    told: list[tuple[float, int, float]] = []
    with joined(rank, together.processes, meeting, device) as peers:

        def listen(step: Step, _total: int) -> None:
            told.append((now(), step.tokens, step.loss))

        finetune(random_encoder(case.sizes), [part], recipe, SEEDS, device, listen, peers=peers, sharding=together.sharding)
        peak = int(peers.largest(peak_bytes(device)))
    tokens, seconds = sum(count for _, count, _ in told[case.warm :]), told[-1][0] - told[case.warm - 1][0]
    return {"tokens_per_second": tokens / seconds, "peak_bytes": peak, "losses": [loss for *_, loss in told]} if peers.leads else None


def read(together: Together) -> dict[str, Any]:
    """Start the processes and wait for all of them. Raises RuntimeError with what they said where one fails."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.processes", "--part", json.dumps(asdict(together)), "--meeting", f"{folder}/meeting"]
        started = [
            subprocess.Popen(
                [*command, "--rank", str(rank)], env=os.environ | ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for rank in range(together.processes)
        ]
        said = [process.communicate() for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("\n".join(errors for _, errors in said))
    return dict(json.loads(said[0][0]))


def cases(options: argparse.Namespace) -> Iterator[Together]:
    """By shape and workload: all numbers of processes, with copies and with parts."""
    for shape in options.shapes:
        for workload in options.workloads:
            case = Case("training", shape, workload, options.precision, options.device, options.steps, options.warm, options.tokens)
            for count in options.processes:
                for sharding in options.sharding if count > 1 else ["none"]:
                    yield Together(asdict(case), count, sharding, options.offload)


def main() -> None:
    """Read the arguments; print a line a case, as soon as it is there."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--shapes", nargs="+", default=["base"], choices=SHAPES)
    asked.add_argument("--workloads", nargs="+", default=["pairs"], choices=WORKLOADS)
    asked.add_argument("--precision", default="bfloat16", choices=["float32", "bfloat16"])
    asked.add_argument("--device", default="cpu")
    asked.add_argument("--processes", nargs="+", type=int, default=[1, 2])
    asked.add_argument("--sharding", nargs="+", default=["none", "full"], choices=["none", "full"])
    asked.add_argument("--offload", default="none", choices=["none", "cpu"])
    asked.add_argument("--steps", type=int, default=20)
    asked.add_argument("--warm", type=int, default=4)
    asked.add_argument("--tokens", type=int, help="about so many a step")
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--part", help=argparse.SUPPRESS)
    asked.add_argument("--rank", type=int, help=argparse.SUPPRESS)
    asked.add_argument("--meeting", type=Path, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.part:
        torch.set_num_threads(1)
        found = take(options.rank, Together(**json.loads(options.part)), options.meeting)
        if found is not None:
            print(json.dumps(found))
        return
    if options.quick:
        options.shapes, options.steps, options.warm, options.precision = ["tiny"], 6, 2, "float32"
    first: dict[str, dict[str, Any]] = {}
    for together in cases(options):
        found = read(together)
        before, losses = first.setdefault(Case(**together.case).name, dict(found)), found.pop("losses")
        differences = [abs(ours - theirs) / abs(theirs) for ours, theirs in zip(losses, before["losses"], strict=True)]
        line = {
            "benchmark": "processes", "case": Case(**together.case).name, "processes": together.processes, "sharding": together.sharding,
            "offload": together.offload, **found, "speedup": found["tokens_per_second"] / before["tokens_per_second"],
            "largest_difference": max(differences), "machine": machine(options.device),
        }  # fmt: skip
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
