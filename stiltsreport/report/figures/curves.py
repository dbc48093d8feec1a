"""The losses of mixtures and of masked language modelling on the way: one panel an arm, one line a part."""

from __future__ import annotations

import math
from typing import Any

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import Theme, drawn, quiet, series, short
from stiltsreport.report.numbers import shown
from stiltsreport.results import CurveFacts

_WIDTH = 7.0  # inches
_COLUMNS = 2
_HEIGHT = 2.3


def curves(evidence: Evidence) -> list[Figure]:
    """The figure `curves`; none where no training has several parts or is masked language modelling."""
    panels: dict[Arm, list[CurveFacts]] = {}
    for curve in evidence.results.setup.curves:
        if curve.steps:
            panels.setdefault(Arm(curve.model, curve.variant, curve.intermediate), []).append(curve)
    if not panels:
        return []
    parts = list(dict.fromkeys(curve.part for own in panels.values() for curve in own))
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)

    def draw(figure: Any, theme: Theme) -> None:
        grid = figure.subplots(rows, columns, squeeze=False)
        handles: dict[str, Any] = {}
        for axes, (arm, own) in zip(grid.flat, panels.items(), strict=False):
            model = f", {evidence.model_title(arm.model)}" if len(evidence.study.models) > 1 else ""
            axes.set_title(short(evidence.arm_title(arm) + model, 42), loc="left", fontweight="bold")
            for curve in own:
                colour, marker = series(parts.index(curve.part))
                line = axes.plot(
                    curve.steps, curve.losses, color=colour, linewidth=1.1, marker=marker, markersize=3.4,
                    markevery=max(1, len(curve.steps) // 8),
                )[0]  # fmt: skip
                handles.setdefault(curve.part, line)
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
            axes.set_xlabel("step")
            axes.set_ylabel("training loss")
            quiet(axes, theme)
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_visible(False)
        figure.legend(
            list(handles.values()), [short(_title(evidence, part), 24) for part in handles], loc="outside lower center",
            ncols=min(5, len(handles)), frameon=False,
        )  # fmt: skip

    svg, pdf = drawn(draw, _WIDTH, rows * _HEIGHT + 0.17 * math.ceil(len(parts) / 5) + 0.15)
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
        )
    ]


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
