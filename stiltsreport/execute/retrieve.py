"""Retrieval on one checkpoint: ranking with sentence vectors or a dual encoder, and mining with BUCC's threshold."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, device, nn

from stiltsreport.execute.inputs import Reading, examples_of
from stiltsreport.modeling import retrieval
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.modeling.vector_memory import Encode, VectorMemory
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Evaluate
from stiltsreport.recipes import Protocol
from stiltsreport.tasks.examples import Passage, Retrieval
from stiltsreport.tasks.task import Task

Scored = tuple[Evaluation, dict[str, Any]]  # and what else the record should say


@dataclass(frozen=True)
class Search:
    """An evaluation with what it reads: the set that is reported, and, where it is another, the one that BUCC's threshold is found on."""

    job: Evaluate
    task: Task
    data: Retrieval
    dev: Retrieval | None

    @property
    def sets(self) -> list[Retrieval]:
        """Both."""
        return [self.data] if self.dev is None else [self.data, self.dev]

    @property
    def texts(self) -> int:
        """How many texts that is, equal ones counted each time."""
        return sum(len(data.queries) + len(data.pool) for data in self.sets)


@dataclass
class Retriever:
    """One checkpoint. `trained` gives its dual encoder.

    No text is encoded twice on a checkpoint while its vectors fit into `memory`: Tatoeba's English sides recur from language to language,
    BUCC's from set to set, and LAReQA's pool is one for all its languages.
    """

    encoder: Encoder
    trained: Callable[[Evaluate], nn.Module]
    device: device
    reading: Reading
    peers: Peers = ALONE
    memory: VectorMemory = field(default_factory=VectorMemory)
    _model: tuple[str, nn.Module] | None = None

    def open(self, job: Evaluate) -> Search:
        """Read what an evaluation needs."""
        task, data = self._read(job.data)
        dev = self._read(job.threshold)[1] if job.threshold is not None and job.threshold != job.data else None
        return Search(job, task, data, dev)

    def _read(self, use: DataUse) -> tuple[Task, Retrieval]:
        task, found = examples_of(use, None, self.reading)
        if not isinstance(found, Retrieval):
            raise TypeError(f"{task.name} is no retrieval set")
        return task, found

    def prepare(self, searches: Sequence[Search]) -> None:
        """Encode what is new in the texts of these evaluations, of one task and protocol, together."""
        sides = [side for search in searches for data in search.sets for side in self._sides(search.job, data)]
        for way in dict.fromkeys(way for way, _, _ in sides):
            passages = [passage for other, side, _ in sides if other == way for passage in side]
            encode = next(encode for other, _, encode in sides if other == way)
            self.memory.prepare(way, passages, encode, self.encoder.config.hidden_size)

    def evaluate(self, search: Search) -> Scored:
        """Rank or mine."""
        if search.task.type == "bitext_mining":
            return self._mine(search)
        job, task, data = search.job, search.task, search.data
        if task.type != "dual_encoder" and job.protocol.queries == "other":
            data = retrieval.swapped(data)
        queries, pool = self._vectors(job, data)
        return retrieval.ranking(task, job.protocol, job.language, data, queries, pool), {"pool": len(data.pool)}

    def _sides(self, job: Evaluate, data: Retrieval) -> list[tuple[Hashable, tuple[Passage, ...], Encode]]:
        """Queries and pool: each with what its vectors depend on beside the texts, and what encodes it."""
        protocol = job.protocol
        if job.data.task.type == "dual_encoder":
            return [
                (("dual encoder", length, protocol.precision), side, self._dual(job, length))
                for side, length in ((data.queries, protocol.query_length), (data.pool, protocol.passage_length))
            ]
        way = (protocol.layer, protocol.pooling, protocol.prefix, protocol.retrieval_length, protocol.precision, protocol.attention)
        return [(way, side, self._bare(protocol)) for side in (data.queries, data.pool)]

    def _vectors(self, job: Evaluate, data: Retrieval) -> tuple[Tensor, Tensor]:
        """Those of queries and pool."""
        queries, pool = (self.memory.vectors(way, side, encode) for way, side, encode in self._sides(job, data))
        return queries, pool

    def _dual(self, job: Evaluate, length: int) -> Encode:
        return lambda passages: retrieval.dual_vectors(
            self.trained(job), self.encoder, passages, length, job.protocol, self.device, self.peers
        )

    def _bare(self, protocol: Protocol) -> Encode:
        def encode(passages: list[Passage]) -> Tensor:
            if self._model is None or self._model[0] != protocol.attention:
                made = retrieval.bare_model(self.encoder, self.device, protocol.precision, protocol.attention)
                self._model = protocol.attention, made
            return retrieval.sentence_encoder(self.encoder, passages, protocol, self.device, self._model[1], self.peers)

        return encode

    def _mined(self, job: Evaluate, data: Retrieval) -> retrieval.Mined:
        return retrieval.mined_pairs(data, *self._vectors(job, data), job.protocol)

    def _mine(self, search: Search) -> Scored:
        """BUCC: the threshold of the dev set, applied to the set that is reported; "oracle" where they are one and the same."""
        job, task, data = search.job, search.task, search.data
        if job.threshold is None:
            raise ValueError(f"{task.name} is mined without a set for its threshold")
        pairs = self._mined(job, data)
        dev, dev_pairs = (data, pairs) if search.dev is None else (search.dev, self._mined(job, search.dev))
        threshold = retrieval.best_threshold(dev_pairs, retrieval.gold_pairs(dev))
        evaluation = retrieval.mining(task, job.protocol, job.language, data, pairs, threshold)
        return evaluation, {"pool": len(data.pool), "threshold": threshold, "oracle": search.dev is None}
