"""What is known of each architecture by its name in transformers: one entry is all that the rest of the package asks.

What an entry does not say is asked of the model itself: where its layers and its table lie, and which way its attention reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stiltsreport.registry import by_name

Kind = Literal["encoder", "decoder", "encoder-decoder"]
Layers = Literal["BERT", "DeBERTa", "ModernBERT", "T5", "Llama", "Qwen 3", "Gemma 3"]
Drawing = Literal["behind the encoder", "alone"]


@dataclass(frozen=True)
class ArchitectureRecord:
    """An architecture; `name` is transformers' model_type.

    `kind` "encoder-decoder": its encoder alone is used. `layers`: whose layers it has, by which weights and activations are counted; None:
    nobody has counted them. `packable`: its attention goes through transformers' interface, it takes positions, and its tokens meet nowhere
    but in attention. `written_out`: its layers stand in `packed.low_layers` too. `turns`: a decoder whose attention is known to read both
    ways when it is told to. `own_heads`: some of its heads are ours. `positions_behind_padding`: a text's first position is the one behind
    the padding id. `head`: a fresh head is drawn behind the encoder's weights in one row of random numbers, as the first versions drew it,
    or alone, which is part of the ids of what is trained.
    """

    name: str
    kind: Kind = "encoder"
    layers: Layers | None = None
    packable: bool = False
    written_out: bool = False
    turns: bool = False
    own_heads: bool = False
    positions_behind_padding: bool = False
    head: Drawing = "alone"


ARCHITECTURES = by_name(
    (
        ArchitectureRecord("bert", layers="BERT", packable=True, written_out=True, head="behind the encoder"),
        ArchitectureRecord(
            "roberta", layers="BERT", packable=True, written_out=True, positions_behind_padding=True, head="behind the encoder"
        ),
        ArchitectureRecord(
            "xlm-roberta", layers="BERT", packable=True, written_out=True, positions_behind_padding=True, head="behind the encoder"
        ),
        ArchitectureRecord("xlm-roberta-xl", layers="BERT", packable=True, positions_behind_padding=True),
        ArchitectureRecord("deberta-v2", layers="DeBERTa"),
        ArchitectureRecord("modernbert", layers="ModernBERT", packable=True),
        ArchitectureRecord("eurobert", layers="Llama", packable=True, own_heads=True),
        ArchitectureRecord("t5", "encoder-decoder", layers="T5"),
        ArchitectureRecord("mt5", "encoder-decoder", layers="T5", own_heads=True),
        ArchitectureRecord("llama", "decoder", layers="Llama", packable=True, turns=True),
        ArchitectureRecord("qwen3", "decoder", layers="Qwen 3", packable=True, turns=True),
        ArchitectureRecord("gemma3_text", "decoder", layers="Gemma 3", packable=True, turns=True, own_heads=True),
        *(ArchitectureRecord(name, "decoder") for name in ("gemma2", "mistral", "qwen2")),
    )
)


def record_of(name: str) -> ArchitectureRecord:
    """The record of an architecture; of one that has none, what is safe to say of an encoder.

    Its head is drawn as in the first versions: planning may not know what a checkpoint of the Hub is, and says nothing of it in an id.

    >>> record_of("qwen3").kind, record_of("electra").packable, record_of("roberta-prelayernorm").positions_behind_padding
    ('decoder', False, True)
    """
    unknown = ArchitectureRecord(name, positions_behind_padding="roberta" in name, head="behind the encoder")
    return ARCHITECTURES.get(name, unknown)
