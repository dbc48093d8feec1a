"""Whether the layers of a training are shared out over its processes, and what all of them keep to."""

from __future__ import annotations

from typing import Literal

import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.memory import MemoryPlan
from stiltsreport.modeling.distributed.peers import Peers
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.recipes import Recipe

Sharding = Literal["auto", "none", "full"]
_TRAINED_BYTES = 22  # of a weight: itself, its gradient, two moments, the best checkpoint so far, its copy in bfloat16
_FROZEN_BYTES = 6  # itself and that copy
_ROOM = 0.8  # of a device's memory: the rest is for activations


def shares_out(asked: Sharding, encoder: Encoder, recipe: Recipe, device: torch.device, peers: Peers, *, full: bool) -> bool:
    """Whether it is asked for, or one device does not hold weights and states; `full`: all weights are trained.

    A CPU's memory is common to all processes and shards of it free none: there it is done where it is asked for. What lies in the host's
    memory between its uses is a shard too, of one process if need be.

    Raises StiltsReportError where the recipe's optimizer takes no shards.
    """
    offloads = recipe.offload == "cpu" and device.type == "cuda"
    if recipe.optimizer == "adamw-8bit":
        if offloads or (asked == "full" and not peers.alone):
            what = "moments in 8 bits are kept whole, on one device"
            raise StiltsReportError(what, where="recipe: optimizer", hint="optimizer: adamw, or neither offload nor sharding: full")
        return False
    if offloads:
        return True
    if peers.alone or asked != "auto" or device.type != "cuda":
        return not peers.alone and asked == "full"
    weights = sum(value.numel() for value in encoder.weights.values())
    needed = weights * (_TRAINED_BYTES if full else _FROZEN_BYTES)
    return peers.any(needed > _ROOM * torch.cuda.mem_get_info(device)[1])


def agreed(plan: MemoryPlan, peers: Peers) -> MemoryPlan:
    """The plan that every device holds: as few tokens at once as the least of them, and recomputation where one needs it."""
    return MemoryPlan(-int(peers.largest(-plan.tokens)), peers.any(plan.recompute))
