"""`plan`: what would run, what is stored, what it takes and what it can show, before the first step. No torch is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from stiltsreport.cli import plan_claims
from stiltsreport.cli.check import warnings
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.looking import look_line
from stiltsreport.cli.opening import Opened, check_files, open_study, unpinned
from stiltsreport.cli.options import Options
from stiltsreport.cli.progress.state import duration
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StudyErrors
from stiltsreport.plan.estimate import Estimate, ModelCost, estimate
from stiltsreport.plan.figure import Figure
from stiltsreport.plan.stilts import NOT_CHOSEN, NOT_TUNED
from stiltsreport.plan.units import Unit, missing_units

_MANY_HOURS = 100
_MARKS = {"measured": "m", "estimated": "e", "unknown": "?"}


def run(options: Options, terminal: Terminal) -> int:
    """Print the plan, as text or JSON. Raises StudyErrors for equivalences that the design would not show, after it is printed."""
    device = named_device(options.device, gpus())
    opened = open_study(options, device)
    check_files(opened)
    opened.store.foresee("trainings", opened.plan.trainings)
    opened.store.foresee("evaluations", opened.plan.evaluations)
    cost = estimate(opened.plan, opened.store, device)
    opened.memo.save()
    units = missing_units(opened.plan, opened.store, keep_targets=opened.study.keep != "none")
    found = plan_claims.powers(opened, cost)
    if options.json:
        shown = {**as_json(opened, units, cost), "claims": plan_claims.as_json(found)}
        terminal.result(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        terminal.result("\n".join([*text(opened, units, cost), *plan_claims.lines(opened, cost, found), *remarks(opened)]))
    for line in (*warnings(opened), *cost.warnings):
        terminal.warning(line)
    refused = plan_claims.refusals(opened, found)
    if refused:
        raise StudyErrors(refused)
    return 0


def as_json(opened: Opened, units: Sequence[Unit], cost: Estimate) -> dict[str, Any]:
    """The plan as plain values; sizes in bytes."""
    plan = opened.plan
    return {
        "study": opened.study.name,
        "title": opened.study.title,
        "runs": len(plan.runs),
        **cost.as_json(),
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


def text(opened: Opened, units: Sequence[Unit], cost: Estimate) -> Iterator[str]:
    """The plan for a reader, a line each."""
    plan = opened.plan
    yield f"{opened.study.name}: {opened.study.title}"
    yield from look_line(opened.study)
    yield ""
    yield f"{'':<24}{'jobs':>9}{'stored':>9}{'to run':>9}{'shared':>9}"
    for count in cost.jobs:
        yield f"{count.kind:<24}{count.jobs:>9,}{count.stored:>9,}{count.jobs - count.stored:>9,}{count.shared:>9,}"
    yield f"{len(plan.runs):,} runs; shared: jobs that there would be more if every run stood alone"
    yield ""
    yield f"{'':<24}{'shared':>10}{'alone':>10}"
    for row in cost.tokens:
        times = "" if row.ratio is None else f"   {row.ratio:.1f} times"
        yield f"{'tokens, ' + row.kind:<24}{_count(row.shared):>10}{_count(row.alone):>10}{times}"
    yield "of all jobs, stored or not; alone: if every run trained its own checkpoints"
    yield ""
    if units:
        yield f"{'to run, on ' + cost.device:<32}{'trainings':>10}{'evaluations':>12}{cost.hours_of:>14}{'memory':>11}{'disk':>11}  fits"
        for model in cost.models:
            yield _model(model)
        yield f"{'in all':<54}{_hours(cost.hours):>14}{'':>11}{_bytes(cost.disk):>11}"
        yield "m measured, e estimated, ? unknown; memory is one job's peak, disk what the store grows by"
        states = [model.state for model in cost.models if model.state.value]
        if states:
            most = _bytes(max(states, key=lambda state: state.value or 0)).strip()
            yield f"each worker keeps the state of its training on the disk besides, up to {most}, until that is evaluated"
        yield from _memory(cost)
    else:
        yield "nothing to run: every job is stored"
    yield ""
    yield f"smallest true difference that {opened.study.fewest_seeds} seeds find four times in five, one comparison at alpha:"
    for found in cost.detectable:
        sd, effect = found.sd.value, found.effect.value
        shown = "unknown" if effect is None or sd is None else f"{effect:.2f} points ({found.sd.basis}: SD {sd:.2f}, {found.sd.source})"
        yield f"  {found.scope:<10}{shown}"
    yield ""


def _model(cost: ModelCost) -> str:
    fits = {True: "yes", False: "no", None: "?"}[cost.fits]
    numbers = f"{cost.trainings:>10,}{cost.evaluations:>12,}{_hours(cost.hours):>14}{_bytes(cost.peak_memory):>11}{_bytes(cost.disk):>11}"
    return f"{cost.title[:31]:<32}{numbers}  {fits}"


def _memory(cost: Estimate) -> Iterator[str]:
    """How the models' trainings lie in the device's memory, and where their hours are from."""
    known = [model for model in cost.models if model.parts is not None and model.trainings]
    if known:
        yield ""
        sizes = f"{'states':>11}{'activations':>13}{'in all':>11}"
        yield f"{'trainings in memory':<32}{'weights':>10}{'trained':>10}{'at once':>10}{'devices':>9}{sizes}"
    for model in known:
        assert model.parts is not None
        bytes_of = (model.parts.weights + model.parts.moments + model.parts.kept, model.parts.activations, model.parts.peak)
        states, activations, peak = (_bytes(Figure(size, "estimated")) for size in bytes_of)
        counts = f"{_amount(model.parameters):>10}{_amount(model.trained):>10}{model.tokens_at_once or 0:>10,}{model.devices:>9}"
        again = "  layers computed again" if model.recompute else ""
        yield f"{model.title[:31]:<32}{counts}{states:>11}{activations:>13}{peak:>11}{again}"
    if known:
        yield "at once: tokens that a device takes at most; a larger batch goes through in pieces, as one batch"
    sources = dict.fromkeys(model.hours.source for model in cost.models if model.hours.source)
    for source in sources:
        names = ", ".join(model.title for model in cost.models if model.hours.source == source)
        of = f" of {names}" if len(sources) > 1 else ""
        yield f"{cost.hours_of}{of}: {source}"


def _amount(count: float) -> str:
    """A number of weights in three digits.

    >>> _amount(278_043_648), _amount(999_885_952), _amount(0)
    ('278 M', '1 G', '0')
    """
    count = float(f"{count:.3g}")  # before the unit is chosen: a thousand of one is one of the next
    factor, unit = next(((factor, unit) for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)) if count >= factor), (1.0, ""))
    return f"{count / factor:.3g} {unit}".rstrip()


def remarks(opened: Opened) -> Iterator[str]:
    """What else the plan should make known."""
    plan = opened.plan
    if plan.left_out:
        yield f"{len(plan.left_out):,} runs are left out by --only"
    if plan.trials or plan.layer_trials:
        yield f"{len(plan.trials):,} trainings and {len(plan.layer_trials):,} evaluations settle learning rates and layers"
    waiting = sum(gap.reason in (NOT_CHOSEN, NOT_TUNED) for gap in plan.gaps)
    if waiting:
        yield f"{waiting:,} results wait for them, and are planned in a next round of `build`"
    if len(plan.gaps) > waiting:
        yield f"{len(plan.gaps) - waiting:,} results have no data and will be gaps"
    if plan.precision:
        yield f"precision: {plan.precision}, by the device"


def _count(figure: Figure) -> str:
    if figure.value is None:
        return "?"
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if figure.value >= factor:
            return f"{figure.value / factor:.1f} {unit} {_MARKS[figure.basis]}"
    return f"{figure.value:.0f} {_MARKS[figure.basis]}"


def _hours(figure: Figure) -> str:
    if figure.value is None:
        return "?"
    hours = figure.value
    shown = duration(hours * 3600) if hours < 1 else f"{hours:,.0f} h" if hours >= _MANY_HOURS else f"{hours:.1f} h"
    return f"{shown} {_MARKS[figure.basis]}"


def _bytes(figure: Figure) -> str:
    if figure.value is None:
        return "?"
    size = figure.value
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit} {_MARKS[figure.basis]}"
    return f"{size:.0f} B {_MARKS[figure.basis]}"
