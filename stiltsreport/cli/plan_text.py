"""What `plan` says to a reader: what would run and what that takes, what sharing saves, and what the design can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from stiltsreport.cli.layout import table
from stiltsreport.cli.looking import look_line
from stiltsreport.cli.opening import Opened
from stiltsreport.cli.progress.durations import about
from stiltsreport.cli.rounds import Rounds
from stiltsreport.cli.sizes import size
from stiltsreport.plan.estimate import Estimate, ModelCost
from stiltsreport.plan.figure import Figure
from stiltsreport.plan.stilts import NOT_CHOSEN, NOT_TUNED
from stiltsreport.plan.units import Unit
from stiltsreport.study.study import Study

_MANY_HOURS = 10
_MARKS = {"measured": "m", "estimated": "e", "unknown": "?"}


def text(opened: Opened, units: Sequence[Unit], cost: Rounds, width: int | None) -> Iterator[str]:
    """The plan, a line each; tables are made for a terminal of that many columns."""
    yield f"{opened.study.name}: {opened.study.title}"
    yield from look_line(opened.study)
    yield ""
    yield from _jobs(cost, width)
    yield ""
    if units:
        yield from _cost(cost, width)
    else:
        yield "nothing to run: every job is stored"
    yield ""
    yield f"smallest true difference that {opened.study.fewest_seeds} seeds find four times in five, one comparison at alpha:"
    shown = [(found.scope, found.effect.value, found.sd) for found in cost.whole.detectable]
    yield from table(
        ["", "", ""],
        [
            [scope, "unknown" if effect is None or sd.value is None else f"{effect:.2f} points",
             "" if effect is None or sd.value is None else f"SD {sd.value:.2f}, {sd.basis}: {sd.source}"]
            for scope, effect, sd in shown
        ],
        width, left=(0, 2), indent="  ",
    )  # fmt: skip
    yield ""


def _jobs(cost: Rounds, width: int | None) -> Iterator[str]:
    """How many jobs there are, and what sharing saves."""
    counts = [
        [one.kind, *(f"{number:,}" for number in (one.jobs, one.stored, one.jobs - one.stored, one.alone))] for one in cost.whole.jobs
    ]
    yield from table(["jobs", "in all", "stored", "to run", "without sharing"], counts, width)
    tokens = [
        [row.kind, _count(row.shared), _count(row.alone), "" if row.ratio is None else f"{row.ratio:.1f} times"]
        for row in cost.whole.tokens
    ]
    yield ""
    yield from table(["tokens", "shared", "without sharing", ""], tokens, width)
    yield f"{len(cost.plan.runs):,} runs; without sharing: if each trained its own checkpoints"


def _cost(rounds: Rounds, width: int | None) -> Iterator[str]:
    """What is left to run takes, and what of it can be planned already where the rest waits for choices."""
    cost = rounds.whole
    yield f"to run, on {cost.device}:"
    fits = {True: "yes", False: "no", None: "?"}
    at_first = {model.title: _hours(model.hours) for model in rounds.now.models} if rounds.waiting else {}
    rows = [
        [
            model.title, f"{model.trainings:,}", f"{model.evaluations:,}", _hours(model.hours), *_first(rounds, at_first.get(model.title)),
            _bytes(model.peak_memory), _bytes(model.disk), fits[model.fits],
        ]
        for model in cost.models
    ]  # fmt: skip
    if len(rows) > 1:
        rows.append(["in all", "", "", _hours(cost.hours), *_first(rounds, _hours(rounds.now.hours)), "", _bytes(cost.disk), ""])
    titles = ["", "trainings", "evaluations", cost.hours_of, *_first(rounds, "of them now"), "memory", "disk", "fits"]
    yield from table(titles, rows, width, left=(0, len(titles) - 1), indent="  ")
    if rounds.waiting:
        yield "of them now: of jobs that choose learning rates or layers, or wait for none; the others follow in later rounds"
    yield "m measured, e estimated, ? unknown; memory is one job's peak, disk what the store grows by"
    states = [model.state for model in cost.models if model.state.value]
    if states:
        most = _bytes(max(states, key=lambda state: state.value or 0))
        yield f"each worker keeps the state of its training on the disk besides, up to {most}, until that is evaluated"
    sources = dict.fromkeys(model.hours.source for model in cost.models if model.hours.source)
    for source in sources:
        names = ", ".join(model.title for model in cost.models if model.hours.source == source)
        of = f" of {names}" if len(sources) > 1 else ""
        yield f"{cost.hours_of}{of}: {source}"
    yield from _memory(cost, width)


def _first(rounds: Rounds, cell: str | None) -> list[str]:
    """The cell of a column that stands where there are several rounds alone."""
    return [cell or ""] if rounds.waiting else []


def _memory(cost: Estimate, width: int | None) -> Iterator[str]:
    """How the models' trainings lie in the device's memory."""
    rows = [list(_parts(model)) for model in cost.models if model.parts is not None and model.trainings]
    if rows:
        titles = ["", "weights", "trained", "at once", "devices", "states", "activations", "in all", ""]
        yield ""
        yield "trainings in memory:"
        yield from table(titles, rows, width, left=(0, 8), indent="  ")
        yield "at once: tokens that a device takes at most; a larger batch goes through in pieces, as one batch"


def _parts(model: ModelCost) -> Iterator[str]:
    assert model.parts is not None
    yield model.title
    yield from (_amount(model.parameters), _amount(model.trained), f"{model.tokens_at_once or 0:,}", str(model.devices))
    for part in (model.parts.weights + model.parts.moments + model.parts.kept, model.parts.activations, model.parts.peak):
        yield _bytes(Figure(part, "estimated"))
    yield "layers computed again" if model.recompute else ""


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
    yield from _tried(opened.study)
    waiting = sum(gap.reason in (NOT_CHOSEN, NOT_TUNED) for gap in plan.gaps)
    if waiting:
        yield f"{waiting:,} results wait for them, and are planned in a next round of `build`"
    lacking = {problem.what for problem in plan.problems}
    others = Counter(gap.reason for gap in plan.gaps if gap.reason not in (NOT_CHOSEN, NOT_TUNED))
    without = sum(number for reason, number in others.items() if any(what in reason for what in lacking))
    if without:
        yield f"{without:,} results have no data and will be gaps"
    for reason, number in others.items():
        if not any(what in reason for what in lacking):
            yield f"{number:,} results will be gaps: {reason}"
    if plan.precision:
        yield f"precision: {plan.precision}, by the device"


def _tried(study: Study) -> Iterator[str]:
    """The learning rates of the grid as each adaptation takes them: its factor is no part of the study file where that does not say one."""
    if study.tune is None:
        return
    for adaptation in dict.fromkeys(replace(model.adaptation, label="") for model in study.models):
        factor = adaptation.rate_factor
        rates = ", ".join(f"{rate * factor:.6g}" for rate in study.tune.learning_rates)
        yield f"learning rates tried, {adaptation.title}: {rates}" + (f" ({factor:g} times those of the grid)" if factor != 1 else "")


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
    return f"{f'{figure.value:,.0f} h' if figure.value >= _MANY_HOURS else about(figure.value * 3600)} {_MARKS[figure.basis]}"


def _bytes(figure: Figure) -> str:
    if figure.value is None:
        return "?"
    return f"{size(figure.value)} {_MARKS[figure.basis]}"
