"""Trainings of every sort, small: taken straight, or stopped after some steps and gone on with by another process (run as a module)."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.methods import PROPORTIONAL, Perturbation
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.finetune import Finetuned, finetune
from stiltsreport.modeling.interruption import Interrupted, Interruption
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.state_keeper import StateKeeper
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.recipes import Protocol, Recipe
from tests.modeling.small import encoded, loaded, texts

CPU = torch.device("cpu")
SEEDS = Seeds(1, "target", ("fingerprint",))
RECIPE = Recipe(
    learning_rate=2e-3, batch_size=8, epochs=3, max_length=48, document_stride=16, query_length=24, passage_length=24,
    warmup=0.2, weight_decay=0.1, evaluations=3, dropout=0.2,
)  # fmt: skip
IDENTITY = {"job": "a", "torch": torch.__version__}


@dataclass(frozen=True)
class Case:
    """A training on parts of these kinds, with recipe entries of its own, stopped behind step `stop`."""

    kinds: tuple[str, ...]
    stop: int = 4
    entries: dict[str, Any] = field(default_factory=dict)
    model: str = "bert"
    dev: bool = True
    perturbation: Perturbation | None = None
    adaptation: Adaptation = FULL


_PAIRS = ("sequence_classification",)
CASES = {
    "sequence_classification": Case(_PAIRS),
    "multiple_choice": Case(("multiple_choice",)),
    "token_classification": Case(("token_classification",)),
    "question_answering": Case(("question_answering",)),
    "dual_encoder": Case(("dual_encoder",)),
    "masked_language_modelling": Case(("mlm",), dev=False, entries={"steps": 8}),
    "mixture": Case(("sequence_classification", "token_classification", "mlm"), stop=7, entries={"steps": 16}),
    "padded": Case(_PAIRS, model="electra"),
    "bfloat16": Case(_PAIRS, entries={"precision": "bfloat16"}),
    "bfloat16 padded": Case(_PAIRS, model="electra", entries={"precision": "bfloat16"}),
    "adversarial": Case(_PAIRS, perturbation=Perturbation("adv", radius=0.3, steps=2, step_size=0.2)),
    "random noise padded": Case(_PAIRS, model="electra", perturbation=Perturbation("rs-rp", radius=0.3)),
    "average": Case(_PAIRS, stop=7, entries={"selection": "average"}),
    "average without dev": Case(_PAIRS, stop=7, dev=False, entries={"selection": "average"}),
    "last": Case(_PAIRS, stop=6, entries={"selection": "last"}),
    "best is behind": Case(_PAIRS, stop=7, entries={"learning_rate": 0.05, "evaluations": 9}),
    "patience": Case(_PAIRS, stop=2, entries={"learning_rate": 0.05, "evaluations": 9, "patience": 2}),
    "before its evaluation": Case(_PAIRS, stop=3),
    "after its last step": Case(_PAIRS, stop=9),
    "after its first step": Case(_PAIRS, stop=1),
    "head alone": Case(_PAIRS, entries={"trained": "head"}),
    "lora": Case(_PAIRS, adaptation=Adaptation("lora", rank=4, dropout=0.2)),
    "dora in bfloat16": Case(_PAIRS, entries={"precision": "bfloat16"}, adaptation=Adaptation("dora", rank=4)),
    "lora, a mixture": Case(("sequence_classification", "mlm"), stop=7, entries={"steps": 12}, adaptation=Adaptation("lora", rank=4)),
    "lora padded": Case(_PAIRS, model="electra", adaptation=Adaptation("lora", rank=4, dropout=0.2)),
    "lora in 4 bits": Case(_PAIRS, adaptation=Adaptation("lora", bits=4, rank=4, dropout=0.2)),
    "layers and rates": Case(_PAIRS, entries={"frozen_layers": 1, "layer_decay": 0.5}),
}


def train(
    case: Case, encoder: Encoder, keeper: StateKeeper | None = None, listen: Callable[[Any, int], None] = lambda *_: None,
    device: torch.device = CPU, **options: Any,
) -> Finetuned:  # fmt: skip
    """The training of a case."""
    recipe = replace(RECIPE, **case.entries)
    parts = []
    for kind in case.kinds:
        if kind == "mlm":
            share = 0.3 if len(case.kinds) > 1 else None
            parts.append(TrainingPart("mlm", (texts(encoder, recipe),), None, recipe, Protocol(), share))
        else:
            data = encoded(kind, encoder, recipe)
            parts.append(TrainingPart(kind, (data,), encoded(kind, encoder, recipe, 12, seed=1) if case.dev else None, recipe, Protocol()))
    return finetune(
        encoder, parts, recipe, SEEDS, device, listen, sampling=PROPORTIONAL, perturbation=case.perturbation, adaptation=case.adaptation, keeper=keeper, **options
    )  # fmt: skip


def stop_after(step: int, case: Case, encoder: Encoder, file: Path, device: torch.device = CPU) -> None:
    """Take some steps, and leave a state in the file."""
    interruption = Interruption()
    keeper = StateKeeper(file, IDENTITY, "one processor", interruption=interruption)
    try:
        train(case, encoder, keeper, lambda taken, _: interruption.ask() if taken.number == step else None, device)
    except Interrupted:
        return
    raise AssertionError("nobody stopped it")


def outcome(found: Finetuned) -> dict[str, Any]:
    """All that a training made, but for how long it took, as plain values: of tensors a digest of their bytes."""
    table = found.encoder.table
    tensors = {**found.encoder.weights, "ids": table.ids, "rows": table.rows}
    tensors |= {f"head {name}": value for name, value in found.head.items()}
    for adapter in found.encoder.adapters:
        tensors |= {f"adapter {name}": value for name, value in (*adapter.factors.items(), *adapter.whole.items())}
    tensors |= {f"model {name}": value for name, value in found.model.state_dict().items()}
    return {
        "tensors": {name: hashlib.sha256(value.contiguous().numpy().tobytes()).hexdigest() for name, value in sorted(tensors.items())},
        "scale": table.scale.hex(),
        "curve": [asdict(step) for step in found.curve],
        "points": [asdict(point) for point in found.points],
        "selected": found.selected,
        "devs": {
            name: [list(dev.ids), json.loads(json.dumps(dev.predictions)), {key: counts.tolist() for key, counts in dev.counts.items()}]
            for name, dev in found.devs.items()
        },
        "health": asdict(found.health) if found.health else None,
        "examples": found.efficiency.examples,
        "tokens": found.efficiency.tokens,
    }


def main(models: str, folder: str) -> None:
    """Go on with every state in the folder, and write what came out."""
    torch.set_num_threads(1)
    found = {}
    for file in sorted(Path(folder).glob("*.safetensors")):
        case = CASES[file.stem]
        said: list[str] = []
        done = train(case, loaded(Path(models) / case.model), StateKeeper(file, IDENTITY, "another processor", tell=said.append))
        found[file.stem] = outcome(done) | {"resumed": [asdict(one) for one in done.resumed], "said": said}
    (Path(folder) / "outcomes.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
