"""What changed in the numbers of two reports: scores, and the differences that were tested."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from stiltsreport.report.differences.change import Change, Part, PartName
from stiltsreport.report.differences.folder import Folder, Row
from stiltsreport.report.numbers import counted, shown
from stiltsreport.report.verification.recomputed import same

_OF_SCORE = ("model", "variant", "intermediate", "target", "stage", "split", "language", "second_language", "seed", "metric")
_TESTED = ("difference", "low", "high", "p_value", "adjusted_p_value", "test", "seeds", "n")
OF_COMPARISON = ("model", "variant", "intermediate", "baseline", "target", "scope", "interval")


def number_changes(before: Folder, after: Folder) -> list[Part]:
    """Scores that were added, removed or changed; comparisons by their differences."""
    return [
        _part("scores", before.scores, after.scores, _OF_SCORE, ("value", "n")),
        _part("comparisons", before.comparisons, after.comparisons, OF_COMPARISON, _TESTED),
    ]


def keyed(rows: Iterable[Row], names: Sequence[str]) -> dict[tuple[Hashable, ...], Row]:
    """Rows by what they are of."""
    return {tuple(row.get(name) for name in names): row for row in rows}


def score_name(row: Mapping[str, Any]) -> str:
    """Such as xlmr-base/squad/xnli/de, seed 2, accuracy."""
    language = row["language"] if row.get("second_language") is None else f"{row['language']}-{row['second_language']}"
    stage = "" if row.get("stage") == "target" else f", {row.get('stage')} stage"
    seed = "" if row.get("seed") is None else f", seed {row['seed']}"
    return f"{row['model']}/{_arm(row)}/{row['target']}/{language}{seed}, {row['metric']}{stage}"


def comparison_name(row: Mapping[str, Any]) -> str:
    """Such as xlmr-base/squad against none, xnli (language:de, t)."""
    return f"{row['model']}/{_arm(row)} against {row['baseline']}, {row['target']} ({row['scope']}, {row['interval']})"


def _part(name: PartName, before: Sequence[Row], after: Sequence[Row], names: Sequence[str], fields: Sequence[str]) -> Part:
    called = score_name if name == "scores" else comparison_name
    one, other = keyed(before, names), keyed(after, names)
    removed = [Change(called(row), row[fields[0]], None) for key, row in one.items() if key not in other]
    added = [Change(called(row), None, row[fields[0]]) for key, row in other.items() if key not in one]
    changed = [change for key, row in one.items() if key in other for change in _changed(called(row), row, other[key], fields)]
    changed.sort(key=lambda change: -abs(change.by or 0.0))
    return Part(name, (*changed, *added, *removed), _summary(len(added), len(removed), changed))


def _changed(name: str, before: Row, after: Row, fields: Sequence[str]) -> Iterator[Change]:
    """The first of the fields that differs."""
    for field in fields:
        one, other = before.get(field), after.get(field)
        if not same(one, other):
            size = other - one if field == fields[0] and one is not None and other is not None else None
            yield Change(name if field == fields[0] else f"{name}: {field}", one, other, size)
            return


def _summary(added: int, removed: int, changed: Sequence[Change]) -> str:
    parts = [f"{counted(count)} {word}" for count, word in ((added, "added"), (removed, "removed"), (len(changed), "changed")) if count]
    sizes = [abs(change.by) for change in changed if change.by is not None]
    if sizes:
        parts[-1] += f" by {shown(sum(sizes) / len(sizes), 2)} points on average, at most {shown(max(sizes), 2)}"
    return ", ".join(parts)


def _arm(row: Mapping[str, Any]) -> str:
    return str(row["intermediate"]) if row.get("variant") in (None, "plain") else f"{row['intermediate']}+{row['variant']}"
