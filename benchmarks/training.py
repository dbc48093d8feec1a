"""Our fine-tuning and evaluation beside transformers' Trainer: the same encoder, examples, recipe and process settings, on one core.

    python benchmarks/training.py                 a random BERT of 4 layers, 256 wide, with 100,000 rows of embeddings: about a minute
    python benchmarks/training.py --model DIR     an encoder in a folder that transformers can read, e.g. the unpacked embedded one

Each side trains and evaluates in a process of its own, in turn, and twice; the better run of each counts. Prints real tokens a second
(padding is work, not output), the ratio, and the peak of memory. What the difference is made of: padded tokens never reach the layers,
and the embedding table has the rows that the examples use, where AdamW in Trainer moves all of them at every step.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from stiltsreport.execute.executors.local import ENVIRONMENT
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.models import MODELS
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import SentencePair

ROUNDS = 2
RECIPE = Recipe(learning_rate=2e-5, batch_size=32, steps=16, max_length=128, selection="last", evaluations=1)
TRAINING, EVALUATION = 512, 512
SIDES = ("ours", "Trainer", "Trainer, by length")


def examples(count: int, seed: int) -> list[SentencePair]:
    """Pairs of sentences as long as those of NLI: 3 to 40 words, most of them short."""
    generator = random.Random(seed)
    words = "the a man woman dog city red blue green sleeps eats runs who what where and of in to is was not".split()  # noqa: SIM905 - as text it is read

    def text() -> str:
        return " ".join(generator.choice(words) for _ in range(min(40, 3 + int(generator.expovariate(1 / 9)))))

    return [SentencePair(str(number), text(), text(), TASKS["xnli"].labels[number % 3]) for number in range(count)]


def make_encoder(folder: Path) -> Path:
    """A random BERT of 4 layers, 256 wide, with as large a table as multilingual encoders have, and a tokenizer of words."""
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    words = sorted({word for example in examples(200, 0) for word in example.first.split()})
    tokenizer = Tokenizer(models.WordLevel({piece: place for place, piece in enumerate([*special, *words])}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    folder.mkdir(parents=True)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>"
    ).save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=100_000, hidden_size=256, num_hidden_layers=4, num_attention_heads=4, intermediate_size=1024, pad_token_id=1
    )
    torch.manual_seed(0)
    transformers.BertModel(config).save_pretrained(folder)
    return folder


def ours(model: Path) -> dict[str, float]:
    """Seconds of our training and evaluation."""
    import torch

    from stiltsreport.modeling.encoder import load_pretrained
    from stiltsreport.modeling.finetune import EncodedSet, evaluate_set, finetune
    from stiltsreport.modeling.inference import cut_for, padding_for, with_table

    device = torch.device("cpu")
    encoder = load_pretrained(replace(MODELS["xlmr-base"], checkpoint=str(model)), None, model, offline=True)
    training, evaluation = (EncodedSet.of(TASKS["xnli"], examples(*of), encoder, RECIPE) for of in ((TRAINING, 1), (EVALUATION, 2)))
    found = finetune(encoder, training, None, RECIPE, Protocol(), Seeds(1, "target", ("benchmark",)), device)
    began = time.perf_counter()
    cut = cut_for(found.encoder, evaluation.features)
    evaluate_set(with_table(found.model, found.encoder, cut, device), evaluation, padding_for(encoder, cut, device), Protocol(), "en")
    seconds = time.perf_counter() - began
    tokens = sum(feature.tokens for feature in evaluation.features)
    return {"training": found.efficiency.tokens / found.efficiency.seconds, "evaluation": tokens / seconds}


def trainer(model: Path, *, by_length: bool) -> dict[str, float]:
    """The same with transformers' Trainer, padding each batch to its longest row."""
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    classifier = transformers.AutoModelForSequenceClassification.from_pretrained(model, num_labels=3, dtype=torch.float32)

    def rows(count: int, seed: int) -> list[dict[str, Any]]:
        labels = TASKS["xnli"].labels
        return [
            {
                **tokenizer(example.first, example.second, truncation=True, max_length=RECIPE.max_length, return_token_type_ids=True),
                "labels": labels.index(example.label),
            }
            for example in examples(count, seed)
        ]

    training, evaluation = rows(TRAINING, 1), rows(EVALUATION, 2)
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder, max_steps=RECIPE.steps or 0, per_device_train_batch_size=RECIPE.batch_size,
            per_device_eval_batch_size=RECIPE.batch_size,
            learning_rate=RECIPE.learning_rate, weight_decay=RECIPE.weight_decay, warmup_steps=2, optim="adamw_torch_fused", use_cpu=True,
            save_strategy="no", logging_strategy="no", report_to=[], disable_tqdm=True, seed=1,
            train_sampling_strategy="group_by_length" if by_length else "random",
        )  # fmt: skip
        worker = transformers.Trainer(
            classifier, arguments, train_dataset=training, data_collator=transformers.DataCollatorWithPadding(tokenizer)
        )
        began = time.perf_counter()
        worker.train()
        trained = time.perf_counter() - began
        if by_length:
            evaluation.sort(key=lambda row: len(row["input_ids"]))
        began = time.perf_counter()
        worker.predict(evaluation)
        evaluated = time.perf_counter() - began
    tokens = [sum(len(row["input_ids"]) for row in data) for data in (training, evaluation)]
    passes = (RECIPE.steps or 0) * RECIPE.batch_size / TRAINING
    return {"training": tokens[0] * passes / trained, "evaluation": tokens[1] / evaluated}


def one(side: str, model: Path) -> None:
    """One side in this process: its figures as a line of JSON."""
    import torch

    torch.set_num_threads(1)
    found = ours(model) if side == "ours" else trainer(model, by_length=side.endswith("by length"))
    print(json.dumps({**found, "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


def compare(model: Path) -> None:
    """All sides in turn, each in a fresh process with the settings of our workers."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(ROUNDS):
        for side in SIDES:
            command = [sys.executable, __file__, "--side", side, "--model", str(model)]
            done = subprocess.run(command, env={**os.environ, **ENVIRONMENT}, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            known = best.setdefault(side, found)
            best[side] = {key: (min if key == "bytes" else max)(known[key], value) for key, value in found.items()}
    print(f"{'':20}{'training':>20}{'evaluation':>20}{'peak memory':>14}")
    for side, found in best.items():
        cells = [f"{found[kind]:9,.0f}/s {best['ours'][kind] / found[kind]:5.2f} x" for kind in ("training", "evaluation")]
        print(f"{side:20}{cells[0]:>20}{cells[1]:>20}{found['bytes'] / 1e9:>11.2f} GB")
    print("tokens a second without padding; x: how many times as fast ours is")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of an encoder; default: a random one")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        one(given.side, given.model)
    elif given.model:
        compare(given.model)
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(make_encoder(Path(folder) / "encoder"))


if __name__ == "__main__":
    main()
