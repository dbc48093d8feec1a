"""Stores, data by URL, report folders, and what is read back from them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from stiltsreport.api.reports import Report
from stiltsreport.results.looks import read_looks
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from tests.errors.case import Case, Prepare, added, bytes_of, entries, several, without, writes

ROOT = Path(__file__).resolve().parents[2]
BUILD = "build STUDY --device cpu --workers 0"


def example(*steps: Prepare) -> Prepare:
    """A copy of the example report as DIR/report, changed."""
    return several(lambda folder: shutil.copytree(ROOT / "reports" / "example", folder / "report"), *steps)


def called(about: str, call: Callable[[Path], object], prepare: Prepare = lambda _: None) -> Case:
    return Case(call=call, about=about, prepare=prepare)


def report(folder: Path) -> Report:
    return Report.open(ROOT / "reports" / "example")


def twice(rows: bytes) -> bytes:
    """The first row once more, with another value."""
    row = json.loads(rows.splitlines()[0])
    return rows + json.dumps(row | {"value": row["value"] + 1}).encode() + b"\n"


CASES: dict[str, Case] = {
    # stores
    "a store that is full": Case(arguments=BUILD, around=lambda _: mock.patch("tempfile.TemporaryFile", side_effect=OSError(28, "No space left on device"))),
    "a store that may not be written to": Case(arguments=BUILD, around=lambda _: mock.patch("tempfile.TemporaryFile", side_effect=PermissionError(13, "Permission denied"))),
    "a store of another version": Case(arguments=BUILD, prepare=writes("store/store.json", {"format": "stiltsreport store", "version": 999})),
    "a store whose marker is no JSON": Case(arguments=BUILD, prepare=writes("store/store.json", "{")),
    "a store without a record of studies": Case(arguments="gc --store DIR/store --yes", prepare=lambda folder: Store(folder / "store").prepare()),
    "a study to forget that was not built": Case(arguments="gc --store DIR/store --forget other --yes", prepare=lambda folder: Store(folder / "store").prepare()),
    "a record of a study that is damaged": Case(arguments="gc --store DIR/store --yes", prepare=several(lambda folder: Store(folder / "store").prepare(), writes("store/studies/a.json", "{}"))),
    # URLs
    "a URL with a password": Case(arguments="build STUDY --store s3://me:secret@bucket/store"),
    "a URL of data with a query": Case(arguments="check STUDY --data s3://bucket/data?key=secret"),
    "a URL that is none": Case(arguments="build STUDY --store s3://[bucket"),
    "a URL of no place": Case(arguments="build STUDY --store s3://"),
    "a file:// with a machine": Case(arguments="build STUDY --store file://results/store"),
    "a file:// with a question mark": Case(arguments="build STUDY --store file:///a?b"),
    "a protocol that is not known": Case(arguments="build STUDY --store s4://bucket/store --device cpu"),
    "s3 without its package": Case(arguments="build STUDY --store s3://bucket/store --device cpu", around=lambda _: mock.patch("fsspec.core.url_to_fs", side_effect=ImportError("Install s3fs"))),
    "a store in this process's memory, for several": Case(arguments="build STUDY --store memory://bucket/store --device cpu --workers 1"),
    "data by URL that hold nothing": Case(arguments="check STUDY --data memory://nothing/here"),
    "data by URL that were never fetched": Case(arguments="check STUDY --offline --data memory://nothing/there"),
    # report folders
    "diff with what is no folder": Case(arguments="diff EXAMPLE DIR/study.yaml"),
    "diff with a provenance that is no JSON": Case(arguments="diff EXAMPLE DIR/report", prepare=example(writes("report/provenance.json", "{"))),
    "diff with a provenance of something else": Case(arguments="diff EXAMPLE DIR/report", prepare=example(writes("report/provenance.json", "[]"))),
    "a report without its provenance": Case(arguments="report STUDY --from DIR/report", prepare=example(without("report/provenance.json"))),
    "a report whose provenance lacks the set-up": Case(arguments="report STUDY --from DIR/report", prepare=example(entries("report/provenance.json", setup=None))),
    "a report with a row that is none": Case(arguments="report STUDY --from DIR/report", prepare=example(bytes_of("report/scores.jsonl", lambda rows: rows + b"{}\n"))),
    "a report with a number that is none": Case(arguments="report STUDY --from DIR/report", prepare=example(bytes_of("report/scores.jsonl", lambda rows: rows + rows.splitlines()[0].replace(b'"value": ', b'"value": "x", "was": ') + b"\n"))),
    "a report whose scores contradict one another": Case(arguments="report quickstart --from DIR/report", prepare=example(bytes_of("report/scores.jsonl", twice))),
    "a report whose efficiency is not there": Case(arguments="report STUDY --from DIR/report", prepare=example(without("report/efficiency.jsonl"))),
    "verify of a folder without its study": Case(arguments="verify DIR/report --store DIR/none", prepare=example(entries("report/provenance.json", study=None))),
    "verify of a folder whose study was another": Case(arguments="verify DIR/report --store DIR/none --set statistics.alpha=0.1", prepare=example()),
    "verify of a table without scores": Case(arguments="verify DIR/table.tex --store DIR/none", prepare=lambda folder: shutil.copy(ROOT / "reports" / "example" / "tables" / "gains.tex", folder / "table.tex")),
    "verify with scores that are not there": Case(arguments="verify EXAMPLE/tables/gains.tex --scores DIR/none.jsonl --store DIR/none"),
    "verify of a file of bytes": Case(arguments="verify DIR/table.tex", prepare=writes("table.tex", b"\xff")),
    "a table that a notebook asks for": called("a notebook", lambda folder: report(folder).table("gain")),
    "a figure that a notebook asks for": called("a notebook", lambda folder: report(folder).figure("gain")),
    # export
    "export of what was not built": Case(arguments="export xtreme STUDY --to DIR/out --device cpu"),
    "export of checkpoints that were not trained": Case(arguments="export hub STUDY --to DIR/out --device cpu"),
    "upload without a network": Case(arguments="export hub STUDY --to DIR/out --push me --offline"),
    # looks
    "a log of looks that is damaged": called("looks of a study", lambda folder: read_looks(folder, read_study(folder / "study.yaml")), writes("looks/study.jsonl", "{}\n")),
    # what a method lacks, before it runs
    "ready translations that are not there": Case(added("variants: [{translated: {to: [de]}}]\n"), "check STUDY --only model/*+*/*/*"),
}  # fmt: skip
