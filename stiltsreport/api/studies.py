"""A study as a value: check, plan, build, report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from stiltsreport.api.plans import Plan
from stiltsreport.api.reports import Report
from stiltsreport.cli import build as build_command
from stiltsreport.cli import report as report_command
from stiltsreport.cli import status as status_command
from stiltsreport.cli.check import warnings
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, check_files, open_study, read
from stiltsreport.cli.options import REPORTS, STORE, Options
from stiltsreport.cli.parser import EXECUTORS
from stiltsreport.cli.rounds import rounds
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.units import missing_units
from stiltsreport.registry import did_you_mean
from stiltsreport.store.mirror import fetched
from stiltsreport.store.urls import is_url


class Study:
    """A study file with the places that it works in: `Study.from_yaml("quickstart")`. Results are read when they are asked for."""

    def __init__(self, options: Options) -> None:
        """Of a command's options. Raises StiltsReportError where a file is given in their place."""
        if not isinstance(options, Options):
            raise StiltsReportError(f"Study is not made of {options!r} itself", hint=f"Study.from_yaml({str(options)!r})")
        self._options = options

    @classmethod
    def from_yaml(
        cls,
        study: str | Path,
        *,
        store: str | Path = STORE,
        data: str | Path | None = None,
        reports: str | Path = REPORTS,
        override: Mapping[str, Any] | None = None,
        only: str | Sequence[str] = (),
        offline: bool = False,
        allow_commands: bool = False,
    ) -> Self:
        """The study of a file, or one that comes with the package, by its name; the arguments are the commands' options.

        `override` replaces entries, as --set does: {"limit.train": 100, "seeds": [1, 2]}; `only` is a pattern of runs, or several. Raises
        StudyErrors with every fault of the file, and StiltsReportError for arguments that are no options.
        """
        if override is not None and not isinstance(override, Mapping):
            raise StiltsReportError(f"{override!r} names no entries", where="override", hint='a dictionary, such as {"limit.train": 100}')
        pairs = tuple(f"{key}={_json(key, value)}" for key, value in (override or {}).items())
        found = cls(
            Options(
                "api", str(study), store=str(store), data=_folder(data, offline=offline), reports=Path(reports), set=pairs,
                only=(only,) if isinstance(only, str) else tuple(only), offline=offline, allow_commands=allow_commands,
            )
        )  # fmt: skip
        read(found._options)
        return found

    @property
    def title(self) -> str:
        """As the file has it."""
        return read(self._options).title

    def check(self) -> list[str]:
        """What should be known before it runs. Raises StudyErrors with every fault of the file and its local data."""
        opened = self._opened("auto")
        check_files(opened)
        return list(warnings(opened))

    def plan(self, device: str = "auto") -> Plan:
        """What would run, and what it takes on that device; a kind such as "h200" will do."""
        opened = self._opened(device)
        check_files(opened)
        units = missing_units(opened.plan, opened.store, keep_targets=opened.study.keep != "none")
        found = rounds(opened, self._with(device=device), named_device(device, gpus()))
        opened.memo.save()
        return Plan(opened, list(units), found)

    def status(self) -> dict[str, Any]:
        """What is stored, running, failed and missing, with the seconds left, as `status --json` prints it."""
        return status_command.state(self._opened("auto"), named_device("auto", gpus()))

    def build(self, *, workers: int | None = None, device: str = "auto", executor: str = "local", verbosity: int = 0) -> Report:
        """Run what is missing, write the report folder, and give the report. The same call again fills gaps only.

        `workers` 0 runs jobs in this process; None: as cores and memory, or GPUs, allow. Progress goes to the standard error, unless
        `verbosity` is -1. Jobs that fail are told of there, and their results are missing from the report, as on the command line.
        Raises StiltsReportError for an executor, a device or a number of workers that there is not.
        """
        if executor not in EXECUTORS:
            raise StiltsReportError(f"unknown executor {executor!r}", hint=did_you_mean(str(executor), EXECUTORS))
        if workers is not None and (not isinstance(workers, int) or workers < 0):
            raise StiltsReportError(f"{workers!r} is no number of workers", hint="None, or a whole number from 0")
        options = self._with(workers=workers, device=device, executor=executor, verbosity=verbosity)
        build_command.run(options, _Quiet(verbosity))
        return self.report()

    def report(self) -> Report:
        """The report of what the store holds, else of the study's report folder. Raises StiltsReportError where there is nothing."""
        return Report(*report_command.found(self._options, _Quiet(-1)))

    def __repr__(self) -> str:
        return f"<Study {self._options.study}>"

    def _opened(self, device: str) -> Opened:
        return open_study(self._options, named_device(device, gpus()))

    def _with(self, **changes: Any) -> Options:
        return replace(self._options, **changes)


def _folder(data: str | Path | None, *, offline: bool) -> Path | None:
    if data is None or not is_url(str(data)):
        return None if data is None else Path(data)
    return fetched(str(data), offline=offline)


def _json(key: str, value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        hint = "what YAML can say: numbers, texts, lists and dictionaries"
        raise StiltsReportError(f"{type(value).__name__} is no value of a study", where=f"override: {key}", hint=hint) from error


class _Quiet(Terminal):
    """The paths of what was written are not printed: the report is the result."""

    def result(self, text: str) -> None:
        """Nothing."""
