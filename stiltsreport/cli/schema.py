"""`schema`: the JSON Schema of study files, for editors."""

from __future__ import annotations

import json

from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal


def run(_options: Options, terminal: Terminal) -> int:
    """Print it."""
    from stiltsreport.study.editors import json_schema

    terminal.result(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0
