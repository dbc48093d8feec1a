"""Study: what a study file says once it is read and every name in it is resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from stiltsreport.methods import PROPORTIONAL, Perturbation, Sampling
from stiltsreport.models import Model
from stiltsreport.recipes import Precision, Recipe, RecipeBook
from stiltsreport.study.claims import Claim
from stiltsreport.study.execution import DEFAULTS, ExecutionSettings
from stiltsreport.study.prompting import Prompting
from stiltsreport.tasks.task import SplitName, Task

BASELINE = "none"  # the name of the arm without an intermediate task, in studies, tables and scores.jsonl
RESERVED = 1000  # attempt times this + i is the seed that stands for a collapsed seed i
PLAIN = "plain"  # of the variant that is STILTs alone


Control = Literal["none-longer", "mlm-en", "shuffled"]
Pair = tuple[str, str]  # the languages of the first and the second sentence


@dataclass(frozen=True)
class IntermediateEntry:
    """What stands before the target in an arm: one task, or a mixture of several, drawn as `sampling` says.

    `examples` caps its training data (equal data). A `control` is made of the entry's tasks: "none-longer" gives their steps to the target
    training, "mlm-en" trains on their texts alone, "shuffled" permutes their labels.
    """

    name: str
    title: str
    tasks: tuple[Task, ...]
    sampling: Sampling = PROPORTIONAL
    examples: int | None = None
    control: Control | None = None

    @property
    def source_data(self) -> frozenset[str]:
        """The data sets whose labels it learns from: none, in a control without them."""
        learned = self.tasks if self.control is None else ()
        return frozenset(name for task in learned for name in task.source_data)


@dataclass(frozen=True)
class TargetEntry:
    """A target task as the study uses it: in which languages, and on which tasks' English sets it is trained.

    `pairs`: evaluated too with the two sentences in these languages (the generalized setting of Huang et al. 2021). `layer_on`: languages
    that are not reported, on which the layer of its sentence vectors is chosen; none: it is the protocol's.
    """

    task: Task
    languages: tuple[str, ...]
    train: tuple[Task, ...]
    pairs: tuple[Pair, ...] = ()
    layer_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class MaskedLanguageModelling:
    """Multilingual MLM mixed into the intermediate phase: `ratio` of its steps, languages drawn with n^(1/temperature).

    `at_hand`: of these languages, those that have text; else each must.
    """

    languages: tuple[str, ...]
    ratio: float
    temperature: float
    recipe: Recipe
    task: Task
    at_hand: bool = False


@dataclass(frozen=True)
class Translator:
    """What turns a set into other languages: ready files (a pattern with {task}, {split}, {language}), a Hub model, or a command.

    A command reads lines and writes as many; {source} and {target} in it stand for language codes. `english`: the English set stays in.
    Files lie under --data; a pattern without a suffix takes every suffix that a reader knows.
    """

    to: tuple[str, ...]
    files: str = "translated/{task}/{split}-{language}"
    model: str | None = None
    command: str | None = None
    english: bool = True


@dataclass(frozen=True)
class Augmentation:
    """RS-DA: `copies` by the task's name ("" for the others), and where synonyms come from: a file, or the embedding table."""

    copies: tuple[tuple[str, int], ...]
    synonyms: Path | None = None
    neighbours: int = 8
    similarity: float = 0.5


@dataclass(frozen=True)
class FewShot:
    """So many examples of the target language added after the English training: declared, since it is not zero-shot."""

    examples: int


@dataclass(frozen=True)
class Variant:
    """A method beside plain STILTs: of the intermediate phase, of the target phase, or several crossed.

    Intermediate-phase methods make rows INTERMEDIATE+NAME of every intermediate (mlm of the baseline too), target-phase methods a second
    arm of every row. `of`: the only intermediates that have it. `intermediate_recipe` and `target_recipe` are those of the study with
    entries changed.
    """

    name: str
    title: str
    citation: str = ""
    mlm: MaskedLanguageModelling | None = None
    translated: Translator | None = None
    perturbation: Perturbation | None = None
    augmentation: Augmentation | None = None
    translate_train: Translator | None = None
    translate_test: Translator | None = None
    few_shot: FewShot | None = None
    intermediate_recipe: RecipeBook | None = None
    target_recipe: RecipeBook | None = None
    note: str = ""
    of: tuple[str, ...] | None = None

    @property
    def of_target(self) -> bool:
        """Whether the baseline has this arm too because its target phase differs."""
        methods = (self.perturbation, self.augmentation, self.translate_train, self.translate_test, self.few_shot, self.target_recipe)
        return any(method is not None for method in methods)

    @property
    def of_intermediate(self) -> bool:
        """Whether the intermediate phase differs."""
        return any(method is not None for method in (self.mlm, self.translated, self.intermediate_recipe))

    @property
    def translators(self) -> tuple[Translator, ...]:
        """Every one of its methods'."""
        return tuple(one for one in (self.translated, self.translate_train, self.translate_test) if one is not None)

    def applies(self, intermediate: str) -> bool:
        """Whether it makes an arm of that intermediate: what changes the intermediate phase alone leaves the baseline as it is, but MLM."""
        if self.of is not None and intermediate not in self.of:
            return False
        return intermediate != BASELINE or self.of_target or self.mlm is not None


@dataclass(frozen=True)
class Tune:
    """Learning rates tried on English dev data, with one budget in every arm, on seeds that are not reported."""

    learning_rates: tuple[float, ...]
    per: tuple[Literal["model", "adaptation", "stage", "arm"], ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Limit:
    """At most so many examples of each set; None: all. The subset is fixed by the data, the same for every seed."""

    train: int | None = None
    evaluate: int | None = None


@dataclass(frozen=True)
class Margin:
    """The smallest difference that matters, in points, by scope; None: not declared, so nothing is called equivalent or negligible."""

    average: float | None = None
    task: float | None = None
    language: float | None = None


Spending = Literal["obrien-fleming", "pocock"]


@dataclass(frozen=True)
class Looks:
    """Looks at the results that were declared beforehand: after so many seeds each, the last at all of them.

    `spending`: how the error is shared among them (stiltsreport/stats/looks.py). `at`: the number of the look that the study's seeds and
    alpha are of, from 1, and `alpha` that of all looks together; 0: the study is the whole plan, before any.
    """

    seeds: tuple[int, ...]
    spending: Spending = "obrien-fleming"
    at: int = 0
    alpha: float | None = None


Test = Literal["paired-t", "sign-flip", "welch", "dunnett"]


@dataclass(frozen=True)
class StatisticsSettings:
    """How differences are tested. paired-t and sign-flip pair the seeds of two arms; welch and dunnett take them as two samples.

    `also`: further tests that are shown beside it, and carry no verdict.
    """

    test: Test = "paired-t"
    correction: Literal["holm", "benjamini-hochberg", "none"] = "holm"
    alpha: float = 0.05
    margin: Margin = Margin()
    also: tuple[Literal["wilcoxon", "aso"], ...] = ()

    @property
    def paired(self) -> bool:
        """Whether two arms are compared seed by seed, by what their seeds share."""
        return self.test in ("paired-t", "sign-flip")


@dataclass(frozen=True)
class ReportSettings:
    """What the report folder holds."""

    formats: tuple[Literal["html", "latex", "pdf"], ...] = ("html", "latex", "pdf")
    tables: tuple[str, ...] | Literal["default"] = "default"
    figures: tuple[str, ...] | Literal["default"] = "default"
    latex: Literal["booktabs", "siunitx"] = "booktabs"  # how LaTeX tables align their numbers
    paper: Literal["article", "neurips", "acl"] = "article"  # whose text width they are made for
    signature: bool = False  # in their captions too
    examples: int = 0  # items a target, row and way whose texts stand on pages beside the report; data sets have licences


@dataclass(frozen=True)
class Study:
    """A study file, resolved: `name` is the file's stem, `source` its whole text.

    The baseline stands in no list: it is implied, as is the variant "plain". `tasks` holds every task that it can mean, the shipped ones
    and its own. `collapse`: what is done about degenerate runs, declared beforehand (stiltsreport/stats/collapse.py has the rule).
    `seeds`: of any arm; `arm_seeds`: by INTERMEDIATE[+VARIANT], where arms have unlike ones (`seeds_of`). `looks`: declared looks, of which
    `seeds` and `statistics.alpha` are those at hand. `extended`: seeds were added after the results had been seen, so that every p is
    descriptive only. `precision` "auto" is resolved at planning, for the device that will run. Titles, descriptions and report settings
    enter no job's id.
    """

    name: str
    path: Path
    title: str
    models: tuple[Model, ...]
    intermediate: tuple[IntermediateEntry, ...]
    target: tuple[TargetEntry, ...]
    seeds: tuple[int, ...]
    intermediate_recipe: RecipeBook
    target_recipe: RecipeBook
    tasks: dict[str, Task]
    description: str = ""
    benchmark: str | None = None
    data: Path | None = None
    limit: Limit = Limit()
    precision: Precision | Literal["auto"] | None = None
    keep: Literal["none", "best", "all"] = "none"
    split: SplitName | None = None
    trust_remote_code: tuple[str, ...] = ()
    statistics: StatisticsSettings = StatisticsSettings()
    report: ReportSettings = ReportSettings()
    execution: ExecutionSettings = DEFAULTS
    source: str = field(default="", repr=False)
    overrides: tuple[str, ...] = ()  # KEY.PATH=YAML, of the command line
    variants: tuple[Variant, ...] = ()
    tune: Tune | None = None
    collapse: Literal["keep", "retry", "stabilise"] = "keep"
    claims: tuple[Claim, ...] = ()
    arm_seeds: tuple[tuple[str, tuple[int, ...]], ...] = ()
    looks: Looks | None = None
    extended: bool = False
    prompting: Prompting | None = None

    def seeds_of(self, variant: str, intermediate: str) -> tuple[int, ...]:
        """The seeds of an arm: the study's own, but where arms have seeds of their own."""
        label = intermediate if variant == PLAIN else f"{intermediate}+{variant}"
        return dict(self.arm_seeds).get(label, self.seeds)

    @property
    def fewest_seeds(self) -> int:
        """The seeds of the arm that has the fewest."""
        return min((len(numbers) for _, numbers in self.arm_seeds), default=len(self.seeds))

    @property
    def arms(self) -> tuple[tuple[str, str], ...]:
        """(variant, intermediate) of every arm, the baseline first, each followed by its variants."""
        return tuple(
            (variant, name)
            for name in (BASELINE, *(entry.name for entry in self.intermediate))
            for variant in (PLAIN, *(one.name for one in self.variants if one.applies(name) and not self._control(name)))
        )

    def _control(self, name: str) -> bool:
        """Controls have no variants: they control the plain arm."""
        return any(entry.name == name and entry.control is not None for entry in self.intermediate)

    def entry(self, intermediate: str) -> IntermediateEntry | None:
        """The intermediate of that name; None for the baseline."""
        return next((entry for entry in self.intermediate if entry.name == intermediate), None)

    def variant(self, name: str) -> Variant | None:
        """The variant of that name; None for plain."""
        return next((variant for variant in self.variants if variant.name == name), None)
