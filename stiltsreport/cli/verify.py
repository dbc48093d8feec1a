"""`verify`: a report folder, or tables of one in a LaTeX file, against scores, counts and predictions."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stiltsreport.cli.looking import seen
from stiltsreport.cli.opening import open_study
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError, cause
from stiltsreport.results import Results
from stiltsreport.store import Store, open_store
from stiltsreport.study.study import Study

if TYPE_CHECKING:
    from stiltsreport.report.verification.differences import Level

_SHOWN = 20  # differences of a level on the terminal


@dataclass(frozen=True)
class _Found:
    """What is verified against: a study with its results; `folder` is the report folder that they are from, None for a store's."""

    study: Study
    results: Results
    folder: Path | None
    name: str


def run(options: Options, terminal: Terminal) -> int:
    """Print the three levels."""
    from stiltsreport.report.verification.differences import exit_code

    path = Path(options.file)
    if not path.exists():
        raise StiltsReportError("is not there", where=options.file, hint="a report folder, or a LaTeX file with a table of one")
    store = open_store(options.store)
    there = store if store.exists() else None
    levels = _levels(path, _found(path, options, there), there, store, options)
    if options.json:
        rows = [{**asdict(level), "status": level.status} for level in levels]
        terminal.result(json.dumps({"path": options.file, "levels": rows}, indent=1, ensure_ascii=False))
    else:
        _print(levels, terminal)
    return exit_code(levels)


def _levels(path: Path, found: _Found, store: Store | None, named: Store, options: Options) -> list[Level]:
    from stiltsreport.report.verification.predictions import verify_predictions
    from stiltsreport.report.verification.recomputed import kept_rows, recomputed
    from stiltsreport.report.verification.rendering import Source, code_of, verify_folder, verify_pasted
    from stiltsreport.report.verification.scores import verify_scores

    kept = kept_rows(found.folder) if found.folder is not None else ()
    jobs = {row.job for row in found.results.scores if row.stage == "target"}
    if store is not None:
        store.bring("evaluations", jobs)
    whole = store if store is not None and all(store.has("evaluations", job) for job in jobs) else None
    again = recomputed(found.study, found.results, kept, whole)
    written = found.results.provenance
    source = Source(found.name, code_of(str(written.get("stiltsreport", "")), written.get("commit")))
    if path.is_dir():
        rendering = verify_folder(path, again, source, stored=whole is not None)
    else:
        rendering = verify_pasted(path, _text(path), again, source)
    where = f"there is no store at {named.place}"
    return [
        rendering,
        verify_scores(found.results, store, where, found.name),
        verify_predictions(found.results, store, where, options.sample),
    ]


def _found(path: Path, options: Options, store: Store | None) -> _Found:
    """The scores that PATH is held against: --scores, its own folder's, or the store's. Raises StiltsReportError where there are none."""
    from stiltsreport.report.verification.latex_tables import tables_in

    own = path if path.is_dir() else path.resolve().parent.parent if path.resolve().parent.name == "tables" else None
    if path.is_file() and not tables_in(_text(path)):
        what = "there is no table of a report in it, or the comment that names it is gone"
        raise StiltsReportError(
            what, where=str(path), hint="a line such as `% table: xtreme; study: 0123456789ab`, which tables/*.tex begin with"
        )
    if options.scores is not None and not options.scores.exists():
        raise StiltsReportError("is not there", where=f"--scores {options.scores}", hint="the scores.jsonl of a report folder")
    scores = options.scores / "scores.jsonl" if options.scores is not None and options.scores.is_dir() else options.scores
    places = [*([scores.resolve().parent] if scores is not None else []), *([own] if own is not None else [])]
    folder = next((place for place in places if (place / "provenance.json").is_file()), None)
    if folder is not None and (scores or folder / "scores.jsonl").is_file():
        return _of_folder(folder, scores, options)
    if path.is_file() and options.study and store is not None:
        return _of_store(options)
    raise StiltsReportError(
        "there are no scores to hold it against", where=str(path),
        hint="--scores FILE names the scores.jsonl of its report folder; or --store DIR with --study STUDY",
    )  # fmt: skip


def _of_folder(folder: Path, scores: Path | None, options: Options) -> _Found:
    from stiltsreport.cli.opening import read
    from stiltsreport.report.verification.source import study_of
    from stiltsreport.results.files import read_results
    from stiltsreport.results.provenance import kept_folders

    results = read_results(folder, scores)
    study = (
        read(options, kept_folders(results.provenance))
        if options.study
        else study_of(results.provenance, folder / "provenance.json", options.set, options.data)
    )
    return _Found(*seen(study, results, None), folder, scores.name if scores is not None else "scores.jsonl")


def _of_store(options: Options) -> _Found:
    from stiltsreport.results.collect import gather

    opened = open_study(options, "cpu")
    return _Found(*seen(opened.study, gather(opened.plan, opened.store), None), None, "the store's scores")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StiltsReportError(f"cannot be read: {cause(error)}", where=str(path), hint="a LaTeX file in UTF-8") from error


def _print(levels: list[Level], terminal: Terminal) -> None:
    from stiltsreport.report.formats.rows import visible

    for level in levels:
        terminal.text(visible(level.headline))
        for one in level.differences[:_SHOWN]:
            terminal.text(visible(f"  {one}"))
        if len(level.differences) > _SHOWN:
            terminal.text(f"  and {len(level.differences) - _SHOWN:,} more: --json prints all")
        for note in level.notes:
            terminal.note(visible(f"  {level.name}: {note}"))
