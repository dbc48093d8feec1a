"""`doctor`: what this machine has and lacks for studies, or for one study, and the command that mends each."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stiltsreport.cli.doctor.clusters import clusters
from stiltsreport.cli.doctor.devices import devices
from stiltsreport.cli.doctor.finding import Finding, State, worst
from stiltsreport.cli.doctor.libraries import libraries
from stiltsreport.cli.doctor.network import network
from stiltsreport.cli.doctor.places import places
from stiltsreport.cli.doctor.study import study
from stiltsreport.cli.doctor.typesetting import typesetting
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal

WRONG = 2
_MARKS: dict[State, tuple[str, str]] = {"right": ("ok", "green"), "note": ("note", "yellow"), "wrong": ("wrong", "bold red")}
_CONCLUSIONS: dict[State, str] = {
    "right": "all is well",
    "note": "builds run here; the notes say what is missing or slower",
    "wrong": "what is wrong will stop a build: mend it first",
}


def run(options: Options, terminal: Terminal) -> int:
    """Look, and print as text or JSON. Returns 2 where something is wrong, else 0."""
    found: list[Finding] = []
    for area in _areas(options):
        found += area()
    if options.json:
        terminal.result(json.dumps({"state": worst(found), "findings": [asdict(one) for one in found]}, indent=2, ensure_ascii=False))
    else:
        terminal.result(shown(found, Console(file=sys.stdout, highlight=False)))
    return WRONG if worst(found) == "wrong" else 0


def _areas(options: Options) -> Iterator[Callable[[], Iterator[Finding]]]:
    cache = Path(os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    yield libraries
    yield devices
    yield lambda: places(options.store, options.reports, cache)
    yield lambda: network(options.offline)
    yield typesetting
    yield clusters
    if options.study:
        yield lambda: study(options)


def shown(findings: list[Finding], console: Console) -> str:
    """By area, in the order they were found; what to do stands below what is amiss. Long lines are folded to the terminal."""
    with console.capture() as captured:
        _show(findings, console)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _show(findings: list[Finding], console: Console) -> None:
    for area, group in groupby(findings, key=lambda one: one.area):
        console.print(Text(area, style="bold"))
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=24)
        table.add_column(overflow="fold")
        for one in group:
            mark, style = _MARKS[one.state]
            said = Text(one.said)
            if one.mend:
                said.append(f"\n> {one.mend}", style="cyan")
            table.add_row(Text(mark, style=style), Text(one.name), said)
        console.print(Padding(table, (0, 0, 0, 2)))
    state = worst(findings)
    console.print(Text(_CONCLUSIONS[state], style=_MARKS[state][1]))
