"""What stands on the command line."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from unittest import mock

from tests.errors.case import Case, added


def absent(*packages: str) -> AbstractContextManager[object]:
    """As if these packages were not installed."""
    return mock.patch.dict(sys.modules, dict.fromkeys(packages))


def without_slurm() -> AbstractContextManager[object]:
    """As if submitit were installed, and looked for Slurm in vain: with its own words."""
    fails = mock.Mock(side_effect=RuntimeError('Could not detect "srun", are you indeed on a slurm cluster?'))
    return mock.patch.dict(sys.modules, submitit=mock.Mock(SlurmExecutor=fails))


CASES: dict[str, Case] = {
    "--set without a value": Case(arguments="check STUDY --set seeds"),
    "--set of a key that is not there": Case(arguments="check STUDY --set sed=1"),
    "--only that matches nothing": Case(arguments="plan STUDY --only */squad/*/*"),
    "a device that is not known": Case(arguments="plan STUDY --device h300"),
    "a device that is not here": Case(arguments="build STUDY --device cuda:7"),
    "a kind of device to build on": Case(arguments="build STUDY --device h200"),
    "a table that the report lacks": Case(arguments="report quickstart --from EXAMPLE --show gain"),
    "a report folder that is none": Case(arguments="report STUDY --from DIR"),
    "no results to report": Case(arguments="report STUDY"),
    "a store that is a file": Case(arguments="build STUDY --store DIR/study.yaml"),
    "verify of nothing": Case(arguments="verify DIR/nothing.tex"),
    "verify of a text without tables": Case(arguments="verify DIR/study.yaml"),
    "diff with what is no report": Case(arguments="diff EXAMPLE DIR"),
    "gc of what is no store": Case(arguments="gc --store DIR/nothing"),
    "a task that is not known, to list": Case(arguments="list tasks panex"),
    "commands that were not allowed": Case(
        added("variants: [plain, {translated: {to: [de], command: cat}}]\n"), "build STUDY --workers 0 --device cpu"
    ),
    # init
    "init over a file that is there": Case(arguments="init DIR/study.yaml"),
    "init in a folder that is not there": Case(arguments="init DIR/none/study.yaml"),
    "init with no seeds": Case(arguments="init DIR/new.yaml --seeds many"),
    "init with a model that is not known": Case(arguments="init DIR/new.yaml --models xlmr-bose"),
    # packages that are not installed
    "Slurm without its package": Case(arguments="build STUDY --executor slurm --device cpu", around=lambda _: absent("submitit")),
    "Slurm where there is none": Case(arguments="build STUDY --executor slurm --device cpu", around=lambda _: without_slurm()),
    "Ray without its package": Case(arguments="build STUDY --executor ray --device cpu", around=lambda _: absent("ray")),
}  # fmt: skip
