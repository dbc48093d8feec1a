"""Tiny decoders with an output layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.architectures import make_architecture


def make_language_model(folder: Path, name: str = "qwen3", seed: int = 0) -> Path:
    """A checkpoint for causal language modelling of that architecture with random weights; returns its folder."""
    import torch
    import transformers

    make_architecture(folder, name)
    config = transformers.AutoConfig.from_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(8)  # so that what is likely hangs on what was read
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
    return folder
