"""Tiny translation models with random weights, of the three families: MADLAD (T5), NLLB (M2M-100) and Marian."""

from __future__ import annotations

import json
import random
from pathlib import Path

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

from tests.tiny import WORDS

SMALL = {"num_heads": 2, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
         "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 64}  # fmt: skip


def _saved(model_class, config, folder: Path, seed: int) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = model_class(config)
        for parameter in model.parameters():  # far apart, so that the greedy choice is never a near tie
            parameter.data.normal_(std=0.6)
        model.save_pretrained(folder)
    return folder


def _fast_tokenizer(folder: Path, special: tuple[str, ...], kind: str) -> int:
    pieces = [(token, 0.0) for token in special] + [("▁", -4.0)]
    pieces += [(letter, -6.0) for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ[]{}.,?!'0123456789"]
    pieces += [(f"▁{word}", -5.0) for word in WORDS if len(word) > 1]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=special.index("<unk>"), byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", special.index("</s>"))])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": kind, "model_max_length": 64, "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return len(pieces)


def madlad(folder: Path, seed: int = 0) -> Path:
    size = _fast_tokenizer(folder, ("<pad>", "</s>", "<unk>", "<2es>", "<2ca>"), "PreTrainedTokenizerFast")
    config = transformers.T5Config(
        vocab_size=size, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0
    )
    return _saved(transformers.T5ForConditionalGeneration, config, folder, seed)


def nllb(folder: Path, seed: int = 0) -> Path:
    size = _fast_tokenizer(folder, ("<s>", "<pad>", "</s>", "<unk>", "eng_Latn", "spa_Latn"), "PreTrainedTokenizerFast")
    config = transformers.M2M100Config(vocab_size=size, pad_token_id=1, eos_token_id=2, bos_token_id=0, decoder_start_token_id=2, **SMALL)
    return _saved(transformers.M2M100ForConditionalGeneration, config, folder, seed)


def marian(folder: Path, targets: tuple[str, ...] = (), seed: int = 0) -> Path:
    """With SentencePiece models of its own, as Helsinki's have; `targets`: several, told apart by >>xx<<."""
    import sentencepiece

    folder.mkdir(parents=True, exist_ok=True)
    generator = random.Random(0)
    lines = [" ".join(generator.choice(WORDS) for _ in range(8)) for _ in range(200)]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_prefix=str(folder / "source"), vocab_size=60, minloglevel=2, hard_vocab_limit=False
    )
    (folder / "source.model").rename(folder / "source.spm")
    (folder / "source.vocab").unlink()
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    names = [pieces.id_to_piece(number) for number in range(pieces.get_piece_size())]
    vocabulary = ["</s>", "<unk>", *(name for name in names if name not in ("<s>", "</s>", "<unk>")), *targets, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(vocabulary)}), encoding="utf-8")
    settings = {"tokenizer_class": "MarianTokenizer", "model_max_length": 64, "source_lang": "en", "target_lang": "es"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    config = transformers.MarianConfig(
        vocab_size=len(vocabulary), pad_token_id=len(vocabulary) - 1, eos_token_id=0, decoder_start_token_id=len(vocabulary) - 1, **SMALL
    )
    return _saved(transformers.MarianMTModel, config, folder, seed)
