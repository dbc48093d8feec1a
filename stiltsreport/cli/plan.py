"""`plan`: what would run, what is stored, what it takes and what it can show, before the first step. No torch is loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from stiltsreport.cli import plan_claims
from stiltsreport.cli.check import warnings
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, check_files, open_study, unfilled, unpinned
from stiltsreport.cli.options import Options
from stiltsreport.cli.plan_text import remarks, text
from stiltsreport.cli.rounds import Rounds, rounds
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StudyErrors
from stiltsreport.plan.units import Unit, missing_units


def run(options: Options, terminal: Terminal) -> int:
    """Print the plan, as text or JSON. Raises StudyErrors for equivalences that the design would not show, after it is printed."""
    device = named_device(options.device, gpus())
    opened = open_study(options, device)
    check_files(opened)
    opened.store.foresee("trainings", opened.plan.trainings)
    opened.store.foresee("evaluations", opened.plan.evaluations)
    cost = rounds(opened, options, device)
    opened.memo.save()
    units = missing_units(opened.plan, opened.store, keep_targets=opened.study.keep != "none")
    found = plan_claims.powers(opened, cost.whole)
    if options.json:
        shown = {**as_json(opened, units, cost), "claims": plan_claims.as_json(found)}
        terminal.result(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        width = terminal.width
        terminal.text(*text(opened, units, cost, width), *plan_claims.lines(opened, cost.whole, found, width), *remarks(opened))
    for line in (*warnings(opened), *map(str, unfilled(opened)), *cost.whole.warnings):
        terminal.warning(line)
    refused = plan_claims.refusals(opened, found)
    if refused:
        raise StudyErrors(refused)
    return 0


def as_json(opened: Opened, units: Sequence[Unit], cost: Rounds) -> dict[str, Any]:
    """The plan as plain values; sizes in bytes. `now` of what takes the whole study is the round at hand, whose jobs are in `units`."""
    plan = opened.plan
    return {
        "study": opened.study.name,
        "title": opened.study.title,
        "runs": len(cost.plan.runs),
        **cost.whole.as_json(),
        "now": cost.now.as_json() if cost.waiting else None,
        "units": [
            {
                "id": unit.id,
                "runs": list(unit.names),
                "trainings": [train.id for train in unit.chain],
                "evaluations": [job.id for job in unit.evaluations],
            }
            for unit in units
        ],
        "left_out": [run.name for run in plan.left_out],
        "gaps": len(plan.gaps),
        "unpinned": [name for names in unpinned(plan) for name in names],
        "precision": plan.precision,
        "look": asdict(opened.study.looks) if opened.study.looks else None,
    }
