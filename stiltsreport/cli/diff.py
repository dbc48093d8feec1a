"""`diff`: what changed from one report to another."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal

_SHOWN = 8  # changes of a part on the terminal
_LONGEST = 240  # characters of one


def run(options: Options, terminal: Terminal) -> int:
    """Print the changes; 1 where there are any, 0 where there are none, as `diff` does."""
    from stiltsreport.report.differences import changes, read_folder
    from stiltsreport.report.formats.rows import visible
    from stiltsreport.report.numbers import plural

    parts = changes(read_folder(Path(options.file)), read_folder(Path(options.other)))
    if options.json:
        found = {"before": options.file, "after": options.other, "parts": [asdict(part) for part in parts]}
        terminal.result(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        for part in parts:
            terminal.text(f"{part.name}: {part.summary or (plural(len(part.changes), 'change') if part.changes else 'the same')}")
            for change in part.changes[:_SHOWN]:
                text = visible(f"  {change}")
                terminal.text(text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ...")
            if len(part.changes) > _SHOWN:
                terminal.text(f"  and {len(part.changes) - _SHOWN:,} more: --json prints all")
    return 1 if any(part.changes for part in parts) else 0
