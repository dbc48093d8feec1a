"""What is said of the machine that a job ran on."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from stiltsreport.execute.executors.local import ENVIRONMENT

FREES = """
import torch
from stiltsreport.execute.machine import forget_peak
from stiltsreport.modeling.efficiency import peak_bytes

before = peak_bytes(torch.device("cpu"))
kept = [torch.ones(25_000) for _ in range(5_000)]  # 500 MB in pieces that the C library does not map one by one
kept = kept[::50]
forget_peak("cpu")
print(before, peak_bytes(torch.device("cpu")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are forgotten on Linux alone")
def test_what_earlier_jobs_have_freed_counts_as_no_later_jobs_peak() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FREES)], capture_output=True, text=True, check=True, env={**os.environ, **ENVIRONMENT}
    )
    before, after = map(int, done.stdout.split())
    assert after < before + 200 * 2**20
