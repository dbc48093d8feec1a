"""Dual encoder: query and passage into one space, trained against the other passages of the batch (LAReQA, Mewsli-X).

As XTREME-R's baselines (Ruder et al. 2021): one shared encoder, the pooled first token (dense and tanh) made unit length, a learned
scale, softmax over the batch's passages. Where an architecture has no such pooler the state itself stands for the text, our choice: that
of the last token where attention is causal, the mean of T5's encoder, else that of the first token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.architectures import record_of
from stiltsreport.modeling.architectures.attention import is_causal
from stiltsreport.modeling.batches import Batch
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.distributed.rows import everybodys_rows
from stiltsreport.modeling.features import Feature, encode_texts, join
from stiltsreport.modeling.task_types.form import Form, Lengths
from stiltsreport.modeling.task_types.sentence_vectors import pooled
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import Passage, QueryPassage
from stiltsreport.tasks.task import Task

SCALE = "scale"  # the name of the learned scale, which the encoder itself holds


def encode(examples: Sequence[QueryPassage], tokenizer: Any, task: Task, lengths: Lengths) -> list[Feature]:
    """Two rows: the query, and the passage beside its context where it has one."""
    queries = _texts(tokenizer, [(example.query, None) for example in examples], lengths.query_length)
    passages = _texts(tokenizer, [(example.passage, example.context) for example in examples], lengths.passage_length)
    features = []
    for index, (query, passage) in enumerate(zip(queries, passages, strict=True)):
        rows, types = (tuple(query.ids), tuple(passage.ids)), (tuple(query.type_ids), tuple(passage.type_ids))
        features.append(Feature(index, rows, types))
    return features


def encode_passages(passages: Sequence[Passage], tokenizer: Any, max_length: int) -> list[Feature]:
    """One row a text: what retrieval encodes, queries and pool alike."""
    whole = _texts(tokenizer, [(passage.text, passage.context) for passage in passages], max_length)
    return [Feature(index, (tuple(text.ids),), (tuple(text.type_ids),)) for index, text in enumerate(whole)]


def _texts(tokenizer: Any, pairs: Sequence[tuple[str, str | None]], max_length: int) -> list[Any]:
    firsts = encode_texts(tokenizer, [first for first, _ in pairs])
    seconds = encode_texts(tokenizer, [second or "" for _, second in pairs])
    return [
        join(tokenizer, first, None if pair[1] is None else second, max_length, cut="second")
        for pair, first, second in zip(pairs, firsts, seconds, strict=True)
    ]


def prepare(model: nn.Module, recipe: Recipe) -> None:
    """Give the model its learned scale."""
    model.register_parameter(SCALE, nn.Parameter(torch.tensor(float(recipe.scale))))


def vectors(model: nn.Module, batch: Batch) -> Tensor:
    """Unit vectors (rows, hidden) of the pooled first token, or of the state that stands for a text."""
    found = model(**batch.inputs)
    whole = getattr(found, "pooler_output", None)
    if whole is None:
        base: Any = model.base_model
        of_two = record_of(base.config.model_type).kind == "encoder-decoder"
        pooling = "last" if is_causal(model) else "mean" if of_two else "cls"
        whole = pooled(found.last_hidden_state, batch.attention_mask, pooling)
    return functional.normalize(whole.float(), dim=-1)


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Summed cross entropy of each query against all passages of the batch."""
    return loss_among(model, batch, ALONE)


def loss_among(model: nn.Module, batch: Batch, peers: Peers) -> tuple[Tensor, int]:
    """That of this process's queries, against the passages that all processes have of the batch."""
    both = vectors(model, batch)[: None if batch.counted else 0]
    scale: Any = model.scale
    passages, first = everybodys_rows(both[1::2], peers)
    similarities = both[0::2] @ passages.T * scale
    targets = torch.arange(first, first + len(similarities), device=batch.device)
    return functional.cross_entropy(similarities, targets, reduction="sum"), len(batch.features)


def outputs(model: nn.Module, batch: Batch) -> list[Any]:
    """The vectors of query and passage (2, hidden) of each pair."""
    both = vectors(model, batch).cpu().numpy()
    return list(both.reshape(len(batch.features), 2, -1))


def decode(examples: Sequence[Any], features: Sequence[Feature], outputs: Sequence[Any], task: Task, protocol: Protocol) -> list[Any]:
    """For each query the ids of the 20 nearest passages among those given: how the English dev set selects a checkpoint."""
    from stiltsreport.modeling.task_types.ranking import ranked

    ids = [example.id for example in examples]
    queries, passages = (torch.stack([torch.from_numpy(output[side]) for output in outputs]) for side in (0, 1))
    return ranked(queries, passages, ids, 20)


FORM = Form(
    head="AutoModel",
    encode=encode,
    loss=loss,
    loss_among=loss_among,
    outputs=outputs,
    decode=decode,
    gold=lambda example, task: [example.id],
    labels=lambda task: 1,
    prepare=prepare,
    whole_batch=True,
)
