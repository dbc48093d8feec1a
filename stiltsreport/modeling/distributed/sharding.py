"""Sharding: weights, gradients and moments of the layers lie in parts with all processes; a layer is whole while it works, and no longer.

PyTorch's FSDP2 (`fully_shard`; Zhao et al. 2023, arXiv 2304.11277) itself, without accelerate: what accelerate adds is a configuration, a
wrapper around model and optimizer, and checkpoints of its own, where one call a layer is all that is needed here. Layers are nearly all of
a large encoder. What lies outside of them (the cut embedding table, poolers, heads, which a mixture's parts have each their own of) is held
by every process, so that nothing that reads or replaces it has to know of shards.

Layers are gathered in float32 and autocast casts them, as in one process: the numbers are the same up to the order of sums.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.distributed.peers import Peers
from stiltsreport.modeling.distributed.shards import is_sharded, on_host
from stiltsreport.modeling.optimizer import encoder_of
from stiltsreport.modeling.task_types.sentence_vectors import layers_of


class _Layers(nn.Module):
    """The layers under one root, which FSDP2 wants for the order in which it gathers; models that share an encoder share it."""

    def __init__(self, layers: nn.ModuleList) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, value: Tensor) -> Tensor:
        """Nothing: FSDP2 sets itself up at the root's first call."""
        return value


def mesh_of(peers: Peers, device: torch.device) -> DeviceMesh:
    """The devices of all processes, in a row."""
    return init_device_mesh(device.type, (peers.size,))


def shard(whole: nn.Module, mesh: DeviceMesh, device: torch.device, *, offloads: bool = False) -> nn.Module:
    """Leave the layers' own part of the weights to each process; the rest goes to the device. To be called before the optimizer is made.

    Where it `offloads`, that part and its moments lie in the host's memory, where the optimizer works on them: slowly, by the bus.
    Raises StiltsReportError where weights are not of a kind that can be divided.
    """
    from torch.distributed.fsdp import CPUOffloadPolicy, OffloadPolicy, fully_shard

    policy = CPUOffloadPolicy(pin_memory=device.type == "cuda") if offloads else OffloadPolicy()
    root = _Layers(layers_of(encoder_of(whole)))
    for layer in root.layers:
        if any(not value.is_floating_point() for value in layer.parameters()):
            what = "layers in 4 bits cannot be shared out over processes"
            raise StiltsReportError(what, where="execution: sharding", hint="sharding: none, or an adaptation in 16 bits")
        layer.__dict__.pop("forward", None)  # layers written out keep copies of whole weights, which are none for long
        sharded: Any = fully_shard(layer, mesh=mesh, offload_policy=policy)
        sharded.set_gradient_divide_factor(1.0)  # sums, as those of what is not sharded
        sharded.set_force_sum_reduction_for_comms(enable=True)
    fully_shard(root, mesh=mesh, offload_policy=policy)
    root(torch.zeros((), device=device))
    for module in whole.modules():
        for _, value in module.named_parameters(recurse=False):
            if not is_sharded(value):
                value.data = value.data.to(device)
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, buffer.to(device))
    return whole


def apart(optimizer: torch.optim.Optimizer) -> None:
    """Give shards groups of their own: the optimizer's fused steps take no mixture of them and whole tensors."""
    for group in list(optimizer.param_groups):
        shards = [value for value in group["params"] if is_sharded(value)]
        if shards and len(shards) < len(group["params"]):
            group["params"] = [value for value in group["params"] if not is_sharded(value)]
            optimizer.add_param_group({**group, "params": shards})


@contextlib.contextmanager
def gathered(whole: nn.Module) -> Iterator[None]:
    """While it lasts, all weights are whole, in memory of the host: to be read, by every process at the same time, and not to be used."""
    held = {
        (module, name): value for module in whole.modules() for name, value in module.named_parameters(recurse=False) if is_sharded(value)
    }
    try:
        for (module, name), value in held.items():
            setattr(module, name, nn.Parameter(on_host(value), requires_grad=False))
        yield
    finally:
        for (module, name), value in held.items():
            setattr(module, name, value)
