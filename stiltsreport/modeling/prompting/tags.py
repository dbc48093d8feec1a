"""A tag for each word: written behind it one by one, each the likeliest of the task's tags, with those before it in the prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch

from stiltsreport.modeling.prompting.language_model import LanguageModel
from stiltsreport.modeling.prompting.prefixes import Read, batches, beginning, log_likelihoods, nothing_read

Asked = tuple[str, Sequence[str]]  # prompt, words


@torch.no_grad()
def tag_answers(model: LanguageModel, asked: Sequence[Asked], tags: Sequence[str]) -> list[list[str]]:
    """For each (prompt, words) the tags of its words. Sentences of like length are asked for their first word, then for their second.

    A word stands before its tag as in the demonstrations: word/TAG. What was read of a sentence stays read for its next word.
    """
    found: list[list[str]] = [[] for _ in asked]
    longest = max(tags, key=len)
    written = model.texts([prompt + "".join(f" {word}/{longest}" for word in words) for prompt, words in asked])
    start = beginning(model, ([(ids, len(ids))] for ids in written)) if model.keeps else nothing_read(1)
    for batch in batches([(len(tags), len(ids)) for ids in written], model.kind):
        for place, tag in _of_batch(model, start, {place: asked[place] for place in batch}, tags):
            found[place].append(tag)
    return found


def _of_batch(model: LanguageModel, read: Read, asked: Mapping[int, Asked], tags: Sequence[str]) -> Iterator[tuple[int, str]]:
    """(Which sentence, the tag of its next word); `read`: what all prompts begin with."""
    texts = {place: prompt for place, (prompt, _) in asked.items()}
    lies = dict.fromkeys(asked, 0)  # which text of what is read a sentence's is
    for number in range(max(len(words) for _, words in asked.values())):
        still = [place for place, (_, words) in asked.items() if number < len(words)]
        for place in still:
            texts[place] += f" {asked[place][1][number]}/"
        groups = model.rows([(texts[place], tags) for place in still])
        if model.keeps:
            values, read = log_likelihoods(model, read, [lies[place] for place in still], groups)
        else:
            values = model.whole(groups)
        lies = {place: index for index, place in enumerate(still)}
        for place, own in zip(still, values, strict=True):
            best = tags[max(range(len(tags)), key=own.__getitem__)]
            texts[place] += best
            yield place, best
