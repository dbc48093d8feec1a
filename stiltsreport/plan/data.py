"""Which source each split of a study's tasks is read from: local files where they are, the Hub at its pinned commit else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stiltsreport.errors import StiltsReportError
from stiltsreport.places import is_file, is_folder
from stiltsreport.plan.data_use import UNPINNED
from stiltsreport.plan.pretrained import content_of, on_hub
from stiltsreport.registry import by_name
from stiltsreport.study.study import Study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.hub import hub_sources, repositories
from stiltsreport.tasks.local import accepted, local_sources
from stiltsreport.tasks.lock import Lock
from stiltsreport.tasks.sources import Source, SourceFile
from stiltsreport.tasks.task import SplitName, Task

Key = tuple[SplitName, str]
Role = Literal["training", "checkpoint selection", "evaluation", "threshold", "few-shot training", "layer choice"]
SUFFIXES = (".tsv", ".jsonl", ".json", ".csv", ".txt", ".conllu")  # of ready translations, with .gz or without


@dataclass
class StudyData:
    """Sources by task, found once; what is not there is noted in `problems` (each once)."""

    study: Study
    memo: Memo
    lock: Lock
    problems: dict[str, StiltsReportError] = field(default_factory=dict)
    _sources: dict[str, dict[Key, Source]] = field(default_factory=dict)

    def sources(self, task: Task) -> dict[Key, Source]:
        """Everything there is of a task; local files hide the Hub's copy of the same split and language."""
        if task.name not in self._sources:
            commits = {name: self.lock.datasets.get(name, UNPINNED) for name in repositories(task)}
            found = hub_sources(task, commits)
            found.update(local_sources(task, self.study.data, self.memo))
            self._sources[task.name] = found
        return self._sources[task.name]

    def get(self, task: Task, splits: Sequence[SplitName], language: str, role: Role) -> Source | StiltsReportError:
        """The first of those splits that is at hand, local files before the Hub; else what is not there, noted among the problems too."""
        try:
            found = self.sources(task)
        except StiltsReportError as error:  # two forms of one split side by side, a file that cannot be read
            return self.problems.setdefault(str(error), error)
        for local in (True, False):
            for split in splits:
                source = found.get((split, language))
                if source is not None and bool(source.files) == local:
                    return source
        problem = self._absent(task, splits, language, role)
        return self.problems.setdefault(str(problem), problem)

    def _absent(self, task: Task, splits: Sequence[SplitName], language: str, role: Role) -> StiltsReportError:
        inside = task.folder or ("" if task.files else task.name)  # a study's own task names its files from the data folder on
        folder = f"{self.study.data or '--data DIR'}/{inside}".removesuffix("/")
        examples = ", ".join([*(path for split, path in task.files if split in splits), *(name for name, _ in accepted(task)[:2])])
        what = f"no {' or '.join(splits)} data of {task.title} in {language!r} ({role})"
        return StiltsReportError(what, where=folder, hint=f"files such as {examples}" if examples else "see `stiltsreport list tasks`")

    def has(self, task: Task, split: SplitName, language: str, local: bool = False) -> bool:
        """Whether there is such a set, or one of `local` files; its absence is no problem of the study."""
        try:
            source = self.sources(task).get((split, language))
        except StiltsReportError:
            return False
        return source is not None and (not local or bool(source.files))

    def file(self, task: Task, pattern: str, split: SplitName, language: str) -> Source | StiltsReportError:
        """A ready file under the data folder, named by a pattern; one without a suffix takes any that is known."""
        if self.study.data is None:
            problem = StiltsReportError(f"ready files {pattern!r} lie under the data folder", hint="name it with --data DIR")
            return self.problems.setdefault(str(problem), problem)
        name = pattern.replace("{task}", task.name).replace("{split}", split).replace("{language}", language)
        path = self.study.data / name
        endings = [""] if path.suffix else list(SUFFIXES)
        found = [
            file for ending in endings for more in ("", ".gz") if (file := path.with_name(path.name + ending + more)) and is_file(file)
        ]
        if len(found) == 1 and found[0].resolve().is_relative_to(self.study.data.resolve()):
            return self.memo.source(task, split, language, [SourceFile(str(found[0]))])
        what = f"{len(found)} files" if len(found) > 1 else "no file" if not found else "a file outside the data folder"
        hint = f"{path.stem} with one of {', '.join(SUFFIXES)}"
        problem = StiltsReportError(f"{what} {name} of {task.title} in {language!r} (translated)", where=str(self.study.data), hint=hint)
        return self.problems.setdefault(str(problem), problem)

    def revision(self, model: str) -> str:
        """The pinned revision of a translator: a Hub commit, or the content of a folder."""
        if is_folder(model):
            return content_of(Path(model), self.memo)
        return self.lock.models.get(model, UNPINNED)

    def reported(self, task: Task) -> list[SplitName]:
        """The splits that may be reported on, best first: the study's `split`, else the official one and then the other of dev and test."""
        if self.study.split is not None:
            return [self.study.split]
        others: list[SplitName] = ["test", "dev"]
        return [task.official_split, *(split for split in others if split != task.official_split)]

    def count(self, task: Task, source: Source) -> int | None:
        """Examples of a source: counted for local files, from the task's record for the Hub, None where unknown."""
        return self.memo.counted(task, source) if source.files else source.count


def unpinned(study: Study, lock: Lock) -> list[str]:
    """Hub ids, of data sets and models, that the study reads and no lock pins."""
    names = [name for task in used_tasks(study) for name in repositories(task) if name not in lock.datasets]
    translators = [one.model for variant in study.variants for one in variant.translators if one.model]
    names += [name for name in translators if on_hub(name) and name not in lock.models]
    names += [model.checkpoint for model in study.models if on_hub(model.checkpoint) and model.checkpoint not in lock.models]
    return list(dict.fromkeys(names))


def used_tasks(study: Study) -> list[Task]:
    """Every task whose data the study reads, once."""
    tasks: list[Task] = [task for entry in study.intermediate for task in entry.tasks]
    for entry in study.target:
        tasks.append(entry.task)
        tasks.extend(entry.train)
        tasks.extend(study.tasks[name] for name in [entry.task.selection.partition("/")[0]] if name)
    tasks += [variant.mlm.task for variant in study.variants if variant.mlm]
    unique = {task.name: task for task in tasks}
    return list(by_name(unique.values()).values())
