"""The head of masked language modelling: tied to the input embeddings, taken from the checkpoint where it has one, else made new."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from torch import Tensor, nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.vocabulary import VocabularyCut

Origin = Literal["checkpoint", "new"]


def check_masks(encoder: Encoder) -> None:
    """Raise StiltsReportError where the encoder cannot be trained by masking."""
    where = f"model {encoder.name}"
    if getattr(encoder.tokenizer, "mask_token_id", None) is None:
        raise StiltsReportError("its tokenizer has no mask token", where=where, hint="masked language modelling needs one")
    if type(encoder.config) not in transformers.MODEL_FOR_MASKED_LM_MAPPING and not encoder.trusted:
        what = f"{encoder.config.model_type} has no head for masked language modelling"
        raise StiltsReportError(what, where=where, hint="leave the variant mlm out for this model")


def load_mlm_head(model: nn.Module, encoder: Encoder, cut: VocabularyCut) -> Origin:
    """Give a model of that form the head of the checkpoint that its encoder comes from, its vocabulary cut; says whether there is one.

    The output layer stays tied to the input embeddings, also where a checkpoint has one of its own: our choice, for one table only is
    handed on. A head of which the checkpoint lacks any weight stays as it was drawn.
    """
    found = _head_in_checkpoint(encoder)
    own = _head(model)
    if found is None or not own.keys() <= found.keys():
        return "new"
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(found[name] if len(found[name]) == len(value) else found[name][cut.ids])
    return "checkpoint"


def _head_in_checkpoint(encoder: Encoder) -> dict[str, Tensor] | None:
    """Its weights by name; None where the checkpoint has none, or not all. It was loaded before: no network is asked."""
    source = encoder.config.name_or_path
    if not source:
        return None
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": encoder.trusted}
    if not Path(source).is_dir():
        options["revision"] = getattr(encoder.config, "_commit_hash", None)
    model, info = transformers.AutoModelForMaskedLM.from_pretrained(source, dtype=torch.float32, output_loading_info=True, **options)
    head = _head(model)
    return None if head.keys() & set(info["missing_keys"]) else {name: value.detach().clone() for name, value in head.items()}


def _head(model: nn.Module) -> dict[str, Tensor]:
    """The parameters of a model's head, each once, without the table to which the output layer is tied."""
    base: Any = model.base_model
    inside = {id(value) for value in base.parameters()}
    whole: Any = model
    output = whole.get_output_embeddings()
    tied = {id(output.weight)} if output is not None else set()
    return {name: value for name, value in model.named_parameters() if id(value) not in inside | tied}
