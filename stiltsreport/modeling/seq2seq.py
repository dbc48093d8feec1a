"""Translation by a transformers sequence-to-sequence model: NLLB, Marian or MADLAD, by Hub id or folder.

Decoding is greedy, our choice: beams cost several times as much, and training data need many translations rather than the best. A model
says the language pair in its own way: NLLB by FLORES codes, of which the target is the first token that is decoded; MADLAD by "<2xx>"
before the text; Marian by its name, and by ">>xx<<" before the text where one model has several targets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.checkpoint_files import check_folder
from stiltsreport.tasks.flores import flores_code

_TOKENS = {"cpu": 2_048, "cuda": 16_384}  # of one batch, padding counted
_LONGEST = 512  # tokens of a line, where the model does not say: sentences are far shorter
_HINT = "NLLB (facebook/nllb-200-distilled-600M), Marian (Helsinki-NLP/opus-mt-en-de) or MADLAD (google/madlad400-3b-mt)"
_PAIR = re.compile(r"opus-mt-(?:tc-(?:big|base)-)?(?P<source>[A-Za-z_]+)-(?P<target>[A-Za-z_]+)$")


@dataclass(frozen=True)
class Seq2Seq:
    """A model with its tokenizer, set up for one pair: `prefix` stands before each text, `first` is the token that decoding begins with."""

    name: str
    model: Any
    tokenizer: Any
    prefix: str = ""
    first: int | None = None

    @property
    def longest(self) -> int:
        """The most tokens of a line, and of its translation."""
        known = (self.tokenizer.model_max_length, getattr(self.model.config, "max_position_embeddings", None))
        return min(_LONGEST, *(int(length) for length in known if length is not None))


def load_seq2seq(checkpoint: str, revision: str, source: str, target: str, *, device: str, offline: bool) -> Seq2Seq:
    """The model of a checkpoint at its revision (of a folder: none is looked at), in float32, for translating `source` to `target`.

    Code that comes with a checkpoint is never run. Raises StiltsReportError where it cannot be loaded, or does not know the languages.
    """
    import transformers

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    local = Path(checkpoint).is_dir()
    options: dict[str, Any] = {"local_files_only": offline or local, "trust_remote_code": False}
    if local:
        check_folder(Path(checkpoint), f"translator {checkpoint}")
    else:
        options["revision"] = revision
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint, **options)
        model, info = transformers.AutoModelForSeq2SeqLM.from_pretrained(
            checkpoint, dtype=torch.float32, output_loading_info=True, **options
        )
    except Exception as error:  # a checkpoint that is damaged raises what the place of the damage raises
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        hint = "a network to the Hub, or the folder of a model" if not local else _HINT
        if "sentencepiece" in str(error).lower():
            hint = "install the extra `translate`, which has what its tokenizer needs"
        raise StiltsReportError(f"cannot be loaded: {reason}", where=f"translator {checkpoint}", hint=hint) from error
    if info["missing_keys"]:
        lacking = sorted(info["missing_keys"])
        raise StiltsReportError(f"lacks {len(lacking)} weights, {lacking[0]} among them", where=f"translator {checkpoint}", hint=_HINT)
    return _for_pair(Seq2Seq(checkpoint, model.to(device).eval(), tokenizer), source, target)


def _for_pair(found: Seq2Seq, source: str, target: str) -> Seq2Seq:
    """The model set up for a pair. Raises StiltsReportError where it does not translate between the two."""
    kind, tokenizer, where = found.model.config.model_type, found.tokenizer, f"translator {found.name}"
    if kind == "marian":
        named = _PAIR.search(found.name.rstrip("/"))
        wanted = next((one for one in (f">>{target}<<", f">>{_iso3(target)}<<") if one in tokenizer.get_vocab()), "")
        fits = named is None or (named["source"] in (source, _iso3(source), "mul") and named["target"] in (target, _iso3(target)))
        if not wanted and not fits:
            raise StiltsReportError(f"does not translate {source} to {target}", where=where, hint="the model whose name has that pair")
        return Seq2Seq(found.name, found.model, tokenizer, f"{wanted} " if wanted else "")
    if kind == "t5":
        if f"<2{target}>" not in tokenizer.get_vocab():
            raise StiltsReportError(f"has no token <2{target}>", where=where, hint=_HINT)
        return Seq2Seq(found.name, found.model, tokenizer, f"<2{target}> ")
    vocabulary = tokenizer.get_vocab()
    codes = {language: language if "_" in language else flores_code(language) for language in (source, target)}
    for language, code in codes.items():
        if code not in vocabulary:
            raise StiltsReportError(f"does not know {language} ({code or 'no FLORES-200 code is known for it'})", where=where, hint=_HINT)
    tokenizer.src_lang = codes[source]
    return Seq2Seq(found.name, found.model, tokenizer, first=int(vocabulary[codes[target]]))


def _iso3(language: str) -> str:
    return (flores_code(language) or language).partition("_")[0]


def translate_lines(found: Seq2Seq, lines: Sequence[str]) -> list[str]:
    """The translation of each line, in order; "" for a line that is longer than the model reads, so that nothing is cut off unseen."""
    translated = [""] * len(lines)
    encoded = found.tokenizer([found.prefix + line for line in lines])["input_ids"] if lines else []
    for places in _batches([len(ids) for ids in encoded], found):
        inputs = found.tokenizer.pad({"input_ids": [encoded[place] for place in places]}, return_tensors="pt").to(found.model.device)
        most = [min(found.longest, 2 * len(encoded[place]) + 20) for place in places]  # longer is a loop, not a translation
        with torch.inference_mode():
            made = found.model.generate(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], num_beams=1, do_sample=False,
                max_new_tokens=max(most), max_length=None, forced_bos_token_id=found.first,
            )  # fmt: skip
        own = [row[:longest] for row, longest in zip(made, most, strict=True)]  # the longest line's last token may be a forced end
        for place, text in zip(places, found.tokenizer.batch_decode(own, skip_special_tokens=True), strict=True):
            translated[place] = " ".join(text.split())
    return translated


def _batches(lengths: Sequence[int], found: Seq2Seq) -> Iterator[list[int]]:
    """Places of lines of like length, the longest first, so many that they fill a batch; lines that are too long are in none."""
    room = _TOKENS["cuda" if found.model.device.type == "cuda" else "cpu"]
    order = sorted((place for place, length in enumerate(lengths) if length <= found.longest), key=lambda place: (-lengths[place], place))
    while order:
        size = max(1, room // lengths[order[0]])
        yield order[:size]
        order = order[size:]
