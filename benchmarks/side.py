"""One side of one case in this process: `python -m benchmarks.side SIDE CASE-AS-JSON` prints its reading as a line of JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from benchmarks.cases import Case

OURS, CEILING = "ours", "ceiling"
MANNERS = ("script", "dynamic", "grouped", "autocast", "options")  # the last two of evaluations alone


def read(side: str, case: Case) -> dict[str, Any]:
    """A Reading's values, or {"flops": the ceiling}."""
    import torch

    torch.set_num_threads(1)
    if side == CEILING:
        from benchmarks.products import products_per_second

        return {"flops": products_per_second(case)}
    if side == OURS:
        from benchmarks import own_side

        return asdict((own_side.read_training if case.stage == "training" else own_side.read_evaluation)(case))
    from benchmarks import trainer_side

    return asdict((trainer_side.read_training if case.stage == "training" else trainer_side.read_evaluation)(case, side))


if __name__ == "__main__":
    print(json.dumps(read(sys.argv[1], Case(**json.loads(sys.argv[2])))))
