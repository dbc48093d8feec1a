"""Units of work: a training with everything that is evaluated on it, so that a target checkpoint lives in one worker's memory alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from stiltsreport.methods import Translation
from stiltsreport.plan.data_use import digest
from stiltsreport.plan.jobs import Checkpoint, Evaluate, Pretrained, Train, Translate
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.prompts import Prompt


class Stored(Protocol):
    """What is known of a store: which artifacts are there."""

    def has(self, kind: Literal["trainings", "checkpoints", "evaluations", "translations"], job: str) -> bool:
        """Whether that artifact is there, whole."""
        ...


@dataclass(frozen=True)
class Unit:
    """What one worker does in one go: load `start`, train `chain` one after another, then `evaluations` on the last.

    `keep` are the ids of the chain whose checkpoint is stored. `names` are the runs that it serves. A `translation` stands alone: it has
    no start; `prompts` too, of one pretrained decoder.
    """

    start: Checkpoint | None
    chain: tuple[Train, ...]
    evaluations: tuple[Evaluate, ...]
    keep: tuple[str, ...]
    names: tuple[str, ...]
    translation: Translate | None = None
    prompts: tuple[Prompt, ...] = ()

    @property
    def id(self) -> str:
        """The id of its training or translation; of an evaluation on a stored checkpoint, one made of both."""
        if self.translation is not None:
            return self.translation.id
        if self.chain:
            return self.chain[-1].id
        assert self.start is not None
        if self.prompts:
            return digest(prompts=[job.id for job in self.prompts])
        return digest(checkpoint=self.start.id, evaluations=[job.id for job in self.evaluations])

    @property
    def needs(self) -> tuple[str, ...]:
        """The ids of what it rests on in the store: the training that it starts from, translations that it reads."""
        starts = [self.start.id] if isinstance(self.start, Train) else []
        uses = [use for train in self.chain for use in train.uses]
        uses += [*(job.data for job in self.evaluations), *(job.data for job in self.prompts)]
        return tuple(dict.fromkeys([*starts, *(use.change.job for use in uses if isinstance(use.change, Translation))]))

    @property
    def root(self) -> Pretrained | None:
        """The pretrained encoder that its chain began with; None for a translation."""
        return self.start.pretrained if isinstance(self.start, Train) else self.start

    @property
    def title(self) -> str:
        """The first of its runs, and how many more there are."""
        if self.translation is not None:
            use = self.translation.data
            return f"{use.task.title} ({use.source.split}, {use.source.language}) into {self.translation.to}"
        if not self.names:
            return self.id
        return self.names[0] + (f" and {len(self.names) - 1} more" if len(self.names) > 1 else "")


def missing_units(plan: Plan, stored: Stored, keep_targets: bool = False) -> list[Unit]:
    """What has to be done for the plan's missing artifacts, parents before their children.

    An evaluation that lacks nothing brings no work. One that is missing (of a new language, say) starts from a target checkpoint that the
    store keeps; where it keeps none, the training is repeated. `keep_targets`: checkpoints of the target trainings that run are kept. One
    that several trainings start from (few-shot sets of many languages) is trained once, and kept.
    """
    names = _names(plan)
    units: dict[str, Unit] = {}
    lacking = [(checkpoint, found) for checkpoint, jobs in _by_checkpoint(plan) if (found := _lacking(jobs, stored))]
    lacking += [(trial, []) for trial in plan.trials if trial.stage == "target" and not stored.has("trainings", trial.id)]
    shared = _shared_starts(checkpoint for checkpoint, _ in lacking)
    first = [item.train for item in plan.intermediates] + [trial for trial in plan.trials if trial.stage == "intermediate"]
    needed: dict[str, Train] = {train.id: train for train in first if not stored.has("trainings", train.id)}
    for checkpoint, jobs in lacking:
        trained: list[Train] = []
        start: Checkpoint = checkpoint
        while isinstance(start, Train) and start.stage == "target" and not _kept(stored, start) and (not trained or start.id not in shared):
            trained.insert(0, start)
            start = start.start
        _need(start, stored, needed)
        keep = (checkpoint.id,) if trained and jobs and (keep_targets or checkpoint.id in shared) else ()
        unit = Unit(start, tuple(trained), tuple(jobs), keep, tuple(names.get(checkpoint.id, ())))
        units[unit.id] = unit
    own = {item.train.id: item.name for item in plan.intermediates}
    made = {checkpoint for unit in units.values() for checkpoint in unit.keep}
    parents = [
        Unit(train.start, (train,), (), (train.id,), tuple(filter(None, (own.get(train.id), *names.get(train.id, ())))))
        for train in needed.values()
        if train.id not in made
    ]
    starts = [unit for unit in units.values() if set(unit.keep) & shared]
    translations = [Unit(None, (), (), (), (), job) for job in plan.translations if not stored.has("translations", job.id)]
    return [*translations, *parents, *starts, *(unit for unit in units.values() if unit not in starts), *_prompt_units(plan, stored)]


def _prompt_units(plan: Plan, stored: Stored) -> list[Unit]:
    """The missing prompts of a checkpoint, target and number of demonstrations together: they load the model once."""
    found: dict[tuple[str, str, int], list[Prompt]] = {}
    names: dict[str, list[str]] = {}
    for job in plan.prompts:
        names.setdefault(job.id, []).append(job.name)
    for job in plan.asked.values():
        if not stored.has("evaluations", job.id):
            found.setdefault((job.checkpoint.id, job.data.task.name, job.shots), []).append(job)
    return [
        Unit(jobs[0].checkpoint, (), (), (), tuple(dict.fromkeys(name for job in jobs for name in names[job.id])), prompts=tuple(jobs))
        for jobs in found.values()
    ]


def _need(start: Checkpoint, stored: Stored, needed: dict[str, Train]) -> None:
    """Take note of a checkpoint that has to be trained for others, its own start first."""
    if isinstance(start, Train) and start.id not in needed and not _kept(stored, start):
        _need(start.start, stored, needed)
        needed[start.id] = start


def _lacking(jobs: Iterable[Evaluate], stored: Stored) -> list[Evaluate]:
    return [job for job in jobs if not stored.has("evaluations", job.id)]


def _shared_starts(checkpoints: Iterable[Checkpoint]) -> set[str]:
    """Target checkpoints that more than one of these was trained from."""
    children: dict[str, set[str]] = {}
    for checkpoint in checkpoints:
        current = checkpoint
        while isinstance(current, Train):
            if isinstance(current.start, Train) and current.start.stage == "target":
                children.setdefault(current.start.id, set()).add(current.id)
            current = current.start
    return {start for start, found in children.items() if len(found) > 1}


def _kept(stored: Stored, train: Train) -> bool:
    """Whether a training need not run again: its checkpoint is there, and its record, which is written after it."""
    return stored.has("checkpoints", train.id) and stored.has("trainings", train.id)


def _names(plan: Plan) -> dict[str, list[str]]:
    """The runs that are evaluated on each checkpoint, by its id."""
    names: dict[str, list[str]] = {}
    for run in plan.runs:
        for checkpoint in dict.fromkeys(job.checkpoint.id for job in run.evaluations):
            names.setdefault(checkpoint, []).append(run.name)
    return names


def _by_checkpoint(plan: Plan) -> Iterator[tuple[Checkpoint, list[Evaluate]]]:
    """Each checkpoint with everything that is evaluated on it: one fine-tuning serves all its languages, and XQuAD's serves MLQA."""
    found: dict[str, tuple[Checkpoint, list[Evaluate]]] = {}
    for job in plan.evaluations.values():
        found.setdefault(job.checkpoint.id, (job.checkpoint, []))[1].append(job)
    yield from found.values()
