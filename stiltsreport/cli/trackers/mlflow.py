"""MLflow: a run a job, in an experiment of the study's name. Where they go, MLFLOW_TRACKING_URI says."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from stiltsreport.cli.trackers.serving import Run

_STATES = {"done": "FINISHED", "failed": "FAILED"}


class _MlflowRun:
    address = ""  # a server of one's own, whose address the user gave

    def __init__(self, client: Any, experiment: str, title: str) -> None:
        self._client = client
        self._id: str = client.create_run(experiment, run_name=title).info.run_id

    def log(self, step: int, values: dict[str, float]) -> None:
        now = int(time.time() * 1000)
        for name, value in values.items():
            self._client.log_metric(self._id, name, value, timestamp=now, step=step)

    def close(self, state: str) -> None:
        self._client.set_terminated(self._id, _STATES.get(state, "KILLED"))


def mlflow_runs(study: str) -> Callable[[str], Run]:
    """Runs in the experiment of that name, which is made where it is absent."""
    from mlflow.tracking import MlflowClient

    client: Any = MlflowClient()
    found = client.get_experiment_by_name(study)
    experiment = found.experiment_id if found else client.create_experiment(study)
    return lambda title: _MlflowRun(client, experiment, title)
