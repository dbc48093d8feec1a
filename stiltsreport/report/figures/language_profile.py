"""Gains by language, ordered by family: one figure a model, one panel an intermediate task."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.areas import Part, areas, arm_key, line_areas, panel_area
from stiltsreport.report.figures.drawing import Theme, drawn, series
from stiltsreport.report.figures.grid import Grid, text_width
from stiltsreport.report.figures.panel import Panel
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.numbers import shown
from stiltsreport.report.panels import drawn_arms, figure_note, figure_title
from stiltsreport.report.tables.cells import difference
from stiltsreport.report.titles import language_title
from stiltsreport.study.study import BASELINE
from stiltsreport.tasks.languages import LANGUAGES

_COLUMNS = 6
_WIDTH = 7.0  # inches
Gains = dict[str, list[float]]  # language -> the gain on each target that has it


def language_profile(evidence: Evidence) -> list[Figure]:
    """The figures `profile-MODEL`; none for a model without a gain."""
    found = []
    for model in evidence.study.models:
        arms = drawn_arms(evidence, model.name)
        gains = {arm: _gains(evidence, arm) for arm in arms}
        codes = _ordered({code for by_language in gains.values() for code in by_language})
        if codes:
            found.append(_figure(evidence, model.name, arms, gains, codes))
    return found


def _figure(evidence: Evidence, model: str, arms: list[Arm], gains: dict[Arm, Gains], codes: list[str]) -> Figure:
    grid = Grid(len(arms), _COLUMNS, _WIDTH, panel=0.15 * len(codes), left=1.1 * text_width(codes, 6.5) + 0.14)
    across = _bounds(gains)
    families = [_family(code) for code in codes]
    borders = [place - 0.5 for place in range(1, len(codes)) if families[place] != families[place - 1]]

    def draw(figure: Any, theme: Theme) -> None:
        for place, empty in enumerate(grid.panels(figure)):
            panel = grid.lines(empty, theme, place, across, codes)
            grid.title(panel, figure_title(evidence, arms[place]))
            _panel(panel, theme, gains[arms[place]], codes)
            panel.rules(borders, color=theme.line, linewidth=0.6, zorder=0)
        grid.name(figure, f"gain over {BASELINE}, points")

    svg, pdf = drawn(draw, grid.width, grid.height)
    groups = dict.fromkeys(families)
    order = "; ".join(f"{family}: {', '.join(code for code in codes if _family(code) == family)}" for family in groups)
    return Figure(
        id=f"profile-{label(model)}",
        title=f"Gains by language, {evidence.model_title(model)}",
        caption=(
            f"Dot: mean over the targets that have the language of the paired difference to {BASELINE}; ticks: each target. "
            f"{evidence.seeds[0].upper()}{evidence.seeds[1:]}. "
            f"Targets whose own training data the intermediate task contains are left out. By family: {order}. "
            f"{figure_note(evidence, arms)} {evidence.limits}"
        ).strip(),
        alternative=_in_words(evidence, arms, gains),
        svg=svg,
        pdf=pdf,
        model=model,
        areas=areas(_parts(grid, arms, codes)),
    )


def _parts(grid: Grid, arms: list[Arm], codes: list[str]) -> Iterator[Part]:
    for place, arm in enumerate(arms):
        yield "arm", arm_key(arm), panel_area(grid, place)
    for place, code in enumerate(codes):
        for box in line_areas(grid, place, place + 1, len(codes)):
            yield "language", code, box


def _bounds(gains: dict[Arm, Gains]) -> tuple[float, float]:
    """The ends of the axis that all panels share."""
    values = [0.0, *(value for by_language in gains.values() for own in by_language.values() for value in own)]
    margin = 0.05 * ((max(values) - min(values)) or 1.0)
    return min(values) - margin, max(values) + margin


def _panel(panel: Panel, theme: Theme, gains: Gains, codes: list[str]) -> None:
    """A tick for the gain on each target, a dot for the mean."""
    there = [(height, gains[code]) for height, code in enumerate(codes) if code in gains]
    ticks = [(value, height) for height, values in there for value in values]
    style = {"marker": "|", "markersize": 5, "markeredgewidth": 0.8, "linestyle": "none", "color": theme.soft, "zorder": 2}
    panel.plot([value for value, _ in ticks], [height for _, height in ticks], **style)
    dots = {"marker": "o", "markersize": 3.8, "linestyle": "none", "color": series(0)[0], "zorder": 3}
    panel.plot([statistics.fmean(values) for _, values in there], [height for height, _ in there], **dots)


def _gains(evidence: Evidence, arm: Arm) -> Gains:
    found: Gains = {}
    for entry in evidence.study.target:
        if evidence.own(arm, entry.task.name):
            continue
        for code in entry.languages:
            series, base = (
                evidence.aggregates.language(arm.model, *which, entry.task.name, code)
                for which in ((arm.variant, arm.intermediate), ("plain", BASELINE))
            )
            gain = difference(series, base)
            if gain is not None:
                found.setdefault(code, []).append(gain)
    return found


def _ordered(codes: set[str]) -> list[str]:
    """English first, then by family and code."""
    return sorted(codes, key=lambda code: (code != "en", _family(code), code))


def _family(code: str) -> str:
    if code == "en":
        return "English"
    return LANGUAGES[code].family if code in LANGUAGES else "other"


def _in_words(evidence: Evidence, arms: list[Arm], gains: dict[Arm, Gains]) -> str:
    parts = []
    for arm in arms:
        means = {code: statistics.fmean(values) for code, values in gains[arm].items()}
        if means:
            most, least = max(means, key=lambda code: means[code]), min(means, key=lambda code: means[code])
            parts.append(
                f"{evidence.arm_title(arm)}: most in {language_title(most)} ({shown(means[most], signed=True)}), "
                f"least in {language_title(least)} ({shown(means[least], signed=True)})"
            )
    return "Dot plot of gains by language. " + ". ".join(parts) + "."
