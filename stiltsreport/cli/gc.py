"""`gc`: remove from the store what no study needs any more, after saying what that is, and asking."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stiltsreport.cli.building import built_study
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import open_study
from stiltsreport.cli.options import Options
from stiltsreport.cli.sizes import size
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import did_you_mean
from stiltsreport.store import KINDS, Store, open_store
from stiltsreport.store.piece import Piece
from stiltsreport.store.studies import BuiltStudy, built_studies, forget_studies, named
from stiltsreport.store.sweeping import remove, unneeded


def run(options: Options, terminal: Terminal) -> int:
    """Say, ask, remove. Returns 0 also where there is nothing to remove, or the answer was no."""
    store = open_store(options.store)
    if not store.exists():
        raise StiltsReportError("is no store", where=f"--store {store.place}", hint="the folder that `build` was given")
    given = [_given(study, options) for study in options.studies]
    counted, forgotten = _counted(store, given, options)
    found = _unneeded(store, counted)
    told = _told(store, counted, forgotten, found)
    removes = bool(found or forgotten) and not options.dry_run and _agreed(found, options, terminal, told)
    if removes:
        store.prepare()
        forget_studies(store, forgotten)
        # What has come since the question was asked counts too.
        after, _ = _counted(store, given, replace(options, forget=()))
        kept = {piece.path for piece in _unneeded(store, after)}
        remove(store, [piece for piece in found if piece.path in kept])
    if options.json:
        terminal.result(json.dumps({**told, "removed": removes}, indent=2, ensure_ascii=False))
    elif removes or not found or not _asks(options):  # else it was said before asking
        terminal.text(*_text(told, removes))
    return 0


def _given(study: str, options: Options) -> BuiltStudy:
    """A study of the command line, as it would be built now."""
    opened = open_study(replace(options, study=study, set=()), named_device(options.device, gpus()))
    return built_study(opened, options, ())


def _counted(store: Store, given: Sequence[BuiltStudy], options: Options) -> tuple[list[BuiltStudy], list[BuiltStudy]]:
    """The studies that count, and those that shall no longer."""
    built = built_studies(store)
    forgotten: dict[str, BuiltStudy] = {}
    for name in options.forget:
        fitting = named(built, name)
        if not fitting:
            known = dict.fromkeys(study.name for study in built)
            raise StiltsReportError("no such study was built on this store", where=f"--forget {name}", hint=did_you_mean(name, known))
        forgotten |= {study.key: study for study in fitting}
    counted = [*given, *(study for study in built if study.key not in forgotten)]
    if not counted and not forgotten:
        hint = "name the study files that count; builds of this version leave word of theirs"
        raise StiltsReportError("no study is known to rest on it", where=f"--store {store.place}", hint=hint)
    return counted, list(forgotten.values())


def _unneeded(store: Store, counted: Iterable[BuiltStudy]) -> list[Piece]:
    """Raises StiltsReportError while a build of a study that does not count is at work: what it uses is not known."""
    studies = list(counted)
    needs = {kind: {job for study in studies for job in study.needs[kind]} for kind in KINDS}
    units = {unit for study in studies for unit in study.units} | needs["trainings"] | needs["translations"]
    for unit, holder in store.attempts.running().items():
        if unit not in units:
            raise StiltsReportError(f"a build of a study that does not count works on it: {holder}", where=store.place, hint="wait for it")
    return unneeded(store, needs, units, time.time())


def _told(store: Store, counted: Sequence[BuiltStudy], forgotten: Sequence[BuiltStudy], found: Sequence[Piece]) -> dict[str, Any]:
    """What is said, as plain values."""
    kinds = dict.fromkeys(piece.kind for piece in found)
    return {
        "store": store.place,
        "studies": [_about(study) for study in counted],
        "forgotten": [_about(study) for study in forgotten],
        "unneeded": {
            kind: {"pieces": sum(piece.kind == kind for piece in found), "bytes": sum(piece.size for piece in found if piece.kind == kind)}
            for kind in kinds
        },
        "bytes": sum(piece.size for piece in found),
    }


def _about(study: BuiltStudy) -> dict[str, Any]:
    return {
        "name": study.name, "path": study.path, "set": list(study.overrides), "built": study.built, "there": Path(study.path).is_file(),
    }  # fmt: skip


def _text(told: dict[str, Any], removed: bool) -> list[str]:
    """For a reader, a line each."""
    lines = [f"studies that count in {told['store']}:"]
    for study in told["studies"]:
        changed = f" with {' '.join(study['set'])}" if study["set"] else ""
        absent = "" if study["there"] else f" (its file is not there; --forget {study['name']} if it no longer counts)"
        lines.append(f"  {study['name']}{changed}: {study['path']}, built {study['built']}{absent}")
    lines += [f"  no longer: {study['name']}: {study['path']}" for study in told["forgotten"]]
    if not told["unneeded"]:
        return [*lines, "nothing is there that they do not need"]
    lines.append("removed:" if removed else "not needed by any of them:")
    lines += [f"  {kind}: {row['pieces']:,}, {size(row['bytes'])}" for kind, row in told["unneeded"].items()]
    return [*lines, f"  in all {size(told['bytes'])}"]


def _asks(options: Options) -> bool:
    return not (options.yes or options.dry_run or options.json)


def _agreed(found: Sequence[Piece], options: Options, terminal: Terminal, told: dict[str, Any]) -> bool:
    """Whether they shall go. Raises StiltsReportError where nobody can be asked."""
    if options.yes:
        return True
    if not sys.stdin.isatty() or options.json:
        raise StiltsReportError(
            f"{len(found):,} pieces of {size(told['bytes'])} are not needed; nobody can be asked whether to remove them",
            hint="--yes removes them, --dry-run says what they are",
        )
    terminal.text(*_text(told, removed=False))
    sys.stderr.write("remove all of this? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
