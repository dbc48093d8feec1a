"""What choices rest on: the dev value by learning rate, and the score by layer, one line an arm."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import Theme, drawn, quiet, series, short
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.numbers import shown
from stiltsreport.report.tables.tuning import arm_words
from stiltsreport.study.study import BASELINE

_WIDTH = 7.0  # inches
_COLUMNS = 2
_HEIGHT = 2.5
Line = tuple[str, dict[float, float], float | None]  # an arm, its values by place, the place that was chosen


def tuning(evidence: Evidence) -> list[Figure]:
    """The figure `tuning`: the value on English dev data by learning rate; none where fewer than two rates have run."""
    points = [point for point in evidence.results.setup.tuning if point.value is not None]
    if len({point.learning_rate for point in points}) < 2:  # noqa: PLR2004 - one rate is no curve
        return []
    panels: dict[str, list[Line]] = {}
    gains = False
    for model, stage in dict.fromkeys((point.model, point.stage) for point in points):
        own = [point for point in points if (point.model, point.stage) == (model, stage)]
        values = {
            arm: _means([(point.learning_rate, point.value) for point in own if point.arm == arm and point.value is not None])
            for arm in dict.fromkeys(point.arm for point in own)
        }
        base = values.get(BASELINE, {}) if len(values) > 1 else {}
        gains = gains or bool(base)
        title = f"{stage} training" + (f", gain over {BASELINE}" if base else ", dev value")
        title += "" if model == "all" or len(evidence.study.models) == 1 else f", {evidence.model_title(model)}"
        for arm, found in values.items():
            chosen = next((point.learning_rate for point in own if point.chosen and point.arm == arm), None)
            shown_values = {rate: value - base[rate] for rate, value in found.items() if rate in base} if base else found
            if shown_values:
                panels.setdefault(title, []).append((arm_words(evidence, arm), shown_values, chosen))
    rates = sorted({point.learning_rate for point in points})

    def frame(axes: Any) -> None:
        axes.set_xscale("log")
        axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
        axes.minorticks_off()
        axes.set_xlabel("learning rate")
        axes.set_ylabel("points")

    caption = (
        "English dev data by learning rate, mean over the seeds of tuning, which no other table reports"
        + (f"; gains are differences to {BASELINE} at the same rate" if gains else "")
        + f". Filled: the chosen rate. {evidence.limits}"
    ).strip()
    return [_lines("tuning", "Gain by learning rate" if gains else "Dev value by learning rate", caption, panels, frame)]


def layers(evidence: Evidence) -> list[Figure]:
    """The figures `layers-TARGET`: the score of sentence vectors by layer, in languages that are not reported."""
    points = [point for point in evidence.results.setup.layers if point.value is not None]
    found = []
    for target in dict.fromkeys(point.target for point in points):
        own = [point for point in points if point.target == target]
        panels: dict[str, list[Line]] = {}
        for model, arm in dict.fromkeys((point.model, point.arm) for point in own):
            lines = [point for point in own if (point.model, point.arm) == (model, arm)]
            values = _means([(float(point.layer), point.value) for point in lines if point.value is not None])
            chosen = next((float(point.layer) for point in lines if point.chosen), None)
            drawn = panels.setdefault(evidence.model_title(model), [])
            if all((values, chosen) != line[1:] for line in drawn):  # methods of the target phase read the same checkpoint
                drawn.append((arm_words(evidence, arm), values, chosen))
        entry = evidence.entries.get(target)
        title = entry.task.title if entry else target
        languages = ", ".join(sorted({point.language for point in own}))
        caption = (
            f"{title} by the layer of the sentence vectors, mean over seeds and over {languages}, which are not reported. Filled: the "
            f"layer that the rule chose for the reported languages. Rows that read the same checkpoints share a line. {evidence.limits}"
        ).strip()

        def frame(axes: Any) -> None:
            axes.set_xlabel("layer")
            axes.set_ylabel("score")
            axes.xaxis.get_major_locator().set_params(integer=True)

        found.append(_lines(f"layers-{label(target)}", f"Score by layer: {title}", caption, panels, frame))
    return found


def _means(points: Sequence[tuple[float, float]]) -> dict[float, float]:
    places = sorted({place for place, _ in points})
    return {place: statistics.fmean(value for other, value in points if other == place) for place in places}


def _lines(name: str, title: str, caption: str, panels: dict[str, list[Line]], frame: Callable[[Any], None]) -> Figure:
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    order = list(dict.fromkeys(arm for lines in panels.values() for arm, _, _ in lines))

    def draw(figure: Any, theme: Theme) -> None:
        grid = figure.subplots(rows, columns, squeeze=False)
        handles: dict[str, Any] = {}
        for axes, (panel, lines) in zip(grid.flat, panels.items(), strict=False):
            axes.set_title(short(panel, 40), loc="left", fontweight="bold")
            frame(axes)
            quiet(axes, theme)
            for arm, values, chosen in lines:
                colour, marker = series(order.index(arm))
                style = {"color": colour, "marker": marker, "markersize": 4.2, "linewidth": 1.0, "markerfacecolor": "none"}
                handles.setdefault(arm, axes.plot(list(values), list(values.values()), **style)[0])
                if chosen in values:
                    axes.plot([chosen], [values[chosen]], marker=marker, markersize=6, color=colour, linestyle="none", zorder=3)
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_visible(False)
        names = [short(arm, 30) for arm in handles]
        figure.legend(list(handles.values()), names, loc="outside lower center", ncols=3, frameon=False)

    svg, pdf = drawn(draw, _WIDTH, rows * _HEIGHT + 0.17 * math.ceil(len(order) / 3) + 0.15)
    return Figure(name, title, caption, _in_words(title, panels), svg, pdf)


def _in_words(title: str, panels: dict[str, list[Line]]) -> str:
    parts = []
    for panel, lines in panels.items():
        for arm, values, chosen in lines:
            best = max(values, key=lambda place: values[place])
            pick = f", chosen {chosen:g}" if chosen is not None else ""
            parts.append(f"{panel}, {arm}: highest at {best:g} ({shown(values[best])}){pick}")
    return f"{title}. " + ". ".join(parts) + "."
