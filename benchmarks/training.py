"""Our fine-tuning beside transformers' Trainer: the same encoder, examples, recipe and process settings, one thread, dropout 0.1.

    python -m benchmarks.training                            three shapes, three workloads: see README.md for how long it takes
    python -m benchmarks.training --shapes small --workloads pairs
    python -m benchmarks.training --device cuda
    python -m benchmarks.training --quick                    whether it runs

A line of JSON a case and peer on the standard output, a table of them on the standard error. README.md says how to read them.
"""

from __future__ import annotations

from benchmarks.comparison import Amounts, run

# A base encoder takes minutes where a processor is slow: a few steps, the peer's spread evenly over a pool of its sampler.
STEPS = Amounts({"embedded": 16, "small": 24, "base": 6, "large": 3, "xl": 2}, 96, 1, 32)

if __name__ == "__main__":
    run("training", STEPS, __doc__ or "")
