"""Linear layers that do not train, held in bfloat16: as autocast multiplies with them, in half the memory."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.modeling.adapter import is_factor


class LowLinear(nn.Linear):
    """A linear layer whose weights are held as autocast multiplies with them, in bfloat16: the same numbers, in half the memory."""

    def forward(self, values: Tensor) -> Tensor:
        """Without autocast the product is in the precision of the values."""
        if torch.is_autocast_enabled(values.device.type):
            return functional.linear(values, self.weight, self.bias)
        bias = None if self.bias is None else self.bias.to(values.dtype)
        return functional.linear(values, self.weight.to(values.dtype), bias)


def lower(blocks: Iterable[nn.Module]) -> None:
    """Hold the weights of the linear layers of these blocks, which do not train, in bfloat16; their adapters stay what they are."""
    for block in blocks:
        for name, module in block.named_modules():
            if type(module) is nn.Linear and not is_factor(f".{name}"):
                module.to(torch.bfloat16)
                module.__class__ = LowLinear  # in its place: hooks and names stay
