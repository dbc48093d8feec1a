"""Peak memory of real trainings against what `plan` predicts: `python -m benchmarks.memory`; with `--device cuda` the cases of a GPU.

`--dry` takes a GPU's cases on a CPU, each with a tiny shape of its family, as it would run there: whether the script ends well is known
before a GPU is paid for. Figures of it mean nothing.

Each case trains an encoder with random weights in a process of its own, with the settings of a worker's environment, and tells its peak: of
resident memory on a CPU, counted from the training's beginning; of what is allocated on a GPU. A model too large to draw has weights of 0,
which take as much room.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import machine
from benchmarks.workloads import SHAPES, WORKLOADS, Shape, rows_of
from stiltsreport.adaptation import Adaptation
from stiltsreport.execute.executors.local import ENVIRONMENT
from stiltsreport.memory import CPU_TOKENS, GPU_TOKENS, Setting, footprint
from stiltsreport.memory.footprint import GPU_RUNTIME
from stiltsreport.model_arithmetic import architecture

SEED = 1
ADAPTATIONS = {
    "full": Adaptation(), "lora": Adaptation("lora"), "dora": Adaptation("dora"), "qlora": Adaptation("lora", bits=4),
    "frozen": Adaptation("frozen"),
}  # fmt: skip
_TOO_LARGE = 2e9  # weights


@dataclass(frozen=True)
class MemoryCase:
    """One training. `tokens`: about so many a step, None: the workload's own. `recompute` as in a recipe."""

    shape: str
    workload: str
    precision: Literal["float32", "bfloat16"]
    adaptation: str = "full"
    optimizer: Literal["adamw", "adamw-8bit"] = "adamw"
    tokens: int | None = None
    recompute: Literal["auto", "always", "never"] = "auto"
    device: str = "cpu"
    steps: int = 3

    @property
    def name(self) -> str:
        """All that tells it from the others, with slashes."""
        extra = [f"T{self.tokens}"] if self.tokens else []
        extra += ["recompute"] if self.recompute == "always" else []
        extra += [self.optimizer] if self.optimizer != "adamw" else []
        return "/".join((self.shape, self.workload, self.precision, self.adaptation, *extra))


CPU_CASES = (
    *(MemoryCase(shape, work, kind) for shape in ("small", "base") for work in ("pairs", "qa") for kind in ("float32", "bfloat16")),
    *(MemoryCase("embedded", "pairs", kind) for kind in ("float32", "bfloat16")),
    MemoryCase("small", "pairs", "bfloat16", tokens=5_600),
    MemoryCase("small", "qa", "float32", recompute="always"),
    MemoryCase("small", "pairs", "float32", optimizer="adamw-8bit"),
    *(MemoryCase("base", "pairs", kind, "lora") for kind in ("float32", "bfloat16")),
    MemoryCase("small", "qa", "float32", "dora"),
    MemoryCase("small", "qa", "float32", "frozen"),
)
GPU_CASES = (
    *(MemoryCase(shape, "pairs", "bfloat16", tokens=5_600, device="cuda") for shape in ("base", "large", "xl")),
    MemoryCase("xl", "pairs", "bfloat16", tokens=5_600, recompute="always", device="cuda"),
    MemoryCase("xxl", "pairs", "bfloat16", "full", "adamw-8bit", tokens=5_600, device="cuda", steps=20),
    *(MemoryCase(shape, "pairs", "bfloat16", "lora", tokens=5_600, device="cuda", steps=20) for shape in ("large", "xl", "xxl")),
    MemoryCase("qwen3-14b", "pairs", "bfloat16", "qlora", tokens=5_600, device="cuda", steps=20),
)


def dry(case: MemoryCase) -> MemoryCase:
    """The case with a tiny shape of its family, in steps of few tokens, on a CPU."""
    shape = next(one.name for one in SHAPES.values() if one.name.startswith("tiny") and one.family == SHAPES[case.shape].family)
    return replace(case, shape=shape, tokens=case.tokens and 400, device="cpu", steps=min(case.steps, 4))


def line(case: MemoryCase) -> dict[str, Any]:
    """A case measured in a process of its own, beside what is predicted; bytes."""
    command = [sys.executable, "-m", "benchmarks.memory", "--one", json.dumps(asdict(case))]
    done = subprocess.run(command, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return {"benchmark": "memory", "case": case.name, "failed": {"ours": lines[-1] if lines else f"exit {done.returncode}"}}
    read = json.loads(done.stdout.splitlines()[-1])
    return {"benchmark": "memory", "case": case.name, **read, "ratio": read["predicted_bytes"] / read["measured_bytes"]}


def measured(case: MemoryCase) -> dict[str, Any]:
    """Train here, and read the peak; tokens a second after the first step, and the share of the device's own products that they are."""
    import torch

    from benchmarks.own_side import SEEDS, classes_of, encoded
    from stiltsreport.execute.machine import forget_peak
    from stiltsreport.modeling.device_speed import products_per_second
    from stiltsreport.modeling.efficiency import peak_bytes
    from stiltsreport.modeling.finetune import finetune
    from stiltsreport.modeling.inference import cut_for
    from stiltsreport.modeling.training_part import TrainingPart
    from stiltsreport.plan.roofline import training_flops
    from stiltsreport.recipes import Protocol, Recipe

    torch.set_num_threads(1)
    shape, work, device = SHAPES[case.shape], WORKLOADS[case.workload], torch.device(case.device)
    work = work.with_tokens(case.tokens) if case.tokens else work
    rows = rows_of(work, shape, case.steps * work.batch, SEED, classes_of(work))
    data, encoder, adaptation = encoded(rows, work), _encoder(shape), ADAPTATIONS[case.adaptation]
    recipe = Recipe(
        batch_size=work.batch, steps=case.steps, max_length=work.cap, dropout=0.1, selection="last", evaluations=1,
        precision=case.precision, optimizer=case.optimizer, recompute=case.recompute,
        trained="head" if case.adaptation == "frozen" else "all",
    )  # fmt: skip
    told: list[tuple[float, int]] = []
    forget_peak(case.device)
    part = TrainingPart(work.name, (data,), None, recipe, Protocol(precision=case.precision))
    done = finetune(
        encoder, [part], recipe, SEEDS, device, lambda step, _: told.append((time.perf_counter(), step.tokens)), adaptation=adaptation
    )  # fmt: skip
    peak = peak_bytes(device)
    lengths = np.array([len(row.ids) for row in rows], dtype=float)
    context = float((lengths**2).sum() / lengths.sum())
    most = GPU_TOKENS if device.type == "cuda" else CPU_TOKENS[case.precision]
    batches = lengths.reshape(case.steps, work.batch)
    sizes = architecture(shape.config().to_dict())
    speed = sum(tokens for _, tokens in told[1:]) / max(told[-1][0] - told[0][0], 1e-9)
    flops = training_flops(sizes, adaptation, context, whole=case.adaptation != "frozen")
    return {
        "measured_bytes": peak,
        "predicted_bytes": predicted(case, batches, len(cut_for(encoder, data.features).ids), most),
        "tokens_per_step": sum(step.tokens for step in done.curve) / case.steps,
        **(
            {"tokens_per_second": speed, "mfu": speed * flops / products_per_second(device, case.precision)} if case.device != "cpu" else {}
        ),
    }


def predicted(case: MemoryCase, batches: NDArray[np.float64], rows: int, most: int) -> float:
    """The arithmetic, for the largest of these batches (steps, lengths) in pieces of `most` tokens, and so many rows of the table.

    A piece holds examples of about one length: the longest attend to most.
    """
    gpu = case.device != "cpu"
    tokens = int(batches.sum(1).max())
    longest = [row[np.cumsum(row) - row < most] for row in -np.sort(-batches, axis=1)]
    context = max(float((row**2).sum() / row.sum()) for row in longest)
    setting = Setting(
        gpu=gpu, half=case.precision == "bfloat16", tokens=min(tokens, most), context=context, adaptation=ADAPTATIONS[case.adaptation],
        optimizer=case.optimizer, rows=rows, recompute=case.recompute == "always", keeps_best=False, accumulates=tokens > most,
    )  # fmt: skip
    found = footprint(architecture(SHAPES[case.shape].config().to_dict()), setting).peak
    return found - GPU_RUNTIME if gpu else found  # a GPU's context is not what is allocated


def _encoder(shape: Shape) -> Any:
    import torch
    import transformers

    from benchmarks.own_side import Tokenizer, random_encoder
    from stiltsreport.modeling.encoder import Encoder, embedding_name
    from stiltsreport.modeling.vocabulary import EmbeddingTable

    config = shape.config()
    if architecture(config.to_dict()).parameters < _TOO_LARGE and not shape.name.startswith("tiny-"):  # what stands for a large one
        return random_encoder(shape)
    with torch.device("meta"):
        base: Any = transformers.AutoModel.from_config(config, dtype=torch.bfloat16)
    table = embedding_name(base)
    state = {name: torch.zeros(value.shape, dtype=torch.bfloat16) for name, value in base.state_dict().items() if "pooler" not in name}
    return Encoder(shape.name, config, Tokenizer(), state, EmbeddingTable.untouched(state.pop(table)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--cases", default="", help="those whose name holds this text")
    parser.add_argument("--dry", action="store_true", help="the cases of a GPU with tiny shapes on a CPU: whether they run")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(MemoryCase(**json.loads(given.one)))))
    else:
        where = machine(given.device)
        for one in GPU_CASES if given.dry or given.device != "cpu" else CPU_CASES:
            if given.cases in one.name:
                told = {"case": one.name, "dry": True, "benchmark": "memory"} if given.dry else {}
                print(json.dumps({**line(dry(one) if given.dry else one), **told, "machine": where}), flush=True)
