"""Trainings in several processes, for tests: started as a module, each process takes part in every case of a list, and says what came out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from stiltsreport.modeling.distributed.choice import Sharding
from stiltsreport.modeling.distributed.peers import Peers, joined
from stiltsreport.modeling.distributed.sharding import gathered
from stiltsreport.modeling.finetune import Finetuned
from stiltsreport.modeling.interruption import Interrupted, Interruption
from stiltsreport.modeling.state_keeper import StateKeeper
from tests.modeling.resuming import CASES, CPU, IDENTITY, outcome, train
from tests.modeling.small import loaded

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """A case with recipe entries of its own; `stop` after that step and leave the state `state`, or go on with the one that is there.

    `model`: another one than the case's.
    """

    name: str
    case: str
    sharding: Sharding = "none"
    entries: tuple[tuple[str, Any], ...] = ()
    stop: int | None = None
    state: str = ""
    model: str = ""


def take(run: Run, models: Path, folder: Path, peers: Peers) -> Finetuned | None:
    """The training; None where it was stopped."""
    case = CASES[run.case]
    case = replace(case, entries={**case.entries, **dict(run.entries)}, model=run.model or case.model)
    interruption = Interruption()
    keeper = StateKeeper(folder / run.state, IDENTITY, "processes", interruption=interruption, peers=peers) if run.state else None

    def listen(taken: Any, _total: int) -> None:
        if taken.number == run.stop and peers.rank == peers.size - 1:  # one of them is asked, and all are to end
            interruption.ask()

    try:
        return train(case, loaded(models / case.model), keeper, listen, CPU, peers=peers, sharding=run.sharding)
    except Interrupted:
        return None


def main(rank: int, size: int, models: str, folder: str) -> None:
    """Take part in the runs of runs.json; one file of tensors and one of numbers a run and process."""
    torch.set_num_threads(1)
    into = Path(folder)
    runs = [Run(**run) for run in json.loads((into / "runs.json").read_text(encoding="utf-8"))]
    with joined(rank, size, into / "meeting", CPU) as peers:
        for run in runs:
            found = take(run, Path(models), into, peers)
            if found is None:
                continue
            with gathered(found.model):
                write(found, into / f"{run.name}-{rank}")


def write(found: Finetuned, stem: Path) -> None:
    """The weights that a training handed on, and all that is known of it."""
    table = found.encoder.table
    tensors = {**found.encoder.weights, "rows": table.rows, **{f"head {name}": value for name, value in found.head.items()}}
    save_file({name: value.contiguous().clone() for name, value in tensors.items()}, f"{stem}.safetensors")
    told = outcome(found) | {"resumed": [asdict(one) for one in found.resumed], "smaller": found.smaller}
    Path(f"{stem}.json").write_text(json.dumps(told), encoding="utf-8")


def start(runs: Sequence[Run], size: int, models: Path, folder: Path) -> None:
    """Let that many processes take the runs; raises where one fails."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "runs.json").write_text(json.dumps([asdict(run) for run in runs]), encoding="utf-8")
    (folder / "meeting").unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.modeling.distributing"]
    processes = [
        subprocess.Popen([*command, str(rank), str(size), str(models), str(folder)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for rank in range(size)
    ]
    said = [process.communicate(timeout=500)[1] for process in processes]
    failed = [text for process, text in zip(processes, said, strict=True) if process.returncode]
    assert not failed, "\n".join(failed)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
