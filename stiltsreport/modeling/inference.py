"""Running a model over features without gradients: in order of length, in batches of a token budget, results in the features' own order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.architectures.padding import point_at_padding, positions_by_padding
from stiltsreport.modeling.batches import Batch, Padding
from stiltsreport.modeling.distributed.division import rounds
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.distributed.shards import is_sharded
from stiltsreport.modeling.encoder import Encoder, put_table
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.packed import is_packed
from stiltsreport.modeling.room import tokens_at_once
from stiltsreport.modeling.tokens import ids_of, lengths_of, row_counts_of
from stiltsreport.modeling.vocabulary import ALWAYS_KEPT, VocabularyCut


def cut_for(encoder: Encoder, features: Sequence[Feature]) -> VocabularyCut:
    """The cut of the table that these features and padding need; the whole table where positions go by a padding id that a cut would move.

    Raises StiltsReportError where the tokenizer gives ids that the table does not have.
    """
    size = len(encoder.table.base)
    if positions_by_padding(encoder.config) and max(encoder.padding, encoder.config.pad_token_id) >= ALWAYS_KEPT:
        return VocabularyCut.whole(size)
    try:
        return VocabularyCut.of(ids_of(features), size, [encoder.padding])
    except IndexError as error:
        raise StiltsReportError(
            f"its tokenizer gives ids beyond the {size} rows of its embedding table",
            where=f"model {encoder.name}",
            hint="the tokenizer that the checkpoint was trained with",
        ) from error


def padding_for(encoder: Encoder, cut: VocabularyCut, device: torch.device) -> Padding:
    """How this encoder's rows become tensors."""
    types = (getattr(encoder.config, "type_vocab_size", 0) or 0) > 1
    return Padding(cut, encoder.padding, types, device, encoder.longest)


def with_table(model: nn.Module, encoder: Encoder, cut: VocabularyCut, device: torch.device) -> nn.Module:
    """The same model reading another cut of the encoder's table: for languages that its training did not meet."""
    put_table(model.base_model, encoder.table.look_up(cut.ids).to(device))
    point_at_padding(model, encoder.padding, cut)
    return model


def run(
    model: nn.Module,
    features: Sequence[Feature],
    padding: Padding,
    precision: Literal["float32", "bfloat16"],
    outputs: Callable[[nn.Module, Batch], list[Any]],
    peers: Peers = ALONE,
) -> list[Any]:
    """What `outputs` makes of each feature, in the order of `features`; `peers` have some features each, and all get all of it."""
    found: list[Any] = [None] * len(features)
    padding = replace(padding, packs=is_packed(model))
    model.eval()
    lengths, rows = lengths_of(features).tolist(), row_counts_of(features).tolist()
    if not lengths:
        return found
    sharded = any(map(is_sharded, model.parameters()))
    without = torch.no_grad() if sharded else torch.inference_mode()  # else FSDP2's buffers could not be trained with afterwards
    with without, torch.autocast(padding.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        for one in rounds(lengths, rows, tokens_at_once(padding.device), peers):
            made = outputs(model, padding.collate([features[place] for place in one.places]))
            for place, output in zip(one.places, made, strict=True):
                found[place] = output if one.counted else found[place]
    return found if peers.alone else _of_all(found, peers)


def _of_all(found: list[Any], peers: Peers) -> list[Any]:
    """What every process has found; tensors go as arrays, whose rows travel without the rest of their batch.

    Each says which of its outputs are tensors: a process may have found none of its own.
    """
    own = [
        (place, isinstance(output, torch.Tensor), output.numpy() if isinstance(output, torch.Tensor) else output)
        for place, output in enumerate(found)
        if output is not None
    ]
    whole = list(found)
    for place, tensor, output in (each for part in peers.everybodys(own) for each in part):
        whole[place] = torch.from_numpy(output) if tensor else output
    return whole
