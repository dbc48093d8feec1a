"""Tries many inputs: python -m tests.fuzz --inputs 100000 [--seed 1] [--only NAME].

Each kind gets its share, in rounds with seeds of their own; a line a kind at the end says how many were tried and how many refused. The
first input that is neither read nor clearly refused ends it, made as small as hypothesis can make it.
"""

from __future__ import annotations

import argparse
import time

from tests.fuzz import data_files, model_files, study_files
from tests.fuzz.running import Count, many

_ROUND = 1_000  # hypothesis remembers what it tried: short rounds keep that small
TARGETS = (*study_files.TARGETS, *data_files.TARGETS, *model_files.TARGETS)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the names of the kinds to try")
    asked = parser.parse_args()
    targets = [target for target in TARGETS if asked.only in target.name]
    whole = Count()
    for target in targets:
        began, found, turn = time.monotonic(), Count(), asked.seed * 1_000_000
        share = -(-asked.inputs * target.share // sum(one.share for one in targets))
        while found.tried < share:
            turn += 1
            count = many(target, min(_ROUND, share - found.tried), turn)
            found.tried, found.refused = found.tried + count.tried, found.refused + count.refused
        whole.tried, whole.refused = whole.tried + found.tried, whole.refused + found.refused
        print(f"{target.name}: {found.tried:,} inputs, {found.refused:,} refused, {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
    print(f"all: {whole.tried:,} inputs, {whole.refused:,} refused, no traceback, none over its time")  # noqa: T201


if __name__ == "__main__":
    main()
