"""Examples: items that an arm turns, with their texts in all languages, from the store and the data at hand.

They are for pages beside the report, and never part of the results that its folder keeps: data sets have licences.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.plan import Plan
from stiltsreport.results.answers import AnswerReader
from stiltsreport.results.example_texts import Prediction, Text, Texts
from stiltsreport.results.microscope_facts import Way
from stiltsreport.results.overlaps import Compared, as_read, used
from stiltsreport.results.paired_jobs import Arm, PairedJobs, Records
from stiltsreport.results.turned import WAYS, Tally, TurnedItem, tally, turned_items
from stiltsreport.store import Store
from stiltsreport.study.study import TargetEntry
from stiltsreport.tasks.task import Task

NOT_AT_HAND = "their texts are not at hand: name them with --data, or `fetch` them"


@dataclass(frozen=True)
class InLanguage:
    """An item in one language: what it asks, the gold answer, and what baseline and arm say; `right`: seeds (baseline, arm, of all)."""

    language: str
    parts: tuple[Text, ...]
    gold: Text
    baseline: Prediction
    own: Prediction
    right: tuple[int, int, int]


@dataclass(frozen=True)
class ExampleItem:
    """An item that an arm turns; `absent`: languages that have it and whose texts are not at hand."""

    model: str
    variant: str
    intermediate: str
    target: str
    way: Way
    item: str
    turned: int
    languages: int
    texts: tuple[InLanguage, ...]
    absent: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """That of the same item in the microscope."""
        return self.model, self.variant, self.intermediate, self.target, self.way, self.item


@dataclass(frozen=True)
class ExamplePage:
    """The examples of one target, by model and arm, each way."""

    task: Task
    items: tuple[ExampleItem, ...]


@dataclass(frozen=True)
class Examples:
    """The pages that could be made, and why others could not."""

    pages: tuple[ExamplePage, ...] = ()
    notes: tuple[str, ...] = ()


def examples(plan: Plan, records: Records, store: Store, count: int) -> Examples:
    """At most `count` items a target, arm and way, the arms being those of the microscope.

    Parallel targets: items that turn in most languages. Others: of each language those that most seeds turn, the clearest language first.
    """
    jobs = PairedJobs(plan, records)
    pages: list[ExamplePage] = []
    absent: list[str] = []
    for entry in plan.study.target:
        chosen = list(_chosen(plan, store, entry, jobs, count))
        if not chosen:
            continue
        texts = _Gathered(plan, store, entry, jobs, chosen).texts
        items = tuple(one.item(texts, entry.task.name) for one in chosen)
        if any(item.texts for item in items):
            pages.append(ExamplePage(entry.task, items))
        else:
            absent.append(entry.task.title)
    return Examples(tuple(pages), (f"no examples of {', '.join(absent)}: {NOT_AT_HAND}",) if absent else ())


_Places = tuple[str, Arm, str, str]  # model, arm, language, item


@dataclass(frozen=True)
class _Chosen:
    """An item before its texts are read."""

    model: str
    arm: Arm
    way: Way
    found: TurnedItem
    ids: Mapping[str, tuple[str, ...]]  # of all items of its languages, in order

    def item(self, texts: Mapping[_Places, InLanguage], target: str) -> ExampleItem:
        """With the texts that were found."""
        places = {language: (self.model, self.arm, language, self.found.item) for language in self.found.right}
        return ExampleItem(
            self.model, *self.arm, target, self.way, self.found.item, self.found.turned, self.found.languages,
            tuple(texts[place] for place in places.values() if place in texts),
            tuple(language for language, place in places.items() if place not in texts),
        )  # fmt: skip


def _chosen(plan: Plan, store: Store, entry: TargetEntry, jobs: PairedJobs, count: int) -> Iterator[_Chosen]:
    reader = AnswerReader(store, entry.task)
    for model in plan.study.models:
        for arm in jobs.looked_at(model.name, entry).arms:
            pairs = {language: jobs.of(model.name, entry.task.name, arm, language) for language in entry.languages}
            tallies = [found for language, some in pairs.items() if (found := tally(reader, language, some)) is not None]
            for name, way in WAYS:
                for one in _ranked(entry, tallies, way, count):
                    yield _Chosen(model.name, arm, name, one, {row.language: row.ids for row in tallies if row.language in one.right})
        reader.forget()


def _ranked(entry: TargetEntry, tallies: Sequence[Tally], way: int, count: int) -> list[TurnedItem]:
    if entry.task.parallel and len(tallies) > 1:
        return turned_items(tallies, way, count)
    ranked = []
    for place, one in enumerate(tallies):
        for rank, item in enumerate(turned_items([one], way, count, fewest_languages=1)):
            ((before, after, seeds),) = item.right.values()
            ranked.append(((rank, -abs(after - before) / seeds, place), item))
    return [item for _, item in sorted(ranked, key=lambda row: row[0])][:count]


class _Gathered:
    """The texts and predictions of the chosen items of a target, one language's set in memory at a time."""

    def __init__(self, plan: Plan, store: Store, entry: TargetEntry, jobs: PairedJobs, chosen: Sequence[_Chosen]) -> None:
        self._plan, self._store, self._entry, self._jobs = plan, store, entry, jobs
        self.texts: dict[_Places, InLanguage] = {}
        for language in entry.languages:
            wanted = [one for one in chosen if language in one.found.right]
            found = self._set(wanted[0], language) if wanted else None
            if found is not None:
                for arm in dict.fromkeys((one.model, one.arm) for one in wanted):
                    self._add(found, language, [one for one in wanted if (one.model, one.arm) == arm])

    def _set(self, one: _Chosen, language: str) -> Texts | None:
        """The set that was evaluated; None where it cannot be read here."""
        pair = self._jobs.of(one.model, self._entry.task.name, one.arm, language)[0]
        job = self._plan.evaluations[pair.baseline]
        try:
            return Texts(job, used(Compared(as_read(job.data), "evaluation")))
        except (StiltsReportError, OSError):
            return None

    def _add(self, found: Texts, language: str, wanted: Sequence[_Chosen]) -> None:
        """What an arm and the baseline say of its items in that language."""
        model, arm, ids = wanted[0].model, wanted[0].arm, wanted[0].ids[language]
        names = dict.fromkeys(one.found.item for one in wanted)
        places = {name: place for place, name in enumerate(ids) if name in names}
        pairs = self._jobs.of(model, self._entry.task.name, arm, language)
        sides = [self._rows(jobs, places) for jobs in ([pair.baseline for pair in pairs], [pair.own for pair in pairs])]
        for one in wanted:
            name = one.found.item
            rows = [side[name] for side in sides]
            if all(rows):
                try:
                    before, after = (found.majority(name, [row["prediction"] for row in side]) for side in rows)
                    self.texts[model, arm, language, name] = InLanguage(
                        language, found.parts(name), found.gold(name, rows[1][0]["gold"]), before, after, one.found.right[language]
                    )
                except (KeyError, IndexError, ValueError, TypeError):  # the set at hand is not the one that was evaluated
                    continue

    def _rows(self, jobs: Sequence[str], places: Mapping[str, int]) -> dict[str, list[dict[str, object]]]:
        """The lines of these items in each evaluation, by item; none where a file is not theirs."""
        found: dict[str, list[dict[str, object]]] = {name: [] for name in places}
        for job in jobs:
            try:
                lines = (self._store.path("evaluations", job) / "predictions.jsonl").read_bytes().split(b"\n")
                rows = {name: json.loads(lines[place]) for name, place in places.items()}
            except (OSError, ValueError, IndexError):
                return {name: [] for name in places}
            if any(row.get("id") != name for name, row in rows.items()):
                return {name: [] for name in places}
            for name, row in rows.items():
                found[name].append(row)
        return found
