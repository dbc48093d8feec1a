"""Gains of languages against what is known of them: four panels a model, over text size, fertility, family and script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from stiltsreport.models import Model
from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import SERIES, Theme, drawn, quiet, series, short
from stiltsreport.report.numbers import shown
from stiltsreport.report.tables.typology import compared_arms
from stiltsreport.stats.typology import FEWEST_LANGUAGES, LanguageFacts, language_facts, languages_of, relative_gains
from stiltsreport.study.study import BASELINE

_WIDTH, _HEIGHT = 7.0, 2.2  # inches
_PANELS = ("size", "fertility", "family", "script")
_LABELS = {"size": "pretraining text, MB", "fertility": "subwords a word", "family": "", "script": ""}
_COLUMNS = 2
_MOST_MODELS = 2
_FEWEST = 2  # languages of a family or script with a place of its own
_REST = "others"
Values = list[tuple[LanguageFacts, float]]


def typology_figure(evidence: Evidence) -> list[Figure]:
    """The figure `typology`; none under five languages outside English, or where nothing stands beside the baseline."""
    arms, codes = compared_arms(evidence)[: len(SERIES)], languages_of(evidence.study)
    if not arms or len(codes) < FEWEST_LANGUAGES:
        return []
    found = {model: _gains(evidence, model, arms, codes) for model in evidence.study.models[:_MOST_MODELS]}
    found = {model: own for model, own in found.items() if any(own.values())}
    if not found:
        return []

    def draw(figure: Any, theme: Theme) -> None:
        grid = figure.subplots(len(found) * len(_PANELS) // _COLUMNS, _COLUMNS, squeeze=False).reshape(len(found), len(_PANELS))
        handles: dict[str, Any] = {}
        for line, (model, own) in zip(grid, found.items(), strict=True):
            for axes, name in zip(line, _PANELS, strict=True):
                handles |= _panel(axes, theme, name, own, evidence)
                axes.set_title(f"{short(model.title, 24)}, {name}", loc="left", fontweight="bold")
            for axes in line[::_COLUMNS]:
                axes.set_ylabel("more than the others, points")
        figure.legend(list(handles.values()), [short(name, 30) for name in handles], loc="outside lower center", ncols=4, frameon=False)

    svg, pdf = drawn(draw, _WIDTH, len(found) * _HEIGHT * len(_PANELS) / _COLUMNS + 0.4)
    caption = (
        f"By how many points more a language gains over {BASELINE} than the others do on the same targets, mean over {evidence.seeds}, "
        f"English left out, against the size of its pretraining text, subwords a word, family and script. Languages of which a fact is "
        f"unknown are not in its panel; families and scripts of one language stand together. Without intervals: the table of languages has "
        f"them. {_undrawn(evidence, found)}{evidence.limits}"
    ).strip()
    return [Figure("typology", "Gains by language", caption, _in_words(evidence, found), svg, pdf)]


def _undrawn(evidence: Evidence, found: dict[Model, dict[Arm, Values]]) -> str:
    """What has no panel."""
    rows, models = len(compared_arms(evidence)) > len(SERIES), len(evidence.study.models) > len(found)
    what = " and ".join(name for name, there in (("models", models), ("rows", rows)) if there)
    return f"Further {what} stand in the table. " if what else ""


def _gains(evidence: Evidence, model: Model, arms: Sequence[Arm], codes: Sequence[str]) -> dict[Arm, Values]:
    facts = {one.code: one for one in language_facts(evidence.results.setup, model, codes)}
    return {
        arm: [
            (facts[code], gain) for code, gain in relative_gains(evidence.aggregates, model.name, (arm.variant, arm.intermediate)).items()
        ]
        for arm in arms
    }


def _panel(axes: Any, theme: Theme, name: str, own: dict[Arm, Values], evidence: Evidence) -> dict[str, Any]:
    quiet(axes, theme)
    axes.set_xlabel(_LABELS[name])
    of = _places(name, own) if name in ("family", "script") else {}
    groups = sorted(set(of.values()), key=lambda group: (group == _REST, group))
    handles: dict[str, Any] = {}
    drawn_any = False
    for place, (arm, values) in enumerate(own.items()):
        colour, marker = series(place)
        apart = 0.5 * ((place + 0.5) / len(own) - 0.5)
        known = [(one, gain) for one, gain in values if groups or _value(name, one) is not None]
        places = [groups.index(of[one.code]) + apart if groups else _value(name, one) for one, _ in known]
        gains = [gain for _, gain in known]
        mark = axes.plot(places, gains, color=colour, marker=marker, markersize=3.2, linestyle="none", zorder=3)[0]
        handles[evidence.arm_title(arm)] = mark
        drawn_any = drawn_any or bool(known)
    if drawn_any:
        axes.axhline(0, color=theme.soft, linewidth=0.8, zorder=1)
    if groups:
        axes.set_xticks(range(len(groups)), [short(group, 14) for group in groups], rotation=35, ha="right", fontsize=6)
    elif not drawn_any:
        axes.set_axis_off()
        axes.text(0.5, 0.5, f"{_LABELS[name]}: not known", transform=axes.transAxes, ha="center", color=theme.soft)
    elif name == "size":
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda size, _: f"{size:,.0f}")
        axes.minorticks_off()
    return handles


def _places(name: str, own: dict[Arm, Values]) -> dict[str, str]:
    """The family or script by language, those of a single one together."""
    facts = {one.code: one for values in own.values() for one, _ in values}
    groups = {code: one.family.partition(":")[0] if name == "family" else one.script for code, one in facts.items()}
    counts = Counter(groups.values())
    return {code: group if counts[group] >= _FEWEST else _REST for code, group in groups.items()}


def _value(name: str, one: LanguageFacts) -> float | None:
    return one.megabytes if name == "size" else one.fertility


def _in_words(evidence: Evidence, found: dict[Model, dict[Arm, Values]]) -> str:
    told = []
    for model, own in found.items():
        for arm, values in own.items():
            if values:
                most, least = max(values, key=lambda pair: pair[1]), min(values, key=lambda pair: pair[1])
                told.append(
                    f"{model.title}, {evidence.arm_title(arm)}: most {most[0].title} ({shown(most[1], signed=True)}), least "
                    f"{least[0].title} ({shown(least[1], signed=True)})"
                )
    return f"Scatter plots of gains by language. {'. '.join(told)}."
