"""What the tables of the transfer microscope share: rows by model, the baseline beside them, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Number
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, listed, plural
from stiltsreport.results.microscope_facts import ENGLISH, OTHERS, ConfusionFacts, HitFacts, SpanFacts
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry

Seen = ConfusionFacts | SpanFacts | HitFacts
NOTHING = Cell(details=(("missing", "not run yet in both rows, or its answers were not kept"),))


def arm_of(row: Seen) -> Arm:
    """The row of tables that a fact is of."""
    return Arm(row.model, row.variant, row.intermediate)


def baseline_arm(model: str) -> Arm:
    """The row that all are held against."""
    return Arm(model, PLAIN, BASELINE)


def groups_of(rows: Sequence[Seen]) -> list[str]:
    """English and the other languages, as far as there are facts of them."""
    return [group for group in (ENGLISH, OTHERS) if any(row.group == group for row in rows)]


def alike(rows: Sequence[Seen]) -> bool:
    """Whether all of a model's rows rest on the same seeds and languages, so that their baselines are one."""
    return len({(row.group, row.languages, row.seeds) for row in rows}) == len({row.group for row in rows})


def languages_in_words(rows: Sequence[Seen]) -> str:
    """What the groups hold: "English; other languages: de, sw"."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        found.setdefault(row.group, {}).update(dict.fromkeys(row.languages))
    parts = [ENGLISH] * (ENGLISH in found) + ([f"{OTHERS}: {', '.join(found[OTHERS])}"] if OTHERS in found else [])
    return "; ".join(parts)


def seeds_in_words(rows: Sequence[Seen]) -> str:
    """How many a sum is over."""
    counts = sorted({len(row.seeds) for row in rows})
    return plural(counts[0], "seed") if len(counts) == 1 else f"{counts[0]} to {plural(counts[-1], 'seed')}"


def left_out(evidence: Evidence, target: str) -> tuple[str, ...]:
    """A sentence where only the ends of a model's rows are shown, and which these are."""
    cut = [row for row in evidence.results.setup.microscope.looked if row.target == target and len(row.arms) < row.of]
    if not cut:
        return ()
    counts = sorted({row.of for row in cut})
    of = counted(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    models = listed([evidence.model_title(row.model) for row in cut])
    return (f"Of the {of} rows of {models} those are shown that gain most and least on this target.",)


def not_seen(entry: TargetEntry, seen: Iterable[str]) -> tuple[str, ...]:
    """A sentence on the target's languages of which nothing is shown."""
    there = set(seen)
    absent = [language for language in entry.languages if language not in there]
    return (f"Nothing is shown of {listed(absent)}: not run in both rows, or the answers were not kept.",) if absent else ()


def examples_of(evidence: Evidence, arm: Arm, target: str, *ways: str) -> str:
    """Where the texts of the first item stand that a row turns one of these ways; "" where there are none."""
    for way in ways:
        head = (arm.model, arm.variant, arm.intermediate, target, way)
        found = next((link for key, link in evidence.examples.items() if key[: len(head)] == head), "")
        if found:
            return found
    return ""


def share(part: int, whole: int, before: tuple[int, int] | None = None, *, of: str = "answers") -> Cell:
    """Percent, with the change in points beneath it; nothing where there is nothing to have a share of."""
    if not whole:
        return Cell(details=(("missing", f"no {of} of this kind"),))
    value = 100 * part / whole
    details = [(of, f"{counted(part)} of {counted(whole)}")]
    second = None
    if before is not None and before[1]:
        second = Number(value - 100 * before[0] / before[1], signed=True, grey=True)
        details.append((f"{of}, {BASELINE}", f"{counted(before[0])} of {counted(before[1])}"))
    return Cell(Number(value), second, details=tuple(details))


def plain_columns(titles: Sequence[str]) -> tuple[Column, ...]:
    """Columns of numbers that come from no score."""
    return tuple(Column(title) for title in titles)
