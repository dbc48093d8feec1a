"""Token classification: a tag a word, read off the word's first token (UD-POS, PAN-X, CCG)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.modeling.architectures.framing import unknown_token, words_in_sentence
from stiltsreport.modeling.batches import Batch
from stiltsreport.modeling.features import Feature, frame
from stiltsreport.modeling.task_types.form import Form, Lengths
from stiltsreport.recipes import Protocol
from stiltsreport.tasks.examples import TaggedSentence
from stiltsreport.tasks.task import Task

IGNORED = -100


def encode(examples: Sequence[TaggedSentence], tokenizer: Any, task: Task, lengths: Lengths) -> list[Feature]:
    """Sentences cut between words into windows that fit, so that no word goes without a prediction.

    A word that the tokenizer reduces to nothing stands as the unknown token, as in XTREME's code. Where attention is causal a word's tag
    is still read off its first token, which has not seen the rest of it.
    """
    classes = {label: index for index, label in enumerate(task.labels)}
    words = sorted({word for example in examples for word in example.words})
    known = dict(zip(words, words_in_sentence(tokenizer, words), strict=True))
    unknown = (unknown_token(tokenizer),)
    before, after, kinds = frame(tokenizer)
    room = lengths.max_length - len(before) - len(after)
    features = []
    for index, example in enumerate(examples):
        for start, tokens in _windows([known[word] or unknown for word in example.words], room):
            ids, places = list(before), []
            for token in tokens:
                places.append(len(ids))
                ids.extend(token)
            ids.extend(after)
            target = [IGNORED] * len(ids)
            for place, tag in zip(places, example.tags[start : start + len(places)], strict=True):
                target[place] = classes[tag]
            features.append(Feature(index, (tuple(ids),), ((kinds,) * len(ids),), tuple(target), tuple(places)))
    return features


def _windows(words: Sequence[tuple[int, ...]], room: int) -> list[tuple[int, list[tuple[int, ...]]]]:
    """(first word, words' tokens) of each window; a single word longer than the room is cut."""
    found: list[tuple[int, list[tuple[int, ...]]]] = []
    used = room + 1
    for index, tokens in enumerate(words):
        cut = tokens[:room]
        if used + len(cut) > room:
            found.append((index, []))
            used = 0
        found[-1][1].append(cut)
        used += len(cut)
    return found


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Summed cross entropy over words."""
    length = batch.input_ids.shape[1]
    padded = [feature.target + (IGNORED,) * (length - len(feature.target)) for feature in batch.features]
    targets = torch.tensor(padded, device=batch.device)
    logits = model(**batch.inputs).logits.float()
    total = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum")
    return total, sum(len(feature.align) for feature in batch.features)


def outputs(model: nn.Module, batch: Batch) -> list[Any]:
    """The class of each word of the window."""
    best = model(**batch.inputs).logits.float().argmax(-1).cpu().numpy()
    return [best[row, list(feature.align)].tolist() for row, feature in enumerate(batch.features)]


def decode(examples: Sequence[Any], features: Sequence[Feature], outputs: Sequence[Any], task: Task, protocol: Protocol) -> list[Any]:
    """The tags of each sentence, its windows joined in order."""
    tags: list[list[str]] = [[] for _ in examples]
    for feature, output in zip(features, outputs, strict=True):
        tags[feature.example].extend(task.labels[index] for index in output)
    return tags


FORM = Form(
    head="AutoModelForTokenClassification",
    encode=encode,
    loss=loss,
    outputs=outputs,
    decode=decode,
    gold=lambda example, task: list(example.tags),
    labels=lambda task: len(task.labels),
)
