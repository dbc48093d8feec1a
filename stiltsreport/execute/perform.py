"""One unit of work: from the store, through modeling, to the store."""

from __future__ import annotations

import functools
import json
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.machine import machine
from stiltsreport.execute.progress import Evaluated, Event, Outcome, Steps
from stiltsreport.metrics import METRICS
from stiltsreport.modeling import retrieval
from stiltsreport.modeling.encoder import Encoder, load_encoder, load_pretrained, save_encoder
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.modeling.finetune import EncodedSet, Finetuned, evaluate_set, finetune
from stiltsreport.modeling.inference import cut_for, padding_for, with_table
from stiltsreport.modeling.loop import Step
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.plan.jobs import DataUse, Evaluate, Pretrained, Train, digest
from stiltsreport.plan.units import Unit
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.store import Store
from stiltsreport.tasks.examples import Retrieval, Split
from stiltsreport.tasks.limit import held_out, limited
from stiltsreport.tasks.read import as_query_passages, read, selectable, with_labels
from stiltsreport.tasks.sources import HubAccess
from stiltsreport.tasks.task import Task

_SELECTION_KEY = "selection"
_EVENT_SECONDS = 0.5
Listener = Callable[[Event], None]


def perform(unit: Unit, settings: WorkerSettings, tell: Listener) -> Outcome:
    """Do the unit and publish what it makes. A failure is an Outcome with its traceback in the store; only an interrupt goes through."""
    began = time.monotonic()
    store = Store(settings.store)
    try:
        store.forget_failure(unit.id)
        with store.lease(unit.id):
            _Worker(store, settings, tell).do(unit)
    except StiltsReportError as error:
        store.note_failure(unit.id, str(error))
        return Outcome(unit, "failed", time.monotonic() - began, str(error))
    except Exception as error:  # noqa: BLE001 - one failed job must not end the others; its traceback is kept
        store.note_failure(unit.id, traceback.format_exc())
        return Outcome(unit, "failed", time.monotonic() - began, f"{type(error).__name__}: {error}")
    return Outcome(unit, "done", time.monotonic() - began)


@functools.lru_cache(maxsize=1)
def _pretrained(start: Pretrained, folder: str, offline: bool, trusted: bool) -> Encoder:
    """Kept between units: the base table is never written to."""
    return load_pretrained(start.model, start.revision, Path(folder), offline=offline, trust_remote_code=trusted)


@functools.lru_cache(maxsize=256)
def _read(use: DataUse, selecting: int | None, offline: bool) -> tuple[Task, Split]:
    """The examples of a use, with the task as its files label it. `selecting`: at most so many, and none that is reported on."""
    task = with_labels(use.task, use.source)
    found = read(use.source, task, HubAccess(offline=offline))
    if use.part != "all":
        assert not isinstance(found, Retrieval)
        found = held_out(found)[0 if use.part == "training" else 1]
    if selecting is not None:
        assert not isinstance(found, Retrieval)
        return task, limited(selectable(found), selecting or None, _SELECTION_KEY)
    return task, limited(found, use.limit)


class _Worker:
    """The state of one unit at work."""

    def __init__(self, store: Store, settings: WorkerSettings, tell: Listener) -> None:
        self.store, self.settings, self.tell = store, settings, tell
        self.device = torch.device(settings.device)

    def do(self, unit: Unit) -> None:
        """Train the chain, then evaluate, publishing each job as soon as it is done."""
        encoder = self.checkpoint(unit.start)
        finetuned: Finetuned | None = None
        for train in unit.chain:
            finetuned = self.train(train, encoder, finetuned, unit)
            encoder = finetuned.encoder
        vectors = _Vectors(self, encoder)
        for done, job in enumerate(unit.evaluations, start=1):
            if not self.store.has("evaluations", job.id):
                self.evaluate(job, encoder, finetuned, vectors)
            self.tell(Evaluated(unit.id, done, len(unit.evaluations)))

    def checkpoint(self, start: Pretrained | Train) -> Encoder:
        """The encoder that the unit starts from."""
        root = start if isinstance(start, Pretrained) else start.pretrained
        trusted = root.model.checkpoint in self.settings.trust_remote_code or root.model.name in self.settings.trust_remote_code
        encoder = _pretrained(root, str(self.store.pretrained), self.settings.offline, trusted)
        if isinstance(start, Pretrained):
            return encoder
        return load_encoder(self.store.path("checkpoints", start.id) / "encoder.safetensors", encoder)

    def train(self, job: Train, encoder: Encoder, before: Finetuned | None, unit: Unit) -> Finetuned:
        """One training, recorded; its checkpoint too where the unit keeps it."""
        training = self.encoded(job.training, encoder, job.recipe, job.form, None)
        selection = self.encoded(job.selection, encoder, job.recipe, job.form, job.recipe.selection_examples or 0) if job.selection else None
        head = before.head if before is not None and job.carries_head else None
        began = last = time.monotonic()
        examples = 0

        def listen(step: Step, total: int) -> None:
            nonlocal last, examples
            examples += step.examples
            now = time.monotonic()
            if now - last >= _EVENT_SECONDS or step.number == total:
                last = now
                self.tell(Steps(unit.id, step.number, total, step.loss, examples / max(now - began, 1e-9)))

        seeds = Seeds(job.seed, job.stage, (job.training.source.fingerprint,))
        finetuned = finetune(encoder, training, selection, job.recipe, job.protocol, seeds, self.device, listen, head)
        record = {
            "seconds": finetuned.efficiency.seconds,
            "steps": len(finetuned.curve),
            "examples": finetuned.efficiency.examples,
            "training_examples": len(training.examples),
            "selected_step": finetuned.selected,
            "dev": {"task": selection.task.name, "n": len(finetuned.dev.ids), "values": _named(finetuned.dev)} if finetuned.dev and selection else None,
            "efficiency": asdict(finetuned.efficiency),
        }

        def write(folder: Path) -> None:
            _write_common(folder, job.ingredients, record, self.settings.device)
            curve = [asdict(step) for step in finetuned.curve] + [{"dev": point.value, "number": point.step} for point in finetuned.points]
            _write_lines(folder / "curve.jsonl", curve)

        if job.id in unit.keep and not self.store.has("checkpoints", job.id):

            def keep(folder: Path) -> None:
                save_encoder(finetuned.encoder, folder / "encoder.safetensors")
                if job.stage == "target" and finetuned.head:
                    save_file({name: value.contiguous() for name, value in finetuned.head.items()}, folder / "head.safetensors")

            self.store.publish("checkpoints", job.id, keep)
        if not self.store.has("trainings", job.id):
            self.store.publish("trainings", job.id, write)
        return finetuned

    def encoded(self, use: DataUse, encoder: Encoder, lengths: Recipe | Protocol, form: str, selecting: int | None) -> EncodedSet:
        """A set as features; in the form that is trained, which for LAReQA's dual encoder is not its data's own."""
        key = digest(use=use.ingredients, lengths=asdict(lengths), form=form, selecting=selecting, model=encoder.name, language=use.source.language)
        return _encoded(key, use, _Unhashed(encoder), _Unhashed(lengths), form, selecting, self.settings.offline)

    def evaluate(self, job: Evaluate, encoder: Encoder, finetuned: Finetuned | None, vectors: _Vectors) -> None:
        """One evaluation, recorded with every prediction."""
        began = time.perf_counter()
        task, data = _read(job.data, None, self.settings.offline)
        extra: dict[str, Any] = {}
        if isinstance(data, Retrieval):
            evaluation, extra = vectors.evaluate(job, task, data, finetuned)
            examples, tokens = len(data.queries) + len(data.pool), 0
        else:
            model = finetuned.model if finetuned else self.kept_model(job, encoder)
            whole = self.encoded(job.data, encoder, job.protocol, task.type, None)
            cut = cut_for(encoder, whole.features)
            with_table(model, encoder, cut, self.device)
            evaluation = evaluate_set(model, whole, padding_for(encoder, cut, self.device), job.protocol, job.language)
            examples, tokens = len(whole.examples), sum(feature.tokens for feature in whole.features)
        seconds = time.perf_counter() - began
        record = {
            "language": job.language,
            "split": job.split,
            "n": len(evaluation.ids),
            "values": _named(evaluation),
            "sums": {key: counts.sum(axis=0).tolist() for key, counts in evaluation.counts.items()},
            "seconds": seconds,
            "examples": examples,
            "tokens": tokens,
            **extra,
        }

        def write(folder: Path) -> None:
            _write_common(folder, job.ingredients, record, self.settings.device)
            rows = (
                {
                    "id": name,
                    "prediction": evaluation.predictions[index],
                    "gold": evaluation.golds[index],
                    "counts": {key: counts[index].tolist() for key, counts in evaluation.counts.items()},
                }
                for index, name in enumerate(evaluation.ids)
            )
            _write_lines(folder / "predictions.jsonl", rows)

        self.store.publish("evaluations", job.id, write)

    def kept_model(self, job: Evaluate, encoder: Encoder) -> torch.nn.Module:
        """The model of a target checkpoint that the study keeps in the store."""
        import transformers

        from stiltsreport.modeling.encoder import with_head
        from stiltsreport.modeling.task_types import FORMS
        from stiltsreport.modeling.vocabulary import VocabularyCut

        assert isinstance(job.checkpoint, Train)
        form = FORMS[job.checkpoint.form]
        cut = VocabularyCut.whole(len(encoder.table.base))
        task = with_labels(job.checkpoint.training.task, job.checkpoint.training.source)
        model = with_head(encoder, getattr(transformers, form.head), cut, 0, labels=form.labels(task), dropout=None)
        if form.prepare:
            form.prepare(model, job.checkpoint.recipe)
        model.load_state_dict(load_file(self.store.path("checkpoints", job.checkpoint.id) / "head.safetensors"), strict=False)
        return model.to(self.device)


class _Unhashed:
    """A value that rides along a cached call without being part of its key: the key names all that matters of it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Unhashed)


@functools.lru_cache(maxsize=192)
def _encoded(
    key: str, use: DataUse, encoder: _Unhashed, lengths: _Unhashed, form: str, selecting: int | None, offline: bool
) -> EncodedSet:
    """Encoded once a worker: the tokens of a set are the same for every seed and checkpoint of a model."""
    del key
    task, found = _read(use, selecting, offline)
    assert not isinstance(found, Retrieval)
    if form == "dual_encoder" and task.type != "dual_encoder":
        found, task = as_query_passages(found), replace(task, type="dual_encoder", metrics=("map_20",), beside=())
    return EncodedSet.of(task, found, encoder.value, lengths.value)


class _Vectors:
    """Retrieval on one checkpoint: the pool of LAReQA, which all its languages share, is encoded once."""

    def __init__(self, worker: _Worker, encoder: Encoder) -> None:
        self.worker, self.encoder = worker, encoder
        self._pools: dict[str, torch.Tensor] = {}

    def evaluate(self, job: Evaluate, task: Task, data: Retrieval, finetuned: Finetuned | None) -> tuple[Evaluation, dict[str, Any]]:
        """Rank or mine; with what else the record should say."""
        protocol = job.protocol
        if task.type == "dual_encoder":
            model = finetuned.model if finetuned else self.worker.kept_model(job, self.encoder)
            encode = functools.partial(retrieval.dual_vectors, model, self.encoder, protocol=protocol, device=self.worker.device)
            queries = encode(data.queries, length=protocol.query_length)
            key = digest(ids=[passage.id for passage in data.pool])
            if key not in self._pools:
                self._pools = {key: encode(data.pool, length=protocol.passage_length)}
            return retrieval.ranking(task, protocol, job.language, data, queries, self._pools[key]), {"pool": len(data.pool)}
        if task.type == "bitext_mining":
            return self.mine(job, task, data)
        if protocol.queries == "other":
            data = retrieval.swapped(data)
        queries, pool = (self.bare(side, protocol) for side in (data.queries, data.pool))
        return retrieval.ranking(task, protocol, job.language, data, queries, pool), {"pool": len(data.pool)}

    def bare(self, passages: Any, protocol: Protocol) -> torch.Tensor:
        return retrieval.sentence_encoder(self.encoder, passages, protocol, self.worker.device)

    def mine(self, job: Evaluate, task: Task, data: Retrieval) -> tuple[Evaluation, dict[str, Any]]:
        """BUCC: the threshold of the dev set, applied to the set that is reported."""
        protocol = job.protocol
        pairs = retrieval.mined_pairs(data, self.bare(data.queries, protocol), self.bare(data.pool, protocol), protocol)
        assert job.threshold is not None
        if job.threshold == job.data:
            dev, dev_pairs = data, pairs
        else:
            _, found = _read(job.threshold, None, self.worker.settings.offline)
            assert isinstance(found, Retrieval)
            dev = found
            dev_pairs = retrieval.mined_pairs(dev, self.bare(dev.queries, protocol), self.bare(dev.pool, protocol), protocol)
        threshold = retrieval.best_threshold(dev_pairs, retrieval.gold_pairs(dev))
        oracle = job.threshold == job.data
        return retrieval.mining(task, protocol, job.language, data, pairs, threshold), {"pool": len(data.pool), "threshold": threshold, "oracle": oracle}


def _named(evaluation: Evaluation) -> dict[str, float]:
    """Values by the metric's name in scores.jsonl."""
    return {METRICS[key].name: value for key, value in evaluation.values().items()}


def _write_common(folder: Path, ingredients: dict[str, Any], record: dict[str, Any], device: str) -> None:
    (folder / "ingredients.json").write_text(json.dumps(ingredients, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    whole = {**record, "machine": machine(device)}
    (folder / "record.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_lines(file: Path, rows: Any) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
