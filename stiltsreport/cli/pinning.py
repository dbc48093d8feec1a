"""Pinning a study to commits of the Hub before anything runs: STUDY.lock beside the study file."""

from __future__ import annotations

from stiltsreport.cli.opening import Opened, replanned, unfilled, unpinned
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.study.reading import find_study
from stiltsreport.tasks.lock import lock_path, resolve, write_lock


def pinned(opened: Opened, options: Options, device: str, terminal: Terminal) -> Opened:
    """The same study with every Hub id pinned: those that no lock holds are resolved and written to it.

    A study that reads local files alone needs neither lock nor network.

    Raises StiltsReportError where the Hub cannot be asked, and StudyErrors where a checkpoint is not named yet.
    """
    if missing := unfilled(opened):
        raise StudyErrors(missing)
    datasets, models = unpinned(opened.plan)
    if not datasets and not models:
        return opened
    study = find_study(options.study)
    names = ", ".join([*datasets, *models][:3]) + (" ..." if len(datasets) + len(models) > 3 else "")  # noqa: PLR2004
    if options.offline:
        what = f"{_ids(len(datasets) + len(models))} no commit in {lock_path(study).name} ({names})"
        hint = f"run `stiltsreport fetch {options.study}` with a network first, or name local files with --data"
        raise StiltsReportError(what, where=str(study), hint=hint)
    terminal.note(f"asking the Hub for the commits of {names}")
    lock = resolve(datasets, models, opened.lock, tell=terminal.note)
    terminal.note(f"pinned in {write_lock(study, lock)}")
    return replanned(opened, options, device, lock)


def _ids(count: int) -> str:
    return "1 Hub id has" if count == 1 else f"{count} Hub ids have"
