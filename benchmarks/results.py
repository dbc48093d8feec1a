"""RESULTS.md out of the lines that the benchmarks print, so that no figure is ever typed by hand.

    python -m benchmarks.results LINES.jsonl ... --keep benchmarks/RESULTS.md > build/RESULTS.md && mv build/RESULTS.md benchmarks

Of lines of one benchmark, case and peer on one machine the last counts. `--keep`: what that page says of other machines, and of other
benchmarks, stays. Without a file: a page that says that nothing was measured.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Line = dict[str, Any]
NOTHING = "Nothing has been measured yet: README.md says how."
TITLES = {
    "training": "Training",
    "evaluation": "Evaluation",
    "retrieval": "Retrieval",
    "study": "Studies",
    "chaos": "Studies whose processes are killed",
    "memory": "Memory of trainings, predicted and measured",
    "rendering": "Rendering of a large study's report",
}
# (heading, key, form, unit); what a line does not have is shown as a dash.
SPEED = (
    ("case", "case", "", 1), ("peer", "peer", "", 1), ("ours, tokens/s", "tokens_per_second", ",.0f", 1),
    ("peer, tokens/s", "peer_tokens_per_second", ",.0f", 1), ("ratio", "ratio", ".2f", 1), ("MFU", "mfu", ".0%", 1),
    ("peer's MFU", "peer_mfu", ".0%", 1), ("T", "tokens_per_step", ",.0f", 1), ("peer's padding", "peer_padding", ".2f", 1),
    ("GB", "peak_bytes", ".2f", 1e9), ("peer's GB", "peer_peak_bytes", ".2f", 1e9), ("ceiling, GFLOP/s", "ceiling_flops", ",.0f", 1e9),
    ("steps or examples", "amount", ",.0f", 1), ("clock", "clock", "", 1),
)  # fmt: skip
_HIDDEN = ("benchmark", "machine", "failed")


def read(files: Sequence[Path]) -> list[Line]:
    """All lines, the last of each benchmark, case, peer and machine. Lines that are no JSON objects are left out."""
    found: dict[tuple[str, ...], Line] = {}
    for file in files:
        for text in file.read_text(encoding="utf-8").splitlines():
            line = json.loads(text) if text.startswith("{") else None
            if isinstance(line, dict) and "benchmark" in line:
                key = (line["benchmark"], str(line.get("case")), str(line.get("peer")), json.dumps(line.get("machine"), sort_keys=True))
                found[key] = line
    return list(found.values())


def page(lines: Sequence[Line], earlier: str = "") -> Iterator[str]:
    """The page, a line each. What an `earlier` one says of other machines, and of other benchmarks on these, stays."""
    yield "# Results of the benchmarks"
    yield ""
    yield "Written by `python -m benchmarks.results` from what the benchmarks printed; README.md says how to run and to read them."
    found: dict[str, dict[str, str]] = {}
    for machine in dict.fromkeys(json.dumps(line.get("machine"), sort_keys=True) for line in lines):
        own = [line for line in lines if json.dumps(line.get("machine"), sort_keys=True) == machine]
        found[_described(json.loads(machine))] = dict(_measured(own))
    for machine, parts in _sections(earlier).items():
        found[machine] = {**parts, **found.get(machine, {})}
    if not found:
        yield ""
        yield NOTHING
    for machine, parts in found.items():
        yield ""
        yield f"## {machine}"
        for title in sorted(parts):
            yield ""
            yield f"### {title}"
            yield ""
            yield parts[title]


def _measured(own: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """(title, tables) of each benchmark on one machine."""
    for kind in dict.fromkeys(line["benchmark"] for line in own):
        rows = [line for line in own if line["benchmark"] == kind]
        tables = _table(rows, SPEED) if kind in ("training", "evaluation") else _each(rows)
        yield TITLES.get(kind, kind), "\n".join([*tables, *_failures(rows)]).strip()


def _sections(text: str) -> dict[str, dict[str, str]]:
    """What a page says, by machine and title."""
    found: dict[str, dict[str, str]] = {}
    for section in re.split(r"(?m)^## ", text)[1:]:
        machine, *parts = re.split(r"(?m)^### ", section)
        found[machine.strip()] = {title.strip(): body.strip() for title, _, body in (part.partition("\n") for part in parts)}
    return found


def _described(machine: dict[str, Any] | None) -> str:
    if not machine:
        return "A machine that the lines do not name"
    where = f"{machine['gpu']}, " if machine.get("gpu") else ""
    memory = f", {machine['memory_bytes'] / 2**30:.0f} GiB" if machine.get("memory_bytes") else ""
    versions = ", ".join(f"{name} {machine[name]}" for name in ("python", "torch", "transformers", "numpy") if name in machine)
    return f"{where}{machine.get('processor')}, {machine.get('cores')} cores{memory}; {versions}"


def _table(rows: Sequence[Line], columns: Sequence[tuple[str, str, str, float]]) -> Iterator[str]:
    yield "| " + " | ".join(heading for heading, *_ in columns) + " |"
    yield "|" + " --- |" * len(columns)
    for row in rows:
        yield "| " + " | ".join(_shown(row.get(key), form, unit) for _, key, form, unit in columns) + " |"


def _each(rows: Sequence[Line]) -> Iterator[str]:
    """Lines of any keys: a table for each set of keys."""
    for keys in dict.fromkeys(tuple(key for key in row if key not in _HIDDEN) for row in rows):
        alike = [row for row in rows if tuple(key for key in row if key not in _HIDDEN) == keys]
        yield from _table(alike, [(key.replace("_", " "), key, "", 1) for key in keys])
        yield ""


def _failures(rows: Sequence[Line]) -> Iterator[str]:
    for row in rows:
        for side, why in (row.get("failed") or {}).items():
            yield f"- {row['case']}, {row.get('peer')}: no figure of {side}: `{why}`"


def _shown(value: Any, form: str, unit: float) -> str:
    if value is None:
        return "–"
    if form:
        return format(value / unit, form)
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004 - where digits behind the point say nothing more
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value).replace("|", "\\|")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", nargs="*", type=Path, help="files of lines that benchmarks printed")
    parser.add_argument("--keep", type=Path, help="an earlier page, of which other machines' and benchmarks' sections stay")
    given = parser.parse_args()
    before = given.keep.read_text(encoding="utf-8") if given.keep else ""
    print("\n".join(page(read(given.lines), before)).rstrip())
