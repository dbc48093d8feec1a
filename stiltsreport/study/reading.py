"""A study file to a Study: every name resolved, every error found at once, each with file, line, column and what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.models import MODELS, Model
from stiltsreport.recipes import RECIPES, RecipeBook
from stiltsreport.registry import did_you_mean, look_up
from stiltsreport.shipped import shipped
from stiltsreport.study.definitions import defined_model, defined_task, model_of_checkpoint
from stiltsreport.study.overriding import overridden
from stiltsreport.study.positions import Key, Positions
from stiltsreport.study.recipes import recipe_book
from stiltsreport.study.schema import IntermediateEntry, StudyFile, Target
from stiltsreport.study.study import BASELINE, Limit, Margin, ReportSettings, StatisticsSettings, Study, TargetEntry
from stiltsreport.tasks import ALIASES, INTERMEDIATE_NAMES, TARGET_NAMES, TASKS
from stiltsreport.tasks.benchmarks import BENCHMARKS
from stiltsreport.tasks.task import Task

_CONTROLS = ("none-longer", "mlm-en", "shuffled")
_LATER = "it is part of the study file, but this version cannot run it: leave it out"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def find_study(path: str | Path) -> Path:
    """The file of that path; a study that comes with the package is found by its name from any folder."""
    given = Path(path)
    if given.is_file():
        return given
    for candidate in (shipped("studies") / given.name, shipped("studies") / f"{given.name}.yaml"):
        if candidate.is_file():
            return candidate
    known = sorted(file.stem for file in shipped("studies").glob("*.yaml"))
    raise StiltsReportError("there is no such study file", where=str(path), hint=did_you_mean(given.stem, known) + " (those come with the package)")


def read_study(path: str | Path, overrides: Sequence[str] = (), data: Path | None = None) -> Study:
    """The study of a file, with entries overridden by `KEY.PATH=YAML`; `data` wins over the file's own.

    Raises StudyErrors with every error, in the order of the file.
    """
    file = find_study(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StiltsReportError(f"cannot be read: {error}", where=str(file)) from error
    positions = Positions.of(file, text)
    errors = list(positions.repeated())
    content = yaml.safe_load(text)
    if not isinstance(content, dict):
        raise StudyErrors([StiltsReportError("a study is a mapping with title, models, target ...", where=str(file), hint="`stiltsreport init` writes one")])
    content, places = overridden(content, overrides)

    def where(*keys: Key) -> str:
        return next((f"--set {name}" for name, path in places if keys[: len(path)] == path), positions.where(keys))

    try:
        written = StudyFile.model_validate(content)
    except ValidationError as error:
        raise StudyErrors([*errors, *_validation_errors(error, where)]) from error
    reader = _Reader(file, text, written, where, data)
    study = reader.study()
    if errors or reader.errors:
        raise StudyErrors([*errors, *reader.errors])
    assert study is not None
    return study


Where = Callable[..., str]


def _validation_errors(error: ValidationError, where: Where) -> list[StiltsReportError]:
    """pydantic's errors in our words, at the place in the file."""
    found = []
    for item in error.errors():
        keys = tuple(key for key in item["loc"] if not (isinstance(key, str) and ("[" in key or key in ("str", "int", "float", "list", "dict"))))
        kind, text, hint = item["type"], item["msg"], ""
        if kind == "extra_forbidden":
            text, hint = f"unknown key {keys[-1]!r}", did_you_mean(str(keys[-1]), _known_keys(keys[:-1]))
        elif kind == "missing":
            text, hint = f"{keys[-1]!r} is missing", ""
        elif kind == "literal_error":
            text, hint = f"{item['input']!r} is none of its values", f"known: {item['ctx']['expected']}"
        else:
            text = f"{item['input']!r}: {text[0].lower()}{text[1:]}"
        problem = StiltsReportError(text, where=where(*keys), hint=hint)
        if str(problem) not in map(str, found):
            found.append(problem)
    return found


def _known_keys(keys: Sequence[Key]) -> list[str]:
    """The keys that may stand there."""
    entry: Any = StudyFile
    for key in keys:
        if isinstance(key, int):
            continue
        fields = getattr(entry, "model_fields", None)
        if fields is None or key not in fields:
            continue
        entry = _entry_in(fields[key].annotation) or entry
    return list(entry.model_fields)


def _entry_in(annotation: Any) -> Any:
    from typing import get_args

    if hasattr(annotation, "model_fields"):
        return annotation
    return next((found for part in get_args(annotation) if (found := _entry_in(part))), None)


class _Reader:
    """Resolves what is written, taking note of every error on the way."""

    def __init__(self, path: Path, text: str, written: StudyFile, where: Where, data: Path | None) -> None:
        self.path, self.text, self.written, self.where = path, text, written, where
        self.errors: list[StiltsReportError] = []
        self.data = data or ((path.parent / written.data) if written.data else None)
        self.tasks: dict[str, Task] = dict(TASKS)

    def problem(self, what: str, *keys: Key, hint: str = "") -> None:
        """Take note of an error."""
        self.errors.append(StiltsReportError(what, where=self.where(*keys), hint=hint))

    def attempt(self, action: Callable[[], Any]) -> Any:
        """The action's value, or None with its error noted."""
        try:
            return action()
        except StiltsReportError as error:
            self.errors.append(error)
            return None

    def study(self) -> Study | None:
        """The study; None where an error stands in its way."""
        written = self.written
        if not _NAME.fullmatch(self.path.stem):
            self.problem(f"the file's name {self.path.stem!r} names the report folder", hint="letters, digits, '.', '_', '-' and '+'")
        if not written.title.strip():
            self.problem("the title is empty", "title")
        self._definitions()
        self._not_yet()
        models = self._models()
        intermediate = self._intermediate()
        target, benchmark = self._targets()
        seeds = self._seeds()
        books = {stage: self._recipe(stage) for stage in ("intermediate", "target")}
        if self.data is not None and not self.data.is_dir():
            self.problem(f"{self.data} is no folder", "data", hint="name it with --data DIR")
        if self.errors or not (models and target):
            return None
        return Study(
            name=self.path.stem,
            path=self.path,
            title=written.title.strip(),
            description=written.description.strip(),
            models=tuple(models),
            intermediate=tuple(intermediate),
            target=tuple(target),
            seeds=tuple(seeds),
            intermediate_recipe=books["intermediate"],
            target_recipe=books["target"],
            tasks=self.tasks,
            benchmark=benchmark,
            data=self.data,
            limit=Limit(written.limit.train, written.limit.evaluate),
            precision=written.precision,
            keep=written.keep.target_checkpoints,
            split=written.split,
            trust_remote_code=tuple(written.trust_remote_code),
            statistics=self._statistics(),
            report=ReportSettings(tuple(written.report.formats), _names(written.report.tables), _names(written.report.figures)),
            source=self.text,
        )

    def _definitions(self) -> None:
        for name, definition in self.written.define.tasks.items():
            keys = ("define", "tasks", name)
            if name in TASKS or name == BASELINE or not _NAME.fullmatch(name):
                self.problem(f"{name!r} cannot name a task of your own", *keys, hint="letters, digits, '-', '_'; no name that the tool has already")
                continue
            task = self.attempt(lambda name=name, definition=definition, keys=keys: defined_task(name, definition, self.where(*keys)))
            if task is not None:
                self.tasks[name] = task
        for name, task in list(self.tasks.items()):
            if name in self.written.define.tasks:
                for other in (*task.train, task.selection.partition("/")[0]):
                    if other and other not in self.tasks:
                        self.attempt(lambda other=other, name=name: look_up(self.tasks, other, "task", where=self.where("define", "tasks", name), aliases=ALIASES))

    def _not_yet(self) -> None:
        """Refuse what is understood but cannot be run yet; ignoring it would report something else than was asked."""
        written = self.written
        refused: list[tuple[bool, tuple[Key, ...], str]] = [
            (written.tune is not None, ("tune",), "tuning of learning rates"),
            (bool(written.claims), ("claims",), "answering claims"),
            (written.collapse != "keep", ("collapse",), f"collapse: {written.collapse}"),
            (bool(written.execution), ("execution",), "execution settings (Slurm, Ray)"),
            (written.keep.target_checkpoints == "best", ("keep",), "keeping the best target checkpoints alone"),
            (written.report.latex != "booktabs", ("report", "latex"), f"LaTeX by {written.report.latex!r}"),
            (written.report.examples > 0, ("report", "examples"), "examples in the report"),
            (isinstance(written.seeds, dict), ("seeds",), "seeds by arm or by planned looks"),
        ]
        for index, variant in enumerate(written.variants):
            refused.append((variant != "plain", ("variants", index), f"the variant {variant!r}"))
        for index, model in enumerate(written.models):
            refused.append((model.adaptation != "full", ("models", index, "adaptation"), f"the adaptation {model.adaptation!r}"))
        for index, entry in enumerate(written.intermediate):
            mixed = entry.tasks is not None or entry.sampling is not None
            refused.append((mixed, ("intermediate", index), "a mixture of intermediate tasks"))
            refused.append((entry.examples is not None, ("intermediate", index), "an intermediate task with so many examples"))
            refused.append((entry.name in _CONTROLS, ("intermediate", index), f"the control arm {entry.name!r}"))
        for wrong, keys, what in refused:
            if wrong:
                self.problem(f"{what}: not available yet", *keys, hint=_LATER)

    def _models(self) -> list[Model]:
        own: dict[str, Model] = {}
        for name, definition in self.written.define.models.items():
            keys = ("define", "models", name)
            if name in MODELS or not _NAME.fullmatch(name):
                self.problem(f"{name!r} cannot name a model of your own", *keys, hint="no name that the tool has already")
            model = self.attempt(lambda name=name, definition=definition, keys=keys: defined_model(name, definition, self.path.parent, self.where(*keys)))
            if model is not None:
                own[name] = model
        found: dict[str, Model] = {}
        for index, entry in enumerate(self.written.models):
            for name in entry.name:
                keys = ("models", index)
                model = self.attempt(lambda name=name, keys=keys: self._model(name, own, self.where(*keys)))
                if model is None:
                    continue
                if model.name in found:
                    self.problem(f"model {model.name!r} stands twice", *keys, hint="keep one of the two")
                found[model.name] = model
        return list(found.values())

    def _model(self, name: str, own: Mapping[str, Model], where: str) -> Model:
        if name in own:
            return own[name]
        if name not in MODELS and ("/" in name or (self.path.parent / name).is_dir()):
            return model_of_checkpoint(name, self.path.parent, where)
        return look_up(MODELS, name, "model", where=where)

    def _intermediate(self) -> list[Task]:
        known = {name: task for name, task in self.tasks.items() if name in INTERMEDIATE_NAMES or name in self.written.define.tasks or name in task.train}
        found: dict[str, Task] = {}
        for index, entry in enumerate(self.written.intermediate):
            task = self._intermediate_task(entry, index, known)
            if task is None:
                continue
            if task.name in found:
                self.problem(f"intermediate task {task.name!r} stands twice", "intermediate", index, hint="keep one of the two")
            found[task.name] = task
        return list(found.values())

    def _intermediate_task(self, entry: IntermediateEntry, index: int, known: Mapping[str, Task]) -> Task | None:
        if entry.tasks is not None or entry.name in _CONTROLS:
            return None
        if entry.name == BASELINE:
            self.problem(f"{BASELINE!r} is the baseline, which every study has", "intermediate", index, hint="leave it out")
            return None
        task: Task | None = self.attempt(lambda: look_up(known, entry.name, "intermediate task", where=self.where("intermediate", index), aliases=ALIASES))
        if task is not None and task.name not in task.train:
            self.problem(f"{task.title} has no training set of its own", "intermediate", index, hint=f"train on {' and '.join(task.train) or 'another task'}")
            return None
        return task

    def _targets(self) -> tuple[list[TargetEntry], str | None]:
        written = self.written.target
        if isinstance(written, str):
            benchmark = self.attempt(lambda: look_up(BENCHMARKS, written, "benchmark", where=self.where("target"), aliases=ALIASES))
            if benchmark is None:
                return [], None
            entries = [TargetEntry(self.tasks[name], languages, self._trained_on(self.tasks[name])) for name, languages in benchmark.tasks]
            return entries, benchmark.name
        known = {name: task for name, task in self.tasks.items() if name in TARGET_NAMES or name in self.written.define.tasks}
        found: dict[str, TargetEntry] = {}
        for index, entry in enumerate(written):
            target = self._target(entry, index, known)
            if target is None:
                continue
            if target.task.name in found:
                self.problem(f"target task {target.task.name!r} stands twice", "target", index, hint="keep one of the two")
            found[target.task.name] = target
        if not written:
            self.problem("no target task", "target", hint="a benchmark (xtreme, xtreme-r) or a list of tasks")
        return list(found.values()), None

    def _target(self, entry: Target, index: int, known: Mapping[str, Task]) -> TargetEntry | None:
        keys = ("target", index)
        task: Task | None = self.attempt(lambda: look_up(known, entry.task, "task", where=self.where(*keys), aliases=ALIASES))
        if task is None:
            return None
        languages = task.languages
        if entry.languages is not None and entry.languages != ["all"]:
            for language in entry.languages:
                if language not in task.languages:
                    self.problem(f"{task.title} has no language {language!r}", *keys, "languages", hint=did_you_mean(language, task.languages))
            if len(set(entry.languages)) != len(entry.languages):
                self.problem("a language stands twice", *keys, "languages", hint="keep one of the two")
            languages = tuple(sorted(entry.languages))
        elif task.name in ("xcopa",):
            languages = tuple(code for code in languages if code != "en")
        train = self._trained_on(task)
        if entry.train is not None:
            named = [
                self.attempt(lambda name=name: look_up(self.tasks, name, "task", where=self.where(*keys, "train"), aliases=ALIASES)) for name in entry.train
            ]
            if any(other is None for other in named):
                return None
            train = tuple(other for other in named if other is not None)
            for other in train:
                if not _can_train(task, other):
                    self.problem(f"{task.title} cannot be trained on {other.title}", *keys, "train", hint="a task of the same type and labels")
        return TargetEntry(task, languages, train)

    def _trained_on(self, task: Task) -> tuple[Task, ...]:
        return tuple(self.tasks[name] for name in task.train if name in self.tasks)

    def _seeds(self) -> list[int]:
        seeds = self.written.seeds
        if isinstance(seeds, dict):
            return []
        if not seeds:
            self.problem("no seeds", "seeds", hint="[1, 2, 3, 4, 5]")
        for index, seed in enumerate(seeds):
            if seed < 0:
                self.problem(f"seed {seed}", "seeds", index, hint="0 or above")
            if seed in seeds[:index]:
                self.problem(f"seed {seed} stands twice", "seeds", index, hint="each seed is one replication")
        return seeds

    def _recipe(self, stage: str) -> RecipeBook:
        written = getattr(self.written.recipes, stage)
        keys = ("recipes", stage)
        book = self.attempt(lambda: recipe_book(written, self.tasks, lambda *inner: self.where(*keys, *inner)))
        if book is None:
            return next(iter(RECIPES.values()))
        if self.written.precision in ("float32", "bfloat16"):
            book = replace(book, base=replace(book.base, precision=self.written.precision))
        return book  # type: ignore[no-any-return]

    def _statistics(self) -> StatisticsSettings:
        written = self.written.statistics
        for scope in ("average", "task", "language"):
            value = getattr(written.margin, scope)
            if value is not None and value <= 0:
                self.problem(f"a margin of {value} points", "statistics", "margin", scope, hint="above 0")
        return StatisticsSettings(
            written.test, written.correction, written.alpha, Margin(written.margin.average, written.margin.task, written.margin.language)
        )


def _can_train(task: Task, other: Task) -> bool:
    if task.type == "dual_encoder":
        return other.type in ("dual_encoder", "question_answering")
    return task.type == other.type and (task.type != "sequence_classification" or task.labels == other.labels)


def _names(written: list[str] | str) -> Any:
    return tuple(written) if isinstance(written, list) else "default"
