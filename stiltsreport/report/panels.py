"""Which rows figures have a panel for, and what panels are called, where there is little room."""

from __future__ import annotations

from collections.abc import Iterable

from stiltsreport.report.arms import NOT_ZERO_SHOT, Arm, not_zero_shot
from stiltsreport.report.evidence import Evidence
from stiltsreport.study.study import BASELINE, PLAIN

MOST_PANELS = 12  # of a figure with a panel a row
NOT_ZERO_SHOT_NOTE = f"‡ {NOT_ZERO_SHOT}."


def drawn_arms(evidence: Evidence, model: str) -> list[Arm]:
    """The rows but the baseline that a figure has a panel for: where they are many, the plain ones, since methods have a table."""
    arms = [arm for arm in evidence.arms(model) if not arm.baseline]
    plain = [arm for arm in arms if arm.variant == PLAIN]
    return arms if len(arms) <= MOST_PANELS or not plain else plain


def paired_arms(evidence: Evidence, model: str) -> list[Arm]:
    """The rows that have a matrix of pairs: where they are many, the baseline and its methods."""
    arms = evidence.arms(model)
    return arms if len(arms) <= MOST_PANELS else [arm for arm in arms if arm.intermediate == BASELINE]


def figure_title(evidence: Evidence, arm: Arm) -> str:
    """The same where there is little room: a double dagger, which the figure's caption explains (`figure_note`)."""
    return evidence.arm_title(arm).replace(f" ({NOT_ZERO_SHOT})", " ‡")


def figure_note(evidence: Evidence, arms: Iterable[Arm]) -> str:
    """What a figure's caption says of flagged arms, and of rows without a panel; "" where there are none."""
    shown = list(arms)
    flagged = NOT_ZERO_SHOT_NOTE if any(not_zero_shot(evidence.study, arm) for arm in shown) else ""
    methods = any(arm.variant != PLAIN for arm in evidence.arms(shown[0].model)) if shown else False
    undrawn = methods and all(arm.variant == PLAIN for arm in shown)
    return " ".join(filter(None, (flagged, "Rows with a method have no panel: their gains stand in the tables." if undrawn else "")))
