"""Our evaluation beside transformers' Trainer.predict: the same encoder, examples and process settings, one thread.

    python -m benchmarks.evaluation                          three shapes, three workloads: see README.md for how long it takes
    python -m benchmarks.evaluation --shapes small --workloads pairs
    python -m benchmarks.evaluation --device cuda
    python -m benchmarks.evaluation --quick                  whether it runs

A line of JSON a case and peer on the standard output, a table of them on the standard error. Ours counts the whole of an evaluation with
decoding and metrics; of the peer the logits alone are counted.
"""

from __future__ import annotations

from benchmarks.comparison import Amounts, run

EXAMPLES = Amounts({"embedded": 256, "small": 512, "base": 128, "large": 48, "xl": 16}, 8192, 16, 1024)

if __name__ == "__main__":
    run("evaluation", EXAMPLES, __doc__ or "")
