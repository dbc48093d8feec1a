"""Tiny models with random weights of every architecture that studies name, each as a transformers checkpoint with its own way of tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stiltsreport.architectures import ARCHITECTURES as ARCHITECTURE_RECORDS
from tests.tiny import SCRIPTS, WORDS

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


@dataclass(frozen=True)
class TinyArchitecture:
    """`model_type` as transformers has it; `template` of one text and of two; `pad` and `unknown`: None where its tokenizer has none.

    `sizes`: what its config must say beside widths. `filler`: tokens that stand before the padding token, for one that is far up.
    """

    model_type: str
    single: str
    pair: str
    pad: str | None = "<pad>"
    mask: bool = True
    filler: int = 0
    sizes: dict[str, Any] = field(default_factory=dict)

    @property
    def causal(self) -> bool:
        """Whether it was made to see what is to the left alone."""
        return ARCHITECTURE_RECORDS[self.model_type].kind == "decoder"


_BERT = ("<s> $A </s>", "<s> $A </s> </s> $B </s>")
_ROTARY = {"num_key_value_heads": 1, "max_position_embeddings": 260}
_RELATIVE = {
    "relative_attention": True, "pos_att_type": "p2c|c2p", "share_att_key": True, "norm_rel_ebd": "layer_norm", "position_buckets": 16,
    "max_relative_positions": -1, "position_biased_input": False, "type_vocab_size": 0, "pooler_hidden_size": 32,
}  # fmt: skip
_WINDOWS = {"sliding_window": 8, "sliding_window_pattern": 2, "query_pre_attn_scalar": 8}
ARCHITECTURES: dict[str, TinyArchitecture] = {
    "bert": TinyArchitecture("bert", *_BERT, sizes={"max_position_embeddings": 260}),
    "xlm-roberta": TinyArchitecture("xlm-roberta", *_BERT, sizes={"max_position_embeddings": 260, "type_vocab_size": 1}),
    "xlm-roberta-xl": TinyArchitecture("xlm-roberta-xl", *_BERT, sizes={"max_position_embeddings": 260, "type_vocab_size": 1}),
    "mdeberta": TinyArchitecture("deberta-v2", "<s> $A </s>", "<s> $A </s> $B </s>", sizes={**_RELATIVE, "max_position_embeddings": 260}),
    "mmbert": TinyArchitecture(
        "modernbert", "<s> $A </s>", "<s> $A </s> $B </s>", sizes={"local_attention": 8, "max_position_embeddings": 260}
    ),
    "eurobert": TinyArchitecture("eurobert", "<s> $A </s>", "<s> $A </s> $B </s>", pad="<pad+>", filler=40, sizes=_ROTARY),
    "mt5": TinyArchitecture("mt5", "$A </s>", "$A </s> $B </s>", mask=False, sizes={"d_kv": 8}),
    "llama": TinyArchitecture("llama", "<s> $A", "<s> $A <s> $B", pad=None, mask=False, sizes=_ROTARY),
    "qwen3": TinyArchitecture("qwen3", "$A", "$A $B", pad="<pad+>", mask=False, filler=40, sizes={**_ROTARY, "head_dim": 8}),
    "gemma3": TinyArchitecture(
        "gemma3_text",
        "<s> $A",
        "<s> $A <s> $B",
        mask=False,
        sizes={**_ROTARY, "head_dim": 8, "sliding_window": 8, "sliding_window_pattern": 2, "query_pre_attn_scalar": 8},
    ),
}
DECODERS = tuple(name for name, one in ARCHITECTURES.items() if one.causal)


def make_architecture(folder: Path, name: str, *, seed: int = 0, layers: int = 2, hidden: int = 32, dtype: str = "float32") -> Path:
    """A checkpoint of that architecture with random weights and a tokenizer of its kind; returns its folder."""
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    transformers.utils.logging.disable_progress_bar()
    one = ARCHITECTURES[name]
    vocabulary = _make_tokenizer(folder, one)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = transformers.AutoModel.from_config(tiny_config(name, vocabulary, layers, hidden))
    model.to(getattr(torch, dtype)).save_pretrained(folder)
    return folder


def tiny_config(name: str, vocabulary: int = 1000, layers: int = 2, hidden: int = 32) -> Any:
    """The config of that architecture, of two heads."""
    import transformers

    one = ARCHITECTURES[name]
    ids = {"pad_token_id": None if one.pad is None else 1 if one.pad == "<pad>" else vocabulary - 1, "bos_token_id": 0, "eos_token_id": 2}
    if one.model_type == "eurobert":
        ids |= {"mask_token_id": 3}
    if one.model_type == "modernbert":
        ids |= {"cls_token_id": 0, "sep_token_id": 2}
    widths = {
        "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": 2, "intermediate_size": 2 * hidden,
    }  # fmt: skip
    if one.model_type == "mt5":
        widths = {"d_model": hidden, "num_layers": layers, "num_heads": 2, "d_ff": 2 * hidden}
    return transformers.AutoConfig.for_model(one.model_type, vocab_size=vocabulary, **widths, **ids, **one.sizes)


def _make_tokenizer(folder: Path, one: TinyArchitecture) -> int:
    """Unigram pieces of single letters and some words, framed as the architecture's own tokenizer frames texts; how many there are."""
    from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers, processors
    from tokenizers.models import Unigram

    pieces = [(token, 0.0) for token in SPECIAL] + [("▁", -4.0)]
    pieces += [(chr(code), -6.0) for begin, end in SCRIPTS for code in range(begin, end)] + [(f"▁{word}", -5.0) for word in WORDS]
    special = [*SPECIAL, *(["<mask>"] if one.mask else [])]
    pieces += [("<mask>", 0.0)] if one.mask else []
    if one.filler:
        pieces += [*((f"<extra_{number}>", -20.0) for number in range(one.filler)), ("<pad+>", 0.0)]
        special.append("<pad+>")
    tokenizer = Tokenizer(Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    framing = [("<s>", 0), ("</s>", 2)]
    tokenizer.post_processor = processors.TemplateProcessing(single=one.single, pair=one.pair, special_tokens=framing)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 256, "model_input_names": ["input_ids", "attention_mask"],
        "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
    }  # fmt: skip
    if one.pad is not None:
        settings["pad_token"] = one.pad
    if one.mask:
        settings |= {"mask_token": "<mask>", "cls_token": "<s>", "sep_token": "</s>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return len(pieces)
