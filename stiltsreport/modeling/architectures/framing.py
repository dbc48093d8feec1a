"""What stands between two texts, and how words stand in a sentence, for tokenizers that say nothing of either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers import processors

from stiltsreport.modeling.features import encode_texts

SEPARATOR = "\n"


def separated(tokenizer: Any) -> Any:
    """The tokenizer; where it puts nothing between two texts (Qwen's), a new line stands between them: they would run into one another.

    The end-of-text token stands there where the vocabulary has no new line.
    """
    backend = tokenizer.backend_tokenizer
    first, second = encode_texts(tokenizer, ["a", "b"])
    whole = backend.post_process(first, second, True)
    if len(whole.ids) > len(first.ids) + len(second.ids):
        return tokenizer
    between = list(encode_texts(tokenizer, [SEPARATOR])[0].ids)
    if not between or tokenizer.unk_token_id in between:
        between = [tokenizer.eos_token_id]
    template = processors.TemplateProcessing(
        single="$A", pair="$A sep $B", special_tokens=[{"id": "sep", "ids": between, "tokens": tokenizer.convert_ids_to_tokens(between)}]
    )
    backend.post_processor = template if backend.post_processor is None else processors.Sequence([backend.post_processor, template])
    return tokenizer


def words_in_sentence(tokenizer: Any, words: Sequence[str]) -> list[tuple[int, ...]]:
    """The tokens of words as they stand behind another word: after a space where the tokenizer tells "a" from " a".

    Those of XLM-R and BERT do not; byte-level ones, and sentencepiece without its dummy prefix, do.
    """
    plain, spaced = (encoding.ids for encoding in encode_texts(tokenizer, ["a", " a"]))
    texts = list(words) if plain == spaced else [f" {word}" for word in words]
    return [tuple(encoding.ids) for encoding in encode_texts(tokenizer, texts)]


def unknown_token(tokenizer: Any) -> int:
    """What stands for a word that is reduced to nothing: the unknown token, or the end of text where there is none."""
    found = (tokenizer.unk_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id)
    return next(int(one) for one in found if one is not None)
