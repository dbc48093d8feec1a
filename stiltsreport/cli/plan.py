"""`plan`: what would run and what is stored, before the first step. No torch is loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from stiltsreport.cli.check import warnings
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, check_files, open_study, unpinned
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.plan.units import Unit, missing_units


def run(options: Options, terminal: Terminal) -> int:
    """Print the plan, as text or JSON."""
    opened = open_study(options, named_device(options.device, gpus()))
    check_files(opened)
    units = missing_units(opened.plan, opened.store, keep_targets=opened.study.keep != "none")
    found = planned(opened, units)
    terminal.result(json.dumps(found, indent=2, ensure_ascii=False) if options.json else text(found))
    for problem in opened.plan.problems:
        terminal.warning(str(problem))
    for line in warnings(opened):
        terminal.warning(line)
    return 0


def planned(opened: Opened, units: Sequence[Unit]) -> dict[str, Any]:
    """The plan as plain values."""
    plan, store = opened.plan, opened.store
    kinds = []
    for stage in ("intermediate", "target"):
        jobs = [train for train in plan.trainings.values() if train.stage == stage]
        kinds.append({"kind": f"{stage} training", "jobs": len(jobs), "stored": sum(store.has("trainings", job.id) for job in jobs)})
    kinds.append(
        {"kind": "evaluation", "jobs": len(plan.evaluations), "stored": sum(store.has("evaluations", job) for job in plan.evaluations)}
    )
    again = [train for unit in units for train in unit.chain if store.has("trainings", train.id)]
    return {
        "study": opened.study.name,
        "title": opened.study.title,
        "runs": len(plan.runs),
        "jobs": kinds,
        "units": [
            {
                "id": unit.id,
                "runs": list(unit.names),
                "trainings": [train.id for train in unit.chain],
                "evaluations": [job.id for job in unit.evaluations],
            }
            for unit in units
        ],
        "shared": _shared(opened),
        "repeated": len(again),
        "left_out": [run.name for run in plan.left_out],
        "gaps": len(plan.gaps),
        "unpinned": [name for names in unpinned(plan) for name in names],
        "precision": plan.precision,
    }


def _shared(opened: Opened) -> dict[str, int]:
    """How many runs each kind of training serves beyond its first."""
    plan = opened.plan
    checkpoints = [run.evaluations[0].checkpoint.id for run in plan.runs if run.evaluations]
    return {
        "runs_on_a_checkpoint_of_another_run": len(checkpoints) - len(set(checkpoints)),
        "intermediate_trainings": len(plan.intermediates),
    }


def text(found: dict[str, Any]) -> str:
    """The plan for a reader."""
    lines = [f"{found['study']}: {found['title']}", "", f"{'':<24}{'jobs':>8}{'stored':>8}{'to run':>8}"]
    lines += [f"{kind['kind']:<24}{kind['jobs']:>8,}{kind['stored']:>8,}{kind['jobs'] - kind['stored']:>8,}" for kind in found["jobs"]]
    lines += [
        "",
        f"{found['runs']:,} runs; {found['shared']['runs_on_a_checkpoint_of_another_run']:,} of them share a checkpoint with another",
    ]
    if found["units"]:
        lines.append(f"{len(found['units']):,} pieces of work are left, each a training with its evaluations")
    else:
        lines.append("nothing to run: every job is stored")
    if found["repeated"]:
        lines.append(
            f"{found['repeated']:,} stored trainings must be repeated, their checkpoints are not kept (keep: {{target_checkpoints: all}})"
        )
    if found["left_out"]:
        lines.append(f"{len(found['left_out']):,} runs are left out by --only")
    if found["gaps"]:
        lines.append(f"{found['gaps']:,} results have no data and will be gaps")
    if found["precision"]:
        lines.append(f"precision: {found['precision']}, by the device")
    return "\n".join(lines)
