"""A translator for tests: reads lines and writes as many, in upper case; what its argument names goes wrong."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Read, and write what the fault leaves of it."""
    fault = sys.argv[1] if len(sys.argv) > 1 else ""
    languages = sys.argv[2:]
    lines = sys.stdin.buffer.read().decode("utf-8").split("\n")[:-1]
    if fault == "status":
        sys.stderr.write("reading the model\nno such mode: xx-yy\n\n")
        sys.exit(3)
    if fault == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "bytes":
        sys.stdout.buffer.write(b"\xff\n" * len(lines))
        sys.exit(0)
    if fault == "silent":
        sys.exit(0)
    if fault == "third" and any("three" in line for line in lines):
        lines = lines[:-1]
    if fault == "joined":
        lines = [" ".join(lines)]
    if fault == "empty":
        lines = ["" for _ in lines]
    made = [f"{' '.join(languages)} {line.upper()}".strip() for line in lines]
    sys.stdout.buffer.write(("\r\n" if fault == "windows" else "\n").join(made).encode() + (b"" if fault == "unended" else b"\n"))


if __name__ == "__main__":
    main()
