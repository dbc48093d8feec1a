"""`status`: what is stored, running, failed and missing, and the time left. Reads the store alone."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any

from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.mending import damage
from stiltsreport.cli.opening import Opened, open_study
from stiltsreport.cli.options import Options
from stiltsreport.cli.progress.durations import about
from stiltsreport.cli.terminal import Terminal
from stiltsreport.plan.devices import Device, device_named
from stiltsreport.plan.figure import Figure, summed
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.prompt_costs import PromptRates
from stiltsreport.plan.rates import Rates
from stiltsreport.plan.units import Unit, missing_units
from stiltsreport.store import Kind, Store

_MANY = 20_000  # records of a kind that are read in a second or two


def run(options: Options, terminal: Terminal) -> int:
    """Print the state, as text or JSON."""
    device = named_device(options.device, gpus())
    opened = open_study(options, device)
    found = state(opened, device)
    for line in damage(opened.store):
        terminal.warning(line)
    if options.json:
        terminal.result(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        terminal.text(*text(found))
    return 0


def state(opened: Opened, device: str) -> dict[str, Any]:
    """The state as plain values; `seconds_left` is work on one core or GPU, None where it is not known."""
    plan, store = opened.plan, opened.store
    records = _records(plan, store)  # first: what is found damaged counts as missing from then on
    units = missing_units(plan, store, keep_targets=opened.study.keep != "none")
    hours = _hours(units, plan, records, device_named(device, plan.precision or "float32"))
    alive = store.attempts.running()
    running = [unit for unit in units if unit.id in alive]
    failed = [(unit, logs) for unit in units if unit.id not in alive and (logs := store.attempts.failures(unit.id))]
    trainings = [store.has("trainings", job) for job in plan.trainings]
    evaluations = [store.has("evaluations", job) for job in plan.evaluations]
    prompts = [store.has("evaluations", job) for job in plan.asked]
    return {
        "study": opened.study.name,
        "store": store.place,
        "trainings": {"jobs": len(trainings), "stored": sum(trainings)},
        "evaluations": {"jobs": len(evaluations), "stored": sum(evaluations)},
        "prompts": {"jobs": len(prompts), "stored": sum(prompts)},
        "units": {"missing": len(units) - len(running) - len(failed), "running": len(running), "failed": len(failed)},
        "running": [unit.title for unit in running],
        "failed": [
            {"run": unit.title, "error": _last_line(store.failure(unit.id) or ""), "log": str(logs[-1]), "attempts": len(logs)}
            for unit, logs in failed
        ],
        "gaps": len(plan.gaps),
        "seconds_left": None if hours.value is None else hours.value * 3600,
        "seconds_left_are": hours.basis,
    }


def _records(plan: Plan, store: Store) -> dict[str, dict[str, Any]]:
    """What is stored, for its speed and to see that it is whole: of very many jobs every second, third ... alone."""
    kinds: tuple[tuple[Kind, list[str]], ...] = (
        ("trainings", list(plan.trainings)), ("evaluations", [*plan.evaluations, *plan.asked]),
    )  # fmt: skip
    found = {}
    for kind, jobs in kinds:
        asked = jobs[:: 1 + len(jobs) // _MANY]
        store.foresee(kind, asked)
        for job in asked:
            if store.has(kind, job):
                with contextlib.suppress(OSError, ValueError):
                    found[job] = store.record(kind, job)
    return found


def _hours(units: Sequence[Unit], plan: Plan, records: dict[str, dict[str, Any]], device: Device) -> Figure:
    """Of what is left to run: `plan` says it by model, with all the rest that it takes."""
    rates, asking = Rates(plan, records, device), PromptRates(plan, records, device)
    trainings = [rates.training_hours(train) for unit in units for train in unit.chain]
    evaluations = [rates.evaluation_hours(job) for unit in units for job in unit.evaluations]
    return summed([*trainings, *evaluations, *(asking.hours(job) for unit in units for job in unit.prompts)])


def text(found: dict[str, Any]) -> list[str]:
    """The state for a reader, a line each."""
    lines = [f"{found['study']} in {found['store']}"]
    kinds = [kind for kind in ("trainings", "evaluations", "prompts") if kind != "prompts" or found[kind]["jobs"]]
    lines += [f"{kind}: {found[kind]['stored']:,} of {found[kind]['jobs']:,} stored" for kind in kinds]
    units = found["units"]
    lines.append(f"work: {units['running']:,} running, {units['failed']:,} failed, {units['missing']:,} missing")
    if found["gaps"]:
        lines.append(f"no data for {found['gaps']:,} results")
    lines += [f"running: {name}" for name in found["running"]]
    lines += [f"failed: {entry['run']}: {entry['error']} (log: {entry['log']})" for entry in found["failed"]]
    left = found["seconds_left"]
    if units["missing"] or units["running"] or units["failed"]:
        time = "unknown" if left is None else f"about {about(left)} of one core or GPU ({found['seconds_left_are']})"
        lines.append(f"time left: {time}")
    else:
        lines.append("everything is stored")
    return lines


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
