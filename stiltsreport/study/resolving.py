"""The names of a study resolved: models, target tasks, tuning, recipes. Every unknown one is noted, with what is near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from stiltsreport.adaptation import check_targets
from stiltsreport.errors import StiltsReportError
from stiltsreport.models import LATER, MODELS, Model
from stiltsreport.places import is_folder
from stiltsreport.recipes import RECIPES, RecipeBook
from stiltsreport.registry import did_you_mean, look_up
from stiltsreport.study.adaptation_entry import adapted
from stiltsreport.study.architectures import known_architecture
from stiltsreport.study.beside import Beside
from stiltsreport.study.definitions import model_of_checkpoint
from stiltsreport.study.positions import Key
from stiltsreport.study.problems import Problems
from stiltsreport.study.recipes import recipe_book
from stiltsreport.study.schema import StudyFile, Target
from stiltsreport.study.study import Pair, TargetEntry, Tune
from stiltsreport.study.validation import UNREADABLE
from stiltsreport.tasks import ALIASES, TARGET_NAMES
from stiltsreport.tasks.benchmarks import BENCHMARKS
from stiltsreport.tasks.task import Task

Tasks = Mapping[str, Task]
_UNTRAINED = ("sentence_retrieval", "bitext_mining")  # types without a head


def models(written: StudyFile, own: Mapping[str, Model], beside: Beside, problems: Problems) -> list[Model]:
    """The models in the study's order, each as its entry adapts it; one that stands twice is noted."""
    found: dict[str, Model] = {}
    for index, entry in enumerate(written.models):
        for name in entry.name:
            if name == UNREADABLE or (name in written.define.models and name not in own):  # what is wrong with it is noted where it stands
                continue
            model = problems.attempt(partial(_model, name, own, beside, problems.where("models", index)), "models", index)
            if model is None:
                continue
            model = adapted(model, entry.adaptation.resolved())
            _check_targets(model, ("models", index, "adaptation", "targets"), problems)
            if model.name in found:
                two = model.adaptation != found[model.name].adaptation
                hint = "give one of its adaptations a `name`" if two else "keep one of the two"
                problems.note(f"model {model.name!r} stands twice", "models", index, hint=hint)
            found[model.name] = model
    return list(found.values())


def _check_targets(model: Model, keys: tuple[Key, ...], problems: Problems) -> None:
    """Note adapters beside layers that a model of a known family lacks; of another the training says it."""
    sizes = known_architecture(model)
    if sizes is not None:
        layers = [name for name, _ in sizes.named_linears]
        problems.attempt(lambda: check_targets(model.adaptation, layers, f"{problems.where(*keys)}: {model.unadapted}"), *keys)


def _model(name: str, own: Mapping[str, Model], beside: Beside, where: str) -> Model:
    if name in own:
        return own[name]
    if name in LATER:
        raise StiltsReportError(f"the model {name!r}: not available yet", where=where, hint=f"{LATER[name]}, or leave it out")
    folder = beside.folder / name
    if name not in MODELS and ("/" in name or is_folder(folder) or beside.config_of(folder) is not None):
        return model_of_checkpoint(name, beside, where)
    return look_up({**MODELS, **own}, name, "model", where=where)


def targets(written: StudyFile, tasks: Tasks, problems: Problems) -> tuple[list[TargetEntry], str | None]:
    """(the target tasks in the study's order, the benchmark's name where the study names one)."""
    named = written.target
    if isinstance(named, str):
        benchmark = problems.attempt(
            lambda: look_up(BENCHMARKS, named, "benchmark", where=problems.where("target"), aliases=ALIASES), "target"
        )
        if benchmark is None:
            return [], None
        return [TargetEntry(tasks[name], languages, _trained_on(tasks[name], tasks)) for name, languages in benchmark.tasks], benchmark.name
    known = {name: task for name, task in tasks.items() if name in TARGET_NAMES or name in written.define.tasks}
    found: dict[str, TargetEntry] = {}
    for index, entry in enumerate(named):
        target = _target(entry, index, known, tasks, problems)
        if target is None:
            continue
        if target.task.name in found:
            problems.note(f"target task {target.task.name!r} stands twice", "target", index, hint="keep one of the two")
        found[target.task.name] = target
    if not named:
        problems.note("no target task", "target", hint="a benchmark (xtreme, xtreme-r) or a list of tasks")
    return list(found.values()), None


def _target(entry: Target, index: int, known: Tasks, tasks: Tasks, problems: Problems) -> TargetEntry | None:
    keys = ("target", index)
    if entry.task == UNREADABLE:
        return None
    task = problems.attempt(lambda: look_up(known, entry.task, "task", where=problems.where(*keys), aliases=ALIASES), *keys)
    if task is None:
        return None
    train = _trained_on(task, tasks) if entry.train is None else _named_training(entry.train, task, index, tasks, problems)
    if not train and entry.train is None and task.type not in _UNTRAINED:
        problems.note(
            f"{task.title} has no training set", *keys, hint="files for its train split, or `train`: a task of the same type and labels"
        )
    languages = _languages(entry, task, index, problems)
    return TargetEntry(
        task, languages, train, _pairs(entry, task, languages, index, problems), _layer_on(entry, task, languages, index, problems)
    )


def _pairs(entry: Target, task: Task, languages: tuple[str, ...], index: int, problems: Problems) -> tuple[Pair, ...]:
    """The ordered pairs of languages of the generalized setting; those of one language are the standard setting."""
    keys = ("target", index, "pairs")
    if entry.pairs is None:
        return ()
    if task.type != "sequence_classification" or not task.parallel:
        problems.note(f"{task.title} has no pairs of sentences that are parallel across languages", *keys, hint="xnli or pawsx")
        return ()
    if entry.pairs == "all":
        return tuple((first, second) for first in languages for second in languages if first != second)
    found = []
    for first, second in entry.pairs:
        for language in (first, second):
            if language not in task.languages:
                problems.note(f"{task.title} has no language {language!r}", *keys, hint=did_you_mean(language, task.languages))
        if (first, second) in found:
            problems.note(f"the pair {first}, {second} stands twice", *keys, hint="keep one of the two")
        if first != second:
            found.append((first, second))
    return tuple(found)


def _layer_on(entry: Target, task: Task, languages: tuple[str, ...], index: int, problems: Problems) -> tuple[str, ...]:
    """The languages on which a layer is chosen: never one that is reported."""
    keys = ("target", index, "layer_on")
    if entry.layer_on is None:
        return ()
    if task.type not in _UNTRAINED:
        problems.note(f"{task.title} reads no layer", *keys, hint="for tatoeba and bucc2018")
        return ()
    for language in entry.layer_on:
        if language not in task.languages:
            problems.note(f"{task.title} has no language {language!r}", *keys, hint=did_you_mean(language, task.languages))
        if language in languages:
            problems.note(f"{language!r} is reported: no layer may be chosen on it", *keys, hint="name it in one of the two lists")
    if not entry.layer_on:
        problems.note("no languages", *keys, hint="leave the key out for the recipe's layer")
    return tuple(sorted(set(entry.layer_on)))


def _languages(entry: Target, task: Task, index: int, problems: Problems) -> tuple[str, ...]:
    """In alphabetical order; all that the task has where none is named, but for XCOPA's English, which is COPA's own and in no average."""
    if entry.languages is None or entry.languages == ["all"]:
        return tuple(code for code in task.languages if code != "en") if task.name == "xcopa" else task.languages
    keys = ("target", index, "languages")
    if not entry.languages:
        problems.note("no languages", *keys, hint="leave the key out for all of them")
    for language in entry.languages:
        if language not in task.languages:
            problems.note(f"{task.title} has no language {language!r}", *keys, hint=did_you_mean(language, task.languages))
    if len(set(entry.languages)) != len(entry.languages):
        problems.note("a language stands twice", *keys, hint="keep one of the two")
    return tuple(sorted(set(entry.languages)))


def _named_training(names: list[str], task: Task, index: int, tasks: Tasks, problems: Problems) -> tuple[Task, ...]:
    """The tasks whose English training sets a study names for a target."""
    keys = ("target", index, "train")
    found: list[Task] = []
    if not names:
        problems.note("no training set", *keys, hint="leave the key out for the task's own")
    for name in names:
        other = problems.attempt(partial(look_up, tasks, name, "task", where=problems.where(*keys), aliases=ALIASES), *keys)
        if other is None:
            continue
        if other.name not in other.train:
            problems.note(
                f"{other.title} has no training set of its own", *keys, hint=f"train on {' and '.join(other.train) or 'another task'}"
            )
        elif not _can_train(task, other):
            problems.note(f"{task.title} cannot be trained on {other.title}", *keys, hint="a task of the same type and labels")
        elif other in found:
            problems.note(f"the training set of {other.title} stands twice", *keys, hint="keep one of the two")
        found.append(other)
    return tuple(found)


def _trained_on(task: Task, tasks: Tasks) -> tuple[Task, ...]:
    return tuple(tasks[name] for name in task.train if name in tasks)


def _can_train(task: Task, other: Task) -> bool:
    """Whether the head that `other` trains is the one that `task` is evaluated with; retrieval has none, and takes any encoder."""
    if task.type in _UNTRAINED:
        return True
    if task.type == "dual_encoder":
        return other.type in ("dual_encoder", "question_answering")
    return task.type == other.type and (task.type not in ("sequence_classification", "token_classification") or task.labels == other.labels)


def tune(written: StudyFile, reported: Sequence[int], problems: Problems) -> Tune | None:
    """The grid and seeds of tuning: never a seed that is reported, and a choice for each stage."""
    if written.tune is None:
        return None
    rates, trial_seeds = written.tune.learning_rate, written.tune.seeds
    for seed in dict.fromkeys(trial_seeds):
        if seed in reported:
            problems.note(f"seed {seed} is reported", "tune", "seeds", hint="rates are tuned on other seeds, such as [101, 102]")
    if len(set(trial_seeds)) < len(trial_seeds) or len(set(rates)) < len(rates):
        problems.note("a rate or a seed stands twice", "tune", hint="each once")
    if "stage" not in written.tune.per:
        problems.note("one rate for both stages cannot be tuned", "tune", "per", hint="name `stage` in it")
    return Tune(tuple(sorted(set(rates))), tuple(written.tune.per), tuple(dict.fromkeys(trial_seeds)))


def book(written: StudyFile, stage: str, tasks: Tasks, problems: Problems) -> RecipeBook:
    """The recipe of a stage, with the precision that the study names for all."""
    keys = ("recipes", stage)
    named = getattr(written.recipes, stage)
    found = problems.attempt(lambda: recipe_book(named, tasks, lambda *inner: problems.where(*keys, *inner)), *keys)
    if found is None:
        return next(iter(RECIPES.values()))
    if written.precision in ("float32", "bfloat16"):
        return replace(found, base=replace(found.base, precision=written.precision))
    return found
