"""What a choice of a learning rate or a layer rests on: every trial with its value, and which was chosen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TuningPoint:
    """A learning rate tried in an arm with a seed that is not reported: the value on English dev data, None where it has not run yet."""

    model: str
    stage: str
    arm: str
    learning_rate: float
    seed: int
    value: float | None
    chosen: bool = False


@dataclass(frozen=True)
class LayerPoint:
    """A layer tried for a target's sentence vectors in a language that is not reported: its score, None where it has not run yet."""

    model: str
    arm: str
    target: str
    layer: str
    language: str
    seed: int | None
    value: float | None
    chosen: bool = False
