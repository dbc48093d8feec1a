"""How many examples and tokens go through the encoder in a job."""

from __future__ import annotations

from collections.abc import Callable

from stiltsreport.plan.figure import UNKNOWN, Figure
from stiltsreport.plan.jobs import DataUse, Evaluate, Train
from stiltsreport.tasks.limit import HELD_OUT_SHARE
from stiltsreport.tasks.sources import Source
from stiltsreport.tasks.task import Task, TaskType

Count = Callable[[Task, Source], int | None]

# Mean XLM-R pieces of an example, all its choices, windows and separators counted: (training, evaluation), on samples of 300 a language
# at X-STILTs' lengths. CCG, QQP, MNLI, SQuAD 2.0, LAReQA and Mewsli-X were not at hand: by what they are made of.
TOKENS: dict[str, tuple[float, float]] = {
    "anli-plus": (33, 96), "anli": (96, 96), "mnli": (40, 40), "snli": (32, 34), "qqp": (31, 31), "squad": (187, 219),
    "squad2": (187, 219), "qamr": (50, 60),
    "hellaswag": (340, 350), "cosmosqa": (487, 455), "csqa": (109, 113), "siqa": (104, 105), "copa": (51, 50), "ccg": (30, 30),
    "xnli": (40, 45), "pawsx": (63, 65), "udpos": (24, 33), "panx": (13, 15), "xquad": (187, 255), "mlqa": (187, 283), "tydiqa": (176, 158),
    "bucc2018": (26, 26), "tatoeba": (11, 11), "xcopa": (51, 52), "lareqa": (240, 180), "mewslix": (100, 60),
}  # fmt: skip
_BY_TYPE: dict[TaskType, float] = {
    "sequence_classification": 45, "multiple_choice": 200, "token_classification": 25, "question_answering": 200, "sentence_retrieval": 25,
    "bitext_mining": 26, "dual_encoder": 150,
}  # fmt: skip


UNCOUNTED = 1_000  # examples of an evaluation set that nobody has counted


def evaluated_in(use: DataUse, count: Count) -> Figure:
    """The examples of an evaluation set; one on the Hub whose size no record knows is taken as middling."""
    found = examples_in(use, count)
    if found is None:
        return Figure(UNCOUNTED, "estimated", f"sets of unknown size taken as {UNCOUNTED:,} examples")
    return Figure(found, "measured")


def examples_in(use: DataUse, count: Count) -> int | None:
    """The examples of a set as a job uses it; None where nobody has counted it and nothing caps it."""
    found = count(use.task, use.source)
    if found is not None and use.part != "all":
        share = found // HELD_OUT_SHARE
        found = found - share if use.part == "training" else share
    known = [value for value in (found, use.limit) if value is not None]
    return min(known) if known else None


def examples_seen(job: Train, count: Count) -> Figure:
    """Examples that a training passes over, each as often as it is seen."""
    if job.recipe.steps is not None:
        return Figure(job.recipe.steps * job.recipe.batch_size, "measured")
    found = examples_in(job.training, count)
    return UNKNOWN if found is None else Figure(found * job.recipe.epochs, "measured")


def tokens_of(task: Task, training: bool) -> float:
    """Mean tokens of an example, at most as many as its lengths let through."""
    known = TOKENS.get(task.name)
    return known[0 if training else 1] if known else _BY_TYPE[task.type]


def training_tokens(job: Train, count: Count) -> Figure:
    """Tokens of a training. The English dev evaluations of its checkpoints are left out: they are a few per cent."""
    seen = examples_seen(job, count)
    each = min(tokens_of(job.training.task, training=True), _most(job.recipe.max_length, job.training.task))
    return UNKNOWN if seen.value is None else Figure(seen.value * each, "estimated", "mean lengths of samples")


def evaluation_tokens(job: Evaluate, count: Count) -> Figure:
    """Tokens of an evaluation, both sides of a retrieval counted."""
    found = evaluated_in(job.data, count)
    each = min(tokens_of(job.data.task, training=False), _most(job.protocol.max_length, job.data.task))
    assert found.value is not None
    sources = "; ".join(filter(None, (found.source, "mean lengths of samples")))
    return Figure(found.value * sides(job) * each, "estimated", sources)


def sides(job: Evaluate) -> int:
    """Texts that an evaluation encodes for each example: two, where it searches translations."""
    return 2 if job.data.task.type in ("sentence_retrieval", "bitext_mining") else 1


def _most(max_length: int, task: Task) -> float:
    """A cap on an example's tokens where its type has one: windows and choices multiply it."""
    return max_length if task.type in ("sequence_classification", "token_classification") else float("inf")
