"""Sequence classification: one or two sentences, one label (XNLI, PAWS-X, MNLI, QQP ...)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.modeling.batches import Batch
from stiltsreport.modeling.features import Feature, encode_texts, join
from stiltsreport.modeling.task_types.form import Form, Lengths
from stiltsreport.recipes import Protocol
from stiltsreport.tasks.examples import SentencePair
from stiltsreport.tasks.task import Task


def encode(examples: Sequence[SentencePair], tokenizer: Any, task: Task, lengths: Lengths) -> list[Feature]:
    """<s> first </s></s> second </s>, the longer sentence shortened."""
    classes = {label: index for index, label in enumerate(task.labels)}
    firsts = encode_texts(tokenizer, [example.first for example in examples])
    seconds = encode_texts(tokenizer, [example.second or "" for example in examples])
    features = []
    for index, (example, first, second) in enumerate(zip(examples, firsts, seconds, strict=True)):
        whole = join(tokenizer, first, None if example.second is None else second, lengths.max_length)
        features.append(Feature(index, (tuple(whole.ids),), (tuple(whole.type_ids),), classes[example.label]))
    return features


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Summed cross entropy over examples."""
    targets = torch.tensor([feature.target for feature in batch.features], device=batch.device)
    logits = model(**batch.inputs).logits
    return functional.cross_entropy(logits.float(), targets, reduction="sum"), len(batch.features)


def outputs(model: nn.Module, batch: Batch) -> list[Any]:
    """The class of the highest logit."""
    return list(model(**batch.inputs).logits.float().argmax(-1).tolist())


def decode(examples: Sequence[Any], features: Sequence[Feature], outputs: Sequence[Any], task: Task, protocol: Protocol) -> list[Any]:
    """The label of that class."""
    return [task.labels[output] for output in outputs]


FORM = Form(
    head="AutoModelForSequenceClassification",
    encode=encode,
    loss=loss,
    outputs=outputs,
    decode=decode,
    gold=lambda example, task: example.label,
    labels=lambda task: len(task.labels),
)
