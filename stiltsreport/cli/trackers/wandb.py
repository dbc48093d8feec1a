"""Weights & Biases: a run a job, grouped by study. Key, entity and mode are read by its own package from the environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stiltsreport.cli.trackers.serving import Run


class _WandbRun:
    def __init__(self, study: str, title: str, folder: Path) -> None:
        import wandb

        self._run: Any = wandb.init(project="stiltsreport", group=study, name=title, dir=str(folder), reinit="create_new")
        self.address: str = self._run.url or ""  # None offline

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.log(values, step=step)

    def close(self, state: str) -> None:
        self._run.summary["state"] = state
        self._run.finish(exit_code=0 if state == "done" else 1)


def wandb_runs(study: str, folder: Path) -> Callable[[str], Run]:
    """Runs of the project "stiltsreport"; what is kept on disk goes below `folder`. Raises OSError where that cannot be made."""
    import wandb as _there  # noqa: F401

    folder.mkdir(parents=True, exist_ok=True)  # else wandb writes into the machine's folder of temporary files, and says so to nobody
    return lambda title: _WandbRun(study, title, folder)
