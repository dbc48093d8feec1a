"""What choices rest on: the dev value by learning rate, and the score by layer, one line an arm."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.areas import areas, chart_area
from stiltsreport.report.figures.charts import Chart, Charts
from stiltsreport.report.figures.drawing import Theme, drawn, series, short
from stiltsreport.report.figures.scales import Scale, at, linear, logarithmic
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.numbers import shown
from stiltsreport.report.tables.tuning import arm_words
from stiltsreport.study.study import BASELINE

_WIDTH = 7.0  # inches
_HEIGHT = 1.75  # of a panel
_LEGEND = 3  # columns of the legend
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

    scale = at(logarithmic(rates), rates, [f"{rate:g}" for rate in rates])
    caption = (
        "English dev data by learning rate, mean over the seeds of tuning, which no other table reports"
        + (f"; gains are differences to {BASELINE} at the same rate" if gains else "")
        + f". Filled: the chosen rate. {evidence.limits}"
    ).strip()
    return [
        _lines(
            "tuning",
            "Gain by learning rate" if gains else "Dev value by learning rate",
            caption,
            panels,
            lambda _: scale,
            ("learning rate", "points"),
        )
    ]


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

        def across(lines: Sequence[Line]) -> Scale:
            return linear([layer for _, values, _ in lines for layer in values], whole=True)

        found.append(
            _lines(
                f"layers-{label(target)}",
                f"Score by layer: {title}",
                caption,
                panels,
                across,
                ("layer", "score"),
                list(dict.fromkeys(point.model for point in own)),
            )
        )
    return found


def _means(points: Sequence[tuple[float, float]]) -> dict[float, float]:
    places = sorted({place for place, _ in points})
    return {place: statistics.fmean(value for other, value in points if other == place) for place in places}


def _lines(
    name: str,
    title: str,
    caption: str,
    panels: dict[str, list[Line]],
    across: Callable[[Sequence[Line]], Scale],
    axes: tuple[str, str],
    models: Sequence[str] = (),
) -> Figure:
    """A panel of lines each, over the scale that `across` makes of them; `models`: what each is of, where it is of one."""
    order = list(dict.fromkeys(arm for lines in panels.values() for arm, _, _ in lines))
    made = [
        Chart(panel, across(lines), linear([value for _, values, _ in lines for value in values.values()]), axes)
        for panel, lines in panels.items()
    ]
    charts = Charts(made, _WIDTH, _HEIGHT, legend=(len(order), _LEGEND))

    def draw(figure: Any, theme: Theme) -> None:
        handles: dict[str, Any] = {}
        for panel, lines in zip(charts.drawn(figure, theme), panels.values(), strict=True):
            for arm, values, chosen in lines:
                colour, marker = series(order.index(arm))
                style = {"color": colour, "marker": marker, "markersize": 4.2, "linewidth": 1.0, "markerfacecolor": "none"}
                handles.setdefault(arm, panel.plot(list(values), list(values.values()), **style))
                if chosen in values:
                    panel.plot([chosen], [values[chosen]], marker=marker, markersize=6, color=colour, linestyle="none", zorder=3)
        charts.grid.legend(figure, list(handles.values()), [short(arm, 30) for arm in handles], _LEGEND)

    svg, pdf = drawn(draw, _WIDTH, charts.grid.height)
    parts = areas(("model", model, chart_area(charts.grid, place)) for place, model in enumerate(models))
    return Figure(name, title, caption, _in_words(title, panels), svg, pdf, areas=parts)


def _in_words(title: str, panels: dict[str, list[Line]]) -> str:
    parts = []
    for panel, lines in panels.items():
        for arm, values, chosen in lines:
            best = max(values, key=lambda place: values[place])
            pick = f", chosen {chosen:g}" if chosen is not None else ""
            parts.append(f"{panel}, {arm}: highest at {best:g} ({shown(values[best])}){pick}")
    return f"{title}. " + ". ".join(parts) + "."
