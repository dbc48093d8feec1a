"""Recipes as a study writes them: a name, or a base with entries changed, for all tasks or for some."""

from __future__ import annotations

import math
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.recipes import INSTEAD, RECIPES, Changes, Protocol, Recipe, RecipeBook, layer_index
from stiltsreport.registry import did_you_mean, look_up
from stiltsreport.study.numbers import number as number_of
from stiltsreport.tasks.task import Task

_TRAINING, _PROTOCOL = ({f.name for f in fields(kind)} for kind in (Recipe, Protocol))
_ABOVE_ZERO = {
    "learning_rate", "batch_size", "epochs", "steps", "max_length", "document_stride", "query_length", "passage_length", "retrieval_length",
    "clip", "scale", "evaluations", "patience", "selection_examples", "neighbours", "n_best", "max_answer_length", "adam_epsilon",
    "layer_decay", "masked_share",
}  # fmt: skip
_NOT_BELOW_ZERO = {"warmup_steps", "frozen_layers"}
_SHARE = {"warmup", "dropout", "weight_decay", "adam_beta1", "adam_beta2", "masked_share"}


def recipe_book(
    written: str | Mapping[str, Any], tasks: Mapping[str, Task], where: Callable[..., str], default: RecipeBook | None = None
) -> RecipeBook:
    """The book of `NAME` or of `{base: NAME, entry: value, tasks: {TASK: {entry: value}}}`; `default`: the base where none is named."""
    if isinstance(written, str):
        return look_up(RECIPES, written, "recipe", where=where())
    entries = dict(written)
    named = entries.pop("base", None)
    if named is None and default is not None:
        base = default
    else:
        base = look_up(RECIPES, "xstilts-target" if named is None else str(named), "recipe", where=where("base"))
    by_task = entries.pop("tasks", None) or {}
    if not isinstance(by_task, Mapping):
        raise StiltsReportError("is no mapping of tasks", where=where("tasks"), hint="tasks: {TASK: {entry: value}}")
    errors: list[StiltsReportError] = []
    training, protocol = _split(entries, where, errors)
    # An entry given for all tasks wins over what the base changes for one.
    changed, protocols = _without(base.by_task, training), _without(base.protocol_by_task, protocol)
    for name, inner in by_task.items():
        if name not in tasks:
            errors.append(StiltsReportError(f"unknown task {name!r}", where=where("tasks", name), hint=did_you_mean(str(name), tasks)))
            continue
        if not isinstance(inner, Mapping):
            errors.append(StiltsReportError("is no mapping of entries", where=where("tasks", name), hint=f"{name}: {{epochs: 3}}"))
            continue
        own, own_protocol = _split(inner, lambda *keys, name=name: where("tasks", name, *keys), errors)
        protocols[name] = tuple({**dict(protocols.get(name, ())), **own_protocol}.items())
        changed[name] = tuple({**dict(changed.get(name, ())), **own}.items())
    if errors:
        raise StudyErrors(errors) if len(errors) > 1 else errors[0]
    return replace(
        base,
        name=f"{base.name} (changed)" if (training or protocol or by_task) else base.name,
        base=replace(base.base, **training),
        protocol=replace(base.protocol, **protocol),
        by_task=tuple(changed.items()),
        protocol_by_task=tuple((name, changes) for name, changes in protocols.items() if changes),
    )


def _without(by_task: tuple[tuple[str, Changes], ...], entries: Mapping[str, Any]) -> dict[str, Changes]:
    """The changes of tasks, without those entries."""
    return {name: tuple((key, value) for key, value in changes if key not in entries) for name, changes in by_task}


def _split(entries: Mapping[str, Any], where: Callable[..., str], errors: list[StiltsReportError]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(training, protocol) entries, each checked for its type and range."""
    training: dict[str, Any] = {}
    protocol: dict[str, Any] = {}
    for name, value in entries.items():
        kind = Recipe if name in _TRAINING else Protocol if name in _PROTOCOL else None
        if kind is None:
            hint = did_you_mean(str(name), sorted(_TRAINING | _PROTOCOL | {"base", "tasks"}))
            errors.append(StiltsReportError(f"unknown entry {name!r}", where=where(name), hint=hint))
            continue
        try:
            checked = _checked(name, value, get_type_hints(kind)[name])
        except ValueError as error:
            errors.append(StiltsReportError(str(error), where=where(name)))
            continue
        except StiltsReportError as error:
            errors.append(StiltsReportError(error.what, where=where(name), hint=error.hint))
            continue
        if name in _TRAINING:
            training[name] = checked
        else:
            protocol[name] = checked
    for name, instead in INSTEAD.items():
        if training.get(instead) is not None and name in training:
            errors.append(StiltsReportError(f"{name!r} says nothing beside {instead!r}", where=where(name), hint="keep one of the two"))
        elif name in training and instead not in training:
            training[instead] = None  # `epochs: 3` wins over the steps of the base
    return training, protocol


def _checked(name: str, value: Any, kind: Any) -> Any:
    """The value as the entry's type; ValueError with what would be right."""
    options = get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if value is None and type(None) in options:
        return None
    wanted = next(option for option in options if option is not type(None))
    if get_origin(wanted) is Literal:
        if value not in get_args(wanted):
            raise ValueError(f"{value!r} is none of {', '.join(map(str, get_args(wanted)))}")
        return value
    if wanted is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is neither true nor false")
        return value
    if wanted in (int, float):
        return _number(name, value, wanted)
    if isinstance(value, bool | list | dict):
        raise ValueError(f"{value!r} is no {'layer' if name == 'layer' else 'text'}")  # noqa: TRY004 - as the others here
    if name == "layer" and value != "model":
        layer_index(str(value), sys.maxsize)
    return str(value)


def _number(name: str, value: Any, kind: type[int | float]) -> int | float:
    """The value as a number in the entry's range; ValueError with what would be right."""
    number, whole = number_of(value), kind is int
    if isinstance(number, bool) or not isinstance(number, int if whole else int | float) or not math.isfinite(number):
        raise ValueError(f"{value!r} is no {'whole ' if whole else ''}number")
    if name in _ABOVE_ZERO and number <= 0:
        raise ValueError(f"{value!r} must be above 0")
    if name in _NOT_BELOW_ZERO and number < 0:
        raise ValueError(f"{value!r} must not be below 0")
    if name == "layer_decay" and number > 1:
        raise ValueError(f"{value!r} must be at most 1: lower layers learn no faster")
    if name in _SHARE and not 0 <= number < 1:
        raise ValueError(f"{value!r} must be from 0 to below 1")
    return kind(number)
