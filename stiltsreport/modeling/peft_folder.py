"""An adapter as peft reads it: adapter_config.json, adapter_model.safetensors and the tokenizer, not the encoder that it stands beside."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.adapter import MAGNITUDE, A, B
from stiltsreport.modeling.encoder import Encoder

_PREFIX = "base_model.model."  # what peft puts before the names of a model that it wraps
_SUFFIXES = {A: "lora_A.weight", B: "lora_B.weight", MAGNITUDE: "lora_magnitude_vector"}


def write_adapter(encoder: Encoder, folder: Path, base: str, revision: str | None = None) -> None:
    """Write the folder, for PeftModel.from_pretrained over AutoModel of `base` (a Hub id, or a name) at that commit.

    Layers are named in full, so that the adapter stands where it stood in training. A pooler that was trained beside it goes along as a
    module that peft keeps whole.

    Raises StiltsReportError where the encoder has no adapter, or several on top of each other, which peft has no one folder for.
    """
    if len(encoder.adapters) != 1:
        what = f"its checkpoint has {len(encoder.adapters) or 'no'} adapters"
        raise StiltsReportError(what, where=encoder.name, hint="`--merged` writes whole models")
    from peft import LoraConfig

    (adapter,) = encoder.adapters
    adaptation = adapter.adaptation
    tensors: dict[str, Tensor] = {_PREFIX + name: value.contiguous() for name, value in adapter.whole.items()}
    for name, value in adapter.factors.items():
        layer, _, part = name.rpartition(".")
        tensors[f"{_PREFIX}{layer}.{_SUFFIXES[part]}"] = value.contiguous()
    whole = sorted({name.rpartition(".")[0] for name in adapter.whole})
    config = LoraConfig(
        r=adaptation.rank, lora_alpha=adaptation.alpha, lora_dropout=adaptation.dropout, use_dora=adaptation.method == "dora",  # type: ignore[arg-type]
        target_modules=sorted(adapter.layers), modules_to_save=whole or None, bias="none", task_type="FEATURE_EXTRACTION",
        base_model_name_or_path=base, revision=revision, inference_mode=True,
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    config.target_modules = sorted(adapter.layers)  # peft makes a set of it, whose order no two runs share
    config.save_pretrained(str(folder))
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    encoder.tokenizer.save_pretrained(folder)
