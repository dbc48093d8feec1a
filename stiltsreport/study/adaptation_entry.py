"""Adaptations as a study file writes them: a name, or a mapping with rank and the rest; and the adapted model that an entry means."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from stiltsreport.adaptation import ALL_LINEAR, ALPHA_BY_RANK, RANK, RATE_FACTORS, Adaptation, Method
from stiltsreport.models import Model
from stiltsreport.study.entry import Entry, listed
from stiltsreport.study.numbers import Count, Positive

_OF_ADAPTERS = ("rank", "alpha", "dropout", "targets", "stack", "bits")


class AdaptationEntry(Entry):
    """How much of a model trains; `qlora` is lora with `bits: 4`. `rate_factor`: learning rates in those of the recipe.

    `name` is what follows the model's name and a plus, where a model stands with two adaptations of one method.
    """

    method: Literal["full", "lora", "dora", "qlora", "frozen"]
    """What trains."""
    rank: Count | None = None
    """Of the adapters."""
    alpha: Positive | None = None
    """Their scale times the rank."""
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Before the adapters."""
    targets: Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(listed), Field(min_length=1)] | None = None
    """Which linear layers have one."""
    stack: Literal["merged", "stacked"] | None = None
    """Whether the intermediate adapter is merged into the weights, or stays under the target's."""
    bits: Literal[4] | None = None
    """Of the frozen weights; needs CUDA."""
    rate_factor: Positive | None = None
    """Learning rates in those of the recipe."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] | None = None
    """What follows the model's name and a plus."""

    @model_validator(mode="after")
    def _of_its_method(self) -> Self:
        if self.method in ("full", "frozen"):
            strange = next((key for key in _OF_ADAPTERS if getattr(self, key) is not None), None)
            if strange is not None:
                raise ValueError(f"{strange!r} says nothing of {self.method!r}: it is of lora, dora and qlora")
        if self.method == "full" and (self.rate_factor is not None or self.name is not None):
            raise ValueError("full fine-tuning trains by the recipe: it has no keys of its own")
        if self.targets is not None and len(self.targets) > 1 and ALL_LINEAR[0] in self.targets:
            raise ValueError("'all-linear' stands alone in targets")
        if self.stack == "merged" and (self.bits or self.method == "qlora"):
            raise ValueError("weights in 4 bits would round an adapter away that is merged into them: `stack: stacked`")
        return self

    def resolved(self) -> Adaptation:
        """With the defaults of its method."""
        method: Method = "lora" if self.method == "qlora" else self.method
        rank = self.rank or RANK
        bits: Literal[4] | None = 4 if self.method == "qlora" else self.bits
        return Adaptation(
            method=method,
            bits=bits,
            rank=rank,
            alpha=float(self.alpha or ALPHA_BY_RANK * rank),
            dropout=float(self.dropout or 0.0),
            targets=tuple(dict.fromkeys(self.targets or ALL_LINEAR)),
            stack=self.stack or ("stacked" if bits else "merged"),
            rate_factor=float(self.rate_factor or RATE_FACTORS[method]),
            label=self.name or "",
        )


def adapted(model: Model, adaptation: Adaptation) -> Model:
    """The model as an arm of its own: xlmr-base+lora; what is adapted in full keeps its name."""
    if not adaptation.suffix:
        return model
    return replace(model, name=f"{model.name}+{adaptation.suffix}", title=f"{model.title} ({adaptation.title})", adaptation=adaptation)
