"""Running a model over features without gradients: in order of length, in batches of a token budget, results in the features' own order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import torch
from torch import nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.batches import Batch, Padding
from stiltsreport.modeling.distributed.division import rounds
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.encoder import Encoder, embedding_name
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.packed import is_packed
from stiltsreport.modeling.room import tokens_at_once
from stiltsreport.modeling.tokens import ids_of, lengths_of, row_counts_of
from stiltsreport.modeling.vocabulary import ALWAYS_KEPT, VocabularyCut


def cut_for(encoder: Encoder, features: Sequence[Feature]) -> VocabularyCut:
    """The cut of the table that these features need; the whole table where the padding id is not among those that every cut keeps.

    Raises StiltsReportError where the tokenizer gives ids that the table does not have.
    """
    size = len(encoder.table.base)
    pads = [pad for pad in (encoder.tokenizer.pad_token_id, getattr(encoder.config, "pad_token_id", None)) if pad is not None]
    if any(pad >= ALWAYS_KEPT for pad in pads):
        return VocabularyCut.whole(size)
    try:
        return VocabularyCut.of(ids_of(features), size)
    except IndexError as error:
        raise StiltsReportError(
            f"its tokenizer gives ids beyond the {size} rows of its embedding table",
            where=f"model {encoder.name}",
            hint="the tokenizer that the checkpoint was trained with",
        ) from error


def padding_for(encoder: Encoder, cut: VocabularyCut, device: torch.device) -> Padding:
    """How this encoder's rows become tensors."""
    pad = encoder.tokenizer.pad_token_id
    types = (getattr(encoder.config, "type_vocab_size", 0) or 0) > 1
    return Padding(cut, pad if pad is not None else 0, types, device, encoder.longest)


def with_table(model: nn.Module, encoder: Encoder, cut: VocabularyCut, device: torch.device) -> nn.Module:
    """The same model reading another cut of the encoder's table: for languages that its training did not meet."""
    base: Any = model.base_model
    table = base.get_submodule(embedding_name(base).removesuffix(".weight"))
    table.weight = nn.Parameter(encoder.table.look_up(cut.ids).to(device), requires_grad=False)
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
    without = torch.inference_mode() if peers.alone else torch.no_grad()  # FSDP2's buffers would not be trained with afterwards
    with without, torch.autocast(padding.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        for one in rounds(lengths, rows, tokens_at_once(padding.device), peers):
            made = outputs(model, padding.collate([features[place] for place in one.places]))
            for place, output in zip(one.places, made, strict=True):
                found[place] = output if one.counted else found[place]
    return found if peers.alone else _of_all(found, peers)


def _of_all(found: list[Any], peers: Peers) -> list[Any]:
    """What every process has found; tensors go as arrays, whose rows travel without the rest of their batch."""
    tensors = any(isinstance(output, torch.Tensor) for output in found)
    own = [(place, output.numpy() if tensors else output) for place, output in enumerate(found) if output is not None]
    whole = list(found)
    for place, output in (each for part in peers.everybodys(own) for each in part):
        whole[place] = torch.from_numpy(output) if tensors else output
    return whole
