"""Setup: the facts of a study as it was run, so that its report can be rendered on any machine from its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from stiltsreport.plan.choices import LayerPoint, TuningPoint
from stiltsreport.results.microscope_facts import Microscope

Role = Literal["training", "selection", "evaluation"]
State = Literal["stored", "missing", "failed", "left out", "no data"]


@dataclass(frozen=True)
class DataFacts:
    """One set that the study reads.

    `available` counts its examples (queries, for retrieval), `used` what the jobs take of them; None: unknown.
    """

    task: str
    title: str
    role: Role
    language: str
    split: str
    origin: str
    fingerprint: str
    available: int | None
    used: int | None
    note: str = ""


@dataclass(frozen=True)
class OverlapFacts:
    """Texts of an evaluation set that also stand, after normalisation, in what is trained or selected on.

    `shared` of `of` evaluated texts. Both are None where the sets were not compared (Hub data that were never loaded). `known` says what
    is known of the two tasks beforehand.
    """

    training: str
    training_role: Role
    evaluated: str
    language: str
    shared: int | None
    of: int | None
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One planned evaluation: whether its score is there, and if not, why."""

    model: str
    variant: str
    intermediate: str
    target: str
    seed: int | None
    language: str
    state: State
    reason: str = ""
    second_language: str | None = None


@dataclass(frozen=True)
class RunHealth:
    """How one training of the study ended, judged on English dev data alone.

    `verdict`: "healthy", "constant" (one prediction for every example), "chance loss" (a loss near ln K) or "diverged" (NaN; such a job
    has failed). `reserve`: its seed stands for a collapsed one. `target` is "" for an intermediate training.
    """

    model: str
    variant: str
    intermediate: str
    target: str
    stage: str
    seed: int
    job: str
    verdict: str
    reserve: bool = False


@dataclass(frozen=True)
class CurveFacts:
    """The loss of one part of an intermediate training, thinned: each point is the mean of the steps up to it since the point before."""

    model: str
    variant: str
    intermediate: str
    seed: int
    part: str
    steps: tuple[int, ...]
    losses: tuple[float, ...]


@dataclass(frozen=True)
class TranslationFacts:
    """What a translation kept of a set, and what it dropped because a span or a line did not survive."""

    task: str
    language: str
    kept: int
    dropped: int
    translator: str


@dataclass(frozen=True)
class MethodFacts:
    """A variant, mixture or control in a sentence, with what the paper leaves open and we chose ourselves."""

    variant: str
    title: str
    text: str
    citation: str = ""


@dataclass(frozen=True)
class ArmCost:
    """What the trainings of an arm took that have run: sums over `trainings` of the `planned` ones, in `seeds` seeds, at one stage.

    `training_examples` is the size of the sets, once; `examples` what was seen in all passes; `seconds` on the device that it ran on.
    """

    model: str
    variant: str
    intermediate: str
    stage: str
    trainings: int
    planned: int
    seeds: int
    steps: int
    examples: int
    training_examples: int
    seconds: float


@dataclass(frozen=True)
class SelectionFacts:
    """What the checkpoint of a target training was selected by: one metric on the English dev set of `task`, of `n` examples.

    `step`: of the checkpoint that was kept. `job`: the training, which targets that are trained alike share.
    """

    model: str
    variant: str
    intermediate: str
    target: str
    seed: int
    task: str
    metric: str
    value: float
    n: int
    step: int | None
    job: str


@dataclass(frozen=True)
class LookFacts:
    """One look at the results of a study with enough seeds to test.

    `models`, `arms` (INTERMEDIATE[+VARIANT], the baseline first), `targets`: what was looked at; `seeds` by the place of the arm. `plan`:
    the declared looks that it is one of, () without; `level`: that its p values stood against.
    """

    models: tuple[str, ...]
    arms: tuple[str, ...]
    targets: tuple[str, ...]
    seeds: tuple[tuple[int, ...], ...]
    plan: tuple[int, ...]
    spending: str
    level: float

    @property
    def of(self) -> tuple[set[str], ...]:
        """What was tested."""
        return set(self.models), set(self.arms[1:]), set(self.targets)

    @staticmethod
    def of_json(row: Mapping[str, Any]) -> LookFacts:
        """The look of a row of a log. Raises KeyError or TypeError for anything else."""
        names = ("models", "arms", "targets")
        models, arms, targets = (tuple(map(str, row[name])) for name in names)
        seeds = tuple(tuple(map(int, one)) for one in row["seeds"])
        return LookFacts(models, arms, targets, seeds, tuple(map(int, row["plan"])), str(row["spending"]), float(row["level"]))


@dataclass(frozen=True)
class FlipFacts:
    """Of `items` of a parallel target in one language ("*": items that turn in most of their languages), how many an arm turns.

    `gained`: right in the arm and wrong in the baseline in most of the `seeds`; `lost`: the reverse.
    """

    model: str
    variant: str
    intermediate: str
    target: str
    language: str
    seeds: tuple[int, ...]
    items: int
    gained: int
    lost: int


@dataclass(frozen=True)
class FertilityFacts:
    """The subwords (`tokens`) that a model's tokenizer makes of so many `words` of a language, in the evaluation sets of `tasks`."""

    model: str
    language: str
    tokens: int
    words: int
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Setup:
    """What a report says beside its numbers.

    `recipes` and `models` are plain dicts: a stage's and task's resolved entries, and a model's record. What came after the first reports
    (from `health` on) is empty in the folders of those.
    """

    data: tuple[DataFacts, ...] = ()
    overlaps: tuple[OverlapFacts, ...] = ()
    cells: tuple[Cell, ...] = ()
    problems: tuple[str, ...] = ()
    recipes: tuple[dict[str, Any], ...] = field(default=())
    models: tuple[dict[str, Any], ...] = field(default=())
    notes: tuple[str, ...] = ()
    health: tuple[RunHealth, ...] = ()
    tuning: tuple[TuningPoint, ...] = ()
    layers: tuple[LayerPoint, ...] = ()
    curves: tuple[CurveFacts, ...] = ()
    translations: tuple[TranslationFacts, ...] = ()
    methods: tuple[MethodFacts, ...] = ()
    costs: tuple[ArmCost, ...] = ()
    selection: tuple[SelectionFacts, ...] = ()
    looks: tuple[LookFacts, ...] = ()
    flips: tuple[FlipFacts, ...] = ()
    fertility: tuple[FertilityFacts, ...] = ()
    microscope: Microscope = field(default=Microscope())

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts."""
        return asdict(self)

    @staticmethod
    def from_json(found: Mapping[str, Any]) -> Setup:
        """The Setup of what `to_json` gave. Raises KeyError or TypeError for anything else."""
        return Setup(
            tuple(DataFacts(**row) for row in found["data"]),
            tuple(OverlapFacts(**{**row, "known": tuple(row["known"])}) for row in found["overlaps"]),
            tuple(Cell(**row) for row in found["cells"]),
            tuple(found["problems"]),
            tuple(found["recipes"]),
            tuple(found["models"]),
            tuple(found["notes"]),
            tuple(RunHealth(**row) for row in found.get("health", ())),
            tuple(TuningPoint(**row) for row in found.get("tuning", ())),
            tuple(LayerPoint(**row) for row in found.get("layers", ())),
            tuple(CurveFacts(**{**row, "steps": tuple(row["steps"]), "losses": tuple(row["losses"])}) for row in found.get("curves", ())),
            tuple(TranslationFacts(**row) for row in found.get("translations", ())),
            tuple(MethodFacts(**row) for row in found.get("methods", ())),
            tuple(ArmCost(**row) for row in found.get("costs", ())),
            tuple(SelectionFacts(**row) for row in found.get("selection", ())),
            tuple(LookFacts.of_json(row) for row in found.get("looks", ())),
            tuple(FlipFacts(**{**row, "seeds": tuple(row["seeds"])}) for row in found.get("flips", ())),
            tuple(FertilityFacts(**{**row, "tasks": tuple(row["tasks"])}) for row in found.get("fertility", ())),
            Microscope.of_json(found["microscope"]) if found.get("microscope") else Microscope(),
        )
