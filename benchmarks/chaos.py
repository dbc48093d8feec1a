"""A study whose processes are killed by the dozen, beside the same study left in peace: what both end with is compared byte by byte.

    python -m benchmarks.chaos --kills 50

The encoder is tiny and random, the data are generated. Kills are SIGKILL and come at random moments, evenly over the work: of one worker,
of the build's own process, or of all its processes at once (a node that is lost). A build that has ended with failures, or was killed, is
begun anew by the same command. Then scores.jsonl, comparisons.jsonl and every artifact are compared; of records all but times, costs,
machine and the resumptions themselves. Tables are compared once both stores say that everything cost the same. One line of JSON; exit 1
where anything differs that may not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from tests.faults.artifacts import contents, level, resumptions
from tests.tiny import make_tiny_data, make_tiny_model

ROOT = Path(__file__).resolve().parents[1]
STUDY = """\
title: Chaos
models: [{model}]
intermediate: [hellaswag, {{name: both, tasks: [hellaswag, squad]}}]
target:
  - {{task: xnli, languages: [en, de, sw], train: snli}}
  - {{task: udpos, languages: [en, de]}}
  - {{task: tatoeba, languages: [de]}}
seeds: {seeds}
variants: [plain, {{robust: rs-rp}}]
recipes:
  intermediate: {{learning_rate: 1e-3, batch_size: 8, epochs: {epochs}, evaluations: 3, max_length: 64, document_stride: 16}}
  target: {{base: xstilts-target, learning_rate: 1e-3, batch_size: 8, epochs: {epochs}, evaluations: 3, max_length: 64}}
execution: {{checkpoint_minutes: {minutes}}}
report: {{formats: [html, latex]}}
"""
REPORT = Path("reports") / "chaos"
KINDS = ("worker", "worker", "worker", "main", "all")


@dataclass
class Chaos:
    """The study that is disturbed, and what was done to it."""

    folder: Path
    generator: random.Random
    wanted: int
    kills: Counter[str] = field(default_factory=Counter)
    builds: int = 0

    def run(self, study: Path, jobs: int) -> int:
        """Build until it is done; the last exit code."""
        while True:
            self.builds += 1
            process = start(study, self.folder)
            while process.poll() is None:
                self._wait(process, jobs)
                if process.poll() is None and self.kills.total() < self.wanted:
                    self._kill(process)
            if process.returncode == 0:
                return 0
            if process.returncode > 0 and self.kills.total() >= self.wanted:
                return process.returncode  # nothing was killed this time

    def _wait(self, process: subprocess.Popen[bytes], jobs: int) -> None:
        """Until the next kill: sooner where the work is ahead of the kills."""
        stored = sum(1 for kind in ("trainings", "evaluations") for _ in (self.folder / "store" / kind).glob("*/*"))
        behind = self.kills.total() / self.wanted <= stored / jobs
        deadline = time.monotonic() + self.generator.uniform(0.0, 3.0 if behind else 15.0)
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        kind = self.generator.choice(KINDS)
        workers = workers_of(process.pid)
        if kind == "worker" and workers:
            os.kill(self.generator.choice(workers), signal.SIGKILL)
        elif kind == "main":
            process.kill()
        elif kind == "all":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            return
        self.kills[kind] += 1
        if kind != "worker":
            process.wait()
            while workers_of(process.pid):  # a worker whose build is gone saves what it is at
                time.sleep(0.02)


def start(study: Path, folder: Path) -> subprocess.Popen[bytes]:
    """The build."""
    return stiltsreport("build", study, folder, "--device", "cpu", "--workers", "2", "--offline")


def stiltsreport(name: str, study: Path, folder: Path, *more: str) -> subprocess.Popen[bytes]:
    """A command with everything inside the folder, in a process group of its own."""
    places = ["--store", str(folder / "store"), "--reports", str(folder / "reports"), "--data", str(study.parent / "data")]
    command = [sys.executable, "-m", "stiltsreport", name, str(study), *places, *more, "-q"]
    folder.mkdir(exist_ok=True)
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)


def workers_of(group: int) -> list[int]:
    """Living workers of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                command = (entry / "cmdline").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z" and "spawn_main" in command:
                found.append(int(entry.name))
    return sorted(found)


def differences(one: Path, other: Path, study: Path) -> Iterator[str]:
    """What differs between two builds and may not: artifacts, results as they were written, and tables once both have cost the same."""
    first, second = contents(one / "store"), contents(other / "store")
    yield from sorted(first.keys() ^ second.keys())
    yield from sorted(name for name in first.keys() & second.keys() if first[name] != second[name])
    for name in ("scores.jsonl", "comparisons.jsonl"):
        if (one / REPORT / name).read_bytes() != (other / REPORT / name).read_bytes():
            yield name
    levelled = []
    for folder in (one, other):
        level(folder / "store", folder / "level" / "store")
        if stiltsreport("report", study, folder / "level").wait():
            yield f"no report on {folder}"
            return
        levelled.append(folder / "level" / REPORT / "tables")
    tables = sorted({file.name for folder in levelled for file in folder.iterdir()})
    yield from (name for name in tables if _bytes(levelled[0] / name) != _bytes(levelled[1] / name))


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def main(given: argparse.Namespace) -> int:
    """Build both, compare, and say."""
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        folder = Path(scratch)
        model, _ = make_tiny_model(folder / "tiny"), make_tiny_data(folder / "data")
        seeds = list(range(1, given.seeds + 1))
        study = folder / "chaos.yaml"
        study.write_text(STUDY.format(model=model, seeds=seeds, epochs=given.epochs, minutes=given.seconds / 60), encoding="utf-8")
        for name in ("peace", "chaos"):
            (folder / name).mkdir()
        began = time.perf_counter()
        if (code := start(study, folder / "peace").wait()) != 0:
            print((folder / "peace" / "log.txt").read_text(encoding="utf-8"), file=sys.stderr)
            return code
        peace = time.perf_counter() - began
        jobs = sum(1 for kind in ("trainings", "evaluations") for _ in (folder / "peace" / "store" / kind).glob("*/*"))
        chaos = Chaos(folder / "chaos", random.Random(given.seed), given.kills)
        began = time.perf_counter()
        code = chaos.run(study, jobs)
        line = _line(folder, chaos, jobs, peace, time.perf_counter() - began, code)
        print(json.dumps(line), flush=True)
        if line["differing"] or code:
            print((folder / "chaos" / "log.txt").read_text(encoding="utf-8")[-4000:], file=sys.stderr)
        return 1 if line["differing"] else code


def _line(folder: Path, chaos: Chaos, jobs: int, peace: float, seconds: float, code: int) -> dict[str, Any]:
    differing: Sequence[str] = list(differences(folder / "chaos", folder / "peace", folder / "chaos.yaml"))
    log = (folder / "chaos" / "log.txt").read_text(encoding="utf-8")
    store = folder / "chaos" / "store"
    return {
        "benchmark": "chaos",
        "case": "kill -9",
        "jobs": jobs,
        "kills": chaos.kills.total(),
        "of workers": chaos.kills["worker"],
        "of builds": chaos.kills["main"],
        "of all at once": chaos.kills["all"],
        "builds": chaos.builds,
        "resumptions": len(resumptions(store)),
        "started over": log.count("starts over"),
        "files compared": len(contents(store)),
        "tables": len(list((folder / "chaos" / REPORT / "tables").glob("*.tex"))),
        "differing": list(differing),
        "left in attempts": len(list((store / "attempts").iterdir())),
        "exit code": code,
        "seconds": seconds,
        "seconds in peace": peace,
        "machine": machine(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=2, help="of the study (default: 2)")
    parser.add_argument("--epochs", type=int, default=200, help="of every training, of three steps each (default: 200)")
    parser.add_argument("--seconds", type=float, default=0.3, help="between two states of a training (default: 0.3)")
    parser.add_argument("--seed", type=int, default=1, help="of the kills (default: 1)")
    parser.add_argument("--folder", type=Path, help="where the stores lie (default: the system's folder of temporary files)")
    sys.exit(main(parser.parse_args()))
