"""One unit of work: from the store, through modeling, to the store."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor

from stiltsreport import __version__
from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.artifacts import write_training
from stiltsreport.execute.costs import context_of, training_cost
from stiltsreport.execute.encoding import encoded
from stiltsreport.execute.evaluate import Evaluator
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.inputs import Reading, pretrained_encoder
from stiltsreport.execute.machine import forget_peak, processor, versions
from stiltsreport.execute.processes import End, ProcessFailedError, device_of, work_together
from stiltsreport.execute.progress import Evaluated, Event, Noted, Outcome, Steps
from stiltsreport.execute.prompt import forget_decoder, prompt
from stiltsreport.execute.signals import heeded
from stiltsreport.execute.state_sharing import SharingStateKeeper
from stiltsreport.execute.translate import translate
from stiltsreport.modeling.adapted import adapt, begins_low
from stiltsreport.modeling.distributed.peers import ALONE, Peers, joined, left_alone
from stiltsreport.modeling.efficiency import device_name
from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.energy import EnergyMeter
from stiltsreport.modeling.finetune import Finetuned, finetune
from stiltsreport.modeling.interruption import Interrupted, Interruption
from stiltsreport.modeling.kept_encoder import load_checkpoint, save_checkpoint
from stiltsreport.modeling.loop import Step
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.state_keeper import StateKeeper
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Checkpoint, Evaluate, Part, Pretrained, Train
from stiltsreport.plan.units import Unit
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.store import Held, Store, open_store
from stiltsreport.store.mirror import fetched
from stiltsreport.tasks.read import with_labels

_EVENT_SECONDS = 0.5
_MOVING = ("torch", "transformers", "numpy")  # the packages that a training's numbers rest on
Listener = Callable[[Event], None]


def perform(unit: Unit, settings: WorkerSettings, tell: Listener) -> Outcome:
    """Do the unit and publish what it makes.

    A failure is an Outcome with its traceback in the store. So is a request to stop (SIGTERM, SIGUSR1): a training saves its state at the
    end of its step, anything else is cheap to do again and ends at once. Ctrl-C alone goes through.
    """
    began = time.monotonic()
    store = open_store(settings.store, whole=False)
    interruption = Interruption()
    try:
        if settings.data:
            fetched(settings.data, offline=settings.offline)
        forget_decoder(unit)
        with heeded(interruption), store.lease(unit.id):
            if unit.translation is not None:
                translate(unit.translation, settings, store, tell)
            elif unit.prompts:
                prompt(unit, settings, store, tell, interruption)
            elif settings.processes > 1 or _offloads(unit, settings):
                work_together(unit, settings, tell, interruption)
            else:
                _Worker(unit, store, settings, tell, interruption, ALONE).do()
            store.attempts.forget_failures(unit.id)
    except Interrupted:
        return Outcome(unit, "interrupted", time.monotonic() - began)
    except Held as held:
        return Outcome(unit, "held", time.monotonic() - began, str(held.holder))
    except ProcessFailedError as error:
        return _failed(store, unit, error.end.what, error.end.log, began, mendable=error.end.mendable)
    except StiltsReportError as error:
        return _failed(store, unit, str(error), str(error), began, mendable=True)
    except Exception as error:  # noqa: BLE001 - one failed job must not end the others; its traceback is kept
        return _failed(store, unit, f"{type(error).__name__}: {error}", traceback.format_exc(), began)
    return Outcome(unit, "done", time.monotonic() - began)


def _offloads(unit: Unit, settings: WorkerSettings) -> bool:
    """Whether its weights lie in the host's memory, which takes a group of processes, be it of one."""
    return settings.device.startswith("cuda") and any(train.recipe.offload == "cpu" for train in unit.chain)


def take_part(rank: int, unit: Unit, settings: WorkerSettings, meeting: Path, send: Callable[[Event | End], None]) -> None:
    """Do the unit as one of `settings.processes` processes, which find each other by the file `meeting`; the first publishes and tells.

    Its end is sent before it leaves the others: with NCCL that may wait for them, while they wait for it.
    """
    interruption = Interruption()
    device = torch.device(device_of(settings.device, rank))
    own = replace(settings, device=str(device))

    def end(state: str, what: str = "", log: str = "", *, mendable: bool = False, follows: bool = False) -> None:
        send(End(rank, state, what, log, mendable, follows, time.monotonic()))

    try:
        with heeded(interruption), joined(rank, settings.processes, meeting, device) as peers:
            store = open_store(settings.store, whole=False)
            _Worker(unit, store, own, send if peers.leads else lambda _: None, interruption, peers=peers).do()
            end("done")
    except Interrupted:
        end("interrupted")
    except torch.OutOfMemoryError as error:
        end("out of memory", f"out of memory: {error}", traceback.format_exc())
    except StiltsReportError as error:
        end("failed", str(error), str(error), mendable=True)
    except Exception as error:  # noqa: BLE001 - as above
        end("failed", f"{type(error).__name__}: {error}", traceback.format_exc(), follows=left_alone(error))


def _failed(store: Store, unit: Unit, what: str, log: str, began: float, *, mendable: bool = False) -> Outcome:
    """A failure, remembered in the store if that can still be written to."""
    try:
        store.attempts.note_failure(unit.id, log)
    except (OSError, StiltsReportError) as error:  # a full disk, a store that is not reached: the outcome says it anyway
        what = f"{what} (and its log cannot be written: {(error.strerror if isinstance(error, OSError) else None) or error})"
    return Outcome(unit, "failed", time.monotonic() - began, what, mendable)


def _numbered(name: str) -> torch.device:
    """The device with its number: a cluster's job is told "cuda", and torch limits the memory of no device without one."""
    device = torch.device(name)
    return torch.device("cuda", torch.cuda.current_device()) if device.type == "cuda" and device.index is None else device


class _Worker:
    """The state of one unit at work, of whose `peers` the leader publishes."""

    def __init__(
        self, unit: Unit, store: Store, settings: WorkerSettings, tell: Listener, interruption: Interruption, peers: Peers
    ) -> None:
        self.peers = peers
        self.unit, self.store, self.settings, self.tell, self.interruption = unit, store, settings, tell, interruption
        self.device = _numbered(settings.device)
        if unit.start is None or unit.root is None:
            raise TypeError(f"{unit.title} starts from no encoder")
        self.start, self.root = unit.start, unit.root
        self.finetuned: Finetuned | None = None
        self.reading = Reading(settings.offline, store, lambda: pretrained_encoder(self.root, store.pretrained, settings))
        self._done = 0
        self._kept: torch.nn.Module | None = None
        if self.device.type == "cpu":
            torch.set_num_threads(1)  # the number of threads moves the last digits of sums
        elif self.device.type == "cuda":
            torch.cuda.set_per_process_memory_fraction(settings.share, self.device)  # no worker plans with its neighbours' memory

    def do(self) -> None:
        """Train the chain, then evaluate, publishing each job as soon as it is done.

        States of the trainings stay until the evaluations are there: a target checkpoint lives in this process alone, and one that is
        killed while it evaluates would have to train it from the beginning.
        """
        encoder = self._checkpoint(self.start)
        for train in self.unit.chain:
            encoder = self._train(train, encoder)
        missing = self.peers.of_leader([job for job in self.unit.evaluations if not self.store.has("evaluations", job.id)])
        self._done = len(self.unit.evaluations) - len(missing)
        evaluator = Evaluator(
            encoder, lambda job: self._model(job, encoder), self.device, self.settings, self.store, self._evaluated, self.peers
        )
        evaluator.evaluate(missing)
        if self.peers.leads:
            self.store.attempts.forget_state(self.unit.id)

    def _evaluated(self) -> None:
        """Tell of one evaluation more."""
        self.interruption.check()
        self._done += 1
        self.tell(Evaluated(self.unit.id, self._done, len(self.unit.evaluations)))

    def _checkpoint(self, start: Checkpoint) -> Encoder:
        """The encoder that the unit starts from."""
        with self.peers.leader_first():
            encoder = pretrained_encoder(self.root, self.store.pretrained, self.settings)
        if isinstance(start, Pretrained):
            return encoder
        return load_checkpoint(self.store.verified("checkpoints", start.id), encoder)

    def _encoded(self, use: DataUse, encoder: Encoder, lengths: Recipe | Protocol, form: str, selecting: int | None = None) -> EncodedSet:
        return encoded(use, encoder.tokenizer, lengths, form, selecting=selecting, reading=self.reading)

    def _part(self, part: Part, encoder: Encoder) -> TrainingPart:
        """A part with its sets encoded."""
        sets = tuple(self._encoded(use, encoder, part.recipe, part.form) for use in part.sets)
        selection: EncodedSet | None = None
        if part.selection:
            selection = self._encoded(part.selection, encoder, part.recipe, part.form, part.recipe.selection_examples or 0)
        return TrainingPart(part_name(part), sets, selection, part.recipe, part.protocol, part.share, part.temperature)

    def _head(self, job: Train) -> dict[str, Tensor] | None:
        """The head that a training goes on with: of the one before it, in memory or in the store."""
        if not job.carries_head:
            return None
        if self.finetuned is not None:
            return self.finetuned.head
        return load_file(self.store.verified("checkpoints", job.start.id) / "head.safetensors")

    def _train(self, job: Train, encoder: Encoder) -> Encoder:
        """One training, recorded; its checkpoint too where the unit keeps it."""
        with self.peers.leader_first():
            parts = [self._part(part, encoder) for part in job.parts]
        seeds = Seeds(job.seed, job.stage, (job.training.source.fingerprint,))
        forget_peak(self.settings.device)
        meter = EnergyMeter.of(self.device, alone=self.settings.share == 1.0 and self.peers.alone)
        finetuned = finetune(
            encoder, parts, job.recipe, seeds, self.device, self._steps(), self._head(job),
            sampling=job.sampling, perturbation=job.perturbation, keeper=self._keeper(job), adaptation=job.adaptation,
            peers=self.peers, sharding=self.settings.sharding, smaller=self.settings.parts,
        )  # fmt: skip
        self.finetuned = finetuned
        context = context_of(data.features for part in parts for data in part.sets)
        cost = {
            **training_cost(job, encoder.config, context, finetuned.efficiency.tokens, self.device, self.peers.size),
            "energy_joules": None if finetuned.resumed else meter.joules(),  # what earlier processes took is not known
        }

        def keep(folder: Path) -> None:
            save_checkpoint(finetuned.encoder, folder)
            if job.stage == "target":
                save_file({name: value.contiguous() for name, value in finetuned.head.items()}, folder / "head.safetensors")

        def record(folder: Path) -> None:
            selection = parts[0].selection
            dev_task = selection.task.name if selection else None
            write_training(folder, job, finetuned, dev_task, len(parts[0].sets[0].examples), self.settings.device, cost)

        if not self.peers.leads:
            return finetuned.encoder
        if job.id in self.unit.keep and not self.store.has("checkpoints", job.id):
            self.store.publish("checkpoints", job.id, keep)
        if not self.store.has("trainings", job.id):
            self.store.publish("trainings", job.id, record)
        return finetuned.encoder

    def _keeper(self, job: Train) -> StateKeeper:
        """Of the training's state. What a state rests on beside the job: versions that can move a number, and the kind of device."""
        folder = self.store.attempts.state(self.unit.id)
        if folder.is_symlink():
            folder.unlink()  # it could lead out of the store
        installed = versions()
        identity = {"job": job.id, "stiltsreport": __version__, **{name: installed[name] for name in _MOVING}, "device": self.device.type}
        place = device_name(self.device) if self.device.type == "cuda" else processor()
        return SharingStateKeeper(
            (lambda file: self.store.attempts.state_file(self.unit.id, file)) if self.peers.leads else (lambda _: None),
            folder / f"{job.id}.safetensors", identity, place, 60 * self.settings.checkpoint_minutes, self.interruption,
            lambda text: self.tell(Noted(self.unit.id, text)), peers=self.peers,
        )  # fmt: skip

    def _steps(self) -> Callable[[Step, int], None]:
        """What tells of a training's steps: twice a second, and its end."""
        began = last = time.monotonic()
        examples = 0

        def listen(step: Step, total: int) -> None:
            nonlocal last, examples
            examples += step.examples
            now = time.monotonic()
            if now - last >= _EVENT_SECONDS or step.number == total:
                last = now
                self.tell(Steps(self.unit.id, step.number, total, step.loss, examples / max(now - began, 1e-9)))

        return listen

    def _model(self, job: Evaluate, encoder: Encoder) -> torch.nn.Module:
        """The model with its head: as this unit trained it, or of a target checkpoint that the study keeps in the store."""
        if self.finetuned is not None:
            return self.finetuned.model
        if self._kept is None:
            self._kept = self._kept_model(job, encoder)
        return self._kept

    def _kept_model(self, job: Evaluate, encoder: Encoder) -> torch.nn.Module:
        train = job.checkpoint
        if not isinstance(train, Train):
            raise TypeError("a pretrained encoder has no head")
        form = FORMS[train.form]
        task = with_labels(train.training.task, train.training.source)
        cut = VocabularyCut.whole(len(encoder.table.base))
        head, attention = getattr(transformers, form.head), train.recipe.attention
        low = begins_low(encoder, self.device, train.recipe.precision)
        model = with_head(encoder, head, cut, 0, labels=form.labels(task), dropout=None, attention=attention, low=low)
        if form.prepare:
            form.prepare(model, train.recipe)
        model.load_state_dict(load_file(self.store.verified("checkpoints", train.id) / "head.safetensors"), strict=False)
        return pack(adapt(model, encoder, self.device, train.recipe.precision), self.device)


def part_name(part: Part) -> str:
    """What the steps of a part are told by: its task, or the text that it reads."""
    return "mlm" if part.form == "masked_language_modelling" else part.training.task.name
