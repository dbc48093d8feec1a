"""torch's generator on a device: what dropout draws from where masks are not drawn by key."""

from __future__ import annotations

import torch
from torch import Tensor


def generator_state(device: torch.device) -> Tensor:
    """The state of the generator there."""
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()


def set_generator_state(device: torch.device, state: Tensor) -> None:
    """Put it back."""
    if device.type == "cuda":
        torch.cuda.set_rng_state(state, device)
    else:
        torch.set_rng_state(state)
