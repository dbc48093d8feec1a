"""Where the study of a report folder is read from: its own provenance.json, which holds the study file's text."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError
from stiltsreport.results.provenance import kept_folders, resolved
from stiltsreport.study.reading import read_study
from stiltsreport.study.study import Study

_DEEP = ("folder",) * 12  # a study names folders beside and above it, which is not to mean those of this machine
_DECIDED_LATER = ("precision", "seeds", "arm_seeds", "looks", "report")  # by the device, by the looks; report: how it is set


def study_of(provenance: Mapping[str, Any], where: Path, overrides: Sequence[str] = (), data: Path | None = None) -> Study:
    """The study whose text stands in a provenance.json.

    Raises StiltsReportError where it says other than the study as it was resolved then: with `--set`, or by another version.
    """
    try:
        name, text = (str(provenance["study"][part]) for part in ("name", "source"))
        settings = [*provenance["study"].get("overrides", []), *overrides]
        then = dict(provenance["study"].get("resolved", {}))
    except (KeyError, TypeError) as error:
        raise StiltsReportError("holds no study", where=str(where), hint="a folder that `stiltsreport build` wrote") from error
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch).resolve().joinpath(*_DEEP, f"{name}.yaml")
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        study = read_study(file, settings, data, kept_folders(provenance))
    now = json.loads(json.dumps(resolved(study, None)))
    unlike = [key for key in then if key in now and key not in _DECIDED_LATER and not _alike(then[key], now[key])]
    if unlike:
        raise StiltsReportError(
            f"the folder's study was resolved to another {', '.join(unlike)} than its text says",
            where=str(where),
            hint="give the same --set as its build had, where it was written before these were noted",
        )
    return study


def _alike(then: Any, now: Any) -> bool:
    """Equal in all that both have: another version has other settings beside these."""
    if isinstance(then, dict) and isinstance(now, dict):
        return all(_alike(then[key], now[key]) for key in then.keys() & now.keys())
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(map(_alike, then, now))
    return bool(then == now)
