"""What was asked for on the command line, as values: nothing below reads arguments or environment variables."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

STORE = "~/.cache/stiltsreport/store"
REPORTS = "reports"
ENTRIES = ("title", "models", "intermediate", "target", "seeds")  # that `init` fills in


@dataclass(frozen=True)
class Options:
    """The arguments of one command; those that a command does not take keep their defaults.

    `device` "auto" is a GPU where the driver of one is found, else the CPU. `workers` None: as many as cores and memory (or GPUs) allow;
    0: no process beside this one. `data_url`: where `data` was fetched from, "" for a folder. `verbosity`: -1 quiet, 0, 1 or more.
    """

    command: str
    study: str = ""
    store: str = STORE
    data: Path | None = None
    data_url: str = ""
    reports: Path = Path(REPORTS)
    executor: str = "local"
    workers: int | None = None
    device: str = "auto"
    offline: bool = False
    set: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    allow_commands: bool = False
    track: tuple[str, ...] = ()
    verbosity: int = 0
    json: bool = False
    show: str | None = None
    source: Path | None = None
    to: Path | None = None
    kind: str = ""
    name: str | None = None
    file: str = ""
    other: str = ""
    scores: Path | None = None
    sample: int | None = None
    form: str = "text"
    studies: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    yes: bool = False
    dry_run: bool = False
    push: str | None = None
    merged: bool = False
    partial: bool = False
    entries: tuple[tuple[str, str], ...] = ()


def options_of(arguments: argparse.Namespace) -> Options:
    """The options of parsed arguments."""
    given = vars(arguments)
    quiet, verbose = given.get("quiet") or 0, given.get("verbose") or 0
    return Options(
        command=given["command"],
        study=given.get("study") or "",
        store=given.get("store") or STORE,
        data=None if isinstance(given.get("data"), str) else given.get("data"),
        data_url=given["data"] if isinstance(given.get("data"), str) else "",
        reports=given.get("reports") or Path(REPORTS),
        executor=given.get("executor") or "local",
        workers=given.get("workers"),
        device=given.get("device") or "auto",
        offline=bool(given.get("offline")),
        set=tuple(given.get("set") or ()),
        only=tuple(given.get("only") or ()),
        allow_commands=bool(given.get("allow_commands")),
        track=tuple(given.get("track") or ()),
        verbosity=verbose - quiet,
        json=bool(given.get("json")),
        show=given.get("show"),
        source=given.get("source"),
        to=given.get("to"),
        kind=given.get("kind") or "",
        name=given.get("name"),
        file=given.get("file") or "",
        other=given.get("other") or "",
        scores=given.get("scores"),
        sample=given.get("sample"),
        form=given.get("form") or "text",
        studies=tuple(given.get("studies") or ()),
        forget=tuple(given.get("forget") or ()),
        yes=bool(given.get("yes")),
        dry_run=bool(given.get("dry_run")),
        push=given.get("push"),
        merged=bool(given.get("merged")),
        partial=bool(given.get("partial")),
        entries=tuple((name, given[name]) for name in ENTRIES if given.get(name)),
    )
