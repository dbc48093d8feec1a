"""The data behind a report: which sets and splits were read, and what must be said of them."""

from __future__ import annotations

from stiltsreport.metrics import METRICS
from stiltsreport.results import DataFacts, Results
from stiltsreport.study.study import Study, TargetEntry
from stiltsreport.tasks.task import SEARCHED

ENGLISH = "en"


class EvaluatedData:
    """The sets of a study as they were read, by role and task, and the splits that its scores are of."""

    def __init__(self, study: Study, results: Results) -> None:
        self._study, self._facts = study, results.setup.data
        self._splits: dict[tuple[str, str], set[str]] = {}
        for score in results.scores:
            if score.stage == "target":
                self._splits.setdefault((score.target, score.language), set()).add(score.split)

    def facts(self, role: str, task: str, language: str | None = None) -> list[DataFacts]:
        """The sets of that task in that role."""
        return [row for row in self._facts if row.role == role and row.task == task and language in (None, row.language)]

    def shares_file(self, entry: TargetEntry) -> bool:
        """Whether English checkpoints are selected on the very file that is reported on."""
        name, _, part = entry.task.selection.partition("/")
        chosen = {row.fingerprint for row in self.facts("selection", name, ENGLISH) if row.fingerprint and not part}
        return bool(chosen & {row.fingerprint for row in self.facts("evaluation", entry.task.name, ENGLISH)})

    @property
    def by_target(self) -> dict[str, set[str]]:
        """Target -> the splits that it was evaluated on."""
        found: dict[str, set[str]] = {}
        for (target, _), splits in self._splits.items():
            found.setdefault(target, set()).update(splits)
        return found

    def splits(self, entry: TargetEntry) -> dict[str, list[str]]:
        """Split -> languages that were evaluated on it."""
        found: dict[str, list[str]] = {}
        for language in entry.languages:
            for split in sorted(self._splits.get((entry.task.name, language), ())):
                found.setdefault(split, []).append(language)
        return found

    def split_note(self, entry: TargetEntry) -> str:
        """A sentence where a split other than the official one (or the one asked for) is reported; "" where none is."""
        wanted = self._study.split or entry.task.official_split
        others = {split: languages for split, languages in self.splits(entry).items() if split != wanted}
        if not others:
            return ""
        parts = [
            split if len(languages) == len(entry.languages) else f"{split} in {', '.join(languages)}" for split, languages in others.items()
        ]
        return f"{entry.task.title} is reported on {' and '.join(parts)}: its {wanted} set was not at hand."

    def notes(self, entry: TargetEntry) -> tuple[str, ...]:
        """Sentences on the target's evaluation data: another split than the official one, a threshold found on the reported set."""
        oracle = [row.language for row in self.facts("evaluation", entry.task.name) if "oracle" in row.note]
        found = [self.split_note(entry)]
        if oracle:
            found.append(
                f"{entry.task.title}: the threshold is found on the reported set itself ({', '.join(oracle)}), which is an oracle."
            )
        return tuple(note for note in found if note)

    def protocol(self, entry: TargetEntry) -> str:
        """A target in a signature: its metric, split, training data and the choices that move its score."""
        chosen = self._study.target_recipe.evaluation(entry.task.name)
        parts = [entry.task.name, "+".join(METRICS[key].name for key in entry.task.metrics), f"languages:{len(entry.languages)}"]
        parts.append("split:" + "+".join(self.splits(entry) or ["none"]))
        if entry.train:
            parts.append("train:" + ">".join(task.name for task in entry.train))
        if entry.task.type == "token_classification":
            parts.append(f"seqeval:{chosen.seqeval}")
        if entry.task.type in SEARCHED:
            parts.append(f"layer:{chosen.layer}|pooling:{chosen.pooling}")
        return "|".join(parts)
