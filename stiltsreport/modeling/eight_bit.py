"""AdamW with moments of 8 bits (Dettmers et al. 2022, 8-bit Optimizers via Block-wise Quantization, arXiv 2110.02861), by bitsandbytes.

Moments of fewer than 4,096 values stay float32. The package is imported where it is used alone. It computes on a CPU too, slowly, which is
how this is tested; `build` lets studies use it on CUDA alone.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.recipes import Recipe

_MAPS = {"qmap1": "dynamic", "qmap2": "udynamic"}  # the 256 values that a byte of each moment stands for, by bitsandbytes' names


def eight_bit_adamw(groups: Sequence[dict[str, Any]], recipe: Recipe) -> torch.optim.Optimizer:
    """The optimizer over these groups of parameters.

    What it keeps of a parameter are tensors of its own, so that a training's state holds them all: the number of steps too, and not the
    maps, which never change. Raises StiltsReportError without bitsandbytes, and for weights that processes share out.
    """
    if any(hasattr(value, "device_mesh") for group in groups for value in group["params"]):
        what, hint = "moments of 8 bits are not shared out over devices", "optimizer: adamw, or `sharding: none` under `execution`"
        raise StiltsReportError(what, where="recipe: optimizer", hint=hint)
    try:
        bitsandbytes: Any = importlib.import_module("bitsandbytes")
    except ImportError as error:
        hint = "pip install bitsandbytes, or optimizer: adamw"
        raise StiltsReportError("adamw-8bit needs the package bitsandbytes", where="recipe: optimizer", hint=hint) from error

    class EightBitAdamW(bitsandbytes.optim.AdamW8bit):  # type: ignore[misc] # the package has no types
        """bitsandbytes' own, with a state of plain tensors."""

        def init_state(self, group: Any, p: Any, gindex: int, pindex: int) -> None:
            """That of a parameter that has none yet."""
            super().init_state(group, p, gindex, pindex)
            for name in _MAPS:
                self.state[p].pop(name, None)
            self.state[p]["step"] = torch.zeros(())

        def update_step(self, group: Any, p: Any, gindex: int, pindex: int) -> None:
            """Move one parameter."""
            state = self.state[p]
            if state["state1"].dtype == torch.uint8:
                if "dynamic" not in self.name2qmap:
                    self.fill_qmap()
                state |= {name: self.name2qmap[own].to(p.device) for name, own in _MAPS.items()}
            state["step"] = int(state["step"])
            super().update_step(group, p, gindex, pindex)
            state["step"] = torch.tensor(float(state["step"]))
            for name in _MAPS:
                state.pop(name, None)

    made: torch.optim.Optimizer = EightBitAdamW(
        list(groups), lr=recipe.learning_rate, betas=(recipe.adam_beta1, recipe.adam_beta2), eps=recipe.adam_epsilon
    )
    return made
