"""`check`: the study and its data, every error at once; what is no error but should be known, as warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stiltsreport.cli.absences import lines
from stiltsreport.cli.annotations import annotation, warning
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, check_files, open_study, unfilled, unpinned
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.models import vectors_in_words
from stiltsreport.plan.estimate import estimate
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.tuning import at_the_edge
from stiltsreport.tasks.prompts import PROMPTED
from stiltsreport.tasks.task import SEARCHED

_ENOUGH_SEEDS = 5  # under it a report is descriptive only


def run(options: Options, terminal: Terminal) -> int:
    """Returns 0 for studies that can be built; the errors of all are raised together. `--format github` prints annotations, too."""
    errors: list[StiltsReportError] = []
    for study in options.studies or (options.study,):
        try:
            _check(replace(options, study=study), terminal)
        except StiltsReportError as error:
            found = error.errors if isinstance(error, StudyErrors) else (error,)
            errors += found
            for one in found if options.form == "github" else ():
                terminal.result(annotation(one, study))
    if errors:
        raise StudyErrors(errors)
    return 0


def _check(options: Options, terminal: Terminal) -> None:
    device = named_device(options.device, gpus())
    opened = open_study(options, device)
    check_files(opened)
    for text in (*warnings(opened), *estimate(opened.plan, opened.store, device).warnings):
        terminal.warning(text)
        if options.form == "github":
            terminal.result(warning(text, options.study))
    for line in vectors(opened):
        terminal.note(line)
    if missing := unfilled(opened):
        raise StudyErrors(missing)
    plan = opened.plan
    terminal.result(f"{opened.study.path}: {len(plan.runs)} runs, {len(plan.trainings)} trainings, {len(plan.evaluations)} evaluations")


def vectors(opened: Opened) -> Iterator[str]:
    """How sentence vectors are taken from each model, where a target searches by them: much hangs on it, and a study need not say it."""
    found: dict[str, list[str]] = {}
    for job in opened.plan.evaluations.values():
        if job.data.task.type in SEARCHED:
            start = job.checkpoint.pretrained if isinstance(job.checkpoint, Train) else job.checkpoint
            words = f"{vectors_in_words(job.protocol.pooling, job.protocol.layer)} ({job.data.task.title})"
            found.setdefault(words, []).append(start.model.unadapted)
    for words, models in found.items():
        yield f"sentence vectors of {', '.join(dict.fromkeys(models))}: {words}"


def warnings(opened: Opened) -> Iterator[str]:
    """What the study's author should know before it runs."""
    study = opened.study
    yield from lines(opened.plan.problems if opened.plan.runs or opened.plan.trials or opened.plan.prompts else ())
    datasets, models = unpinned(opened.plan)
    if datasets or models:
        yield f"unpinned: {', '.join([*datasets, *models])}; `stiltsreport fetch {study.path}` pins them"
    if study.fewest_seeds < _ENOUGH_SEEDS:
        yield f"{study.fewest_seeds} seeds: the report will be descriptive only, claims need {_ENOUGH_SEEDS}"
    if not study.intermediate and not study.variants:
        yield "no intermediate task: the baseline alone, with nothing to compare"
    for task in study.intermediate:
        own = [entry.task.title for entry in study.target if {name for one in entry.train for name in one.source_data} & task.source_data]
        if own:
            yield f"{task.title} holds the training data of {', '.join(own)}: those cells are marked, and left out of one of the averages"
    yield from _of_methods(opened)
    unasked = [entry.task.title for entry in study.target if study.prompting and entry.task.type not in PROMPTED]
    if unasked:
        yield f"prompting leaves out what no words answer: {', '.join(unasked)}"
    for entry in study.target:
        if entry.task.type == "bitext_mining" and any(
            job.threshold == job.data for run in opened.plan.runs if run.target == entry.task.name for job in run.evaluations
        ):
            yield f"{entry.task.title}: the set that is reported also sets the threshold (an oracle); the report says so"


def _of_methods(opened: Opened) -> Iterator[str]:
    """What tuning, translators and rounds mean for who runs it."""
    study = opened.study
    if study.tune:
        yield from at_the_edge(opened.plan.tuning, study.tune)
    commands = dict.fromkeys(job.translator for job in opened.plan.translations if job.kind == "command")
    if commands:
        yield f"the study runs commands, which `build` does with --allow-commands alone: {'; '.join(commands)}"
    if opened.plan.waiting:
        yield "learning rates or layers have yet to be chosen: what rests on them is planned in a next round of `build`"
