"""Translation models: every family on tiny random weights, against decoding word by word without batches, padding or caches."""

from __future__ import annotations

import random
import shutil

import pytest
import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling import seq2seq
from stiltsreport.modeling.seq2seq import load_seq2seq, translate_lines
from tests.modeling.small import sentence
from tests.modeling.tiny_translators import madlad, marian, nllb


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    top = tmp_path_factory.mktemp("translators")
    return {
        "madlad": madlad(top / "madlad400-tiny"),
        "nllb": nllb(top / "nllb-tiny"),
        "marian": marian(top / "opus-mt-en-es"),
        "many": marian(top / "opus-mt-en-ROMANCE", (">>es<<", ">>ca<<")),
    }


def load(folder, target="es", source="en"):
    return load_seq2seq(str(folder), "", source, target, device="cpu", offline=True)


def by_hand(found, line, most):
    """The most likely word after each, one line at a time."""
    model, config = found.model, found.model.config
    inputs = torch.tensor([found.tokenizer(found.prefix + line)["input_ids"]])
    made = [config.decoder_start_token_id]
    with torch.inference_mode():
        for place in range(most):
            logits = model(input_ids=inputs, decoder_input_ids=torch.tensor([made])).logits[0, -1]
            if config.model_type == "marian":
                logits[config.pad_token_id] = -torch.inf  # Marian never writes it
            best = found.first if place == 0 and found.first is not None else int(logits.argmax())
            made.append(best)
            if best == config.eos_token_id:
                break
    return " ".join(found.tokenizer.decode(made, skip_special_tokens=True).split())


@pytest.mark.parametrize("family", ["madlad", "nllb", "marian", "many"])
def test_batches_say_what_single_lines_say(folders, family, monkeypatch):
    found = load(folders[family])
    generator = random.Random(1)
    lines = [sentence(generator, 1, 12) for _ in range(24)]
    monkeypatch.setitem(seq2seq._TOKENS, "cpu", 60)
    translated = translate_lines(found, lines)
    assert len(translated) == len(lines)
    assert len(set(translated)) > 3, "or there is nothing to compare"
    for line, text in list(zip(lines, translated, strict=True))[:8]:
        assert text
        assert by_hand(found, line, 63).startswith(text), "all of it, or as much as twice the line's length allows"
    assert translate_lines(found, lines) == translated
    assert translate_lines(found, []) == []


def test_a_line_that_never_ends_is_cut_by_its_own_length(folders, monkeypatch):
    """Greedy decoding that loops goes on to the limit of the batch, which hangs on the other lines and on the device."""
    found = load(folders["marian"])
    monkeypatch.setattr(found.model.generation_config, "eos_token_id", None)
    short, long = "a", sentence(random.Random(2), 20, 30)
    ((alone,), (beside, _)) = translate_lines(found, [short]), translate_lines(found, [short, long])
    assert alone == beside


def test_how_each_family_is_told_its_pair(folders):
    one = load(folders["madlad"], "ca")
    assert (one.prefix, one.first) == ("<2ca> ", None)
    assert one.tokenizer(one.prefix + "dog")["input_ids"][0] == one.tokenizer.get_vocab()["<2ca>"]
    other = load(folders["nllb"])
    assert (other.prefix, other.first) == ("", other.tokenizer.get_vocab()["spa_Latn"])
    assert other.tokenizer.src_lang == "eng_Latn"
    assert load(folders["nllb"], "spa_Latn", "eng_Latn").first == other.first
    assert load(folders["marian"]).prefix == ""
    many = load(folders["many"], "ca")
    assert many.prefix == ">>ca<< "
    assert many.tokenizer(many.prefix + "dog")["input_ids"][0] == many.tokenizer.get_vocab()[">>ca<<"]


@pytest.mark.parametrize(
    ("family", "target", "message"),
    [
        ("madlad", "de", "has no token <2de>"),
        ("nllb", "de", r"does not know de \(deu_Latn\)"),
        ("nllb", "xx", r"does not know xx \(no FLORES-200 code"),
        ("marian", "de", "does not translate en to de"),
        ("many", "it", "does not translate en to it"),
    ],
)
def test_other_languages_are_refused(folders, family, target, message):
    with pytest.raises(StiltsReportError, match=message):
        load(folders[family], target)


def test_a_line_that_is_too_long_comes_back_empty(folders):
    found = load(folders["nllb"])
    assert found.longest == 64
    lines = ["the dog", "dog " * 200, "a cat"]
    first, long, last = translate_lines(found, lines)
    assert long == ""
    assert [first, last] == translate_lines(found, ["the dog", "a cat"])


def test_what_is_no_translation_model_is_refused(tmp_path, folders, tiny_model):
    with pytest.raises(StiltsReportError, match=r"translator .*tiny: cannot be loaded"):
        load(tiny_model)
    with pytest.raises(StiltsReportError, match="cannot be loaded"):
        load_seq2seq("nobody/nothing", "0" * 40, "en", "es", device="cpu", offline=True)
    broken = shutil.copytree(folders["madlad"], tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(StiltsReportError, match="is cut off"):
        load(broken)
