"""Recipes: the named hyperparameters of one training stage, and the protocol by which its tasks are evaluated."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal

from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import by_name

Precision = Literal["float32", "bfloat16"]
Attention = Literal["pretrained", "causal", "bidirectional"]


@dataclass(frozen=True)
class Recipe:
    """How one model is trained on one task. Every entry that applies to the task's type is part of the job's id.

    `epochs` passes over the training set, or `steps` optimizer steps where that is given. `warmup` is a share of the steps,
    unless `warmup_steps` is given; the learning rate then falls linearly to 0. Weight decay leaves out biases and LayerNorm.
    Lengths are in tokens. `evaluations` of the English dev set are spread over the run; "best" keeps the best of
    them by the task's value, "last" keeps the end, "average" the mean of the weights at each of them (Schmidt et al. 2023, Free Lunch).
    `dropout` None: what the checkpoint's configuration says.

    `layer_decay` multiplies the learning rate once for each layer below the head (Sun et al. 2019, section 5.3.4). `trained` "head" leaves
    the encoder as it is (probing); `frozen_layers` counts from the lowest, and `frozen_embeddings` are those below them. `attention` of a
    decoder: "causal", each token sees those to its left, or "bidirectional", all; "pretrained": as the model was (encoders: all).

    `optimizer` "adamw-8bit" holds AdamW's moments in 8 bits (Dettmers et al. 2022, arXiv 2110.02861), on CUDA alone. `recompute`: layers
    compute their activations again on the way back; "auto": where memory asks for it. `offload` "cpu": what is trained and its moments lie
    in the host's memory. The last two move no number but by float noise and are part of no id.

    Of masked language modelling: `masked_share` of the tokens are predicted, 80 % of them masked, 10 % replaced, 10 % kept (Devlin et al.
    2019); `vocabulary` "whole": the softmax is over all tokens, "met": over those that the training's texts hold, far cheaper on a CPU.
    """

    learning_rate: float = 1e-5
    batch_size: int = 32
    epochs: float = 3
    steps: int | None = None
    warmup: float = 0.1
    warmup_steps: int | None = None
    weight_decay: float = 0.01
    adam_epsilon: float = 1e-8
    adam_beta1: float = 0.9
    adam_beta2: float = 0.999
    clip: float = 1.0
    dropout: float | None = None
    max_length: int = 256
    document_stride: int = 128
    query_length: int = 96
    passage_length: int = 256
    scale: float = 100.0
    selection: Literal["best", "last", "average"] = "best"
    evaluations: int = 5
    patience: int | None = None
    selection_examples: int | None = 500
    precision: Precision = "float32"
    layer_decay: float = 1.0
    trained: Literal["all", "head"] = "all"
    frozen_layers: int = 0
    frozen_embeddings: bool = False
    attention: Attention = "pretrained"
    optimizer: Literal["adamw", "adamw-8bit"] = "adamw"
    recompute: Literal["auto", "never", "always"] = "auto"
    offload: Literal["none", "cpu"] = "none"
    masked_share: float = 0.15
    vocabulary: Literal["whole", "met"] = "whole"


@dataclass(frozen=True)
class Protocol:
    """How a checkpoint is turned into scores: the choices that move a number (XTREME's traps), none of them silent.

    `layer`: "model" (the model's record, 7/12 of the depth where nothing else is known), "last", a number (hidden_states index; 0 is the
    embedding output), or a fraction of the depth such as "7/12" (X-STILTs' 14 of 24). `pooling` and `prefix` likewise. `seqeval`: the
    convention of span F1. `attention` as in Recipe.
    """

    layer: str = "model"
    pooling: Literal["model", "mean", "cls", "last"] = "model"
    prefix: str = "model"
    retrieval_length: int = 512
    queries: Literal["english", "other"] = "english"
    neighbours: int = 4
    margin: Literal["ratio", "distance", "absolute"] = "ratio"
    threshold: Literal["dev"] = "dev"
    seqeval: Literal["0.0.12", "1.2.2"] = "0.0.12"
    n_best: int = 20
    max_answer_length: int = 30
    max_length: int = 256
    document_stride: int = 128
    query_length: int = 96
    passage_length: int = 256
    precision: Precision = "float32"
    attention: Attention = "pretrained"


_LAYER = re.compile(r"last|[0-9]{1,9}|[0-9]{1,9}/0*[1-9][0-9]{0,8}")


def layer_index(layer: str, depth: int, where: str = "recipe: layer") -> int:
    """The place in hidden_states (0 is the embedding output) that a protocol's `layer` means in a model of that depth.

    "last"; a number; or a fraction of the depth, rounded to the nearest layer: X-STILTs' 14 of 24 is 7/12 (Phang et al. 2020). Raises
    StiltsReportError for other words, and for a layer that the model lacks.

    >>> layer_index("7/12", 24), layer_index("7/12", 12), layer_index("last", 12), layer_index("14", 24)
    (14, 7, 12, 14)
    """
    if not _LAYER.fullmatch(layer) or ("/" in layer and Fraction(layer) > 1):
        raise StiltsReportError(
            f"{layer!r} is no layer", where=where, hint="last, a number from 0, or a fraction of the depth such as 7/12"
        )
    index = depth if layer == "last" else round(Fraction(layer) * depth) if "/" in layer else int(layer)
    if index > depth:
        hint = f"0 to {depth}, 'last', or a fraction such as 7/12"
        raise StiltsReportError(f"layer {layer} of a model with {depth} layers", where=where, hint=hint)
    return index


Changes = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class RecipeBook:
    """A recipe by name: one base and one protocol, and the changes that each task makes to them."""

    name: str
    title: str
    citation: str
    base: Recipe
    protocol: Protocol = Protocol()
    by_task: tuple[tuple[str, Changes], ...] = ()
    note: str = ""
    protocol_by_task: tuple[tuple[str, Changes], ...] = ()

    def training(self, task: str) -> Recipe:
        """The recipe for training on that task."""
        return replace(self.base, **dict(dict(self.by_task).get(task, ())))

    def evaluation(self, task: str) -> Protocol:
        """The protocol for evaluating that task: lengths and precision are those it is trained with."""
        recipe = asdict(self.training(task))
        shared = {f.name for f in fields(Protocol)} & set(recipe)
        return replace(self.protocol, **dict(dict(self.protocol_by_task).get(task, ())), **{name: recipe[name] for name in shared})


# The first says nothing where the second is given.
INSTEAD = {"epochs": "steps", "warmup": "warmup_steps"}

_NO_WARMUP: Changes = (("warmup", 0.0), ("weight_decay", 0.0), ("learning_rate", 2e-5), ("epochs", 5), ("max_length", 128))
_TAGGING: Changes = (*_NO_WARMUP[:3], ("epochs", 10), ("max_length", 128))
_SPAN: Changes = (("learning_rate", 3e-5), ("epochs", 3), ("max_length", 384), ("warmup_steps", 500), ("weight_decay", 1e-4))

_BASELINE = Recipe(learning_rate=2e-5, epochs=5, warmup=0.0, weight_decay=0.0, max_length=128)
_BASELINE_BY_TASK: tuple[tuple[str, Changes], ...] = (
    ("udpos", _TAGGING),
    ("panx", _TAGGING),
    *((name, _SPAN) for name in ("squad", "squad2", "qamr", "xquad", "mlqa", "tydiqa")),
    ("lareqa", (("learning_rate", 2e-5), ("epochs", 3), ("batch_size", 16))),
    ("mewslix", (("learning_rate", 1e-5), ("epochs", 2), ("query_length", 64), ("passage_length", 64))),
)

RECIPES = by_name(
    (
        RecipeBook(
            name="xstilts-intermediate",
            title="Intermediate training as in X-STILTs",
            citation="phang2020english",
            base=Recipe(epochs=3, evaluations=10, patience=30),
            by_task=(
                ("squad", (("max_length", 384), ("batch_size", 16))),
                ("squad2", (("max_length", 384), ("batch_size", 16))),
                ("qamr", (("max_length", 384), ("batch_size", 16))),
            ),
            note="Optimizer, learning rate, decay and warm-up as the authors' code sets them; the number of epochs is not "
            "published, 3 is our choice.",
        ),
        RecipeBook(
            name="xstilts-target",
            title="Target training as in X-STILTs",
            citation="phang2020english",
            base=Recipe(epochs=2, evaluations=10, patience=30),
            by_task=(
                ("pawsx", (("epochs", 5),)),
                ("udpos", (("epochs", 10),)),
                ("panx", (("epochs", 10),)),
                ("squad", (("max_length", 384), ("batch_size", 16))),
                ("xquad", (("max_length", 384), ("batch_size", 16))),
                ("mlqa", (("max_length", 384), ("batch_size", 16))),
                ("tydiqa", (("max_length", 384), ("batch_size", 16))),
                ("siqa", (("learning_rate", 2e-5), ("epochs", 5), ("max_length", 128))),
                ("copa", (("learning_rate", 2e-5), ("epochs", 5), ("max_length", 128))),
                ("xcopa", (("learning_rate", 2e-5), ("epochs", 5), ("max_length", 128))),
                ("lareqa", (("learning_rate", 2e-5), ("epochs", 3), ("batch_size", 16))),
                ("mewslix", (("learning_rate", 1e-5), ("epochs", 2), ("query_length", 64), ("passage_length", 64))),
            ),
            note="Sentence vectors as the model's record says: for untuned encoders the paper's layer 14 of 24, written as 7/12 of the "
            "depth so that it means the same in a model of another size. The authors evaluate every 1,000 steps and stop after 30 "
            "evaluations without gain; here ten evaluations are spread over the run, so that short runs select too.",
        ),
        RecipeBook(
            name="xtreme-baseline",
            title="Fine-tuning as in the XTREME baselines",
            citation="hu2020xtreme",
            base=_BASELINE,
            by_task=_BASELINE_BY_TASK,
        ),
        *(
            RecipeBook(
                name=name,
                title=f"Fine-tuning and retrieval as in the XTREME baselines, {pooling_title}",
                citation="hu2020xtreme",
                base=_BASELINE,
                by_task=_BASELINE_BY_TASK,
                protocol=Protocol(layer="7/12", pooling="mean", prefix=""),
                protocol_by_task=(("bucc2018", (("layer", "5/6"), ("pooling", pooling))),),
                note="Tatoeba by the mean of the 14th of 24 layers, BUCC by the 20th, written as shares of the depth. The released script "
                "asks for the first token on BUCC and took the mean until October 2021, which the published numbers need.",
            )
            for name, pooling, pooling_title in (
                ("xtreme-retrieval", "mean", "BUCC by the mean of all tokens"),
                ("xtreme-retrieval-cls", "cls", "BUCC by the first token"),
            )
        ),
        RecipeBook(
            name="mosbach-stable",
            title="Fine-tuning against collapse, as in Mosbach et al.",
            citation="mosbach2021stability",
            base=Recipe(learning_rate=2e-5, batch_size=16, epochs=20, adam_epsilon=1e-6, max_length=128, evaluations=20),
            by_task=tuple((name, (("max_length", 384),)) for name in ("squad", "squad2", "qamr", "xquad", "mlqa", "tydiqa")),
            note="AdamW with bias correction, a small learning rate with warm-up, and many epochs, for the small sets on which fine-tuning "
            "collapses; epsilon, clipping and length as the authors' configurations set them. They evaluate three times an epoch, "
            "here it is once. The length of question answering is XTREME's.",
        ),
    )
)
