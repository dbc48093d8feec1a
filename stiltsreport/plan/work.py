"""How many examples and tokens go through the encoder in a job."""

from __future__ import annotations

from stiltsreport.plan.counts import Count, evaluated_in, examples_in
from stiltsreport.plan.figure import UNKNOWN, Figure, summed
from stiltsreport.plan.jobs import Evaluate, Part, Train
from stiltsreport.plan.steps import steps_by_part
from stiltsreport.tasks.task import Task, TaskType

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


def examples_seen(job: Train, count: Count) -> Figure:
    """Examples that a training passes over, each as often as it is seen."""
    if job.mixed:
        return summed(
            Figure(steps.value and steps.value * part.recipe.batch_size, steps.basis) for part, steps in steps_by_part(job, count)
        )
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
    passes = 1 + (job.perturbation.steps if job.perturbation and job.perturbation.method == "adv" else 0)
    if job.mixed:
        rows = [
            (part, Figure(steps.value and steps.value * part.recipe.batch_size, steps.basis)) for part, steps in steps_by_part(job, count)
        ]
    else:
        rows = [(job.parts[0], examples_seen(job, count))]
    tokens = [None if seen.value is None else seen.value * passes * _each(part) for part, seen in rows]
    known = [value for value in tokens if value is not None]
    return Figure(sum(known), "estimated", "mean lengths of samples") if len(known) == len(tokens) else UNKNOWN


def _each(part: Part) -> float:
    """Tokens of an example of a part; those of text fill their rows."""
    if part.form == "masked_language_modelling":
        return part.recipe.max_length
    return min(tokens_of(part.training.task, training=True), _most(part.recipe.max_length, part.training.task))


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
