"""What training and evaluation are timed on: shapes of encoders with random weights, and batches of random ids as long as real texts.

Lengths are log-normal and capped; `spread` is the standard deviation of their logarithm, chosen so that a batch padded to its longest row
is padding by as much as batches of XNLI, SQuAD and PAN-X are (about .57, .44 and .47). Ids follow Zipf's law over 40,000 types, which lie
anywhere in the table: about what a fine-tuning meets of 250,000.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

TYPES = 40_000  # different ids that a data set holds
SPECIAL = 5  # ids below are <s>, <pad>, </s>, <unk>, <mask>
BEGIN, PAD, END = 0, 1, 2
CHARACTERS = "x "  # what a made-up context is made of: two for each token


@dataclass(frozen=True)
class Shape:
    """An encoder's sizes; `family` is transformers' model_type, `further` what else its configuration says."""

    name: str
    layers: int
    width: int
    heads: int
    family: str = "xlm-roberta"
    rows: int = 250_002
    positions: int = 514
    further: tuple[tuple[str, int], ...] = ()

    @property
    def weights(self) -> int:
        """Weights that every token is multiplied with: the products of the layers, without embeddings, biases and heads."""
        return self.layers * 12 * self.width**2

    def flops(self, context: float, *, training: bool) -> float:
        """Floating point operations a real token needs: 6N + 12LHc with gradients, 2N + 4LHc without; `context`: tokens it attends to."""
        attention = 4.0 * self.layers * self.width * context
        return (3.0 if training else 1.0) * (2.0 * self.weights + attention)

    def config(self) -> Any:
        """The configuration of it in transformers, with dropout 0.1 everywhere as in XLM-R."""
        import transformers

        sizes: dict[str, Any] = {
            "vocab_size": self.rows, "hidden_size": self.width, "num_hidden_layers": self.layers, "num_attention_heads": self.heads,
            "intermediate_size": 4 * self.width, "max_position_embeddings": self.positions,
            "type_vocab_size": 2 if self.family == "bert" else 1, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
            "bos_token_id": BEGIN, "pad_token_id": PAD, "eos_token_id": END,
        }  # fmt: skip
        return transformers.AutoConfig.for_model(self.family, **{**sizes, **dict(self.further)})


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("embedded", 12, 384, 12, "bert", 250_037, 512),
        Shape("small", 6, 384, 12),
        Shape("base", 12, 768, 12),
        Shape("large", 24, 1024, 16),
        Shape("xl", 36, 2560, 32, "xlm-roberta-xl", 250_880),
        Shape("xxl", 48, 4096, 32, "xlm-roberta-xl", 250_880),
        Shape(
            "qwen3-14b",
            40,
            5120,
            40,
            "qwen3",
            151_936,
            40_960,
            further=(("intermediate_size", 17_408), ("num_key_value_heads", 8), ("head_dim", 128)),
        ),
        Shape("tiny", 2, 32, 2, rows=60_000),
        Shape("tiny-xl", 2, 32, 2, "xlm-roberta-xl", 60_000),
        Shape(
            "tiny-qwen3",
            2,
            32,
            2,
            "qwen3",
            60_000,
            4_096,
            further=(("intermediate_size", 96), ("num_key_value_heads", 1), ("head_dim", 16)),
        ),
    )
}


@dataclass(frozen=True)
class Workload:
    """Examples of one kind: mean length and cap in tokens, examples a step, the task whose form they take, the script's padding.

    `padded_to`: the length to which transformers' example script of that kind pads every row; None where it pads each batch to its longest.
    """

    name: str
    task: str
    mean: int
    cap: int
    spread: float
    batch: int
    padded_to: int | None
    script: str

    def with_tokens(self, tokens: int) -> Workload:
        """The same examples, as many a step as make about `tokens` tokens."""
        return replace(self, batch=max(1, round(tokens / self.mean)))


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("pairs", "xnli", 40, 128, 0.46, 32, 128, "run_xnli"),
        Workload("qa", "squad", 170, 384, 0.42, 12, 384, "run_qa"),
        Workload("tagging", "panx", 30, 128, 0.56, 8, None, "run_ner"),
    )
}


@dataclass(frozen=True)
class Row:
    """One made-up example: its ids, and what its task predicts (a class; first and last token of the answer; a class a token)."""

    ids: tuple[int, ...]
    target: int | tuple[int, ...]


def rows_of(workload: Workload, shape: Shape, count: int, seed: int, classes: int) -> list[Row]:
    """`count` rows; the same for the same arguments."""
    generator = np.random.default_rng(seed)
    middle = np.log(workload.mean) - workload.spread**2 / 2
    lengths = np.clip(np.exp(generator.normal(middle, workload.spread, count)).round().astype(int), 4, workload.cap)
    known = np.random.default_rng(0).choice(np.arange(SPECIAL, shape.rows), min(TYPES, shape.rows - SPECIAL), replace=False)
    share = 1.0 / np.arange(1, len(known) + 1)
    drawn = known[np.searchsorted(np.cumsum(share / share.sum()), generator.random(int(lengths.sum())).clip(max=1 - 1e-9))]
    rows, start = [], 0
    for length in lengths.tolist():
        ids = (BEGIN, *drawn[start : start + length - 2].tolist(), END)
        start += length
        rows.append(Row(ids, _target(workload, len(ids), classes, generator)))
    return rows


def _target(workload: Workload, length: int, classes: int, generator: np.random.Generator) -> int | tuple[int, ...]:
    if workload.name == "pairs":
        return int(generator.integers(classes))
    if workload.name == "qa":
        first = int(generator.integers(1, length - 1))
        return first, min(length - 2, first + int(generator.integers(4)))
    return tuple(generator.integers(classes, size=length - 2).tolist())


def context(rows: list[Row]) -> float:
    """Tokens that a token attends to, on the mean: those of its own row."""
    lengths = np.array([len(row.ids) for row in rows], dtype=float)
    return float((lengths**2).sum() / lengths.sum())
