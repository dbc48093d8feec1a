"""Each seed's score by row, a panel a target: how far seeds lie apart, and which runs collapsed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.areas import Part, areas, arm_key, line_areas, panel_area
from stiltsreport.report.figures.drawing import Theme, drawn, series, short
from stiltsreport.report.figures.grid import Grid, text_width
from stiltsreport.report.figures.panel import Panel
from stiltsreport.report.figures.scales import UNIT, Scale, at, linear
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.numbers import listed, shown
from stiltsreport.report.panels import drawn_arms, figure_note, figure_title
from stiltsreport.stats.aggregate import GROUPS
from stiltsreport.stats.collapse import Cells, collapsed_cells
from stiltsreport.study.study import BASELINE, TargetEntry

_COLUMNS = 3
_FONT = 6.5  # points
_SPARE = 1.1  # times what a text takes in matplotlib's font: readers have others
_WIDTH = 7.0  # inches
_ROW = 0.125  # inches: the height of an arm
_HEIGHT = 8.4  # of the panels of one figure: what a page of the paper holds
_FEWEST = 2  # seeds that have a spread

Point = tuple[float, int]  # a score, and the place of its row


@dataclass(frozen=True)
class _Panel:
    """A target: scores of healthy runs, of collapsed ones and of what was never trained; and the baseline's mean."""

    entry: TargetEntry
    healthy: tuple[Point, ...]
    collapsed: tuple[Point, ...]
    constant: tuple[Point, ...]
    baseline: float | None


def seed_strips(evidence: Evidence) -> list[Figure]:
    """The figures `seeds-MODEL` (`seeds-MODEL-2` where targets have no room on a page); none for a model without two seeds of anything."""
    bad = collapsed_cells(evidence.study, evidence.results.setup.health)
    found = []
    for model in evidence.study.models:
        arms = [Arm(model.name, "plain", BASELINE), *drawn_arms(evidence, model.name)]
        entries = [entry for group in GROUPS for entry in evidence.study.target if entry.task.group == group]
        panels = [_panel(evidence, arms, entry, bad) for entry in entries]
        panels = [panel for panel in panels if panel.healthy or panel.collapsed]
        if max((_spread(panel) for panel in panels), default=0) < _FEWEST:
            continue
        room = _COLUMNS * max(1, int((_HEIGHT - 0.2) / (len(arms) * _ROW + 0.4)))
        found += [_figure(evidence, arms, panels[first : first + room], first // room) for first in range(0, len(panels), room)]
    return found


def _spread(panel: _Panel) -> int:
    """The seeds of the row that has the most."""
    rows = [row for _, row in (*panel.healthy, *panel.collapsed)]
    return max(rows.count(row) for row in rows)


def _panel(evidence: Evidence, arms: Sequence[Arm], entry: TargetEntry, bad: Cells) -> _Panel:
    healthy, collapsed, constant = [], [], []
    baseline = None
    for place, arm in enumerate(arms):
        own = evidence.aggregates.task(arm.model, arm.variant, arm.intermediate, entry.task.name)
        if own is None:
            continue
        baseline = own.mean() if arm.baseline else baseline
        for seed, value in zip(own.seeds, own.values, strict=True):
            if seed is None:
                constant.append((value, place))
            elif (arm.model, arm.variant, arm.intermediate, entry.task.name, seed) in bad:
                collapsed.append((value, place))
            else:
                healthy.append((value, place))
    return _Panel(entry, tuple(healthy), tuple(collapsed), tuple(constant), baseline)


def _figure(evidence: Evidence, arms: Sequence[Arm], panels: Sequence[_Panel], part: int) -> Figure:
    titles = [BASELINE if arm.baseline else short(figure_title(evidence, arm), 22) for arm in arms]
    grid = _grid(len(panels), len(arms), text_width(titles, _FONT) * _SPARE + 0.1)

    def draw(figure: Any, theme: Theme) -> None:
        for place, empty in enumerate(grid.panels(figure)):
            up = Scale(len(arms) - 0.4, -0.6)
            panel = replace(empty, across=_scale(panels[place]), up=up)
            _draw(panel, panels[place], len(arms), theme)
            if place % grid.columns == 0:
                replace(panel, across=UNIT, up=at(up, range(len(arms)), titles)).labels(theme, _FONT, apart=3)

    svg, pdf = drawn(draw, grid.width, grid.height)
    model = arms[0].model
    return Figure(
        id=f"seeds-{label(model)}" + (f"-{part + 1}" if part else ""),
        title=f"Scores by seed, {evidence.model_title(model)}" + (f" (continued, {part + 1})" if part else ""),
        caption=_caption(evidence, arms, panels),
        alternative=_in_words(evidence, arms, panels),
        svg=svg,
        pdf=pdf,
        model=model,
        areas=areas(_parts(grid, arms, panels)),
    )


def _parts(grid: Grid, arms: Sequence[Arm], strips: Sequence[_Panel]) -> Iterator[Part]:
    for place, strip in enumerate(strips):
        yield "target", strip.entry.task.name, panel_area(grid, place)
    for place, arm in enumerate(arms):
        if not arm.baseline:
            for box in line_areas(grid, place + 0.1, place + 1.1, len(arms) + 0.2):
                yield "arm", arm_key(arm), box


def _grid(panels: int, arms: int, left: float = 0.0) -> Grid:
    return Grid(panels, _COLUMNS, _WIDTH, panel=arms * _ROW, left=left, above=0.2, below=0.2, between=0.2)


def _scale(strip: _Panel) -> Scale:
    return linear([value for value, _ in (*strip.healthy, *strip.collapsed, *strip.constant)], 4)


def _draw(panel: Panel, strip: _Panel, arms: int, theme: Theme) -> None:
    panel.text((0, 1), short(strip.entry.task.title, 30), off=(0, 3), ha="left", va="bottom", fontweight="bold")
    if strip.baseline is not None:
        panel.rules([strip.baseline], upright=True, color=theme.soft, linewidth=0.8, zorder=1)
    looks = ((strip.healthy, series(0)[0], "|"), (strip.collapsed, series(1)[0], "x"), (strip.constant, theme.ink, "D"))
    for points, colour, marker in looks:
        if points:
            values, places = zip(*points, strict=True)
            size = 6.0 if marker == "|" else 3.4
            style = {"markersize": size, "markeredgewidth": 1.0, "color": colour, "markerfacecolor": "none"}
            panel.plot(values, places, linestyle="none", marker=marker, zorder=3, **style)
    panel.rules([tick for tick, _ in panel.across.ticks], upright=True, color=theme.line, zorder=0)
    panel.rules(range(arms), color=theme.line, zorder=0)
    replace(panel, up=UNIT).labels(theme, _FONT, apart=3)


def _caption(evidence: Evidence, arms: Sequence[Arm], panels: Sequence[_Panel]) -> str:
    parts = (
        f"Tick: the score of one seed, the mean over the target's languages; line: the mean of {BASELINE}. {evidence.seeds}.",
        "Cross: a collapsed run, which stands in every mean as it was." if any(panel.collapsed for panel in panels) else "",
        "Diamond: nothing was trained, so that the score stands once." if any(panel.constant for panel in panels) else "",
        figure_note(evidence, arms[1:]),
        evidence.limits,
    )
    return " ".join(part for part in parts if part)


def _in_words(evidence: Evidence, arms: Sequence[Arm], panels: Sequence[_Panel]) -> str:
    told = []
    for panel in panels:
        points = [*panel.healthy, *panel.collapsed]
        ranges = {
            place: (min(value for value, row in points if row == place), max(value for value, row in points if row == place))
            for place in {row for _, row in points}
        }
        widest = max(ranges, key=lambda place: ranges[place][1] - ranges[place][0])
        low, high = ranges[widest]
        crossed = sorted({evidence.arm_title(arms[place]) for _, place in panel.collapsed})
        told.append(
            f"{panel.entry.task.title}: seeds lie furthest apart for {evidence.arm_title(arms[widest])} ({shown(low)} to {shown(high)})"
            + (f"; collapsed runs of {listed(crossed)}" if crossed else "")
        )
    return f"Strip plots of scores by seed. {'. '.join(told)}. The same numbers stand in the cells of the tables."
