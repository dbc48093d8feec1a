"""Form: how one task type is encoded, trained and decoded; the functions that the loop and the evaluation call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from stiltsreport.modeling.batches import Batch
from stiltsreport.modeling.distributed.peers import Peers
from stiltsreport.modeling.features import Feature
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.task import Task

Lengths = Recipe | Protocol


@dataclass(frozen=True)
class Form:
    """One task type. `head` names a transformers Auto class.

    `encode(examples, tokenizer, task, lengths)`: Features (an example may have several: windows of a long context).
    `prepare(model)`: what the head needs beyond the class, before training (None: nothing).
    `loss(model, batch)`: the summed loss and what it is summed over, so that pieces of one effective batch add up to its mean exactly.
    `outputs(model, batch)`: for each feature what `decode` reads.
    `decode(examples, features, outputs, task, protocol)`: one prediction an example. `gold(example, task)`: what a metric compares it with.
    `whole_batch`: the loss couples the examples of a batch, which is therefore not cut into pieces; `loss_among(model, batch, peers)` is
    then that of a part of the batch, whose rest other processes have.
    `by_feature`: batches are made of features (texts packed together), not of examples with all their features.
    """

    head: str
    encode: Callable[[Sequence[Any], Any, Task, Lengths], list[Feature]]
    loss: Callable[[nn.Module, Batch], tuple[Tensor, int]]
    outputs: Callable[[nn.Module, Batch], list[Any]]
    decode: Callable[[Sequence[Any], Sequence[Feature], Sequence[Any], Task, Protocol], list[Any]]
    gold: Callable[[Any, Task], Any]
    labels: Callable[[Task], int]
    prepare: Callable[[nn.Module, Recipe], None] | None = None
    whole_batch: bool = False
    loss_among: Callable[[nn.Module, Batch, Peers], tuple[Tensor, int]] | None = None
    by_feature: bool = False
