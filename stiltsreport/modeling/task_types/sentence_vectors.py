"""Sentence vectors of an encoder without a head, for Tatoeba and BUCC: a layer's states, pooled, made unit length."""

from __future__ import annotations

from fractions import Fraction

from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.batches import Batch


def layer_index(layer: str, depth: int) -> int:
    """The place in hidden_states (0 is the embedding output) that a protocol's `layer` means in a model of that depth.

    "last"; a number; or a fraction of the depth, rounded to the nearest layer: X-STILTs' 14 of 24 is 7/12 (Phang et al. 2020).

    >>> layer_index("7/12", 24), layer_index("7/12", 12), layer_index("last", 12), layer_index("14", 24)
    (14, 7, 12, 14)
    """
    index = depth if layer == "last" else round(Fraction(layer) * depth) if "/" in layer else int(layer)
    if not 0 <= index <= depth:
        hint = f"0 to {depth}, 'last', or a fraction such as 7/12"
        raise StiltsReportError(f"layer {layer} of a model with {depth} layers", where="recipe: layer", hint=hint)
    return index


def vectors(model: nn.Module, batch: Batch, layer: int, pooling: str, depth: int) -> Tensor:
    """Unit vectors (rows, hidden): mean over all tokens that are not padding, special tokens included, or the first token."""
    if layer == depth:
        states = model(**batch.inputs).last_hidden_state
    else:
        states = model(**batch.inputs, output_hidden_states=True).hidden_states[layer]
    states = states.float()
    if pooling == "cls":
        return functional.normalize(states[:, 0], dim=-1)
    mask = batch.attention_mask.unsqueeze(-1).to(states.dtype)
    return functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
