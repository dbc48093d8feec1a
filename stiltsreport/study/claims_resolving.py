"""Claims as written to claims with a meaning: every arm, quantity, model and group in them is one of the study's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from stiltsreport.errors import StiltsReportError
from stiltsreport.models import Model
from stiltsreport.registry import did_you_mean
from stiltsreport.study.claim_entry import ClaimEntry
from stiltsreport.study.claim_names import Names, language_groups
from stiltsreport.study.claims import (
    BEST_PER_TARGET,
    OTHERS,
    PAIRS,
    ArmName,
    Axis,
    Claim,
    Count,
    Interaction,
    Paired,
    PairedKind,
    Ranking,
    Statement,
    Trend,
)
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import StudyFile
from stiltsreport.study.size_claims import Mask, carrying, refuse_unequal
from stiltsreport.study.study import BASELINE, IntermediateEntry, Margin, TargetEntry, Variant
from stiltsreport.study.validation import UNREADABLE

_AXES: dict[str, Axis] = {"gain-by-parameters": "parameters", "gain-by-examples": "examples", "gain-by-distance": "distance"}
_SINGULAR = {"families": "family", "scripts": "script", "seen": "group"}
_FEWEST_SIZES = 2  # of a trend over examples


def claims(
    written: StudyFile,
    models: Sequence[Model],
    intermediates: Sequence[IntermediateEntry],
    targets: Sequence[TargetEntry],
    variants: Sequence[Variant],
    mask: Mask,
    problems: Problems,
) -> list[Claim]:
    """The claims in the study's order; everything wrong in them is noted at its place, and such a claim is left out.

    `mask`: of the models' attention. Where models, intermediates or targets are wrong themselves, what claims say of those is not noted
    again.
    """
    margin = Margin(*(getattr(written.statistics.margin, scope) for scope in ("average", "task", "language")))
    names = Names(tuple(model.name for model in models), tuple(intermediates), tuple(targets), tuple(variants), margin)
    if problems and written.claims and not (models and targets):
        return []
    found: list[Claim] = []
    seen: set[str] = set()
    for index, entry in enumerate(written.claims):
        if entry.name == UNREADABLE:
            continue
        if entry.name in seen:
            problems.note(f"claim {entry.name!r} stands twice", "claims", index, hint="each has a name of its own")
        seen.add(entry.name)
        claim = problems.attempt(partial(_claim, entry, names, models, mask, problems.where("claims", index)), "claims", index)
        if claim is not None:
            found.append(claim)
    return found


def _claim(entry: ClaimEntry, names: Names, known: Sequence[Model], mask: Mask, where: str) -> Claim:
    """Raises StiltsReportError for the first thing that is wrong."""
    try:
        statement, on = _statement(entry, names)
        models = _models(entry, names)
        if isinstance(statement, Trend) and statement.axis == "parameters":
            chosen = [model for model in known if model.name in models] if entry.models else carrying(known, mask)
            refuse_unequal(chosen, known, mask)
            models = tuple(model.name for model in chosen)
    except StiltsReportError as error:
        raise StiltsReportError(f"claim {entry.name!r}: {error.what}", where=where, hint=error.hint) from error
    return Claim(entry.name, statement, on, models, entry.source or "")


def _models(entry: ClaimEntry, names: Names) -> tuple[str, ...]:
    if not entry.models:
        return names.models
    _once(entry.models, "model")
    for name in entry.models:
        if name not in names.models:
            raise StiltsReportError(f"no model {name!r} in the study", hint=did_you_mean(name, names.models))
    return tuple(entry.models)


def _statement(entry: ClaimEntry, names: Names) -> tuple[Statement, tuple[str, ...]]:
    if entry.kind == "count":
        return _count(entry, names)
    if entry.kind == "interaction":
        return _interaction(entry, names)
    if entry.kind == "trend":
        return _trend(entry, names)
    on = _on(entry, names, ("average",))
    if entry.kind == "ranking":
        return _ranking(entry, names), on
    return _paired(entry, names, on), on


def _ranking(entry: ClaimEntry, names: Names) -> Ranking:
    """The arms as named; OTHERS at the end stands for every plain intermediate that is not."""
    labels = entry.value[:-1] if entry.value[-1] == OTHERS else entry.value
    arms = tuple(names.arm(label) for label in labels)
    _once([arm.label for arm in arms], "arm")
    rivals = tuple(names.arm(name) for name in names.plain if name not in labels) if labels is not entry.value else ()
    if labels is not entry.value and not rivals:
        raise StiltsReportError("there are no other intermediates", hint="name the arms")
    ranking = Ranking(arms, rivals)
    for first, second in ranking.pairs:
        names.comparable(first, second)
    return ranking


def _paired(entry: ClaimEntry, names: Names, on: Sequence[str]) -> Paired:
    if entry.at_least is not None:
        better, than_label, by = entry.at_least.better, entry.at_least.than, float(entry.at_least.by)
        kind: PairedKind = "at_least"
        arm, than = names.pair(better, than_label, chosen=True)
        _refuse_chosen_pairs(arm, on)
        return Paired(kind, arm, than, by)
    kind = entry.kind  # type: ignore[assignment]
    assert entry.than is not None
    arm, than = names.pair(entry.value, entry.than, chosen=True)
    _refuse_chosen_pairs(arm, on)
    given = entry.within if kind == "equivalent" else entry.by
    if kind in ("better", "worse") and given == 0:
        given = None
    if kind == "no_worse" and given is None:
        given = _common_margin(names, on)
    return Paired(kind, arm, than, None if given is None else float(given))


def _common_margin(names: Names, on: Sequence[str]) -> float:
    """The study's margin of what the claim is on."""
    margins = {names.margin_of(one) for one in on}
    if None in margins or len(margins) > 1:
        what = "without `by` needs the study's margin" if None in margins else "is on quantities of unlike margins"
        raise StiltsReportError(f"no_worse {what}", hint="say `by: POINTS`, or statistics: {margin: {average: 0.5, task: 1}}")
    (margin,) = margins
    assert margin is not None
    return margin


def _count(entry: ClaimEntry, names: Names) -> tuple[Count, tuple[str, ...]]:
    count = entry.count
    assert count is not None
    labels = names.plain if count.better == ["all"] else count.better
    than = names.arm(count.than)
    arms = tuple(names.arm(label) for label in labels)
    _once([arm.label for arm in arms], "arm")
    for arm in arms:
        names.comparable(arm, than)
    if count.intermediates is not None:
        if count.intermediates > len(arms):
            raise StiltsReportError(
                f"it asks for {count.intermediates} intermediates and names {len(arms)}", hint="at most as many as `better` names"
            )
        return Count("arms", arms, than, at_least=count.intermediates), _on(entry, names, ("average",))
    targets = tuple(one.task.name for one in names.targets)
    on = _on(entry, names, targets)
    for name in on:
        if name not in targets:
            raise StiltsReportError(f"a count over targets, but {name!r} is none", hint=did_you_mean(name, targets))
    wanted = count.tasks if count.tasks is not None else count.fewer
    assert wanted is not None
    if wanted > len(on):
        raise StiltsReportError(f"it asks for {wanted} targets and is on {len(on)}", hint="at most as many as the study has, or `on` names")
    return Count("targets", arms, than, count.tasks, count.fewer), on


def _interaction(entry: ClaimEntry, names: Names) -> tuple[Interaction, tuple[str, ...]]:
    assert entry.of is not None
    assert entry.between is not None
    assert entry.interaction is not None
    arm, than = names.pair(entry.of, entry.than or BASELINE)
    first, second = entry.between
    if first == second:
        raise StiltsReportError(f"both groups are {first!r}", hint="two that differ")
    if entry.interaction == "targets":
        if entry.on is not None:
            raise StiltsReportError("an interaction of targets is on those that `between` names", hint="leave `on` out")
        return Interaction(arm, than, "targets", (first, second)), (names.quantity(first), names.quantity(second))
    known = language_groups(names.targets, entry.interaction)
    for name in entry.between:
        if name not in known:
            raise StiltsReportError(f"no {_SINGULAR[entry.interaction]} {name!r} in the study's languages", hint=did_you_mean(name, known))
    if first == OTHERS:
        raise StiltsReportError(f"{OTHERS!r} cannot stand first", hint=f"[{second}, {first}]")
    on = _on(entry, names, ("average",))
    _refuse_one_language(on, f"an interaction of {entry.interaction} is over the languages of targets")
    return Interaction(arm, than, entry.interaction, (first, second)), on


def _trend(entry: ClaimEntry, names: Names) -> tuple[Trend, tuple[str, ...]]:
    assert entry.of is not None
    assert entry.direction is not None
    assert entry.trend is not None
    arm, than = names.pair(entry.of, entry.than or BASELINE)
    axis = _AXES[entry.trend]
    if entry.beyond is not None and axis != "parameters":
        raise StiltsReportError("`beyond` is a number of parameters", hint="leave it out")
    if axis == "examples" and len(names.sizes(arm)) < _FEWEST_SIZES:
        raise StiltsReportError(
            f"no second size of {arm.label!r} is in the study",
            hint="intermediate: [squad, {task: squad, examples: 10000}]",
        )
    beyond = None if entry.beyond is None else float(entry.beyond)
    on = _on(entry, names, ("average",))
    if axis == "distance":
        _refuse_one_language(on, "gain-by-distance is over the languages of targets")
    if axis == "parameters":
        _refuse_pairs(on, "gain-by-parameters is not computed for pairs of two languages")
    return Trend(arm, than, axis, entry.direction, beyond), on


def _refuse_chosen_pairs(arm: ArmName, on: Sequence[str]) -> None:
    if arm.intermediate == BEST_PER_TARGET:
        _refuse_pairs(on, f"{BEST_PER_TARGET!r} is not chosen for pairs of two languages")


def _refuse_pairs(on: Sequence[str], why: str) -> None:
    for name in on:
        if name.startswith(PAIRS):
            raise StiltsReportError(f"{why}, and it is on {name!r}", hint=f"on: {name.removeprefix(PAIRS)}")


def _refuse_one_language(on: Sequence[str], why: str) -> None:
    _refuse_pairs(on, why)
    for name in on:
        target, _, language = name.partition("/")
        if language:
            raise StiltsReportError(f"{why}, and it is on one, {name!r}", hint=f"on: {target}")


def _on(entry: ClaimEntry, names: Names, default: tuple[str, ...]) -> tuple[str, ...]:
    if entry.on is None:
        return default
    if not entry.on:
        raise StiltsReportError("it is on nothing", hint="leave `on` out for the average")
    _once(entry.on, "quantity")
    return tuple(names.quantity(one) for one in entry.on)


def _once(named: Iterable[str], kind: str) -> None:
    seen: set[str] = set()
    for name in named:
        if name in seen:
            raise StiltsReportError(f"{kind} {name!r} stands twice", hint="keep one of the two")
        seen.add(name)
