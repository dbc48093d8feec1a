"""Ours beside Trainer: every side of every case in a process of its own, in turn, several times over; a line of JSON a case and peer."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.cases import Case, Reading, Stage
from benchmarks.machine import machine
from benchmarks.side import CEILING, MANNERS, OURS, read
from benchmarks.workloads import SHAPES, WORKLOADS
from stiltsreport.execute.executors.local import ENVIRONMENT
from stiltsreport.plan.precision import resolved_precision

ROOT = Path(__file__).parent.parent
TITLES = {
    "script": "Trainer, as its scripts",
    "dynamic": "Trainer, same batches",
    "grouped": "Trainer at its best",
    "autocast": "Trainer, sorted, float32 weights",
    "options": "Trainer, grouped by its option",
}
GPU_TOKENS = (1280, 5600)
QUICK = 2  # steps, and examples, of --quick


@dataclass(frozen=True)
class Amounts:
    """Steps or examples of a case by shape, on a CPU and on a GPU, and how many come before the clock starts."""

    cpu: dict[str, int]
    gpu: int
    warm_cpu: int
    warm_gpu: int


def cases(given: argparse.Namespace, stage: Stage, amounts: Amounts) -> Iterator[Case]:
    """Every case that was asked for."""
    cuda = given.device.startswith("cuda")
    if given.quick:
        extra = 1 if stage == "training" else QUICK
        yield Case(stage, "tiny", "pairs", "float32", given.device, QUICK + extra, extra)
        return
    shapes = given.shapes or (["base", "large", "xl"] if cuda else ["embedded", "small", "base"])
    low = resolved_precision(given.device) == "bfloat16"
    precisions = given.precisions or (["bfloat16"] if cuda else ["float32", "bfloat16"] if low else ["float32"])
    for shape in shapes:
        for workload in given.workloads or WORKLOADS:
            for precision in precisions:
                for tokens in given.tokens or (GPU_TOKENS if cuda else (None,)):
                    warm = amounts.warm_gpu if cuda else amounts.warm_cpu
                    amount = given.steps or (amounts.gpu if cuda else amounts.cpu[shape])
                    yield Case(stage, shape, workload, precision, given.device, amount + (warm if stage == "training" else 0), warm, tokens)


def readings(case: Case, rounds: int, manners: Sequence[str], *, together: bool = False) -> dict[str, Reading | float | str]:
    """The best of several rounds of each side, the sides in turn; the ceiling; words where a side failed.

    `together`: Trainer and we in this process, which imports torch once; their memory is then that of all.
    """
    manners = [manner for manner in manners if manner not in _same_as_others(case)]
    found: dict[str, Reading | float | str] = {}
    for _ in range(rounds):
        for side in (CEILING, OURS, *manners):
            made = read(side, case) if together and side != CEILING else _run(side, case)
            seen = _reading(side, made)
            known = found.get(side)
            if isinstance(seen, str) or known is None or isinstance(known, str):
                found[side] = seen if known is None or isinstance(seen, str) else known
            elif isinstance(seen, Reading) and isinstance(known, Reading):
                faster = max(seen, known, key=lambda reading: reading.tokens_per_second)
                found[side] = replace(faster, peak_bytes=min(seen.peak_bytes, known.peak_bytes))
            elif isinstance(seen, float) and isinstance(known, float):
                found[side] = max(seen, known)
    return found


def _same_as_others(case: Case) -> tuple[str, ...]:
    if case.stage == "training":
        return ("autocast", "options")
    return ("autocast",) if case.precision == "float32" else ()


def _run(side: str, case: Case) -> dict[str, Any] | str:
    """One side in a fresh process with the settings of our workers: its values, or the last line of what went wrong."""
    if side == "script" and not case.device.startswith("cuda"):
        case = replace(case, precision="float32")  # what the scripts use unless told otherwise; on a GPU they get bfloat16 too
    environment = {**os.environ, **ENVIRONMENT, "HF_HUB_OFFLINE": "1"}
    if case.device.startswith("cuda"):
        environment.setdefault("CUDA_VISIBLE_DEVICES", "0")  # Trainer would spread over all it sees
    command = [sys.executable, "-m", "benchmarks.side", side, json.dumps(case.as_json())]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return lines[-1] if lines else f"ended with {done.returncode}"
    values: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return values


def _reading(side: str, values: dict[str, Any] | str) -> Reading | float | str:
    if isinstance(values, str):
        return values
    return float(values["flops"]) if side == CEILING else Reading(**values)


def lines(case: Case, found: dict[str, Reading | float | str], rounds: int) -> Iterator[dict[str, Any]]:
    """A line for each peer. What could not be read is None, with the reason in `failed`."""
    ceiling = found.get(CEILING)
    ours = found.get(OURS)
    for manner in MANNERS:
        if manner not in found:
            continue
        peer = found[manner]
        failed = {name: value for name, value in ((OURS, ours), (manner, peer), (CEILING, ceiling)) if isinstance(value, str)}
        both = isinstance(ours, Reading) and isinstance(peer, Reading)
        precision = "float32" if manner == "script" and not case.device.startswith("cuda") else case.precision
        yield {
            "benchmark": case.stage,
            "case": case.name,
            "side": OURS,
            "peer": TITLES[manner],
            "shape": case.shape,
            "workload": case.workload,
            "precision": case.precision,
            "peer_precision": precision,
            "device": case.device,
            "clock": ours.clock if isinstance(ours, Reading) else None,
            "tokens_per_second": _of(ours, "tokens_per_second"),
            "peer_tokens_per_second": _of(peer, "tokens_per_second"),
            "ratio": ours.tokens_per_second / peer.tokens_per_second if both else None,  # type: ignore[union-attr]
            "mfu": _utilisation(case, ours, ceiling),
            "peer_mfu": _utilisation(case, peer, ceiling) if precision == case.precision else None,
            "tokens_per_step": _of(ours, "tokens_per_step"),
            "peer_padding": _of(peer, "padding"),
            "peak_bytes": _of(ours, "peak_bytes"),
            "peer_peak_bytes": _of(peer, "peak_bytes"),
            "ceiling_flops": ceiling if isinstance(ceiling, float) else None,
            "amount": case.amount - case.warm if case.stage == "training" else case.amount,
            "rounds": rounds,
            "machine": machine(case.device),
            **({"failed": failed} if failed else {}),
        }


def _of(reading: Reading | float | str | None, name: str) -> Any:
    return getattr(reading, name) if isinstance(reading, Reading) else None


def _utilisation(case: Case, reading: Reading | float | str | None, ceiling: Reading | float | str | None) -> float | None:
    """Model-FLOPs utilisation: real tokens alone, N without embeddings, against the measured products."""
    if not isinstance(reading, Reading) or not isinstance(ceiling, float):
        return None
    return reading.tokens_per_second * case.sizes.flops(reading.context, training=case.stage == "training") / ceiling


def table(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The lines for a reader."""
    measured = f"{'ours tok/s':>12}{'peer':>12}{'ratio':>8}{'MFU':>7}{'peer':>7}{'T':>7}{'padding':>9}{'GB':>7}{'peer':>7}"
    yield f"{'case':<30}{'peer':<34}{measured}"
    for line in found:
        numbers = (
            f"{_shown(line['tokens_per_second'], ',.0f'):>12}{_shown(line['peer_tokens_per_second'], ',.0f'):>12}"
            f"{_shown(line['ratio'], '.2f'):>8}{_shown(line['mfu'], '.0%'):>7}{_shown(line['peer_mfu'], '.0%'):>7}"
            f"{_shown(line['tokens_per_step'], ',.0f'):>7}{_shown(line['peer_padding'], '.2f'):>9}"
            f"{_shown(line['peak_bytes'], '.2f', 1e9):>7}{_shown(line['peer_peak_bytes'], '.2f', 1e9):>7}"
        )
        yield f"{line['case']:<30}{line['peer']:<34}{numbers}" + "".join(f"  {side}: {why}" for side, why in line.get("failed", {}).items())


def _shown(value: float | None, form: str, unit: float = 1.0) -> str:
    return "?" if value is None else format(value / unit, form)


def run(stage: Stage, amounts: Amounts, description: str) -> None:
    """The command line of a benchmark."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    shapes = [name for name in SHAPES if not name.startswith("tiny")]
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--shapes", nargs="+", choices=shapes, help="default: embedded small base; on a GPU base large xl")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, help="default: all")
    parser.add_argument("--precisions", nargs="+", choices=("float32", "bfloat16"), help="default: what the processor gains by")
    parser.add_argument("--peers", nargs="+", choices=MANNERS, default=list(MANNERS), help="default: all")
    parser.add_argument("--rounds", type=int, default=2, help="of which the best counts (default: 2)")
    parser.add_argument("--steps", type=int, help="steps, or examples of an evaluation; default: by shape")
    parser.add_argument(
        "--tokens", type=int, nargs="+", help="tokens a step, by more examples; default: the workload's own; on a GPU 1280 5600"
    )
    parser.add_argument("--quick", action="store_true", help="a tiny shape and two steps: whether it runs, not how fast")
    given = parser.parse_args()
    printed = []
    rounds = 1 if given.quick else given.rounds
    for case in cases(given, stage, amounts):
        for line in lines(case, readings(case, rounds, given.peers, together=given.quick), rounds):
            print(json.dumps(line), flush=True)
            printed.append(line)
    print("\n".join(table(printed)), file=sys.stderr)
