"""Gains by language, ordered by family: one figure a model, one panel an intermediate task."""

from __future__ import annotations

import math
import statistics
from typing import Any

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import Theme, drawn, panel, series, short
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
    columns = min(_COLUMNS, len(arms))
    rows = math.ceil(len(arms) / columns)
    families = [_family(code) for code in codes]

    def draw(figure: Any, theme: Theme) -> None:
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(arms):
                axes.set_visible(False)
                continue
            panel(axes, theme, short(figure_title(evidence, arms[place]), 17))
            for height, code in enumerate(codes):
                values = gains[arms[place]].get(code, [])
                axes.plot(
                    values,
                    [height] * len(values),
                    marker="|",
                    markersize=5,
                    markeredgewidth=0.8,
                    linestyle="none",
                    color=theme.soft,
                    zorder=2,
                )
                if values:
                    axes.plot(
                        [statistics.fmean(values)],
                        [height],
                        marker="o",
                        markersize=3.8,
                        linestyle="none",
                        color=series(0)[0],
                        zorder=3,
                    )
                if height and families[height] != families[height - 1]:
                    axes.axhline(height - 0.5, color=theme.line, linewidth=0.6, zorder=0)
            axes.tick_params(labelsize=6.5)
        figure.supxlabel(f"gain over {BASELINE}, points", fontsize=8)
        first = grid[0][0]
        first.set_yticks(range(len(codes)), codes)
        first.set_ylim(len(codes) - 0.4, -0.6)

    svg, pdf = drawn(draw, _WIDTH, rows * (0.5 + 0.15 * len(codes)) + 0.35)
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
    )


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
