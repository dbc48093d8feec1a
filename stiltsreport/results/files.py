"""scores.jsonl, efficiency.jsonl, comparisons.jsonl and provenance.json: written whole or not at all, and read back."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from stiltsreport.errors import StiltsReportError, cause
from stiltsreport.results.efficiency import EfficiencyRow
from stiltsreport.results.results import Results
from stiltsreport.results.score import Score
from stiltsreport.results.setup import Setup

SCORES, EFFICIENCY, COMPARISONS, PROVENANCE = "scores.jsonl", "efficiency.jsonl", "comparisons.jsonl", "provenance.json"
CLAIMS = "claims.jsonl"
Row = TypeVar("Row")


def write_results(folder: Path, results: Results, comparisons: Iterable[Mapping[str, Any]] | None = None) -> list[Path]:
    """Write the files into the folder, comparisons too where they are given; the paths that were written."""
    paths = [
        write_lines(folder / SCORES, map(vars, results.scores)),
        write_lines(folder / EFFICIENCY, map(vars, results.efficiency)),
        write_whole(folder / PROVENANCE, json.dumps(results.provenance, indent=1, ensure_ascii=False, allow_nan=False) + "\n"),
    ]
    if comparisons is not None:
        paths.append(write_lines(folder / COMPARISONS, comparisons))
    return paths


def read_results(folder: Path, scores: Path | None = None) -> Results:
    """The results that stand in a report folder, or its scores in another file.

    Raises StiltsReportError with file and line for whatever is not as we write it.
    """
    file = folder / PROVENANCE
    try:
        provenance = json.loads(file.read_text(encoding="utf-8"))
        setup = Setup.from_json(provenance["setup"])
    except FileNotFoundError as error:
        raise StiltsReportError("is not there", where=str(file), hint="a folder that `stiltsreport build` wrote") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StiltsReportError(
            f"cannot be read: {cause(error)}", where=str(file), hint="a folder that this version of `stiltsreport build` wrote"
        ) from error
    return Results(read_lines(scores or folder / SCORES, _score), read_lines(folder / EFFICIENCY, _efficiency_row), setup, provenance)


def write_lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """One JSON object a line."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    return write_whole(file, "".join(encode(row) + "\n" for row in rows))


def write_whole(file: Path, content: str | bytes) -> Path:
    """Write the content beside the file and move it into place, so that no reader meets half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        Path(scratch).chmod(0o644)  # mkstemp's file is its owner's alone; a report is for others to read
        Path(scratch).replace(file)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
    return file


def read_lines(file: Path, row: Callable[[dict[str, Any]], Row]) -> tuple[Row, ...]:
    """The rows of a JSON Lines file."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise StiltsReportError(
            f"cannot be read: {cause(error)}", where=str(file), hint="a folder that `stiltsreport build` wrote"
        ) from error
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(row(json.loads(line)))
            except (ValueError, TypeError, KeyError) as error:
                reason = "its columns are other ones" if isinstance(error, TypeError) else cause(error)
                raise StiltsReportError(
                    f"is no row of {file.name}: {reason}", where=f"{file}:{number}", hint="write it anew with `stiltsreport report`"
                ) from error
    return tuple(found)


def _score(row: dict[str, Any]) -> Score:
    score = Score(**row)
    if isinstance(score.value, bool) or not isinstance(score.value, int | float) or not math.isfinite(score.value):
        raise ValueError(f"value {score.value!r} is no number")
    if score.seed is not None and not isinstance(score.seed, int):
        raise ValueError(f"seed {score.seed!r} is no whole number")
    return score


def _efficiency_row(row: dict[str, Any]) -> EfficiencyRow:
    return EfficiencyRow(**row)
