"""Gains against the number of intermediate examples: one panel a model, one line a task, with the interval at each size."""

from __future__ import annotations

import math
from typing import Any

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import Theme, drawn, intervals, quiet, series, short
from stiltsreport.report.numbers import counted, shown
from stiltsreport.report.tables.effects import interval_name
from stiltsreport.stats.aggregate import average_title
from stiltsreport.stats.by_examples import Step, by_examples
from stiltsreport.study.study import BASELINE

_COLUMNS = 2
_WIDTH = 7.0  # inches
_HEIGHT = 2.5
_APART = 0.015  # of the axis: how far lines of one panel stand beside each other


def gains_by_examples(evidence: Evidence) -> list[Figure]:
    """The figure `examples`; none where no intermediate task stands in two sizes with a gain."""
    study = evidence.study
    panels = {
        model.name: [
            step
            for step in by_examples(study, evidence.aggregates, evidence.results.setup, model.name)
            if step.examples and step.gain.effect.difference is not None
        ]
        for model in study.models
    }
    panels = {model: steps for model, steps in panels.items() if steps}
    if not any(len({step.examples for step in steps}) > 1 for steps in panels.values()):
        return []
    tasks = list(dict.fromkeys(step.task for steps in panels.values() for step in steps))
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)

    def draw(figure: Any, theme: Theme) -> None:
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
        handles: dict[str, Any] = {}
        for axes, (model, steps) in zip(grid.flat, panels.items(), strict=False):
            _frame(axes, theme, short(evidence.model_title(model), 40), sorted({step.examples or 1 for step in steps}))
            for place, task in enumerate(tasks):
                line = _line(axes, [step for step in steps if step.task == task], place, len(tasks))
                if line is not None:
                    handles.setdefault(task, line)
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_visible(False)
        names = [short(study.tasks[task].title, 30) for task in handles]
        figure.legend(list(handles.values()), names, loc="outside lower center", ncols=3, frameon=False)

    svg, pdf = drawn(draw, _WIDTH if columns > 1 else _WIDTH / 1.6, rows * _HEIGHT + 0.3)
    return [
        Figure(
            "examples",
            "Gain by number of intermediate examples",
            (
                f"Mean difference to {BASELINE} in points on the {average_title(study)} without the task's own data, over "
                f"{evidence.seeds}, with the {interval_name(evidence)}. {evidence.limits}"
            ).strip(),
            _in_words(evidence, panels),
            svg,
            pdf,
        )
    ]


def _frame(axes: Any, theme: Theme, title: str, sizes: list[int]) -> None:
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [counted(size) for size in sizes])
    axes.minorticks_off()
    axes.axhline(0, color=theme.soft, linewidth=0.8, zorder=1)
    quiet(axes, theme)
    axes.set_xlabel("intermediate examples")
    axes.set_ylabel(f"gain over {BASELINE}, points")


def _line(axes: Any, steps: list[Step], place: int, of: int) -> Any:
    if not steps:
        return None
    colour, marker = series(place)
    beside = 10 ** (_APART * (place - (of - 1) / 2))
    places = [beside * (step.examples or 1) for step in steps]
    bounds = [(x, (step.gain.effect.low, step.gain.effect.high)) for x, step in zip(places, steps, strict=True)]
    there = [(x, (low, high)) for x, (low, high) in bounds if low is not None and high is not None]
    intervals(axes, [x for x, _ in there], [ends for _, ends in there], upright=True, color=colour, zorder=2)
    gains = [step.gain.effect.difference for step in steps]
    return axes.plot(places, gains, color=colour, marker=marker, markersize=4.6, linewidth=1.0, zorder=3)[0]


def _in_words(evidence: Evidence, panels: dict[str, list[Step]]) -> str:
    parts = []
    for model, steps in panels.items():
        gains = [
            f"{evidence.study.tasks[step.task].title}, {counted(step.examples or 0)} examples: "
            f"{shown(step.gain.effect.difference or 0.0, signed=True)}"
            for step in steps
        ]
        parts.append(f"{evidence.model_title(model)}: {'; '.join(gains)}")
    return f"Line plot of gains by intermediate examples. {'. '.join(parts)}."
