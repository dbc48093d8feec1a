"""Our side of a case: `finetune` and `evaluate_set` as a worker calls them, on features made directly of random ids."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
import transformers

from benchmarks.cases import SEED, Case, Reading, clock, peak_bytes
from benchmarks.workloads import CHARACTERS, END, PAD, Row, Shape, Workload, context, rows_of
from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.encoder import Encoder, embedding_name, with_head
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.finetune import finetune
from stiltsreport.modeling.inference import cut_for, padding_for, with_table
from stiltsreport.modeling.loop import Step
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.passes import evaluate_set
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.modeling.vocabulary import EmbeddingTable
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import Example, Question, SentencePair, TaggedSentence

SEEDS = Seeds(SEED, "target", ("benchmark",))


@dataclass(frozen=True)
class Tokenizer:
    """All that is read of a tokenizer once texts are ids."""

    pad_token_id: int = PAD
    eos_token_id: int = END


def classes_of(workload: Workload) -> int:
    """How many classes the head tells apart."""
    task = TASKS[workload.task]
    return FORMS[task.type].labels(task)


def random_encoder(shape: Shape) -> Encoder:
    """An encoder of that shape with random weights, without the pooler that heads bring themselves."""
    config = shape.config()
    torch.manual_seed(SEED)
    base: Any = transformers.AutoModel.from_config(config, dtype=torch.float32)
    table = embedding_name(base)
    state = {name: value for name, value in base.state_dict().items() if "pooler" not in name}
    return Encoder(shape.name, config, Tokenizer(), state, EmbeddingTable.untouched(state.pop(table)))


def encoded(rows: list[Row], workload: Workload) -> EncodedSet:
    """The rows as the workload's task has them once they are tokenised."""
    made = [_encoded(place, row, workload) for place, row in enumerate(rows)]
    return EncodedSet(TASKS[workload.task], [example for example, _ in made], [feature for _, feature in made])


def _encoded(place: int, row: Row, workload: Workload) -> tuple[Example, Feature]:
    labels, length = TASKS[workload.task].labels, len(row.ids)
    types = (0,) * length
    if workload.name == "pairs":
        assert isinstance(row.target, int)
        return SentencePair(str(place), "", "", labels[row.target]), Feature(place, (row.ids,), (types,), row.target)
    assert isinstance(row.target, tuple)
    if workload.name == "qa":
        text = CHARACTERS * length
        spans = tuple(None if at in (0, length - 1) else (2 * at, 2 * at + 1) for at in range(length))
        first, last = row.target
        answer = ((text[2 * first : 2 * last + 1], 2 * first),)
        return Question(str(place), "", text, answer), Feature(place, (row.ids,), (types,), row.target, spans)
    tags = tuple(labels[number] for number in row.target)
    feature = Feature(place, (row.ids,), (types,), (-100, *row.target, -100), tuple(range(1, length - 1)))
    return TaggedSentence(str(place), ("x",) * len(tags), tags), feature


def recipe_of(case: Case) -> Recipe:
    """AdamW as in the papers, clipped at 1, dropout 0.1; the steps of the case."""
    work = case.work
    return Recipe(
        learning_rate=2e-5, batch_size=work.batch, steps=case.amount, max_length=work.cap, dropout=0.1, clip=1.0, selection="last",
        evaluations=1, precision=case.precision,
    )  # fmt: skip


def read_training(case: Case) -> Reading:
    """Steps after the warm ones, by the clock at each step that the loop tells of."""
    work, device = case.work, torch.device(case.device)
    rows = rows_of(work, case.sizes, case.amount * work.batch, SEED, classes_of(work))
    encoder, now = random_encoder(case.sizes), clock(case.device)
    told: list[tuple[float, int]] = []

    def listen(step: Step, _total: int) -> None:
        told.append((now(), step.tokens))

    recipe = recipe_of(case)
    part = TrainingPart(work.name, (encoded(rows, work),), None, recipe, Protocol(precision=case.precision))
    finetune(encoder, [part], recipe, SEEDS, device, listen)
    seconds = told[-1][0] - told[case.warm - 1][0]
    assert len(told) == case.amount
    assert all(later[0] >= earlier[0] for earlier, later in pairwise(told))
    tokens = sum(count for _, count in told[case.warm :])
    return Reading(
        tokens / seconds, tokens / (case.amount - case.warm), 0.0, peak_bytes(case.device), context(rows), _clock_name(case.device)
    )  # fmt: skip


def read_evaluation(case: Case) -> Reading:
    """A whole evaluation with its decoding and counting, on a model whose table was cut to other ids: as in a further language."""
    work, device = case.work, torch.device(case.device)
    rows = rows_of(work, case.sizes, case.warm + case.amount, SEED, classes_of(work))
    encoder, now, protocol = random_encoder(case.sizes), clock(case.device), Protocol(max_length=work.cap, precision=case.precision)
    warm, timed = encoded(rows[: case.warm], work), encoded(rows[case.warm :], work)
    form = FORMS[warm.task.type]
    cut = cut_for(encoder, warm.features)
    model = with_head(encoder, getattr(transformers, form.head), cut, SEED, labels=form.labels(warm.task), dropout=None)
    model = pack(model, device)
    seconds = 0.0
    for data in (warm, timed):
        began = now()
        cut = cut_for(encoder, data.features)
        evaluate_set(with_table(model, encoder, cut, device), data, padding_for(encoder, cut, device), protocol, "en")
        seconds = now() - began
    tokens = sum(feature.tokens for feature in timed.features)
    return Reading(
        tokens / seconds, tokens / case.amount * work.batch, 0.0, peak_bytes(case.device), context(rows), _clock_name(case.device)
    )  # fmt: skip


def _clock_name(device: str) -> str:
    return "wall" if device.startswith("cuda") else "cpu"
