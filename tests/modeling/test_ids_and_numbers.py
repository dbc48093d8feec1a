"""An id changes when numbers do, and only then: every entry changed alone, the id beside what a tiny model makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.methods import PROPORTIONAL, Perturbation, Sampling
from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.encoder import Encoder, load_pretrained
from stiltsreport.modeling.finetune import Finetuned, finetune
from stiltsreport.modeling.retrieval import sentence_encoder
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.models import Model
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Evaluate, Part, Pretrained, Train
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import Passage
from stiltsreport.tasks.sources import Source
from tests.architectures import make_architecture
from tests.modeling.small import NAMES, encoded, texts

CPU = torch.device("cpu")
MLM = "masked_language_modelling"
RECIPE = Recipe(
    learning_rate=2e-3, batch_size=8, epochs=2, warmup=0.3, weight_decay=0.2, max_length=48, document_stride=16, query_length=24,
    passage_length=24, evaluations=3, selection_examples=16,
)  # fmt: skip


@dataclass(frozen=True)
class Training:
    """A training as planning and as modeling see it: one part a kind, each with a recipe of its own."""

    kinds: tuple[str, ...] = ("sequence_classification",)
    recipe: Recipe = RECIPE
    own: tuple[tuple[str, Any], ...] = ()  # entries of the first part's recipe that differ from the training's
    adaptation: Adaptation = FULL
    perturbation: Perturbation | None = None
    sampling: Sampling = PROPORTIONAL
    architecture: str = "bert"
    dev: bool = True
    fields: dict[str, Any] = field(default_factory=dict)  # of the model's record

    @property
    def parts(self) -> list[tuple[str, Recipe]]:
        """Kind and recipe of each."""
        return [(kind, replace(self.recipe, **dict(() if number else self.own))) for number, kind in enumerate(self.kinds)]

    def id(self) -> str:
        """As planned."""
        model = Model("tiny", "Tiny", "somewhere", "tiny", 0, 2, 32, 0, "", "", architecture=self.architecture, adaptation=self.adaptation)
        parts = []
        for kind, recipe in self.parts:
            task = TASKS[NAMES[kind]] if kind in NAMES else replace(TASKS["xnli"], type=MLM)
            use = DataUse(task, Source(task.name, "train", "en", kind))
            selection = DataUse(task, Source(task.name, "dev", "en", "dev")) if self._selects(kind) else None
            share = 0.3 if kind == MLM and len(self.kinds) > 1 else None
            parts.append(Part((use,), kind, selection, recipe, Protocol(), share))  # type: ignore[arg-type]
        start = Pretrained(replace(model, **self.fields), "a-revision")
        return Train(start, tuple(parts), self.recipe, 1, "target", sampling=self.sampling, perturbation=self.perturbation).id

    def numbers(self, encoder: Encoder) -> list[Any]:
        """What it makes: every step, the looks at dev data, the weights."""
        parts = []
        for kind, recipe in self.parts:
            share = 0.3 if kind == MLM and len(self.kinds) > 1 else None
            data = texts(encoder, recipe, 40) if kind == MLM else encoded(kind, encoder, recipe)
            parts.append(TrainingPart(kind, (data,), self._dev(kind, encoder, recipe), recipe, Protocol(), share))
        found = finetune(
            encoder, parts, self.recipe, Seeds(1, "target", ("fingerprint",)), CPU, sampling=self.sampling, perturbation=self.perturbation,
            adaptation=self.adaptation,
        )  # fmt: skip
        return [*((step.loss, step.gradient_norm, step.learning_rate, step.part) for step in found.curve), found.points, *_weights(found)]

    def _selects(self, kind: str) -> bool:
        return self.dev and kind != MLM

    def _dev(self, kind: str, encoder: Encoder, recipe: Recipe) -> EncodedSet | None:
        return encoded(kind, encoder, recipe, recipe.selection_examples or 24, seed=1) if self._selects(kind) else None


def _weights(found: Finetuned) -> list[Any]:
    made = {**found.encoder.weights, **found.head, "rows": found.encoder.table.rows, "ids": found.encoder.table.ids}
    for adapter in found.encoder.adapters:
        made |= adapter.factors
    return [found.encoder.table.scale, *((name, float(value.double().sum()), float(value.double().norm())) for name, value in made.items())]


Encoders = Callable[[str], Encoder]


@pytest.fixture(scope="module")
def encoder_of(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Encoders:
    """The tiny encoder, or one of another architecture."""
    made = {"bert": encoder}

    def found(name: str) -> Encoder:
        if name not in made:
            folder = make_architecture(tmp_path_factory.mktemp("models") / name, name)
            record = Model(name, name, str(folder), name, 0, 2, 32, 0, "", "", architecture=name)
            made[name] = load_pretrained(record, None, folder, offline=True)
        return made[name]

    return found


def moves(one: Training, other: Training, encoder_of: Encoders) -> tuple[bool, bool]:
    """Whether the id changes from one to the other, and whether numbers do."""
    before, after = (training.numbers(encoder_of(training.architecture)) for training in (one, other))
    return one.id() != other.id(), before != after


SPANS, DUAL = ("question_answering",), ("dual_encoder",)
MIXED = ("sequence_classification", "token_classification")
LORA = Adaptation("lora", rank=2, alpha=4.0)
# Of each entry of a recipe: another value, in trainings that read it, and in such as do not.
READ: dict[str, tuple[tuple[Training, Any], ...]] = {
    "learning_rate": ((Training(), 1e-3), (Training(MIXED), 1e-3)),
    "batch_size": ((Training(), 6),),
    "epochs": ((Training(), 3),),
    "steps": ((Training(), 4), (Training(MIXED), 4)),
    "warmup": ((Training(), 0.6),),
    "warmup_steps": ((Training(), 3),),
    "weight_decay": ((Training(), 0.1),),
    "adam_epsilon": ((Training(), 1e-4),),
    "adam_beta1": ((Training(), 0.8),),
    "adam_beta2": ((Training(), 0.9),),
    "clip": ((Training(), 0.1),),
    "dropout": ((Training(), 0.3), (Training(MIXED), 0.3)),
    "max_length": ((Training(), 12),),
    "document_stride": ((Training(SPANS, replace(RECIPE, max_length=32)), 4),),
    "query_length": ((Training(DUAL), 6),),
    "passage_length": ((Training(DUAL), 6),),
    "scale": ((Training(DUAL), 20.0),),
    "selection": ((Training(), "last"), (Training(), "average")),
    "evaluations": ((Training(), 2), (Training(dev=False, recipe=replace(RECIPE, selection="average")), 2)),
    "patience": ((Training(recipe=replace(RECIPE, evaluations=6, learning_rate=0.0)), 1),),
    "selection_examples": ((Training(), 8),),
    "precision": ((Training(), "bfloat16"),),
    "layer_decay": ((Training(), 0.5),),
    "trained": ((Training(), "head"),),
    "frozen_layers": ((Training(), 1), (Training(adaptation=LORA), 1)),
    "frozen_embeddings": ((Training(), True),),
    "attention": ((Training(architecture="llama"), "bidirectional"),),
    "optimizer": ((Training(), "adamw-8bit"),),
    "masked_share": ((Training((MLM,), replace(RECIPE, steps=4, selection="last")), 0.3),),
    "vocabulary": ((Training((MLM,), replace(RECIPE, steps=4, selection="last")), "met"),),
}
HEAD = replace(RECIPE, trained="head")
UNREAD: dict[str, tuple[tuple[Training, Any], ...]] = {
    "document_stride": ((Training(), 4),),
    "query_length": ((Training(), 6),),
    "passage_length": ((Training(SPANS), 6),),
    "scale": ((Training(), 20.0),),
    "masked_share": ((Training(), 0.3),),
    "vocabulary": ((Training(), "met"),),
    "max_length": ((Training(DUAL), 12),),
    "epochs": ((Training(recipe=replace(RECIPE, steps=4)), 3),),
    "warmup": ((Training(recipe=replace(RECIPE, warmup_steps=2)), 0.6),),
    "patience": ((Training(recipe=replace(RECIPE, selection="last")), 1),),
    "warmup_steps": ((Training(recipe=replace(RECIPE, warmup=0.0)), 0),),
    "layer_decay": ((Training(recipe=HEAD), 0.5), (Training(MIXED, HEAD), 0.5)),
    "frozen_layers": ((Training(recipe=HEAD), 1), (Training(MIXED, HEAD), 1)),
    "frozen_embeddings": ((Training(recipe=HEAD), True), (Training(MIXED, HEAD), True), (Training(adaptation=LORA), True)),
    "recompute": ((Training(), "always"),),
    "offload": ((Training(), "cpu"),),
}


def each(table: dict[str, tuple[tuple[Training, Any], ...]]) -> list[Any]:
    return [
        pytest.param(training, {name: value}, id=f"{name}-{number}")
        for name, cases in table.items()
        for number, (training, value) in enumerate(cases)
    ]


def test_every_entry_of_a_recipe_is_looked_at():
    assert {*READ, *UNREAD} == {one.name for one in fields(Recipe)}


@pytest.mark.parametrize(("training", "change"), each(READ))
def test_an_entry_that_moves_numbers_moves_the_id(training: Training, change: dict[str, Any], encoder_of: Encoders):
    assert moves(training, replace(training, recipe=replace(training.recipe, **change)), encoder_of) == (True, True)


@pytest.mark.parametrize(("training", "change"), each(UNREAD))
def test_an_entry_that_nothing_reads_moves_neither(training: Training, change: dict[str, Any], encoder_of: Encoders):
    assert moves(training, replace(training, recipe=replace(training.recipe, **change)), encoder_of) == (False, False)


@pytest.mark.parametrize("name", [one.name for one in fields(Recipe) if one.name not in ("attention", "steps", "warmup_steps")])
def test_of_a_part_s_recipe_a_mixture_reads_what_is_its_own(name: str, encoder_of: Encoders):
    """One entry in one task's recipe: the rate and the rest are the mixture's."""
    kinds = {"document_stride": SPANS, "query_length": DUAL, "passage_length": DUAL, "scale": DUAL}.get(name, MIXED[:1])
    recipe = replace(RECIPE, max_length=32)
    change = next(value for cases in (READ, UNREAD) if name in cases for _, value in cases[name])
    if name in ("masked_share", "vocabulary"):
        kinds, recipe = (MLM,), replace(recipe, steps=6)
    training = Training((*kinds, "token_classification"), recipe)
    moved = moves(training, replace(training, own=((name, change),)), encoder_of)
    assert moved[0] == moved[1], name


@pytest.mark.parametrize("direction", ["causal", "bidirectional"])
def test_a_direction_in_which_a_model_reads_anyway_moves_no_number(direction: str, encoder_of: Encoders):
    """Planning writes "pretrained" for it: see tests/plan/test_ids.py."""
    training = Training(architecture="llama" if direction == "causal" else "bert")
    other = replace(training, recipe=replace(RECIPE, attention=direction))
    assert moves(training, other, encoder_of)[1] is False


BOTH = Adaptation("lora", rank=2, alpha=4.0, targets=("query", "attention.output.dense"))
# Entries that are read elsewhere: rate_factor in the recipe's rate, stack by what comes after, bits by the start (CUDA alone).
ADAPTED: dict[str, tuple[Adaptation, Any]] = {
    "method": (LORA, "dora"),
    "rank": (LORA, 4),
    "alpha": (LORA, 8.0),
    "dropout": (LORA, 0.2),
    "targets": (LORA, ("query",)),
    "stack": (LORA, "stacked"),
    "rate_factor": (LORA, 3.0),
    "label": (LORA, "another"),
}


def test_every_entry_of_an_adaptation_is_looked_at():
    assert {*ADAPTED, "bits"} == {one.name for one in fields(Adaptation)}


@pytest.mark.parametrize("name", ADAPTED)
def test_an_adaptation_moves_both_or_neither(name: str, encoder_of: Encoders):
    before, value = ADAPTED[name]
    moved = moves(Training(adaptation=before), Training(adaptation=replace(before, **{name: value})), encoder_of)
    assert moved == ((False, False) if name in ("stack", "rate_factor", "label") else (True, True))


def test_the_order_of_targets_moves_neither(encoder_of: Encoders):
    turned = replace(BOTH, targets=(*BOTH.targets[::-1], "query"))
    assert moves(Training(adaptation=BOTH), Training(adaptation=turned), encoder_of) == (False, False)


@pytest.mark.parametrize(
    ("before", "change", "moved"),
    [
        (Perturbation("adv", 0.3, 2, 0.2), {"distribution": "normal"}, False),
        (Perturbation("adv", 0.3, 2, 0.2), {"steps": 1}, True),
        (Perturbation("adv", 0.3, 2, 0.2), {"step_size": 0.1}, True),
        (Perturbation("adv", 0.3, 2, 0.2), {"radius": 0.1}, True),
        (Perturbation("rs-rp", 0.3), {"steps": 1}, False),
        (Perturbation("rs-rp", 0.3), {"step_size": 0.5}, False),
        (Perturbation("rs-rp", 0.3), {"distribution": "normal"}, True),
        (Perturbation("rs-rp", 0.3, 2, 0.2), {"method": "adv"}, True),
    ],
)
def test_a_perturbation_moves_both_or_neither(before: Perturbation, change: dict[str, Any], moved: bool, encoder_of: Encoders):
    assert moves(Training(perturbation=before), Training(perturbation=replace(before, **change)), encoder_of) == (moved, moved)


@pytest.mark.parametrize(
    ("kinds", "before", "change", "moved"),
    [
        (MIXED, Sampling(), {"cap": 8}, True),
        (("sequence_classification", MLM), Sampling(), {"cap": 8}, False),
        (("sequence_classification", MLM), Sampling(), {"kind": "uniform"}, False),
        (MIXED, Sampling("uniform"), {"cap": 8}, False),
        (MIXED, Sampling("uniform"), {"temperature": 2.0}, False),
    ],
)
def test_sampling_moves_both_or_neither(
    kinds: tuple[str, ...], before: Sampling, change: dict[str, Any], moved: bool, encoder_of: Encoders
):
    assert moves(Training(kinds, sampling=before), Training(kinds, sampling=replace(before, **change)), encoder_of) == (moved, moved)


ELSEWHERE = {"adaptation": FULL, "checkpoint": "somewhere"}  # what the tests above, and the revision, speak of


@pytest.mark.parametrize("name", [one.name for one in fields(Model) if one.name not in ELSEWHERE])
def test_of_a_model_s_record_the_way_of_drawing_heads_alone_is_read(name: str, tiny_model: Path, tmp_path: Path):
    """Layer, pooling and prefix enter by the protocol, weights by the revision: names, sizes and what else is said of it, nothing."""
    plain = Model("tiny", "Tiny", str(tiny_model), "tiny", 0, 2, 32, 0, "", "", architecture="bert")
    now = getattr(plain, name)
    other: Any = "llama" if name == "architecture" else not now if isinstance(now, bool) else now + 7 if isinstance(now, int) else "other"
    changed = replace(plain, **{name: other if not isinstance(now, tuple) else (("a", "yes", "b"),)})
    ids = {Training(fields={name: getattr(one, name)}).id() for one in (plain, changed)}
    made = [Training().numbers(load_pretrained(one, None, tmp_path, offline=True)) for one in (plain, changed)]
    assert (len(ids) > 1, made[0] != made[1]) == ((True, True) if name == "architecture" else (False, False))


# Read by searching and counting: see tests/plan/test_ids.py for the ids, test_retrieval.py and test_evaluation.py for the numbers.
VECTORS = {"layer": "1", "pooling": "cls", "prefix": "query: ", "retrieval_length": 5, "precision": "bfloat16"}
RESOLVED = Protocol(layer="last", pooling="mean", prefix="")


def vectors_of(encoder: Encoder, protocol: Protocol) -> torch.Tensor:
    passages = [Passage(str(number), text, "en") for number, text in enumerate(("the man sleeps in the red city", "a dog eats"))]
    return sentence_encoder(encoder, passages, protocol, CPU)


def evaluation_of(protocol: Protocol) -> str:
    start = Pretrained(Model("tiny", "Tiny", "somewhere", "tiny", 0, 2, 32, 0, "", ""), "a-revision")
    return Evaluate(start, DataUse(TASKS["tatoeba"], Source("tatoeba", "test", "de", "fingerprint")), protocol).id


@pytest.mark.parametrize("name", VECTORS)
def test_an_entry_of_a_protocol_moves_id_and_vectors(name: str, encoder: Encoder):
    other = replace(RESOLVED, **{name: VECTORS[name]})
    assert evaluation_of(other) != evaluation_of(RESOLVED)
    assert not torch.equal(vectors_of(encoder, other), vectors_of(encoder, RESOLVED))


@pytest.mark.parametrize(("one", "other"), [("7/12", "14/24"), ("last", "12/12"), ("1", "01"), ("0", "0/3")])
def test_two_ways_to_write_a_layer_are_one(one: str, other: str, encoder: Encoder):
    first, second = (replace(RESOLVED, layer=layer) for layer in (one, other))
    assert evaluation_of(first) == evaluation_of(second)
    assert torch.equal(vectors_of(encoder, first), vectors_of(encoder, second))


# What is in ids although no number hangs on it, because it was in the first: taken out, everything stored would be made anew.
KEPT = [
    pytest.param(Training(dev=False, recipe=replace(RECIPE, selection="last")), {"evaluations": 2}, id="looks-without-dev-data"),
    pytest.param(Training(), {"patience": 30}, id="more-patience-than-looks"),
    pytest.param(Training(), {"epochs": 2.0}, id="epochs-as-a-study-writes-them"),
    pytest.param(Training(MIXED, own=(("max_length", 48),)), {"scale": 20.0}, id="a-mixture-s-entries-of-its-parts"),
]


@pytest.mark.parametrize(("training", "change"), KEPT)
def test_what_ids_keep_though_no_number_hangs_on_it(training: Training, change: dict[str, Any], encoder_of: Encoders):
    assert moves(training, replace(training, recipe=replace(training.recipe, **change)), encoder_of) == (True, False)
