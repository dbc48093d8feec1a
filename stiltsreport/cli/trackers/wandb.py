"""Weights & Biases: a run a job, grouped by study. Key, entity and mode are read by its own package from the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stiltsreport.cli.trackers.tracking import Run


class _WandbRun:
    def __init__(self, study: str, title: str, folder: str) -> None:
        import wandb

        self._run: Any = wandb.init(project="stiltsreport", group=study, name=title, dir=folder, reinit="create_new")

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.log(values, step=step)

    def close(self, state: str) -> None:
        self._run.summary["state"] = state
        self._run.finish(exit_code=0 if state == "done" else 1)


def wandb_runs(study: str, folder: str) -> Callable[[str], Run]:
    """Runs of the project "stiltsreport"; what is kept on disk goes below `folder`."""
    return lambda title: _WandbRun(study, title, folder)
