"""Answers as spans of the context: greedy generation that may only go on with tokens that follow in the context, or end.

A language model that answers freely is marked down for words that are right and not in the text; a span head cannot write them. So both
choose among the same answers. No likelihood is calibrated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stiltsreport.modeling.prompting.language_model import LanguageModel
from stiltsreport.modeling.prompting.prefixes import Read, batches, beginning, common, kept, nothing_read, read_on

_ENDS = (
    "\n",
    ".",
    " (",
)  # what an answer may be followed by, beside the end of text; a span that holds them goes on with them where that is likelier


@dataclass
class _Writing:
    """An answer as far as it is written.

    `ids`: the prompt and what is written. `spans`: (first token, the token that may come next) of the context, for each place where what is
    written stands there. `done`: the (first, last) token of the first of them.
    """

    ids: list[int]
    text: str
    tokens: list[int]
    offsets: list[tuple[int, int]]
    spans: list[tuple[int, int]]
    done: tuple[int, int] | None = None
    ended: bool = False

    @property
    def allowed(self) -> list[int]:
        """The tokens that may come next."""
        return sorted({self.tokens[place] for _, place in self.spans})

    def within(self, ends: Sequence[int]) -> list[bool]:
        """Of each end whether it may come next and the context goes straight on behind it, as in 3.5: then it ends nothing."""
        inner = {self.tokens[place] for _, place in self.spans if self.text[self.offsets[place][1] :][:1].strip()}
        return [end in inner for end in ends]

    def go_on(self, token: int) -> None:
        """Write one of them."""
        taken = [(first, place) for first, place in self.spans if self.tokens[place] == token]
        self.done = taken[0]
        self.spans = [(first, place + 1) for first, place in taken if place + 1 < len(self.tokens)]
        self.ended = not self.spans
        self.ids.append(token)

    @property
    def answer(self) -> str:
        """In the context's words."""
        if self.done is None:
            return ""
        return self.text[self.offsets[self.done[0]][0] : self.offsets[self.done[1]][1]].strip()


@torch.no_grad()
def span_answers(model: LanguageModel, asked: Sequence[tuple[str, str]], longest: int) -> list[str]:
    """For each (prompt, context) the span that greedy generation gives, of at most `longest` tokens; "" for a context without tokens.

    Answers to prompts of like length are written side by side, a token each at a time.
    """
    ends = _ends(model)
    prompts = model.texts([prompt for prompt, _ in asked])
    answers = [_begun(model, ids, context, longest) for ids, (_, context) in zip(prompts, asked, strict=True)]
    begun = [one for one in answers if not one.ended]
    start = beginning(model, ([(one.ids, len(one.ids))] for one in begun)) if model.keeps else nothing_read(1)
    for batch in batches([(1, len(one.ids) + longest) for one in begun], model.kind):
        _write(model, start, [begun[place] for place in batch], longest, ends)
    return [one.answer for one in answers]


def _ends(model: LanguageModel) -> list[int]:
    """The tokens that end an answer."""
    prompt = model.ids("Answer: a")
    found = {model.tokenizer.eos_token_id} - {None}
    for text in _ENDS:
        whole = model.ids(f"Answer: a{text}")
        if len(whole) > len(prompt) and whole[: len(prompt)] == prompt:
            found.add(whole[len(prompt)])
    return sorted(found)


def _begun(model: LanguageModel, prompt: list[int], context: str, longest: int) -> _Writing:
    text = f" {context}"
    encoded: Any = model.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    tokens, offsets = encoded["input_ids"], encoded["offset_mapping"]
    spans = [(place, place) for place, (begin, end) in enumerate(offsets) if text[begin:end].strip()]  # a blank alone begins no answer
    return _Writing(prompt[-(model.longest - longest) :] or tokens[:1], text, tokens, offsets, spans, ended=not spans)


def _write(model: LanguageModel, read: Read, answers: Sequence[_Writing], longest: int, ends: Sequence[int]) -> None:
    """Write all of them; `read`: what their prompts begin with."""
    still, lies = list(answers), [0] * len(answers)  # which text of what is read an answer's is
    for _ in range(longest):
        states, read = _last_states(model, read, lies, [one.ids for one in still])
        choices, within = [one.allowed for one in still], [one.within(ends) for one in still]
        for one, (token, over) in zip(still, _likeliest(model.logits(states), choices, ends, within), strict=True):
            if over and one.done is not None:
                one.ended = True
            else:
                one.go_on(token)
        model.work.scored += len(still)
        lies = [place for place, one in enumerate(still) if not one.ended]
        still = [still[place] for place in lies]
        if not still:
            return


def _last_states(model: LanguageModel, read: Read, lies: Sequence[int], rows: Sequence[list[int]]) -> tuple[Tensor, Read]:
    """(The state (rows, width) of each row's last token, what is read now). What was read of a row before is not read again."""
    more = rows
    if model.keeps:
        known = [min(common(read.tokens[text], ids), len(ids) - 1) for text, ids in zip(lies, rows, strict=True)]
        more = [ids[length:] for ids, length in zip(rows, known, strict=True)]
        states, read = read_on(model, kept(read, lies, known), more)
    else:
        states = model.states(rows)
    last = torch.tensor([len(row) - 1 for row in more], device=model.device)
    return states[torch.arange(len(rows), device=model.device), last], read


def _likeliest(logits: Tensor, choices: Sequence[list[int]], ends: Sequence[int], within: Sequence[list[bool]]) -> list[tuple[int, bool]]:
    """Of each row the likeliest of its choices, the first of equals, and whether an end that is not `within` the context is as likely."""
    most = max(map(len, choices))
    places = torch.tensor([[*own, *own[:1] * (most - len(own))] for own in choices], device=logits.device)
    values = logits.gather(1, places)
    best = values.argmax(1, keepdim=True)
    tokens = places.gather(1, best)[:, 0].tolist()
    if not ends:
        return [(token, False) for token in tokens]
    likely = logits[:, list(ends)].masked_fill(torch.tensor(within, device=logits.device), -torch.inf)
    over = likely.amax(1) >= values.gather(1, best)[:, 0]
    return list(zip(tokens, over.tolist(), strict=True))
