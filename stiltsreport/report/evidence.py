"""Evidence: everything that tables, figures and sentences are made of, with the look-ups that they share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import stiltsreport
from stiltsreport.metrics import METRICS
from stiltsreport.report.document import Mark
from stiltsreport.report.numbers import counted, plural
from stiltsreport.results import ArmCost, DataFacts, Results
from stiltsreport.results import Cell as PlannedCell
from stiltsreport.stats.aggregate import Aggregates, Series
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.collapse import Sensitivity, sensitivity
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.families import key_of
from stiltsreport.stats.items.second import BOOTSTRAP, new_items
from stiltsreport.stats.own_data import own_data
from stiltsreport.stats.pairs import Pairs
from stiltsreport.stats.verdicts import significant
from stiltsreport.study.study import BASELINE, PLAIN, Study, TargetEntry
from stiltsreport.tasks.languages import LANGUAGES
from stiltsreport.tasks.task import Task

ENGLISH = "en"
DESCRIPTIVE = "descriptive only"
NOT_ZERO_SHOT = "not zero-shot"
DECLARED = ("confirmatory", "methods")  # the families whose averages carry a claim
_METHOD_NAMES = {"mlm": "MLM"}
_SHORT_METRICS = {"accuracy": "acc", "f1": "F1", "exact_match": "EM", "map@20": "mAP", "token_accuracy": "token acc"}
_TESTS = {"paired-t": "paired t test", "sign-flip": "exact sign-flip test", "welch": "Welch's t test", "dunnett": "Dunnett's test"}
_CORRECTIONS = {"holm": "Holm", "benjamini-hochberg": "Benjamini-Hochberg", "none": "no correction"}
_STATES: dict[str, Mark] = {"missing": "not run", "left out": "not run", "failed": "failed", "no data": "no data"}
MOST_PANELS = 12  # of a figure with a panel a row


@dataclass(frozen=True)
class Arm:
    """A row of a table: a model after one way of intermediate training, with a variant of it or plain."""

    model: str
    variant: str
    intermediate: str

    @property
    def baseline(self) -> bool:
        """Whether there was no intermediate training at all."""
        return self.intermediate == BASELINE and self.variant == PLAIN

    @property
    def plain(self) -> Arm:
        """The arm of the same intermediate without the variant."""
        return Arm(self.model, PLAIN, self.intermediate)


class Evidence:
    """A study with its results, comparisons, and the answers to its claims."""

    def __init__(self, study: Study, results: Results, comparisons: Sequence[Comparison], answers: Sequence[Answer] = ()) -> None:
        self.study, self.results, self.comparisons, self.answers = study, results, tuple(comparisons), tuple(answers)
        self.aggregates = Aggregates(study, results.scores)
        self.entries = {entry.task.name: entry for entry in study.target}
        self._comparisons: dict[tuple[str, ...], Comparison] = {}
        self._second: dict[tuple[str, ...], list[Comparison]] = {}
        for row in comparisons:  # one row a method of interval: the t interval is what tables show
            key = (row.model, row.variant, row.intermediate, row.baseline, row.target, row.scope)
            if key not in self._comparisons or row.interval == "t":
                self._comparisons[key] = row
            if row.interval != "t":
                self._second.setdefault(key, []).append(row)
        self._cells: dict[tuple[str, str, str, str], list[PlannedCell]] = {}
        reported = {None, *study.seeds}
        for cell in results.setup.cells:
            if cell.second_language is None and cell.seed in reported:
                self._cells.setdefault((cell.model, cell.variant, cell.intermediate, cell.target), []).append(cell)
        self._splits: dict[tuple[str, str], set[str]] = {}
        for score in results.scores:
            if score.stage == "target":
                self._splits.setdefault((score.target, score.language), set()).add(score.split)

    @property
    def digest(self) -> str:
        """Twelve hex digits of the study file's text: what reports and tables are recognised by."""
        return hashlib.sha256(self.study.source.encode()).hexdigest()[:12]

    def arms(self, model: str) -> list[Arm]:
        """The rows of a model, the baseline first."""
        return [Arm(model, variant, intermediate) for variant, intermediate in self.aggregates.arms(model)]

    def drawn_arms(self, model: str) -> list[Arm]:
        """The rows but the baseline that a figure has a panel for: where they are many, the plain ones, since methods have a table."""
        arms = [arm for arm in self.arms(model) if not arm.baseline]
        plain = [arm for arm in arms if arm.variant == PLAIN]
        return arms if len(arms) <= MOST_PANELS or not plain else plain

    def paired_arms(self, model: str) -> list[Arm]:
        """The rows that have a matrix of pairs: where they are many, the baseline and its methods."""
        arms = self.arms(model)
        return arms if len(arms) <= MOST_PANELS else [arm for arm in arms if arm.intermediate == BASELINE]

    def arm_title(self, arm: Arm) -> str:
        """What a row is called: the intermediate's title, "none" for the baseline; with a variant "SQuAD 1.1 + MLM"."""
        entry = self.study.entry(arm.intermediate)
        name = entry.title if entry else arm.intermediate
        if arm.variant == PLAIN:
            return name
        flag = f" ({NOT_ZERO_SHOT})" if self.not_zero_shot(arm) else ""
        return f"{name} + {_METHOD_NAMES.get(arm.variant, arm.variant)}{flag}"

    def figure_title(self, arm: Arm) -> str:
        """The same where there is little room: a double dagger, which the figure's caption explains (`figure_note`)."""
        return self.arm_title(arm).replace(f" ({NOT_ZERO_SHOT})", " ‡")

    def figure_note(self, arms: Iterable[Arm]) -> str:
        """What a figure's caption says of flagged arms, and of rows without a panel; "" where there are none."""
        shown = list(arms)
        flagged = f"‡ {NOT_ZERO_SHOT}." if any(self.not_zero_shot(arm) for arm in shown) else ""
        methods = any(arm.variant != PLAIN for arm in self.arms(shown[0].model)) if shown else False
        undrawn = methods and all(arm.variant == PLAIN for arm in shown)
        return " ".join(filter(None, (flagged, "Rows with a method have no panel: their gains stand in the tables." if undrawn else "")))

    def not_zero_shot(self, arm: Arm) -> bool:
        """Whether the arm has learnt from examples in target languages, labelled (few-shot) or translated (translate-train)."""
        variant = self.study.variant(arm.variant)
        return variant is not None and (variant.few_shot is not None or variant.translate_train is not None)

    def control(self, arm: Arm) -> bool:
        """Whether the arm controls for something, and is no method of its own."""
        entry = self.study.entry(arm.intermediate)
        return entry is not None and entry.control is not None

    def costs(self, arm: Arm) -> list[ArmCost]:
        """What the arm's trainings took, by stage; empty where none has run, and in reports of older versions."""
        return [
            row
            for row in self.results.setup.costs
            if (row.model, row.variant, row.intermediate) == (arm.model, arm.variant, arm.intermediate)
        ]

    @cached_property
    def pairs(self) -> Pairs:
        """The scores of sentence pairs in two languages."""
        return Pairs(self.study, self.results.scores)

    @cached_property
    def sensitivity(self) -> Sensitivity | None:
        """The comparisons without collapsed runs, and with these replaced; None where nothing has collapsed."""
        return sensitivity(self.study, self.results.scores, self.results.setup.health)

    def model_title(self, name: str) -> str:
        """A model's title."""
        return next((model.title for model in self.study.models if model.name == name), name)

    def comparison(self, arm: Arm, target: str, scope: str) -> Comparison | None:
        """The comparison of an arm with the study's baseline; None for the baseline, or where none could be made."""
        return self._comparisons.get((arm.model, arm.variant, arm.intermediate, BASELINE, target, scope))

    def method_comparison(self, arm: Arm, target: str, scope: str) -> Comparison | None:
        """The comparison of a variant with plain of the same intermediate; None for plain, or where none could be made."""
        if arm.variant == PLAIN:
            return None
        return self._comparisons.get((arm.model, arm.variant, arm.intermediate, arm.intermediate, target, scope))

    def over_items(self, row: Comparison | None) -> tuple[Comparison, ...]:
        """The rows of a comparison that speak of other test items too; empty where none were made."""
        return tuple(self._second.get(key_of(row), ())) if row is not None else ()

    def new_items(self, row: Comparison) -> bool | None:
        """Whether its verdict stands on new test items too; None where nothing is claimed, or it is not known."""
        return new_items(row, next((one for one in self.over_items(row) if one.interval == BOOTSTRAP), None))

    @property
    def resampled(self) -> bool:
        """Whether any comparison has an interval over items."""
        return any(row.low is not None for rows in self._second.values() for row in rows)

    def of_family(self, family: str, scopes: Iterable[str], *, methods: bool = False) -> list[Comparison]:
        """The comparisons of a family in the order of the study; averages over the same tasks are one comparison and stand once.

        `methods`: those of a variant with plain of its intermediate, else those with the baseline.
        """
        wanted = set(scopes)
        found: dict[object, Comparison] = {}
        for row in self._comparisons.values():
            if row.family == family and row.scope.partition(":")[0] in wanted and of_method(row) == methods:
                found.setdefault(
                    (
                        row.model,
                        row.variant,
                        row.intermediate,
                        row.scope,
                        row.inputs if row.scope == "average" and row.inputs else row.target,
                    ),
                    row,
                )
        return list(found.values())

    def significant(self, row: Comparison) -> bool:
        """Whether the difference is significant after correction; never where seeds are too few to test."""
        return significant(row)

    def gaps(self, arm: Arm, target: str, language: str | None = None) -> tuple[tuple[Mark, ...], str]:
        """Why results are missing of an arm on a target: marks, and the reasons in words."""
        cells = [
            cell
            for cell in self._cells.get((arm.model, arm.variant, arm.intermediate, target), ())
            if cell.state != "stored" and language in (None, cell.language)
        ]
        marks = tuple(dict.fromkeys(_STATES[cell.state] for cell in cells))
        reasons = dict.fromkeys(f"{_STATES[cell.state]}: {cell.reason}" if cell.reason else _STATES[cell.state] for cell in cells)
        return marks or ("not run",), "; ".join(list(reasons)[:3]) or "not run"

    def partial(self, series: Series) -> bool:
        """Whether planned seeds are absent from a series."""
        planned = {frozenset(self.study.seeds), *(frozenset(seeds) for _, seeds in self.study.arm_seeds)}
        return not series.constant and (frozenset(series.seeds) not in planned or bool(self.study.arm_seeds and series.missing))

    def own(self, arm: Arm, target: str) -> bool:
        """Whether the arm was trained on the target's own training data before."""
        return target in self.entries and not arm.baseline and own_data(self.study, arm.intermediate, target)

    def facts(self, role: str, task: str, language: str | None = None) -> list[DataFacts]:
        """The sets of that task in that role."""
        return [row for row in self.results.setup.data if row.role == role and row.task == task and language in (None, row.language)]

    def shares_file(self, entry: TargetEntry) -> bool:
        """Whether English checkpoints are selected on the very file that is reported on."""
        name, _, part = entry.task.selection.partition("/")
        chosen = {row.fingerprint for row in self.facts("selection", name, ENGLISH) if row.fingerprint and not part}
        return bool(chosen & {row.fingerprint for row in self.facts("evaluation", entry.task.name, ENGLISH)})

    @property
    def evaluated_splits(self) -> dict[str, set[str]]:
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
        wanted = self.study.split or entry.task.official_split
        others = {split: languages for split, languages in self.splits(entry).items() if split != wanted}
        if not others:
            return ""
        parts = [
            split if len(languages) == len(entry.languages) else f"{split} in {', '.join(languages)}" for split, languages in others.items()
        ]
        return f"{entry.task.title} is reported on {' and '.join(parts)}: its {wanted} set was not at hand."

    def data_notes(self, entry: TargetEntry) -> tuple[str, ...]:
        """Sentences on the target's evaluation data: another split than the official one, a threshold found on the reported set."""
        oracle = [row.language for row in self.facts("evaluation", entry.task.name) if "oracle" in row.note]
        found = [self.split_note(entry)]
        if oracle:
            found.append(
                f"{entry.task.title}: the threshold is found on the reported set itself ({', '.join(oracle)}), which is an oracle."
            )
        return tuple(note for note in found if note)

    @property
    def limits(self) -> str:
        """What caps the examples, as captions say it; "" without a limit."""
        limit = self.study.limit
        parts = [
            f"{counted(limit.train)} training" if limit.train else "",
            f"{counted(limit.evaluate)} evaluation" if limit.evaluate else "",
        ]
        named = " and ".join(part for part in parts if part)
        return f"Limited to at most {named} examples a set." if named else ""

    @property
    def seeds(self) -> str:
        """Intermediate seeds x target seeds; by row, where rows have seeds of their own."""
        each = "one target training on each intermediate checkpoint"
        if not self.study.arm_seeds:
            count = len(self.study.seeds)
            return f"{plural(count, 'seed')} ({count} × 1: {each})"
        counts = [len(seeds) for _, seeds in self.study.arm_seeds]
        usual = max(counts, key=counts.count)
        others = ", ".join(f"{len(seeds)} of {label}" for label, seeds in self.study.arm_seeds if len(seeds) != usual)
        return f"{plural(usual, 'seed')}{f', {others}' if others else ''} (n × 1: {each})"

    @property
    def pairing(self) -> str:
        """How two rows are compared, in a caption after "mean difference": ", paired by seed", or as two samples."""
        return ", paired by seed" if self.study.statistics.paired else " of two samples of seeds"

    @property
    def test(self) -> str:
        """The test and its correction, in words."""
        chosen = self.study.statistics
        name = _TESTS.get(chosen.test, chosen.test)
        on = "on per-seed differences" if chosen.paired else "on the seeds of two rows"
        own = chosen.test == "dunnett" and chosen.correction != "none"
        corrected = "over all rows of a family at once" if own else f"{_CORRECTIONS[chosen.correction]}-adjusted"
        return f"{name[0].upper()}{name[1:]} {on}, {corrected}"

    @property
    def test_of_averages(self) -> str:
        """The same of averages: where claims are declared, only those that one is about are in the declared family."""
        if not self.study.claims or self.study.statistics.correction == "none":
            return self.test
        return f"{self.test.rpartition(', ')[0]}, adjusted with the claims where one is about it, else after Benjamini-Hochberg"

    def signature(self, *parts: str) -> str:
        """How a table's numbers were made, in sacreBLEU's manner."""
        limit, chosen = self.study.limit, self.study.statistics
        fixed = [
            f"seeds:{_seeds(self.study)}",
            f"test:{chosen.test}",
            f"correction:{chosen.correction}",
            f"alpha:{chosen.alpha:g}",
        ]
        if limit.train or limit.evaluate:
            fixed.append(f"limit:{limit.train or 'all'}/{limit.evaluate or 'all'}")
        return "|".join([*(part for part in parts if part), *fixed, f"study:{self.digest}", f"stiltsreport:{stiltsreport.__version__}"])

    def protocol(self, entry: TargetEntry) -> str:
        """A target in a signature: its metric, split, training data and the choices that move its score."""
        chosen = self.study.target_recipe.evaluation(entry.task.name)
        parts = [entry.task.name, "+".join(METRICS[key].name for key in entry.task.metrics), f"languages:{len(entry.languages)}"]
        parts.append("split:" + "+".join(self.splits(entry) or ["none"]))
        if entry.train:
            parts.append("train:" + ">".join(task.name for task in entry.train))
        if entry.task.type == "token_classification":
            parts.append(f"seqeval:{chosen.seqeval}")
        if entry.task.type in ("sentence_retrieval", "bitext_mining"):
            parts.append(f"layer:{chosen.layer}|pooling:{chosen.pooling}")
        return "|".join(parts)


def _seeds(study: Study) -> str:
    """The seeds in a signature: by row where rows have seeds of their own."""
    rows = study.arm_seeds or (("", study.seeds),)
    return ";".join(f"{row}{'=' if row else ''}{','.join(map(str, seeds))}" for row, seeds in rows)


def of_method(row: Comparison) -> bool:
    """Whether a comparison is of a variant with plain of the same intermediate."""
    return row.variant != PLAIN and row.baseline == row.intermediate


def metric_title(task: Task) -> str:
    """The metric of a task in a column's head: "acc", "F1", "F1/EM"."""
    names = [_SHORT_METRICS.get(METRICS[key].name, METRICS[key].name) for key in task.metrics]
    return "/".join(sorted(names, key=lambda name: name != "F1"))


def short_metric(name: str) -> str:
    """A metric's name in a column's head."""
    return _SHORT_METRICS.get(name, name)


def language_title(code: str) -> str:
    """A language's English name; the code itself where it is not known."""
    return LANGUAGES[code].title if code in LANGUAGES else code
