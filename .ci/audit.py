# ruff: noqa: INP001, T201
"""What pip-audit found, in a line each; where it could ask no database, that, since it then calls everything well: audit.py FILE."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(file: str) -> None:
    """Print the faults of pip-audit's JSON, and how many packages they are of."""
    try:
        packages = json.loads(Path(file).read_text(encoding="utf-8"))["dependencies"]
    except (OSError, ValueError, KeyError):
        print("audit: pip-audit gave no answer (no network?): nothing was audited")
        return
    audited = [package for package in packages if "vulns" in package]
    for package in audited:
        for fault in package["vulns"]:
            mended = ", ".join(fault.get("fix_versions") or ["no version"])
            print(f"audit: {package['name']} {package['version']}: {fault['id']}, mended in {mended}")
    note = "" if audited else " (no database of faults could be asked)"
    print(f"audit: {len(audited)} of {len(packages)} packages were audited{note}")


if __name__ == "__main__":
    main(sys.argv[1])
