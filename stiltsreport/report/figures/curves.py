"""The losses of mixtures and of masked language modelling on the way: one panel an arm, one line a part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.areas import areas, arm_key, chart_area
from stiltsreport.report.figures.charts import Chart, Charts
from stiltsreport.report.figures.drawing import Theme, drawn, series, short
from stiltsreport.report.figures.scales import linear, logarithmic
from stiltsreport.report.numbers import shown
from stiltsreport.results import CurveFacts

_WIDTH = 7.0  # inches
_HEIGHT = 1.65  # of a panel
_LEGEND = 5  # columns of the legend


def curves(evidence: Evidence) -> list[Figure]:
    """The figure `curves`; none where no training has several parts or is masked language modelling."""
    panels: dict[Arm, list[CurveFacts]] = {}
    for curve in evidence.results.setup.curves:
        if curve.steps:
            panels.setdefault(Arm(curve.model, curve.variant, curve.intermediate), []).append(curve)
    if not panels:
        return []
    parts = list(dict.fromkeys(curve.part for own in panels.values() for curve in own))
    charts = Charts([_chart(evidence, arm, own) for arm, own in panels.items()], _WIDTH, _HEIGHT, legend=(len(parts), _LEGEND))

    def draw(figure: Any, theme: Theme) -> None:
        handles: dict[str, Any] = {}
        for panel, own in zip(charts.drawn(figure, theme), panels.values(), strict=True):
            for curve in own:
                colour, marker = series(parts.index(curve.part))
                line = panel.plot(
                    curve.steps, curve.losses, color=colour, linewidth=1.1, marker=marker, markersize=3.4,
                    markevery=max(1, len(curve.steps) // 8),
                )  # fmt: skip
                handles.setdefault(curve.part, line)
        charts.grid.legend(figure, list(handles.values()), [short(_title(evidence, part), 24) for part in handles], _LEGEND)

    svg, pdf = drawn(draw, _WIDTH, charts.grid.height)
    seeds = sorted({curve.seed for own in panels.values() for curve in own})
    return [
        Figure(
            id="curves",
            title="Training loss of each part of a mixture",
            caption=(
                f"Loss by step in seed {', '.join(map(str, seeds))}, thinned to means over neighbouring steps of the part; losses of "
                "unlike parts compare with nothing but themselves."
            ),
            alternative=_in_words(evidence, panels),
            svg=svg,
            pdf=pdf,
            areas=areas(
                part
                for place, arm in enumerate(panels)
                for part in (("model", arm.model, chart_area(charts.grid, place)), ("arm", arm_key(arm), chart_area(charts.grid, place)))
            ),
        )
    ]


def _chart(evidence: Evidence, arm: Arm, own: Sequence[CurveFacts]) -> Chart:
    model = f", {evidence.model_title(arm.model)}" if len(evidence.study.models) > 1 else ""
    steps, losses = [step for curve in own for step in curve.steps], [loss for curve in own for loss in curve.losses]
    across, up = linear(steps, whole=True), logarithmic(losses) if min(losses) > 0 else linear(losses)
    return Chart(evidence.arm_title(arm) + model, across, up, ("step", "training loss"))


def _title(evidence: Evidence, part: str) -> str:
    if part in evidence.study.tasks:
        return evidence.study.tasks[part].title
    return "MLM" if part == "mlm" else part


def _in_words(evidence: Evidence, panels: dict[Arm, list[CurveFacts]]) -> str:
    parts = [
        f"{evidence.arm_title(arm)}, {_title(evidence, curve.part)}: from {shown(curve.losses[0], 2)} to {shown(curve.losses[-1], 2)}"
        for arm, own in panels.items()
        for curve in own
    ]
    return "Lines of training loss. " + ". ".join(parts) + "."
