"""Gains of languages against what is known of them: four panels a model, over text size, fertility, family and script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from stiltsreport.models import Model
from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.areas import areas, chart_area
from stiltsreport.report.figures.charts import Chart, Charts
from stiltsreport.report.figures.drawing import SERIES, Theme, drawn, series, short
from stiltsreport.report.figures.panel import Panel
from stiltsreport.report.figures.scales import Scale, linear, logarithmic, plain
from stiltsreport.report.numbers import listed, shown
from stiltsreport.report.tables.typology import compared_arms
from stiltsreport.stats.typology import FEWEST_LANGUAGES, LanguageFacts, language_facts, languages_of, relative_gains
from stiltsreport.study.study import BASELINE

_WIDTH, _HEIGHT = 7.0, 1.5  # inches: of the figure, and of a panel
_LEGEND = 4  # columns of the legend
_PANELS = ("size", "fertility", "family", "script")
_LABELS = {"size": "pretraining text, MB", "fertility": "subwords a word", "family": "", "script": ""}
_PANEL_WORDS = {"size": "pretraining text", "fertility": "subwords", "family": "families", "script": "scripts"}
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

    drawings = [(model, name) for model, own in found.items() for name in _PANELS if _known(name, own)]
    made = [_chart(model, name, found[model], place) for place, (model, name) in enumerate(drawings)]
    charts = Charts(made, _WIDTH, _HEIGHT, _COLUMNS, legend=(len(arms), _LEGEND))

    def draw(figure: Any, theme: Theme) -> None:
        handles: dict[str, Any] = {}
        for panel, (model, name) in zip(charts.drawn(figure, theme), drawings, strict=True):
            handles |= _panel(panel, name, found[model], evidence)
        charts.grid.legend(figure, list(handles.values()), [short(name, 30) for name in handles], _LEGEND)

    svg, pdf = drawn(draw, _WIDTH, charts.grid.height)
    unknown = listed(
        [f"{_PANEL_WORDS[name]} of {model.title}" for model, own in found.items() for name in _PANELS if not _known(name, own)]
    )
    caption = (
        f"By how many points more a language gains over {BASELINE} than the others do on the same targets, mean over {evidence.seeds}, "
        f"English left out, against the size of its pretraining text, subwords a word, family and script. Languages of which a fact is "
        f"unknown are not in its panel{f' (not known: {unknown})' if unknown else ''}; families and scripts of one language stand "
        f"together. Without intervals: the table of languages has them. {_undrawn(evidence, found)}{evidence.limits}"
    ).strip()
    parts = areas(("model", model.name, chart_area(charts.grid, place)) for place, (model, _) in enumerate(drawings))
    return [Figure("typology", "Gains by language", caption, _in_words(evidence, found), svg, pdf, areas=parts)]


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


def _known(name: str, own: dict[Arm, Values]) -> bool:
    """Whether anything can be drawn over that fact."""
    return any(name in ("family", "script") or _value(name, one) is not None for values in own.values() for one, _ in values)


def _chart(model: Model, name: str, own: dict[Arm, Values], place: int) -> Chart:
    values = [pair for own_values in own.values() for pair in own_values]
    if name in ("family", "script"):
        groups = _groups(_places(name, own))
        across = Scale(-0.5, len(groups) - 0.5, tuple(enumerate(short(group, 14) for group in groups)), slanted=True)
    else:
        facts = [value for one, _ in values if (value := _value(name, one)) is not None]
        across = (
            logarithmic(facts, lambda size: f"{size:,.0f}" if size >= 1 else plain(size))
            if name == "size" and min(facts) > 0
            else linear(facts)
        )
    up = linear([0.0, *(gain for _, gain in values)])
    names = _LABELS[name], "more than the others, points" if place % _COLUMNS == 0 else ""
    return Chart(f"{short(model.title, 24)}, {name}", across, up, names, zero=True)


def _panel(panel: Panel, name: str, own: dict[Arm, Values], evidence: Evidence) -> dict[str, Any]:
    of = _places(name, own) if name in ("family", "script") else {}
    groups = _groups(of)
    handles: dict[str, Any] = {}
    for place, (arm, values) in enumerate(own.items()):
        colour, marker = series(place)
        apart = 0.5 * ((place + 0.5) / len(own) - 0.5)
        known = [(one, gain) for one, gain in values if groups or _value(name, one) is not None]
        places = [groups.index(of[one.code]) + apart if groups else _value(name, one) for one, _ in known]
        mark = panel.plot(places, [gain for _, gain in known], color=colour, marker=marker, markersize=3.2, linestyle="none", zorder=3)
        handles[evidence.arm_title(arm)] = mark
    return handles


def _groups(of: dict[str, str]) -> list[str]:
    """Families or scripts in order, the rest at the end."""
    return sorted(set(of.values()), key=lambda group: (group == _REST, group))


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
