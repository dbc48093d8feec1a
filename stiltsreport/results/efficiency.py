"""What the jobs of a study cost: the rows of efficiency.jsonl."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EfficiencyRow:
    """Measured in the runs themselves: means over `jobs` jobs of one kind, weighted by what they worked on; of `peak_bytes` the highest.

    `kind` is "intermediate" or "target" for trainings, "evaluate" for evaluations and "prompted-K" for decoders asked behind K
    demonstrations; `task` what was trained on, evaluated or asked for.
    `tokens_per_second` is None where tokens were not counted, `peak_bytes` where memory was not measured, and
    `latency_seconds`, the time of one example by itself, where it was not (trainings, retrieval). `utilisation` (MFU): operations that the
    real tokens needed, by those of the device's matrix products in the same time, as measured there; None where they were not.
    `joules_per_example` is None where the driver does not count energy, or several jobs shared the device.
    """

    model: str
    kind: str
    task: str
    examples_per_second: float
    tokens_per_second: float | None
    peak_bytes: int | None
    latency_seconds: float | None
    device: str
    jobs: int
    utilisation: float | None = None
    joules_per_example: float | None = None
