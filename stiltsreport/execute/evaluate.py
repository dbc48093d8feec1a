"""A unit's evaluations: those of one task and protocol in passes over their languages, each published as an artifact of its own.

What a pass takes is told of each of its evaluations by share: its seconds by tokens (for retrieval, whose equal texts are encoded once, by
texts), beside what it took alone; its peak of memory is that of the pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import nn

from stiltsreport.execute.artifacts import write_evaluation
from stiltsreport.execute.costs import context_of, evaluation_cost
from stiltsreport.execute.encoding import encoded
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.inputs import Reading, examples_of
from stiltsreport.execute.machine import forget_peak
from stiltsreport.execute.retrieve import Retriever, Search
from stiltsreport.modeling.batches import Padding
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.distributed.shards import is_sharded
from stiltsreport.modeling.efficiency import device_name, peak_bytes
from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.energy import EnergyMeter
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.modeling.inference import cut_for, padding_for, with_table
from stiltsreport.modeling.latency import latency
from stiltsreport.modeling.passes import evaluate_sets
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.tokens import Joined, tokens_of
from stiltsreport.plan.jobs import Evaluate
from stiltsreport.store import Store
from stiltsreport.tasks.examples import Retrieval

PASS_TOKENS = {"cpu": 200_000, "cuda": 4_000_000}  # of one pass: what a kill loses and what a listener waits for
TEXT_TOKENS = 20  # about as many has a text of retrieval
T = TypeVar("T")


@dataclass(frozen=True)
class Opened:
    """An evaluation whose set is at hand; `tokens` and `seconds` that this took."""

    job: Evaluate
    data: EncodedSet
    tokens: int
    seconds: float


@dataclass
class Evaluator:
    """One checkpoint. `model` gives it with its head; `done` is told of each evaluation that is published.

    `peers` divide what goes through the model; each has all of what comes out, and the leader publishes it.
    """

    encoder: Encoder
    model: Callable[[Evaluate], nn.Module]
    device: torch.device
    settings: WorkerSettings
    store: Store
    done: Callable[[], None]
    peers: Peers = ALONE

    def __post_init__(self) -> None:
        self._reading = Reading(self.settings.offline, self.store)
        self._retriever = Retriever(self.encoder, self.model, self.device, self._reading, self.peers)

    def evaluate(self, jobs: Sequence[Evaluate]) -> None:
        """Do and publish these evaluations of the checkpoint."""
        for group in together(jobs):
            if self._retrieves(group[0]):
                for searches in portions(map(self._retriever.open, group), lambda one: one.texts, self._most // TEXT_TOKENS):
                    self._retrieve(searches)
            else:
                for opened in portions(map(self._open, group), lambda one: one.tokens, self._most):
                    self._pass(opened)

    def _retrieves(self, job: Evaluate) -> bool:
        """Whether a pool is searched; the one type with a head that may do so is the dual encoder, which can rank given pairs too."""
        if job.data.task.type != "dual_encoder":
            return job.data.task.type not in FORMS
        _, found = examples_of(job.data, None, self._reading)
        return isinstance(found, Retrieval)

    @property
    def _most(self) -> int:
        return PASS_TOKENS["cuda" if self.device.type == "cuda" else "cpu"]

    def _open(self, job: Evaluate) -> Opened:
        began = time.perf_counter()
        with self.peers.leader_first():
            data = encoded(job.data, self.encoder.tokenizer, job.protocol, job.data.task.type, selecting=None, reading=self._reading)
        return Opened(job, data, int(tokens_of(data.features).sum()), time.perf_counter() - began)

    def _pass(self, opened: Sequence[Opened]) -> None:
        """All languages in one cut of the table and one run in order of length."""
        forget_peak(self.settings.device)
        began, meter = time.perf_counter(), EnergyMeter.of(self.device, alone=self.settings.share == 1.0 and self.peers.alone)
        job, sets = opened[0].job, [one.data for one in opened]
        cut = cut_for(self.encoder, Joined([data.features for data in sets]))
        model = with_table(self.model(job), self.encoder, cut, self.device)
        padding = padding_for(self.encoder, cut, self.device)
        evaluations = evaluate_sets(model, sets, padding, job.protocol, [one.job.language for one in opened], self.peers)
        tokens, joules = max(1, sum(one.tokens for one in opened)), meter.joules()
        a_token = (time.perf_counter() - began) / tokens
        alone = self._latency(model, sets[0], padding, job)
        for one, evaluation in zip(opened, evaluations, strict=True):
            seconds = one.seconds + one.tokens * a_token
            context, config, precision = context_of([one.data.features]), self.encoder.config, job.protocol.precision
            extra = {
                "latency_seconds": alone,
                **evaluation_cost(config, precision, context, one.tokens, self.device, self.peers.size),
                "energy_joules": None if joules is None else joules * one.tokens / tokens,
            }
            self._publish(one.job, evaluation, seconds, len(one.data.examples), one.tokens, extra)

    def _latency(self, model: nn.Module, data: EncodedSet, padding: Padding, job: Evaluate) -> float | None:
        """Of an example alone: the leader's, unless the model's layers are shared out, so that all have to take part."""
        outputs, precision = FORMS[job.data.task.type].outputs, job.protocol.precision
        if any(map(is_sharded, model.parameters())):
            return latency(model, data.features, padding, precision, outputs, self.peers)
        return latency(model, data.features, padding, precision, outputs) if self.peers.leads else None

    def _retrieve(self, searches: Sequence[Search]) -> None:
        """The texts of all languages in one run, then each ranked or mined."""
        forget_peak(self.settings.device)
        began = time.perf_counter()
        self._retriever.prepare(searches)
        a_text = (time.perf_counter() - began) / max(1, sum(search.texts for search in searches))
        for search in searches:
            began = time.perf_counter()
            evaluation, extra = self._retriever.evaluate(search)
            seconds = time.perf_counter() - began + search.texts * a_text
            self._publish(search.job, evaluation, seconds, len(evaluation.ids) + extra["pool"], 0, extra)

    def _publish(
        self, job: Evaluate, evaluation: Evaluation, seconds: float, examples: int, tokens: int, extra: dict[str, Any] | None = None
    ) -> None:
        cost = {
            "seconds": seconds,
            "examples": examples,
            "tokens": tokens,
            "peak_bytes": peak_bytes(self.device),
            "device": device_name(self.device),
            **(extra or {}),
        }
        if self.peers.leads:
            self.store.publish("evaluations", job.id, lambda folder: write_evaluation(folder, job, evaluation, cost, self.settings.device))
        self.done()


def together(jobs: Sequence[Evaluate]) -> list[list[Evaluate]]:
    """The evaluations of one task and protocol, in the order in which they came."""
    groups: dict[Any, list[Evaluate]] = {}
    for job in jobs:
        groups.setdefault((job.data.task, job.protocol), []).append(job)
    return list(groups.values())


def portions(items: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Consecutive items whose sizes add up to at most `most`, or one item."""
    portion: list[T] = []
    held = 0
    for item in items:
        count = size(item)
        if portion and held + count > most:
            yield portion
            portion, held = [], 0
        portion.append(item)
        held += count
    if portion:
        yield portion
