"""Make the models of model_sizes_sample.yaml: the embedded encoder at several depths, each taught by the whole one.

`python studies/model_sizes_sample/make.py --data DIR` writes transformers folders to build/model_sizes_sample/layers-N. DIR/mlm/ holds
unlabelled text, a sentence a line: sentences/LANGUAGE.txt[.gz] and udhr/LANGUAGE.txt[.gz], in as many languages as there are.

1. The vocabulary is cut to the pieces that the text holds five times or more, and to all single characters: most of the encoder's 250,037
   rows belong to words that are not met here, and would hide that the sizes differ. All sizes have the same pieces.
2. N of the 12 layers are kept, evenly spaced and the last among them. The embeddings stay as they are.
3. They are trained to give the whole encoder's last hidden states again, token by token (a loss of DistilBERT, Sanh et al. 2019,
   arXiv 1910.01108): the loss is the share of the variance of these states that is not explained. No label is seen. All sizes learn from
   the same batches. Twelve layers are the whole encoder, with nothing left to learn.

The share that stays unexplained on held-out sentences is printed and written to made.json beside the models.
"""
# ruff: noqa: INP001, T201 - a script beside its study, no package

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor

from stiltsreport.modeling.embedded import materialise

HERE = Path(__file__).resolve().parent
DEFAULT = HERE.parent.parent / "build" / "model_sizes_sample"
WHOLE = 12
LONGEST = 64  # tokens of a line that are read
HELD_OUT = 100  # every so many lines one is held out
POOL = 32  # batches that are sorted by length together
OFTEN = 5  # a piece that is met so many times keeps its row
SPECIAL = 4  # <s>, <pad>, </s> and <unk> come first


def main(arguments: Sequence[str]) -> int:
    """Make them, and say what came out."""
    options = _parser().parse_args(arguments)
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    lines = texts(options.data / "mlm")
    if not lines:
        print(f"{options.data / 'mlm'} holds no sentences/LANGUAGE.txt and no udhr/LANGUAGE.txt", file=sys.stderr)
        return 2
    options.to.mkdir(parents=True, exist_ok=True)
    whole = options.to / f"layers-{WHOLE}"
    with tempfile.TemporaryDirectory() as scratch:
        cut_vocabulary(materialise(Path(scratch) / "encoder"), lines, whole)
    tokenizer = transformers.AutoTokenizer.from_pretrained(whole)
    teacher = transformers.BertModel.from_pretrained(whole, add_pooling_layer=False).eval()
    students = {depth: shallow(teacher, depth).train() for depth in options.layers if depth < WHOLE}
    rows = [ids[:LONGEST] for ids in tokenizer(lines, truncation=True, max_length=LONGEST)["input_ids"]]
    held, used = rows[::HELD_OUT], [row for place, row in enumerate(rows) if place % HELD_OUT]
    before = {depth: unexplained(student, teacher, held, options.batch) for depth, student in students.items()}
    began = time.monotonic()
    distil(students, teacher, used, options)
    trained = time.monotonic() - began
    made = {
        "sentences": len(lines),
        "vocabulary": teacher.config.vocab_size,
        "steps": options.steps,
        "batch": options.batch,
        "seed": options.seed,
    }
    made["unexplained"] = {}
    for depth, student in students.items():
        folder = options.to / f"layers-{depth}"
        student.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        left = unexplained(student.eval(), teacher, held, options.batch)
        made["unexplained"][str(depth)] = {"before": round(before[depth], 4), "after": round(left, 4)}
        count = sum(weight.numel() for weight in student.parameters())
        print(
            f"{folder}: {count / 1e6:.1f}M parameters; {left:.1%} of the variance unexplained on held-out text, {before[depth]:.1%} before"
        )
    (options.to / "made.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(f"{whole}: {size(teacher)}, the whole encoder")
    print(f"{trained:.0f} s of training")
    return 0


def size(model: Any) -> str:
    """Its weights, in words."""
    return f"{sum(weight.numel() for weight in model.parameters()) / 1e6:.1f}M parameters"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make the models of model_sizes_sample.yaml.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="holds mlm/sentences/LANGUAGE.txt[.gz]")
    parser.add_argument("--to", type=Path, default=DEFAULT, metavar="DIR", help="where the models are written (default: %(default)s)")
    parser.add_argument("--layers", type=int, nargs="+", default=[3, 6, 9], choices=range(1, WHOLE), metavar="N")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch", type=int, default=32, help="sentences of a step")
    parser.add_argument("--rate", type=float, default=4e-4, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser


def texts(folder: Path) -> list[str]:
    """Every line, in the order of the files' names."""
    found: list[str] = []
    for file in sorted([*folder.glob("sentences/*.txt*"), *folder.glob("udhr/*.txt*")]):
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        found += [line.strip() for line in content.decode("utf-8").splitlines() if line.strip()]
    return found


def cut_vocabulary(encoder: Path, lines: Sequence[str], folder: Path) -> None:
    """Write the encoder with the rows alone that the lines use, single characters and special tokens."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(encoder)
    model = transformers.BertModel.from_pretrained(encoder, add_pooling_layer=False)
    document = json.loads((encoder / "tokenizer.json").read_text(encoding="utf-8"))
    pieces = document["model"]["vocab"]
    met = Counter(piece for row in tokenizer(list(lines))["input_ids"] for piece in row)
    mask = len(pieces) - 1
    kept = [
        place
        for place, (piece, _) in enumerate(pieces)
        if place < SPECIAL or place == mask or met[place] >= OFTEN or len(piece.lstrip("▁")) <= 1
    ]
    document["model"]["vocab"] = [pieces[place] for place in kept]
    places = {pieces[old][0]: new for new, old in enumerate(kept)}
    for token in document["added_tokens"]:
        token["id"] = places[token["content"]]
    model.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(
        model.embeddings.word_embeddings.weight.detach()[kept].clone(), padding_idx=model.config.pad_token_id
    )
    model.config.vocab_size = len(kept)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    shutil.copy(encoder / "tokenizer_config.json", folder)


def kept_layers(depth: int) -> list[int]:
    """Which of the whole encoder's layers stay, from 0: evenly spaced, the last among them.

    >>> kept_layers(3), kept_layers(9)
    ([3, 7, 11], [0, 2, 3, 4, 6, 7, 8, 10, 11])
    """
    return [round((place + 1) * WHOLE / depth) - 1 for place in range(depth)]


def shallow(teacher: Any, depth: int) -> Any:
    """A new encoder of these layers, with the same embeddings, which are not trained."""
    config = type(teacher.config).from_dict({**teacher.config.to_dict(), "num_hidden_layers": depth})
    student = transformers.BertModel(config, add_pooling_layer=False)
    student.embeddings.load_state_dict(teacher.embeddings.state_dict())
    for own, old in enumerate(kept_layers(depth)):
        student.encoder.layer[own].load_state_dict(teacher.encoder.layer[old].state_dict())
    student.embeddings.requires_grad_(requires_grad=False)
    return student


def padded(rows: Sequence[Sequence[int]], padding: int) -> dict[str, Tensor]:
    """Rows of token ids as one batch."""
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[padding] * (longest - len(row))] for row in rows])
    return {"input_ids": ids, "attention_mask": (ids != padding).long()}


def shares(student: Any, target: Tensor, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """(squared error, squared deviation of the target from its mean), summed over the tokens of a batch."""
    with torch.autocast("cpu", torch.bfloat16):
        given = student(**batch).last_hidden_state
    real = batch["attention_mask"].bool()
    wanted = target[real]
    return (given[real].float() - wanted).square().sum(), (wanted - wanted.mean(0)).square().sum()


def hidden(teacher: Any, batch: dict[str, Tensor]) -> Tensor:
    """The whole encoder's last hidden states."""
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        return teacher(**batch).last_hidden_state.float()


def unexplained(student: Any, teacher: Any, rows: Sequence[Sequence[int]], batch: int) -> float:
    """The share of the variance of the teacher's states that the student's do not explain."""
    errors, deviations = 0.0, 0.0
    student.eval()
    ordered = sorted(rows, key=len)
    with torch.no_grad():
        for at in range(0, len(ordered), batch):
            inputs = padded(ordered[at : at + batch], teacher.config.pad_token_id)
            error, deviation = shares(student, hidden(teacher, inputs), inputs)
            errors, deviations = errors + float(error), deviations + float(deviation)
    student.train()
    return errors / deviations


def batches(rows: Sequence[list[int]], options: argparse.Namespace) -> Iterator[list[list[int]]]:
    """Batches of rows of about one length, in an order drawn anew each time that all have been read."""
    generator = torch.Generator().manual_seed(options.seed)
    size = options.batch * POOL
    while True:
        order = torch.randperm(len(rows), generator=generator).tolist()
        for begin in range(0, len(order) - options.batch + 1, size):
            pool = sorted((rows[place] for place in order[begin : begin + size]), key=len)
            cuts = [pool[at : at + options.batch] for at in range(0, len(pool), options.batch)]
            yield from (cuts[place] for place in torch.randperm(len(cuts), generator=generator).tolist())


def distil(students: dict[int, Any], teacher: Any, rows: Sequence[list[int]], options: argparse.Namespace) -> None:
    """Train every student on the same batches; the rate rises for a tenth of the steps and falls to nothing."""
    optimizers = {
        depth: torch.optim.AdamW([w for w in student.parameters() if w.requires_grad], lr=options.rate, weight_decay=0.01)
        for depth, student in students.items()
    }
    for student in students.values():
        for part in student.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = 0.0
    warm = max(1, options.steps // 10)
    for step, rows_now in zip(range(options.steps), batches(rows, options), strict=False):
        inputs = padded(rows_now, teacher.config.pad_token_id)
        target = hidden(teacher, inputs)
        factor = min((step + 1) / warm, (options.steps - step) / max(1, options.steps - warm))
        losses = []
        for depth, student in students.items():
            error, deviation = shares(student, target, inputs)
            loss = error / deviation
            loss.backward()
            torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            for group in optimizers[depth].param_groups:
                group["lr"] = options.rate * factor
            optimizers[depth].step()
            optimizers[depth].zero_grad(set_to_none=True)
            losses.append(f"{depth} layers {loss.item():.3f}")
        if step % 50 == 0 or step + 1 == options.steps:
            print(f"step {step + 1} of {options.steps}: {', '.join(losses)}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
