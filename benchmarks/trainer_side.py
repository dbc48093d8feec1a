"""transformers' side of a case: its Trainer, as its example scripts set it up, with each batch padded to its longest row, or at its best.

"script": every row padded to the script's max_length (run_xnli 128, run_qa 384; run_ner pads each batch), evaluation in batches of 8, and
in training the same batches as ours. "dynamic": the same, each batch padded to its longest row. "grouped": batches of rows of like
length, drawn by Trainer's own sampler from a whole pool. The share of padding that it reaches depends on how many batches a pool has and
changes along it, so that a run of few steps takes batches evenly spread over the pool of POOL batches. Of evaluations, "grouped" and
"autocast" are sorted by length beforehand, which no option of Trainer's does; "options" is grouped by its sampler, in its batches of 8.
"""

from __future__ import annotations

import tempfile
from typing import Any

import torch
import transformers
from transformers.trainer_callback import PrinterCallback
from transformers.trainer_pt_utils import LengthGroupedSampler

from benchmarks.cases import SEED, Case, Reading, clock, peak_bytes
from benchmarks.own_side import SEEDS, classes_of, recipe_of
from benchmarks.workloads import PAD, Row, Workload, context, rows_of
from stiltsreport.modeling.batches import epoch_batches
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.tasks import TASKS

POOL = 48  # batches from which Trainer's sampler forms groups: with fewer it groups badly, and that is no fault of a real run's
SCRIPT_EVALUATION_BATCH = 8  # Trainer's default, which the scripts keep
GROUPED_EVALUATION_BATCH = 32


class Collator:
    """Rows to a batch, padded to a length or to the longest; remembers the real and all tokens of each batch."""

    def __init__(self, workload: Workload, padded_to: int | None) -> None:
        self._name, self._padded_to = workload.name, padded_to
        self.real: list[int] = []
        self.all: list[int] = []

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """One batch."""
        lengths = [len(row["input_ids"]) for row in rows]
        length = self._padded_to or max(lengths)
        self.real.append(sum(lengths))
        self.all.append(length * len(rows))
        batch = {
            "input_ids": torch.tensor([[*row["input_ids"], *[PAD] * (length - len(row["input_ids"]))] for row in rows]),
            "attention_mask": torch.tensor([[1] * own + [0] * (length - own) for own in lengths]),
        }
        targets = [row["target"] for row in rows]
        if self._name == "pairs":
            return {**batch, "labels": torch.tensor(targets)}
        if self._name == "qa":
            return {**batch, "start_positions": torch.tensor(targets)[:, 0], "end_positions": torch.tensor(targets)[:, 1]}
        return {**batch, "labels": torch.tensor([[-100, *target, *[-100] * (length - 1 - len(target))] for target in targets])}


class Rows(torch.utils.data.Dataset[dict[str, Any]]):
    """Rows in the order in which they are to be met."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        row = self._rows[place]
        return {"input_ids": row.ids, "target": row.target}


class Times(transformers.TrainerCallback):
    """The clock after every step."""

    def __init__(self, device: str) -> None:
        self._now, self.ends = clock(device), []

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Trainer calls it."""
        del args, state, control, rest
        self.ends.append(self._now())


def read_training(case: Case, manner: str) -> Reading:
    """Steps after the warm ones, by the clock at each."""
    work = case.work
    batches = _grouped(case) if manner == "grouped" else _ours(case)
    rows = [row for batch in batches for row in batch]
    collator, times = Collator(work, work.padded_to if manner == "script" else None), Times(case.device)
    with tempfile.TemporaryDirectory() as folder:
        recipe = recipe_of(case)
        arguments = _arguments(
            case, folder, max_steps=case.amount, per_device_train_batch_size=work.batch, train_sampling_strategy="sequential",
            learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, warmup_steps=round(recipe.warmup * case.amount),
            max_grad_norm=recipe.clip,
        )  # fmt: skip
        trainer = transformers.Trainer(_model(case), arguments, collator, train_dataset=Rows(rows), callbacks=[times])
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    seconds = times.ends[-1] - times.ends[case.warm - 1]
    real, padded = sum(collator.real[case.warm : case.amount]), sum(collator.all[case.warm : case.amount])
    return Reading(
        real / seconds, real / (case.amount - case.warm), 1 - real / padded, peak_bytes(case.device), context(rows), _clock_name(case)
    )  # fmt: skip


def read_evaluation(case: Case, manner: str) -> Reading:
    """`predict` over the rows, without decoding its logits: what the scripts do with them afterwards is not counted against it."""
    work = case.work
    rows = rows_of(work, case.sizes, case.warm + case.amount, SEED, classes_of(work))
    warm, timed = rows[: case.warm], rows[case.warm :]
    batch, low = SCRIPT_EVALUATION_BATCH, case.precision == "bfloat16"
    if manner in ("grouped", "autocast"):
        timed, batch = sorted(timed, key=lambda row: len(row.ids), reverse=True), GROUPED_EVALUATION_BATCH
    collator, now = Collator(work, work.padded_to if manner == "script" else None), clock(case.device)
    order = "group_by_length" if manner == "options" else "sequential"
    with tempfile.TemporaryDirectory() as folder:
        arguments = _arguments(
            case, folder, per_device_eval_batch_size=batch, bf16_full_eval=low and manner == "grouped", train_sampling_strategy=order
        )
        trainer = transformers.Trainer(_model(case), arguments, collator)
        trainer.remove_callback(PrinterCallback)
        trainer.predict(Rows(warm))
        done = len(collator.real)
        began = now()
        trainer.predict(Rows(timed))
        seconds = now() - began
    real, padded = sum(collator.real[done:]), sum(collator.all[done:])
    return Reading(real / seconds, real / len(timed) * batch, 1 - real / padded, peak_bytes(case.device), context(rows), _clock_name(case))


def _ours(case: Case) -> list[list[Row]]:
    """The batches of our own run, in its order."""
    work = case.work
    rows = rows_of(work, case.sizes, case.amount * work.batch, SEED, classes_of(work))
    order = epoch_batches(len(rows), work.batch, SEEDS.derive("order"))
    return [[rows[place] for place in next(order)] for _ in range(case.amount)]


def _grouped(case: Case) -> list[list[Row]]:
    """Batches of Trainer's own sampler: all of a pool of POOL or more, or `amount` evenly spread over it."""
    work = case.work
    count = max(POOL, case.amount)
    rows = rows_of(work, case.sizes, count * work.batch, SEED, classes_of(work))
    generator = torch.Generator().manual_seed(SEED)
    order = list(LengthGroupedSampler(work.batch, lengths=[len(row.ids) for row in rows], generator=generator))
    batches = [[rows[place] for place in order[start : start + work.batch]] for start in range(0, len(order), work.batch)]
    chosen = [batches[int((step + 0.5) * count / case.amount)] for step in range(case.amount)]
    return [chosen[place] for place in torch.randperm(len(chosen), generator=generator).tolist()]  # the warm steps are like the others


def _model(case: Case) -> Any:
    form = FORMS[TASKS[case.work.task].type]
    config = case.sizes.config()
    config.num_labels = classes_of(case.work)
    torch.manual_seed(SEED)
    return getattr(transformers, form.head).from_config(config, dtype=torch.float32)


def _arguments(case: Case, folder: str, **further: Any) -> Any:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    if not further.get("bf16_full_eval"):  # there the weights themselves are bfloat16, which is quicker than autocast
        further["bf16"] = case.precision == "bfloat16"
    return transformers.TrainingArguments(
        folder, use_cpu=not case.device.startswith("cuda"), save_strategy="no", logging_strategy="no", report_to=[], disable_tqdm=True,
        seed=SEED, optim="adamw_torch_fused", remove_unused_columns=False, dataloader_pin_memory=case.device.startswith("cuda"), **further,
    )  # fmt: skip


def _clock_name(case: Case) -> str:
    return "wall" if case.device.startswith("cuda") else "cpu"
