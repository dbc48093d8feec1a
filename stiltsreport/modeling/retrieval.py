"""Retrieval and mining with sentence vectors: Tatoeba, BUCC, and the dual encoders of LAReQA and Mewsli-X."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from stiltsreport.metrics.mining import above, best_threshold, mine_texts
from stiltsreport.modeling.adapted import adapt, begins_low
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.evaluation import Evaluation, evaluate
from stiltsreport.modeling.inference import cut_for, padding_for, run, with_table
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.task_types import dual_encoder, sentence_vectors
from stiltsreport.modeling.task_types.ranking import ranked
from stiltsreport.recipes import Attention, Precision, Protocol, layer_index
from stiltsreport.tasks.clusters import clusters_of_queries
from stiltsreport.tasks.examples import Passage, Retrieval
from stiltsreport.tasks.task import Task

DEPTH = 20  # of a ranking


def bare_model(encoder: Encoder, device: torch.device, precision: Precision = "float32", attention: Attention = "pretrained") -> nn.Module:
    """The encoder without a head, to be given the rows of the table that its texts need; `precision` of products in 4 bits."""
    low = begins_low(encoder, device, precision)
    model = with_head(encoder, transformers.AutoModel, cut_for(encoder, []), 0, labels=1, dropout=None, attention=attention, low=low)
    return pack(adapt(model, encoder, device, precision), device)


def sentence_encoder(
    encoder: Encoder, passages: Sequence[Passage], protocol: Protocol, device: torch.device, model: nn.Module | None = None,
    peers: Peers = ALONE,
) -> Tensor:  # fmt: skip
    """Unit vectors (n, hidden) of texts by an encoder without a head; `protocol` must be resolved.

    `model`: the encoder's `bare_model`, where several sets of texts share it; making one takes longer than encoding a few sentences.
    """
    layer = layer_index(protocol.layer, encoder.layers)
    texts = [replace(passage, text=protocol.prefix + passage.text) for passage in passages]
    features = dual_encoder.encode_passages(texts, encoder.tokenizer, protocol.retrieval_length)
    cut = cut_for(encoder, features)
    model = with_table(model or bare_model(encoder, device, protocol.precision, protocol.attention), encoder, cut, device)
    pooling = protocol.pooling

    def outputs(model: nn.Module, batch: Any) -> list[Tensor]:
        return list(sentence_vectors.vectors(model, batch, layer, pooling).cpu())

    return torch.stack(run(model, features, padding_for(encoder, cut, device), protocol.precision, outputs, peers))


def dual_vectors(
    model: nn.Module, encoder: Encoder, passages: Sequence[Passage], length: int, protocol: Protocol, device: torch.device,
    peers: Peers = ALONE,
) -> Tensor:  # fmt: skip
    """Unit vectors (n, hidden) of texts by a trained dual encoder."""
    features = dual_encoder.encode_passages(passages, encoder.tokenizer, length)
    cut = cut_for(encoder, features)
    with_table(model, encoder, cut, device)

    def outputs(model: nn.Module, batch: Any) -> list[Tensor]:
        return list(dual_encoder.vectors(model, batch).cpu())

    return torch.stack(run(model, features, padding_for(encoder, cut, device), protocol.precision, outputs, peers))


def ranking(task: Task, protocol: Protocol, language: str, data: Retrieval, queries: Tensor, pool: Tensor) -> Evaluation:
    """The nearest passages of each query, against the relevant ones."""
    found = ranked(queries, pool, [passage.id for passage in data.pool], DEPTH)
    ids = [query.id for query in data.queries]
    golds = [data.relevant.get(name, ()) for name in ids]
    return evaluate(task, protocol, language, ids, found, golds, clusters_of_queries(data.queries, data))


def swapped(data: Retrieval) -> Retrieval:
    """The pool asks and the queries answer: Tatoeba with queries in the other language."""
    relevant: dict[str, list[str]] = {}
    for query, passages in data.relevant.items():
        for passage in passages:
            relevant.setdefault(passage, []).append(query)
    return Retrieval(data.pool, data.queries, {passage: tuple(queries) for passage, queries in relevant.items()})


Mined = list[tuple[str, str, float]]


def mined_pairs(data: Retrieval, queries: Tensor, pool: Tensor, protocol: Protocol) -> Mined:
    """(query id, pool id, margin score) of every mined pair, falling."""
    texts = [passage.text for passage in data.queries], [passage.text for passage in data.pool]
    pairs = mine_texts(queries.numpy(), pool.numpy(), *texts, protocol.neighbours, protocol.margin)
    return [(data.queries[pair.source].id, data.pool[pair.target].id, pair.score) for pair in pairs]


def gold_pairs(data: Retrieval) -> set[tuple[str, str]]:
    """Every (query, passage) that belongs together."""
    return {(query, passage) for query, passages in data.relevant.items() for passage in passages}


def mining(task: Task, protocol: Protocol, language: str, data: Retrieval, pairs: Mined, threshold: float) -> Evaluation:
    """The partner of each query at that threshold, against the gold pairs."""
    partner = above(pairs, threshold)
    ids = [query.id for query in data.queries]
    return evaluate(task, protocol, language, ids, [partner.get(name) for name in ids], [data.relevant.get(name, ()) for name in ids])


__all__ = ["best_threshold", "dual_vectors", "gold_pairs", "mined_pairs", "mining", "ranking", "sentence_encoder", "swapped"]
