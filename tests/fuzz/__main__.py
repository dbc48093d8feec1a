"""Tries many inputs: python -m tests.fuzz --inputs 100000 [--seed 1] [--only NAME].

Each kind gets its share, in rounds with seeds of their own; a line a kind at the end says how many were tried and how many refused. Of
each round the first input that is neither read nor clearly refused is shown, made as small as hypothesis can make it.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback

from tests.fuzz import data_files, model_files, plans, study_files
from tests.fuzz.running import Count, many

_ROUND = 1_000  # hypothesis remembers what it tried: short rounds keep that small
TARGETS = (*study_files.TARGETS, *plans.TARGETS, *data_files.TARGETS, *model_files.TARGETS)


def main() -> int:
    """Run what the command line asks for. Returns its exit code: 1 where something was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the names of the kinds to try")
    asked = parser.parse_args()
    targets = [target for target in TARGETS if asked.only in target.name]
    whole, findings = Count(), 0
    for target in targets:
        began, found, turn = time.monotonic(), Count(), asked.seed * 1_000_000
        share = -(-asked.inputs * target.share // sum(one.share for one in targets))
        while found.tried < share:
            turn += 1
            try:
                count = many(target, min(_ROUND, share - found.tried), turn)
            except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
                findings += 1
                print(f"{target.name}, seed {turn}:\n{traceback.format_exc()}", flush=True)  # noqa: T201
                count = Count(min(_ROUND, share - found.tried))
            found.tried, found.refused = found.tried + count.tried, found.refused + count.refused
        whole.tried, whole.refused = whole.tried + found.tried, whole.refused + found.refused
        print(f"{target.name}: {found.tried:,} inputs, {found.refused:,} refused, {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
    print(f"all: {whole.tried:,} inputs, {whole.refused:,} refused, {findings} rounds with a traceback or over their time")  # noqa: T201
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
