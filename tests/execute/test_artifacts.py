"""What the record of a training says: of a single part what it always said, of a mixture each part's share too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from stiltsreport.execute.artifacts import named, write_training
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.finetune import Finetuned, finetune
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.recipes import Protocol, Recipe
from tests.modeling.small import encoded, loaded, task_of, texts

RECIPE = Recipe(learning_rate=1e-3, batch_size=8, steps=12, evaluations=2, max_length=48, vocabulary="met")


@pytest.fixture(scope="module")
def encoder(tiny_model: Path) -> Encoder:
    return loaded(tiny_model)


class Job:
    """All that is asked of a job here."""

    def __init__(self, mixed: bool) -> None:
        self.mixed, self.ingredients = mixed, {"job": "train"}


def part(kind: str, encoder: Encoder) -> TrainingPart:
    data = encoded(kind, encoder, RECIPE)
    return TrainingPart(data.task.name, (data,), data, RECIPE, Protocol())


def tuned(encoder: Encoder, parts: list[TrainingPart]) -> Finetuned:
    return finetune(encoder, parts, RECIPE, Seeds(1, "intermediate", ("set",)), torch.device("cpu"))


def record_of(folder: Path, found: Finetuned, *, mixed: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    job: Any = Job(mixed)
    write_training(folder, job, found, "xnli" if found.dev else None, 24, "cpu")
    lines = (folder / "curve.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads((folder / "record.json").read_text(encoding="utf-8")), [json.loads(line) for line in lines]


def test_a_single_part(encoder: Encoder, tmp_path: Path) -> None:
    found = tuned(encoder, [part("sequence_classification", encoder)])
    record, curve = record_of(tmp_path, found, mixed=False)
    assert record["steps"] == 12
    assert record["dev"]["task"] == "xnli"
    assert not record.keys() & {"parts", "devs", "mlm_head"}
    assert record["health"]["classes"] == 3
    assert record["health"]["final_loss"] == pytest.approx(sum(step.loss for step in found.curve[-5:]) / 5)
    steps = [row for row in curve if "loss" in row]
    assert [(row["number"], row["part"]) for row in steps] == [(number, "xnli") for number in range(1, 13)]
    assert [row["number"] for row in curve if "dev" in row] == [6, 12]


def test_a_mixture(encoder: Encoder, tmp_path: Path) -> None:
    mlm = TrainingPart("mlm", (texts(encoder, RECIPE),), None, replace(RECIPE, batch_size=2), Protocol(), share=0.25)
    found = tuned(encoder, [part("sequence_classification", encoder), part("token_classification", encoder), mlm])
    record, curve = record_of(tmp_path, found, mixed=True)
    steps = [row for row in curve if "loss" in row]
    assert record["parts"].keys() == {"xnli", "udpos", "mlm"}
    for name, share in record["parts"].items():
        rows = [row for row in steps if row["part"] == name]
        assert share == {"steps": len(rows), **{key: sum(row[key] for row in rows) for key in ("examples", "tokens")}}
    assert record["parts"]["mlm"]["examples"] == 2 * record["parts"]["mlm"]["steps"]  # rows of packed sentences
    assert sum(share["steps"] for share in record["parts"].values()) == record["steps"] == 12
    assert record["devs"].keys() == {"xnli", "udpos"}
    assert record["devs"]["xnli"] == record["dev"]
    assert record["devs"]["udpos"]["n"] == 24
    assert record["devs"]["udpos"]["values"] == named(found.devs["udpos"])
    assert record["mlm_head"] == "new"


def test_texts_alone(encoder: Encoder, tmp_path: Path) -> None:
    """The control mlm-en: one part, one set, no dev set, and nothing that could be judged."""
    found = tuned(encoder, [TrainingPart("mlm", (texts(encoder, RECIPE),), None, RECIPE, Protocol())])
    record, curve = record_of(tmp_path, found, mixed=False)
    assert (record["dev"], record["mlm_head"], len(curve)) == (None, "new", 12)
    assert "health" not in record


def test_a_mixture_has_collapsed_where_all_of_its_tasks_have(encoder: Encoder) -> None:
    recipe = replace(RECIPE, learning_rate=1e-12, steps=30)  # nothing is learnt
    still = [replace(part(kind, encoder), recipe=recipe) for kind in ("sequence_classification", "multiple_choice")]
    seeds = Seeds(1, "intermediate", ("set",))
    found = finetune(encoder, still, recipe, seeds, torch.device("cpu"))
    assert found.health is not None
    assert found.health.verdict != "healthy"
    learns = replace(recipe, learning_rate=5e-3, steps=60, selection="last")
    healthy = finetune(encoder, [*still[:1], part("token_classification", encoder)], learns, seeds, torch.device("cpu"))
    assert healthy.health is not None
    assert (healthy.health.verdict, healthy.health.classes) == ("healthy", len(task_of("token_classification").labels))
