"""Answers as spans of the context: greedy generation that may only go on with tokens that follow in the context, or end.

A language model that answers freely is marked down for words that are right and not in the text; a span head cannot write them. So both
choose among the same answers. No likelihood is calibrated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from stiltsreport.modeling.prompting.language_model import LanguageModel

_ENDS = (
    "\n",
    ".",
    " (",
)  # what an answer may be followed by, beside the end of text; a span that holds them goes on with them where that is likelier


def span_answers(model: LanguageModel, asked: Sequence[tuple[str, str]], longest: int) -> list[str]:
    """For each (prompt, context) the span that greedy generation gives, of at most `longest` tokens; "" for a context without tokens."""
    ends = _ends(model)
    return [_answer(model, prompt, context, longest, ends) for prompt, context in asked]


def _ends(model: LanguageModel) -> list[int]:
    """The tokens that end an answer."""
    prompt = model.ids("Answer: a")
    found = {model.tokenizer.eos_token_id} - {None}
    for text in _ENDS:
        whole = model.ids(f"Answer: a{text}")
        if len(whole) > len(prompt) and whole[: len(prompt)] == prompt:
            found.add(whole[len(prompt)])
    return sorted(found)


@torch.no_grad()
def _answer(model: LanguageModel, prompt: str, context: str, longest: int, ends: Sequence[int]) -> str:
    text = f" {context}"
    encoded = model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    tokens, offsets = encoded["input_ids"], encoded["offset_mapping"]
    starts = [place for place, (begin, end) in enumerate(offsets) if text[begin:end].strip()]  # a blank alone begins no answer
    if not starts:
        return ""
    before = model.ids(prompt)[-(model.longest - longest) :] or [tokens[0]]
    cache: Any = None
    read = 0
    step, spans = before, [(place, place) for place in starts]  # (first token, the token that may come next)
    done: tuple[int, int] | None = None
    for _ in range(longest):
        inputs = torch.tensor([step], device=model.device)
        found = model.network.base_model(input_ids=inputs, past_key_values=cache, use_cache=True)
        cache = found.past_key_values
        model.work.read(len(step), read)
        model.work.scored += 1
        read += len(step)
        logits = model.logits(found.last_hidden_state[0, -1])
        allowed = sorted({tokens[place] for _, place in spans})
        best = allowed[int(logits[allowed].argmax())] if allowed else None
        if done is not None and (best is None or (ends and float(logits[list(ends)].max()) >= float(logits[best]))):
            break
        assert best is not None
        taken = [(first, place) for first, place in spans if tokens[place] == best]
        done = taken[0]
        spans = [(first, place + 1) for first, place in taken if place + 1 < len(tokens)]
        step = [best]
    assert done is not None
    begin, end = offsets[done[0]][0], offsets[done[1]][1]
    return text[begin:end].strip()
