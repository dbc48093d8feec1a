"""An encoder as transformers reads it: config.json, model.safetensors and the tokenizer, with the whole embedding table in its place."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import torch
import transformers

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.encoder import Encoder, put_table


def write_transformers(encoder: Encoder, folder: Path) -> None:
    """Write the folder, for AutoModel and AutoTokenizer.

    A pooler that the pretrained checkpoint did not have is not made up. Adapters go into the weights. Raises StiltsReportError for those
    that were trained beside weights in few bits: beside these alone they are what was evaluated.
    """
    if encoder.bits:
        what = f"its adapter was trained beside weights in {encoder.bits} bits, and merged into others it is another model"
        raise StiltsReportError(what, where=encoder.name, hint="without `--merged`: the adapter alone")
    model = _base(encoder)
    state = model.state_dict()
    with torch.no_grad():
        for name, value in encoder.weights.items():
            state[name].copy_(value)
        for adapter in encoder.adapters:
            for name, value in adapter.whole.items():
                state[name].copy_(value)
            adapter.merge_into(model)
        put_table(model, encoder.table.look_up(torch.arange(encoder.table.base.shape[0])))
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    encoder.tokenizer.save_pretrained(folder)


def _base(encoder: Encoder) -> Any:
    """The architecture with the parts that the encoder has weights for."""
    options: dict[str, Any] = {}
    if not any(name.startswith("pooler.") for name in encoder.weights):
        kind: Any = transformers.AutoModel._model_mapping[type(encoder.config)]  # noqa: SLF001 - there is no public way
        if "add_pooling_layer" in inspect.signature(kind).parameters:
            options["add_pooling_layer"] = False
    automatic: Any = transformers.AutoModel
    return automatic.from_config(encoder.config, dtype=torch.float32, trust_remote_code=encoder.trusted, **options)
