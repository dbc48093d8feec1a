"""A tag for each word: written behind it one by one, each the likeliest of the task's tags, with those before it in the prompt."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.modeling.prompting.language_model import LanguageModel


def tag_answers(model: LanguageModel, asked: Sequence[tuple[str, Sequence[str]]], tags: Sequence[str]) -> list[list[str]]:
    """For each (prompt, words) the tags of its words. All sentences are asked for their first word, then for their second, and so on.

    A word stands before its tag as in the demonstrations: word/TAG. What is read grows with words times tags: cap long sets with `limit`.
    """
    texts = [prompt for prompt, _ in asked]
    found: list[list[str]] = [[] for _ in asked]
    for place in range(max((len(words) for _, words in asked), default=0)):
        open_now = [number for number, (_, words) in enumerate(asked) if place < len(words)]
        for number in open_now:
            texts[number] += f" {asked[number][1][place]}/"
        values = model.log_likelihoods([(texts[number], tag) for number in open_now for tag in tags])
        for index, number in enumerate(open_now):
            own = values[index * len(tags) : (index + 1) * len(tags)]
            best = tags[max(range(len(tags)), key=own.__getitem__)]
            found[number].append(best)
            texts[number] += best
    return found
