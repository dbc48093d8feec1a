"""Cells where more of the same data is measured, not transfer: the intermediate task is, or contains, the target's own training data."""

from __future__ import annotations

from stiltsreport.study.study import Study


def own_data(study: Study, intermediate: str, target: str) -> bool:
    """Whether the intermediate task shares a source data set with the tasks that the target is trained on in this study.

    Never so for the baseline, nor for targets without training (their scores come from the encoder as it stands).
    """
    learned = study.entry(intermediate)
    if learned is None:
        return False
    entry = next(entry for entry in study.target if entry.task.name == target)
    trained_on = {name for task in entry.train for name in task.source_data}
    return bool(trained_on & learned.source_data)
