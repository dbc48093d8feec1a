"""The comparisons and answers of a report folder, computed afresh from its scores; and its own rows held against them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from stiltsreport.report.claim_sentences import worded
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.verification.differences import Difference
from stiltsreport.results import Results
from stiltsreport.results.files import CLAIMS, COMPARISONS, read_lines
from stiltsreport.results.items import StoredItems
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.collapse import judged
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.declared import declared
from stiltsreport.stats.items.kept import NEEDS_STORE, comparison_of, with_kept
from stiltsreport.stats.items.second import with_items
from stiltsreport.store import Store
from stiltsreport.study.study import Study

_KEY = ("model", "variant", "intermediate", "baseline", "target", "scope", "interval")
_CLOSE = 1e-9  # what another processor may change


@dataclass(frozen=True)
class Recomputed:
    """What the scores say. `over_items` says where the intervals over items are from: computed from the store, or kept by the folder."""

    evidence: Evidence
    answers: tuple[Answer, ...]
    rows: tuple[Comparison, ...]
    over_items: str


def recomputed(study: Study, results: Results, kept: Sequence[Comparison], store: Store | None) -> Recomputed:
    """Comparisons, answers and evidence from the scores alone.

    Intervals over items need predictions. Without a store those of `kept` are taken that are of the same jobs: tables can be checked
    against them, they themselves cannot. A row over seeds of the folder is never taken.
    """
    answers = answer_claims(study, results)
    rows = declared(study, judged(study, results.scores, results.setup.health), answers)
    if store is None:
        found, said = with_kept(rows, _renewed(rows, kept)), "intervals over items as the folder has them: they need the store"
    else:
        found, said = with_items(study, results.scores, rows, StoredItems(store)), ""
    answers = answer_claims(study, results, found) if answers else answers
    evidence = Evidence(study, results, found, answers)
    return Recomputed(evidence, tuple(worded(evidence, answer) for answer in answers), tuple(found), said)


def kept_rows(folder: Path) -> tuple[Comparison, ...]:
    """The rows of comparisons.jsonl; () without the file. Raises StiltsReportError for a line that is none."""
    return read_lines(folder / COMPARISONS, comparison_of) if (folder / COMPARISONS).is_file() else ()


def comparison_differences(shown: Sequence[Comparison], right: Sequence[Comparison], *, stored: bool) -> Iterator[Difference]:
    """comparisons.jsonl against the rows that its scores give. A row that needs the store is compared where there is one alone."""

    def rows(found: Iterable[Comparison]) -> dict[str, dict[str, Any]]:
        return {
            "/".join(str(getattr(row, name)) for name in _KEY): json.loads(json.dumps(asdict(row)))
            for row in found
            if row.interval == "t" or (stored and NEEDS_STORE not in row.note)
        }

    mine, theirs = rows(shown), rows(right)
    if stored:  # a folder that was written without the store may lack what the store gives
        unknown = {
            key.rpartition("/")[0] for key, row in rows(replace(one, interval="t") for one in shown if NEEDS_STORE in one.note).items()
        }
        theirs = {key: row for key, row in theirs.items() if row["interval"] == "t" or key.rpartition("/")[0] not in unknown}
    yield from _rows(COMPARISONS, mine, theirs)


def claim_differences(folder: Path, right: Sequence[Answer]) -> Iterator[Difference]:
    """claims.jsonl against the answers that the scores give, sentences included."""

    def key(row: Mapping[str, Any]) -> str:
        return f"{row['claim']}/{row['model']}" if row["model"] else str(row["claim"])

    shown = read_lines(folder / CLAIMS, dict) if (folder / CLAIMS).is_file() else ()
    meant = [json.loads(json.dumps(asdict(answer))) for answer in right]
    yield from _rows(CLAIMS, {key(row): row for row in shown if {"claim", "model"} <= set(row)}, {key(row): row for row in meant})


def _renewed(rows: Sequence[Comparison], kept: Sequence[Comparison]) -> list[Comparison]:
    """The kept rows over items that are of the same jobs and family as the row over seeds, each behind that row."""
    over_seeds = {tuple(getattr(row, name) for name in _KEY[:-1]): row for row in rows if row.interval == "t"}
    found = list(over_seeds.values())
    for row in kept:
        first = over_seeds.get(tuple(getattr(row, name) for name in _KEY[:-1]))
        if row.interval != "t" and first is not None and row.inputs == first.inputs:
            found.append(row)
    return found


def _rows(file: str, shown: Mapping[str, Mapping[str, Any]], right: Mapping[str, Mapping[str, Any]]) -> Iterator[Difference]:
    """Rows by name, field by field."""
    for key, row in right.items():
        if key not in shown:
            yield Difference(file, "row", "", "a row", row=key)
            continue
        for name, value in row.items():
            if name not in shown[key]:
                yield Difference(file, name, "", _text(value), row=key)
            elif not same(shown[key][name], value):
                yield Difference(file, name, _text(shown[key][name]), _text(value), row=key)
    for key in shown:
        if key not in right:
            yield Difference(file, "row", "a row", "", row=key)


def same(one: Any, other: Any) -> bool:
    """Equal values of JSON, numbers up to what another processor may change."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
