"""How much of a pretrained model trains: all of it, low-rank adapters beside its linear layers, or the head alone.

LoRA (Hu et al. 2021, arXiv 2106.09685) adds alpha / rank * B A to the weights of each adapted layer, A drawn, B zero at the start. DoRA
(Liu et al. 2024, arXiv 2402.09353) learns the norm of each row of the sum beside it. QLoRA (Dettmers et al. 2023, arXiv 2305.14314) is LoRA
on weights held in 4 bits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stiltsreport.errors import StiltsReportError

Method = Literal["full", "lora", "dora", "frozen"]
Stacking = Literal["merged", "stacked"]
ALL_LINEAR = ("all-linear",)
RANK = 16
# Alpha where a study names none, in ranks: as in DoRA's scripts (rank 32, alpha 64).
ALPHA_BY_RANK = 2.0
# The learning rate, in those of the recipe, which are of full fine-tuning. That adapters take rates of ten times and more is the papers'
# (LoRA, appendix D: a few 1e-4 for RoBERTa; QLoRA, appendix B; DoRA's scripts: 1e-4); the factor is our choice, so that the rates of tasks
# and of grids keep their ratio. So is that of a head alone.
RATE_FACTORS: Mapping[Method, float] = {"full": 1.0, "lora": 10.0, "dora": 10.0, "frozen": 100.0}
_OF_LOWEST = re.compile(r"\D+\.0\.(.+)")  # the path within the lowest block
_TITLES: Mapping[Method, str] = {"full": "full fine-tuning", "lora": "LoRA", "dora": "DoRA", "frozen": "frozen encoder"}


@dataclass(frozen=True)
class Adaptation:
    """What of a model trains, and how; `suffix` names the arm: xlmr-base+lora.

    `bits` 4: the weights that do not train are held in 4 bits. `alpha` / `rank` scales an adapter's product. `targets`: "all-linear" (every
    linear layer of every block, which QLoRA needed to match full fine-tuning, section 4), or names of linear layers as peft takes them.
    `stack`: the target training starts from the intermediate training's adapter merged into the weights, or adds its own beside that one,
    which no longer trains; beside weights in 4 bits always the latter. `rate_factor` times the recipe's learning rate is that of the
    adapters and the head. `label` names the arm where a model stands with two adaptations of one method; it enters no id.

    "frozen": the head alone trains on the target. The intermediate training is then full: with a frozen encoder it would leave nothing.
    """

    method: Method = "full"
    bits: Literal[4] | None = None
    rank: int = RANK
    alpha: float = RANK * ALPHA_BY_RANK
    dropout: float = 0.0
    targets: tuple[str, ...] = ALL_LINEAR
    stack: Stacking = "merged"
    rate_factor: float = 1.0
    label: str = ""

    @property
    def low_rank(self) -> bool:
        """Whether adapters train, and not the weights themselves."""
        return self.method in ("lora", "dora")

    def stands_beside(self, name: str) -> bool:
        """Whether a linear layer of a block, by the path of its module, has an adapter.

        >>> Adaptation("lora", targets=("query", "1.output.dense")).stands_beside("encoder.layer.0.attention.self.query")
        True
        >>> Adaptation("lora", targets=("query", "1.output.dense")).stands_beside("encoder.layer.0.output.dense")
        False
        """
        return self.low_rank and (self.targets == ALL_LINEAR or any(_means(target, name) for target in self.targets))

    @property
    def suffix(self) -> str:
        """What follows the model's name and a plus: "lora", "qlora"; empty where all of it trains."""
        if self.method == "full":
            return self.label
        return self.label or ("q" if self.bits else "") + self.method

    @property
    def title(self) -> str:
        """In words, as captions have it: LoRA, rank 16; with the name that a study gives it.

        >>> Adaptation("dora", rank=8).title, Adaptation("lora", bits=4).title, Adaptation("frozen").title
        ('DoRA, rank 8', '4-bit LoRA, rank 16', 'frozen encoder')
        >>> Adaptation("lora", targets=("query",), label="queries").title
        'LoRA, rank 16, queries'
        """
        words = f"{self.bits}-bit {_TITLES[self.method]}" if self.bits else _TITLES[self.method]
        words += f", rank {self.rank}" if self.low_rank else ""
        words += ", stacked" if self.low_rank and self.stack == "stacked" and not self.bits else ""
        return words + (f", {self.label}" if self.label else "")

    @property
    def details(self) -> str:
        """All that a table of recipes should say of it.

        >>> Adaptation("lora", rank=8, alpha=16.0, dropout=0.1, targets=("query", "value")).details
        'LoRA, rank 8, alpha 16, dropout 0.1, beside query and value'
        """
        if not self.low_rank:
            return self.title
        beside = "all linear layers" if self.targets == ALL_LINEAR else " and ".join(self.targets)
        return f"{self.title}, alpha {self.alpha:g}, dropout {self.dropout:g}, beside {beside}"

    def at(self, stage: Literal["intermediate", "target"]) -> Adaptation:
        """The adaptation of one stage: a frozen encoder is frozen on the target alone."""
        return FULL if self.method == "frozen" and stage == "intermediate" else self

    @property
    def ingredients(self) -> dict[str, Any]:
        """What of it enters the id of a training: empty where the recipe says it all. The rate is in the recipe."""
        if not self.low_rank:
            return {}
        found: dict[str, Any] = {
            "method": self.method,
            "rank": self.rank,
            "alpha": self.alpha,
            "dropout": self.dropout,
            "targets": sorted(set(self.targets)),
        }
        return found | ({"bits": self.bits} if self.bits else {}) | ({"stack": self.stack} if self.stack != "merged" else {})


def check_targets(adaptation: Adaptation, layers: Sequence[str], where: str) -> None:
    """Raise StiltsReportError where an entry of `targets` means none of a model's linear layers, which are given by their paths."""
    if not adaptation.low_rank or adaptation.targets == ALL_LINEAR:
        return
    strange = [target for target in adaptation.targets if not any(_means(target, layer) for layer in layers)]
    if strange:
        lowest = [found[1] for layer in layers if (found := _OF_LOWEST.match(layer))]
        what = f"no linear layer {' or '.join(map(repr, strange))}"
        raise StiltsReportError(what, where=where, hint=f"the layers of a block: {', '.join(lowest)}")


def _means(target: str, layer: str) -> bool:
    """By the whole of its path, or by how that ends, as peft takes names."""
    return f".{layer}".endswith(f".{target}")


FULL = Adaptation()
