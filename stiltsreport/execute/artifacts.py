"""The files of an artifact: what it was made of, what came out, and every prediction with its counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stiltsreport.execute.machine import machine
from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import FILE, write_item_counts
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.modeling.finetune import Finetuned
from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.plan.prompts import Prompt


def write_training(
    folder: Path, job: Train, finetuned: Finetuned, dev_task: str | None, training_examples: int, device: str,
    cost: Mapping[str, float | None] | None = None,
) -> None:  # fmt: skip
    """record.json, ingredients.json, and the learning curve: one line a step, and one for each time the English dev set was evaluated.

    A mixture's record says by part how many steps and examples it got and how its dev set was done, a training on texts also where its
    head of masked language modelling came from. `resumed`: after which steps it went on from its saved state, and the processor or GPU that
    had taken them; `smaller_pieces`: in how many times smaller pieces than planned its batches went at last, for want of memory;
    `processes`: how many took each step together, all of them for those `seconds`.
    """
    dev = finetuned.dev
    record: dict[str, Any] = {
        "seconds": finetuned.efficiency.seconds,
        "steps": len(finetuned.curve),
        "examples": finetuned.efficiency.examples,
        "training_examples": training_examples,
        "selected_step": finetuned.selected,
        "dev": {"task": dev_task, "n": len(dev.ids), "values": named(dev)} if dev and dev_task else None,
        "efficiency": {**asdict(finetuned.efficiency), **(cost or {})},
    }
    if finetuned.health is not None:
        record["health"] = asdict(finetuned.health)
    if job.mixed:
        record |= _by_part(finetuned)
    if finetuned.mlm_head is not None:
        record["mlm_head"] = finetuned.mlm_head
    if finetuned.resumed:
        record["resumed"] = [asdict(one) for one in finetuned.resumed]
    if finetuned.smaller > 1:
        record["smaller_pieces"] = finetuned.smaller
    if finetuned.processes > 1:
        record |= {"processes": finetuned.processes, "layers_shared_out": finetuned.shared}
    _write_common(folder, job.ingredients, record, device)
    points = [{"dev": point.value, "number": point.step} for point in finetuned.points]
    _write_lines(folder / "curve.jsonl", [*(asdict(step) for step in finetuned.curve), *points])


def _by_part(finetuned: Finetuned) -> dict[str, Any]:
    parts: dict[str, dict[str, int]] = {}
    for step in finetuned.curve:
        found = parts.setdefault(step.part, {"steps": 0, "examples": 0, "tokens": 0})
        found["steps"] += 1
        found["examples"] += step.examples
        found["tokens"] += step.tokens
    devs = {name: {"task": name, "n": len(dev.ids), "values": named(dev)} for name, dev in finetuned.devs.items()}
    return {"parts": parts, "devs": devs}


def write_evaluation(folder: Path, job: Evaluate | Prompt, evaluation: Evaluation, cost: Mapping[str, Any], device: str) -> None:
    """record.json, ingredients.json, predictions.jsonl and items.arrow.

    predictions.jsonl: of each example id, prediction, gold and counts by metric. items.arrow: its id, cluster and counts, in columns.
    """
    record = {
        "language": job.language,
        "split": job.split,
        "n": len(evaluation.ids),
        "values": named(evaluation),
        "sums": {key: counts.sum(axis=0).tolist() for key, counts in evaluation.counts.items()},
        **cost,
    }
    _write_common(folder, job.ingredients, record, device)
    rows = (
        {
            "id": name,
            "prediction": evaluation.predictions[index],
            "gold": evaluation.golds[index],
            "counts": {key: counts[index].tolist() for key, counts in evaluation.counts.items()},
        }
        for index, name in enumerate(evaluation.ids)
    )
    _write_lines(folder / "predictions.jsonl", rows)
    names = {key: METRICS[key].counts for key in evaluation.counts}
    write_item_counts(folder / FILE, evaluation.ids, evaluation.clusters or evaluation.ids, evaluation.counts, names)


def named(evaluation: Evaluation) -> dict[str, float]:
    """Values by the metric's name in scores.jsonl."""
    return {METRICS[key].name: value for key, value in evaluation.values().items()}


def _write_common(folder: Path, ingredients: Mapping[str, Any], record: Mapping[str, Any], device: str) -> None:
    (folder / "ingredients.json").write_text(json.dumps(ingredients, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    whole = {**record, "machine": machine(device)}
    (folder / "record.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
