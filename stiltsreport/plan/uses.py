"""Which set each job of a study reads, made once: training, selection and evaluation sets, ready translations, texts for MLM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import Translation
from stiltsreport.plan.data import Role, StudyData
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Translate
from stiltsreport.study.study import MaskedLanguageModelling, Study, Translator
from stiltsreport.tasks.task import SplitName, Task

Found = DataUse | StiltsReportError


class Uses:
    """The sets of one study; `translations` are the jobs that some of them wait for."""

    def __init__(self, study: Study, data: StudyData) -> None:
        self.study, self.data = study, data
        self.translations: dict[str, Translate] = {}
        self._found: dict[tuple[str, ...], Found] = {}

    def training(self, task: Task, selection: str, examples: int | None = None) -> Found:
        """An English training set, without the tenth that selects where it has no dev set."""
        limits = [number for number in (self.study.limit.train, examples) if number is not None]
        held_out = selection == f"{task.name}/held-out"
        found = self.use(task, ["train"], "en", "training", self.study.limit.train, held_out=held_out)
        return replace(found, limit=min(limits)) if isinstance(found, DataUse) and limits else found

    def selection(self, name: str) -> Found:
        """The English set that selects checkpoints: a dev split, or the held-out tenth of a training set."""
        task_name, _, part = name.partition("/")
        return self.use(self.study.tasks[task_name], ["train" if part else "dev"], "en", "checkpoint selection", None, held_out=bool(part))

    def evaluation(self, task: Task, language: str) -> Found:
        """What is reported of a task in a language."""
        return self.use(task, self.data.reported(task), language, "evaluation", self.study.limit.evaluate)

    def parallel(self, task: Task, languages: tuple[str, str]) -> list[Found]:
        """The sets of both languages, of one split, since only its items are parallel: the first that both have, local files first."""
        splits = self.data.reported(task)
        both = [
            split
            for local in (True, False)
            for split in splits
            if all(self.data.has(task, split, language, local=local) for language in languages)
        ]
        limit = self.study.limit.evaluate
        return [self.use(task, both[:1] or splits, language, "evaluation", limit) for language in languages]

    def dev(self, task: Task, language: str, role: Role) -> Found:
        """A task's dev set in a language."""
        return self.use(task, ["dev"], language, role, self.study.limit.evaluate)

    def use(self, task: Task, splits: Sequence[SplitName], language: str, role: Role, limit: int | None, held_out: bool = False) -> Found:
        """The first of those splits that is at hand, made once; else what is not there."""
        key = (task.name, *splits, language, role, str(held_out))
        if key not in self._found:
            source = self.data.get(task, splits, language, role)
            part: Literal["all", "training", "held-out"] = "all" if not held_out else "training" if role == "training" else "held-out"
            self._found[key] = source if isinstance(source, StiltsReportError) else DataUse(task, source, limit, part)
        return self._found[key]

    def translated(self, use: DataUse, language: str, translator: Translator) -> Found:
        """A set in another language: a ready file beside it, or what a translation job makes of it."""
        if translator.model is None and translator.command is None:
            source = self.data.file(use.task, translator.files, use.source.split, language)
            if isinstance(source, StiltsReportError):
                return source
            return replace(use, source=source, split_by=use.source if use.part != "all" else None)
        if use.task.type == "token_classification":
            return StiltsReportError(f"{use.task.title} has a tag a word, which no translation keeps", hint="sentence and span tasks alone")
        kind: Literal["model", "command"] = "model" if translator.model is not None else "command"
        named = translator.model or translator.command or ""
        job = Translate(use, language, kind, named, self.data.revision(named) if kind == "model" else "")
        self.translations[job.id] = job
        return replace(use, change=Translation(job.id, language))

    def texts(self, mlm: MaskedLanguageModelling) -> tuple[DataUse, ...] | StiltsReportError:
        """The text of every language. Of those named each must be there; of `at_hand`, those in the data folder, or all on the Hub."""
        found: list[DataUse] = []
        for language in self._languages(mlm):
            use = self.use(mlm.task, ["train"], language, "training", self.study.limit.train)
            if isinstance(use, StiltsReportError):
                return use
            found.append(use)
        if not found:
            where = str(self.study.data or "--data DIR")
            return StiltsReportError("no text for masked language modelling", where=where, hint="mlm/LANGUAGE.txt")
        return tuple(found)

    def _languages(self, mlm: MaskedLanguageModelling) -> list[str]:
        if not mlm.at_hand:
            return list(mlm.languages)
        local = [language for language in mlm.languages if self.data.has(mlm.task, "train", language, local=True)]
        return local or [language for language in mlm.languages if self.data.has(mlm.task, "train", language)]
