"""Retrieval on one checkpoint: ranking with sentence vectors or a dual encoder, and mining with BUCC's threshold."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import Tensor, device, nn

from stiltsreport.execute.inputs import examples_of
from stiltsreport.modeling import retrieval
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.plan.jobs import Evaluate, digest
from stiltsreport.recipes import Protocol
from stiltsreport.tasks.examples import Passage, Retrieval
from stiltsreport.tasks.task import Task

Scored = tuple[Evaluation, dict[str, Any]]  # and what else the record should say


@dataclass
class Retriever:
    """One checkpoint. `trained` gives its dual encoder.

    What all languages of a task share is encoded once: LAReQA's pool, and the English side of sentences that translate it.
    """

    encoder: Encoder
    trained: Callable[[Evaluate], nn.Module]
    device: device
    offline: bool
    _pools: dict[str, Tensor] = field(default_factory=dict)
    _english: dict[str, Tensor] = field(default_factory=dict)
    _model: nn.Module | None = None

    def evaluate(self, job: Evaluate, task: Task, data: Retrieval) -> Scored:
        """Rank or mine."""
        if task.type == "bitext_mining":
            return self._mine(job, task, data)
        protocol = job.protocol
        if task.type == "dual_encoder":
            encode = functools.partial(retrieval.dual_vectors, self.trained(job), self.encoder, protocol=protocol, device=self.device)
            queries = encode(data.queries, length=protocol.query_length)
            key = digest(pool=[(passage.id, passage.text, passage.context) for passage in data.pool])
            if key not in self._pools:
                self._pools = {key: encode(data.pool, length=protocol.passage_length)}
            pool = self._pools[key]
        else:
            data = retrieval.swapped(data) if protocol.queries == "other" else data
            queries, pool = (self._side(side, protocol) for side in (data.queries, data.pool))
        return retrieval.ranking(task, protocol, job.language, data, queries, pool), {"pool": len(data.pool)}

    def _side(self, passages: Sequence[Passage], protocol: Protocol) -> Tensor:
        """One side of a ranking, remembered where it is English."""
        if any(passage.language != "en" for passage in passages):
            return self._bare(passages, protocol)
        key = digest(side=[passage.text for passage in passages], protocol=asdict(protocol))
        if key not in self._english:
            self._english = {key: self._bare(passages, protocol)}
        return self._english[key]

    def _bare(self, passages: Sequence[Passage], protocol: Protocol) -> Tensor:
        if self._model is None:
            self._model = retrieval.bare_model(self.encoder, self.device)
        return retrieval.sentence_encoder(self.encoder, passages, protocol, self.device, self._model)

    def _mined(self, data: Retrieval, protocol: Protocol) -> retrieval.Mined:
        return retrieval.mined_pairs(data, self._bare(data.queries, protocol), self._bare(data.pool, protocol), protocol)

    def _mine(self, job: Evaluate, task: Task, data: Retrieval) -> Scored:
        """BUCC: the threshold of the dev set, applied to the set that is reported; "oracle" where they are one and the same."""
        if job.threshold is None:
            raise ValueError(f"{task.name} is mined without a set for its threshold")
        pairs = self._mined(data, job.protocol)
        oracle = job.threshold == job.data
        dev, dev_pairs = data, pairs
        if not oracle:
            _, found = examples_of(job.threshold, None, self.offline)
            if not isinstance(found, Retrieval):
                raise TypeError(f"{task.name} is no retrieval set")
            dev, dev_pairs = found, self._mined(found, job.protocol)
        threshold = retrieval.best_threshold(dev_pairs, retrieval.gold_pairs(dev))
        evaluation = retrieval.mining(task, job.protocol, job.language, data, pairs, threshold)
        return evaluation, {"pool": len(data.pool), "threshold": threshold, "oracle": oracle}
