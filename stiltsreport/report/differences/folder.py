"""A report folder as plain data, so that reports of two versions can be held against each other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError, cause
from stiltsreport.results.files import CLAIMS, COMPARISONS, PROVENANCE, SCORES, read_lines

Row = dict[str, Any]
_HINT = "a folder that `stiltsreport build` wrote"


@dataclass(frozen=True)
class Folder:
    """What provenance.json says, and the rows of the others; claims and comparisons are empty where the report has none."""

    provenance: dict[str, Any]
    scores: tuple[Row, ...]
    comparisons: tuple[Row, ...]
    claims: tuple[Row, ...]


def read_folder(path: Path) -> Folder:
    """Raises StiltsReportError for a folder that is no report's, with file and line of what cannot be read."""
    if not path.is_dir():
        raise StiltsReportError("is no folder", where=str(path), hint=_HINT)
    file = path / PROVENANCE
    try:
        provenance = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StiltsReportError(f"there is no {PROVENANCE}", where=str(path), hint=_HINT) from error
    except (OSError, ValueError) as error:
        raise StiltsReportError(f"cannot be read: {cause(error)}", where=str(file), hint=_HINT) from error
    if not isinstance(provenance, dict):
        raise StiltsReportError("is no provenance of a report", where=str(file), hint=_HINT)
    rows = [read_lines(path / name, dict) if name == SCORES or (path / name).is_file() else () for name in (SCORES, COMPARISONS, CLAIMS)]
    return Folder(provenance, *rows)
