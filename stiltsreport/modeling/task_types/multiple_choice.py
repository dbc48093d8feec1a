"""Multiple choice: a prompt and its continuations, one score each (HellaSwag, CommonsenseQA, XCOPA ...).

As in X-STILTs (Phang et al. 2020) each choice is encoded as <s> prompt </s></s> choice </s>; a long prompt is cut from the left.
The head has one output, so that tasks with different numbers of choices share it.
"""

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
from stiltsreport.tasks.examples import MultipleChoice
from stiltsreport.tasks.task import Task


def encode(examples: Sequence[MultipleChoice], tokenizer: Any, task: Task, lengths: Lengths) -> list[Feature]:
    """One row a choice."""
    prompts = encode_texts(tokenizer, [example.prompt for example in examples for _ in example.choices])
    choices = encode_texts(tokenizer, [choice for example in examples for choice in example.choices])
    features, at = [], 0
    for index, example in enumerate(examples):
        rows = []
        for _ in example.choices:
            rows.append(join(tokenizer, prompts[at], choices[at], lengths.max_length, cut="first", direction="left"))
            at += 1
        features.append(Feature(index, tuple(tuple(row.ids) for row in rows), tuple(tuple(row.type_ids) for row in rows), example.label))
    return features


def _scores(model: nn.Module, batch: Batch) -> Tensor:
    """Scores of shape (examples, most choices); -inf where an example has fewer."""
    flat = model(**batch.inputs).logits.float().squeeze(-1)
    counts = [len(feature.rows) for feature in batch.features]
    return nn.utils.rnn.pad_sequence(list(flat.split(counts)), batch_first=True, padding_value=float("-inf"))


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Summed cross entropy over the choices of each example."""
    targets = torch.tensor([feature.target for feature in batch.features], device=batch.device)
    return functional.cross_entropy(_scores(model, batch), targets, reduction="sum"), len(batch.features)


def outputs(model: nn.Module, batch: Batch) -> list[Any]:
    """The index of the best choice."""
    return list(_scores(model, batch).argmax(-1).tolist())


def decode(examples: Sequence[Any], features: Sequence[Feature], outputs: Sequence[Any], task: Task, protocol: Protocol) -> list[Any]:
    """That index."""
    return list(outputs)


FORM = Form(
    head="AutoModelForSequenceClassification",
    encode=encode,
    loss=loss,
    outputs=outputs,
    decode=decode,
    gold=lambda example, task: example.label,
    labels=lambda task: 1,
)
