"""What stands before the target: single tasks, mixtures of several, tasks with equal data, and control arms, resolved by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import PROPORTIONAL, Sampling
from stiltsreport.registry import did_you_mean, look_up
from stiltsreport.study.definitions import NAME
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import IntermediateEntry as Written
from stiltsreport.study.schema import StudyFile
from stiltsreport.study.study import BASELINE, Control, IntermediateEntry
from stiltsreport.study.validation import UNREADABLE
from stiltsreport.tasks import ALIASES, INTERMEDIATE_NAMES
from stiltsreport.tasks.task import Task

CONTROLS: tuple[Control, ...] = ("none-longer", "mlm-en", "shuffled")
_TITLES = {"none-longer": "none, as many steps", "mlm-en": "MLM on its English text", "shuffled": "labels shuffled"}
Tasks = Mapping[str, Task]


def intermediate(written: StudyFile, tasks: Tasks, problems: Problems) -> list[IntermediateEntry]:
    """The intermediates in the study's order: controls are made once the others are known."""
    own = written.define.tasks
    known = {name: task for name, task in tasks.items() if name in INTERMEDIATE_NAMES or name in own or name in task.train}
    found: dict[int, IntermediateEntry] = {}
    for index, entry in enumerate(written.intermediate):
        if entry.name != UNREADABLE and _control(entry) is None:
            made = problems.attempt(partial(_entry, entry, index, known, problems), "intermediate", index)
            if made is not None:
                found[index] = made
    others = list(found.values())
    for index, entry in enumerate(written.intermediate):
        if _control(entry) is not None:
            made = problems.attempt(partial(_controlled, entry, others, problems.where("intermediate", index)), "intermediate", index)
            if made is not None:
                found[index] = made
    seen: set[str] = set()
    for index, made in sorted(found.items()):
        if made.name in seen:
            problems.note(f"intermediate task {made.name!r} stands twice", "intermediate", index, hint="keep one of the two")
        seen.add(made.name)
    return [made for _, made in sorted(found.items())]


def _control(entry: Written) -> Control | None:
    if entry.control is not None:
        return entry.control
    return next((control for control in CONTROLS if control == entry.name), None) if entry.tasks is None else None


def _entry(entry: Written, index: int, known: Tasks, problems: Problems) -> IntermediateEntry | None:
    keys = ("intermediate", index)
    if entry.of is not None:
        problems.note("`of` says nothing without a `control`", *keys, hint=f"control: {' or '.join(CONTROLS)}")
    if entry.tasks is not None:
        return _mixture(entry, index, known, problems)
    if entry.sampling is not None:
        problems.note("`sampling` says nothing of one task", *keys, hint="{name: ..., tasks: [...], sampling: ...}")
    name = entry.task or entry.name
    if name is None:
        problems.note("an intermediate task without a name", *keys, hint="its name alone, or {name: ..., tasks: [...]}")
        return None
    if name == BASELINE:
        problems.note(f"{BASELINE!r} is the baseline, which every study has", *keys, hint="leave it out")
        return None
    task = _task(name, known, problems.where(*keys))
    named = entry.name if entry.task is not None and entry.name is not None else None
    if entry.examples is None:
        return IntermediateEntry(_named(named or task.name, problems.where(*keys)), task.title, (task,))
    own = named or f"{task.name}-{entry.examples}"
    return IntermediateEntry(
        _named(own, problems.where(*keys)), f"{task.title} ({entry.examples:,} examples)", (task,), examples=entry.examples
    )


def _mixture(entry: Written, index: int, known: Tasks, problems: Problems) -> IntermediateEntry | None:
    keys = ("intermediate", index)
    if entry.name is None or entry.task is not None:
        problems.note("a mixture needs a name", *keys, hint="{name: ..., tasks: [...]}")
        return None
    found: list[Task] = []
    for name in entry.tasks or ():
        task = problems.attempt(partial(_task, name, known, problems.where(*keys, "tasks")), *keys)
        if task is not None and task in found:
            problems.note(f"{name!r} stands twice", *keys, "tasks", hint="keep one of the two")
        elif task is not None:
            found.append(task)
    if len(entry.tasks or ()) < 2:  # noqa: PLR2004 - one alone is no mixture
        problems.note("a mixture has two tasks or more", *keys, "tasks", hint=f"{entry.tasks[0]} alone" if entry.tasks else "[mnli, squad]")
    if entry.name in known:
        problems.note(f"{entry.name!r} is the name of a task", *keys, hint="another name for the mixture")
    given = entry.sampling
    sampling = PROPORTIONAL if given is None else Sampling(given.kind, given.cap, given.temperature)
    return IntermediateEntry(_named(entry.name, problems.where(*keys)), entry.name, tuple(found), sampling, entry.examples)


def _task(name: str, known: Tasks, where: str) -> Task:
    task = look_up(known, name, "intermediate task", where=where, aliases=ALIASES)
    if task.name not in task.train:
        hint = f"train on {' and '.join(task.train) or 'another task'}"
        raise StiltsReportError(f"{task.title} has no training set of its own", where=where, hint=hint)
    return task


def _named(name: str, where: str) -> str:
    """A name that stands in --only, in files and in claims."""
    if not NAME.fullmatch(name) or "+" in name or name == BASELINE:
        raise StiltsReportError(f"{name!r} cannot name an arm", where=where, hint="letters, digits, '.', '_' and '-'")
    return name


def _controlled(entry: Written, others: Sequence[IntermediateEntry], where: str) -> IntermediateEntry:
    control = _control(entry)
    assert control is not None
    if entry.tasks is not None or entry.task is not None or entry.examples is not None or entry.sampling is not None:
        raise StiltsReportError("a control has no tasks of its own", where=where, hint="{control: shuffled, of: mnli}")
    names = [other.name for other in others]
    if entry.of is None and len(others) != 1:
        raise StiltsReportError(
            f"the control {control!r} does not say of which intermediate it is",
            where=where,
            hint=f"{{control: {control}, of: {' | '.join(names) or 'mnli'}}}",
        )
    of = others[0] if entry.of is None else next((other for other in others if other.name == entry.of), None)
    if of is None:
        raise StiltsReportError(f"no intermediate {entry.of!r} in this study", where=where, hint=did_you_mean(str(entry.of), names))
    own = entry.name or (control if entry.of is None else f"{control}-{of.name}")
    return replace(of, name=_named(own, where), title=f"{of.title}: {_TITLES[control]}", control=control)
