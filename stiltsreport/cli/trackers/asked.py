"""The trackers that `--track` names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from stiltsreport.cli.trackers.tracking import Run, Several, Tracking
from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.progress import Observer

FOLDER = "tensorboard"  # in the report's folder


@contextlib.contextmanager
def tracked(observer: Observer, names: Sequence[str], study: str, folder: Path, say: Callable[[str], None]) -> Iterator[Observer]:
    """The observer, and beside it a tracker for each name. Raises StiltsReportError where the package of one is absent."""
    trackers = [Tracking(name, _begin(name, study, folder), say) for name in dict.fromkeys(names)]
    try:
        yield Several([observer, *trackers]) if trackers else observer
    finally:
        for one in trackers:
            one.close()


def _begin(name: str, study: str, folder: Path) -> Callable[[str], Run]:
    try:
        if name == "tensorboard":
            import tensorboard as _there

            from stiltsreport.cli.trackers.tensorboard import tensorboard

            return tensorboard(folder / FOLDER)
        if name == "wandb":
            import wandb as _there  # noqa: F401

            from stiltsreport.cli.trackers.wandb import wandb_runs

            return wandb_runs(study, str(folder))
        from stiltsreport.cli.trackers.mlflow import mlflow_runs

        return mlflow_runs(study)
    except ImportError as error:
        hint = f"pip install {'mlflow-skinny' if name == 'mlflow' else name}"
        raise StiltsReportError(f"{name} is not installed", where=f"--track {name}", hint=hint) from error
