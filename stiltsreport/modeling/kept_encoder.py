"""The encoder of a checkpoint in the store's folder: all of its weights, or the adapters alone that low-rank trainings left beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stiltsreport.modeling.adapter import CONFIG, load_adapters, save_adapters
from stiltsreport.modeling.encoder import Encoder, load_encoder, save_encoder

ENCODER = "encoder.safetensors"


def save_checkpoint(encoder: Encoder, folder: Path) -> None:
    """Write what training made of the pretrained encoder."""
    if encoder.adapters:
        save_adapters(encoder.adapters, folder)
    else:
        save_encoder(encoder, folder / ENCODER)


def load_checkpoint(folder: Path, pretrained: Encoder) -> Encoder:
    """What `save_checkpoint` wrote, over the pretrained encoder that it was trained from."""
    if (folder / CONFIG).is_file():
        return replace(pretrained, adapters=load_adapters(folder))
    return load_encoder(folder / ENCODER, pretrained)
