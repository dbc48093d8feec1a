"""Train, Evaluate and Translate: the kinds of job, each with an id made of all that can change its numbers, and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from stiltsreport.adaptation import Adaptation
from stiltsreport.architectures import record_of
from stiltsreport.methods import PROPORTIONAL, Perturbation, Sampling
from stiltsreport.models import Model
from stiltsreport.plan.data_use import DataUse, digest, pinned
from stiltsreport.plan.recipe_ingredients import applicable, applicable_to_all, of_part
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.task import TaskType

Stage = Literal["intermediate", "target"]


@dataclass(frozen=True)
class Pretrained:
    """A pretrained encoder at a pinned revision: a Hub commit, the fingerprint of a folder, or the checksum of the embedded file."""

    model: Model
    revision: str

    @cached_property
    def id(self) -> str:
        """Changes with the weights alone, and with the bits that they are held in."""
        bits = self.model.adaptation.bits
        return digest(job="pretrained", revision=pinned(self.revision, self.model.checkpoint), **({"bits": bits} if bits else {}))

    @property
    def ingredients(self) -> dict[str, Any]:
        """What the id is made of, in words."""
        return {"job": "pretrained", "model": self.model.name, "checkpoint": self.model.checkpoint, "revision": self.revision}


@dataclass(frozen=True)
class Part:
    """One head of a training and the sets that it learns from: one, or several languages of one task.

    `form` is the type that is trained: LAReQA's dual encoder reads SQuAD's questions. `selection` chooses the checkpoint; None: it does
    not. `recipe` says lengths and the batch size. `share` of the steps; None: by the size of the first set, as the training's `sampling`
    says. Several sets are drawn in proportion to their sizes to the power of 1 / `temperature`.
    """

    sets: tuple[DataUse, ...]
    form: TaskType
    selection: DataUse | None
    recipe: Recipe
    protocol: Protocol
    share: float | None = None
    temperature: float = 1.0

    @property
    def training(self) -> DataUse:
        """The first of its sets."""
        return self.sets[0]

    @property
    def ingredients(self) -> dict[str, Any]:
        """What of it can change numbers."""
        return {
            "training": self.training.ingredients,
            "form": self.form,
            "selection": self.selection.scored if self.selection else None,
            "recipe": applicable(self.recipe, self.form),
            "protocol": applicable(self.protocol, self.form) if self.selection else None,
        }

    @property
    def cut_by_script(self) -> bool:
        """Whether a set is translated and in another form than its own: the sentences of its paragraphs are looked for."""
        return any(use.task.type != self.form and use.spoken != "en" for use in self.sets)

    @property
    def mixing(self) -> dict[str, Any]:
        """What beside says how it is mixed in."""
        sets = [use.ingredients for use in self.sets]
        return {"sets": sets, "languages": [use.source.language for use in self.sets], "share": self.share, "temperature": self.temperature}


@dataclass(frozen=True)
class Train:
    """One fine-tuning, from a pretrained encoder or from what another training made of it.

    `parts`: one, of one English training set; several are mixed, step by step, as `sampling` says. `recipe` is that of the optimizer and
    of how checkpoints are selected. `carries_head`: the head of `start` is kept (XCOPA's second step), else a fresh one is drawn.
    """

    start: Pretrained | Train
    parts: tuple[Part, ...]
    recipe: Recipe
    seed: int
    stage: Stage
    carries_head: bool = False
    sampling: Sampling = PROPORTIONAL
    perturbation: Perturbation | None = None

    VERSION = 2  # raised when the same ingredients would give other numbers

    @property
    def adaptation(self) -> Adaptation:
        """What of the model trains."""
        return self.pretrained.model.adaptation.at(self.stage)

    @property
    def mixed(self) -> bool:
        """Whether steps of several sets alternate."""
        return len(self.parts) > 1 or len(self.parts[0].sets) > 1

    @property
    def training(self) -> DataUse:
        """The first set of its first part."""
        return self.parts[0].training

    @property
    def form(self) -> TaskType:
        """Of its first part."""
        return self.parts[0].form

    @property
    def selection(self) -> DataUse | None:
        """Of its first part."""
        return self.parts[0].selection

    @property
    def protocol(self) -> Protocol:
        """Of its first part."""
        return self.parts[0].protocol

    @property
    def uses(self) -> tuple[DataUse, ...]:
        """Every set that it reads."""
        return tuple(use for part in self.parts for use in (*part.sets, *([part.selection] if part.selection else [])))

    @cached_property
    def id(self) -> str:
        """What this training is, independent of titles, devices and the rest of the study."""
        return digest(**self.ingredients)

    @property
    def ingredients(self) -> dict[str, Any]:
        """What the id is made of."""
        found = {
            "job": "train",
            "version": self.VERSION,
            "start": self.start.id,
            **self._read(self.parts[0]).ingredients,
            "seed": self.seed,
            "stage": self.stage,
            "carries_head": self.carries_head,
        }
        if self.mixed:
            found["recipe"] = applicable_to_all(self._trained_of(self.recipe))
            found["parts"] = [self._read(part).ingredients | part.mixing for part in self.parts]
            own = sum(part.share is None for part in self.parts)
            found["sampling"] = self.sampling.ingredients if own > 1 else PROPORTIONAL.ingredients  # one alone has all steps
        elif self.training.in_shared_files:
            found["language"] = self.training.source.language
        if self.perturbation is not None:
            found["perturbation"] = self.perturbation.ingredients
        if any(part.form == "dual_encoder" and part.cut_by_script for part in self.parts):
            found["passages"] = "sentences of their script"  # once English ends of sentences were looked for
        if self._own_scale:
            found["scale"] = "of the head"
        head = record_of(self.pretrained.model.architecture).head
        if head != "behind the encoder" and not self.carries_head:
            found["head"] = head
        adaptation = self.adaptation.ingredients
        if isinstance(self.start, Pretrained):
            adaptation.pop("stack", None)  # there is no adapter yet to stand on
        return found | ({"adaptation": adaptation} if adaptation else {})

    def _read(self, part: Part) -> Part:
        """The part with what this training reads of its recipe."""
        return replace(part, recipe=self._trained_of(of_part(part.recipe, self.recipe) if self.mixed else part.recipe))

    def _trained_of(self, recipe: Recipe) -> Recipe:
        """Beside adapters the embeddings are at rest anyway."""
        return replace(recipe, frozen_embeddings=False) if self.adaptation.low_rank else recipe

    @property
    def _own_scale(self) -> bool:
        """Whether a dual encoder's learned scale has another rate than the embeddings, as which it was once trained."""
        recipe = self._trained_of(self.recipe)
        unlike = recipe.layer_decay != 1 or recipe.frozen_embeddings or recipe.trained == "head"
        return unlike and any(part.form == "dual_encoder" for part in self.parts)

    @property
    def pretrained(self) -> Pretrained:
        """Where the chain begins."""
        return self.start if isinstance(self.start, Pretrained) else self.start.pretrained


Checkpoint = Pretrained | Train


@dataclass(frozen=True)
class Evaluate:
    """One checkpoint on one task in one language. `threshold` is the dev set on which BUCC's threshold is found."""

    checkpoint: Checkpoint
    data: DataUse
    protocol: Protocol
    threshold: DataUse | None = None

    VERSION = 1

    @cached_property
    def id(self) -> str:
        """What this evaluation is."""
        return digest(**self.ingredients)

    @property
    def ingredients(self) -> dict[str, Any]:
        """What the id is made of."""
        return {
            "job": "evaluate",
            "version": self.VERSION,
            "checkpoint": self.checkpoint.id,
            "data": self.data.scored,
            "language": self.language,
            "protocol": applicable(self.protocol, self.data.task.type),
            "threshold": self.threshold.ingredients if self.threshold else None,
            **({"second_language": self.second_language} if self.second_language else {}),
        }

    @property
    def language(self) -> str:
        """The language that is evaluated; of a pair, that of the first sentence."""
        return self.data.source.language

    @property
    def second_language(self) -> str | None:
        """That of the second sentence of a pair, where it is another set's."""
        return self.data.second.language if self.data.second else None

    @property
    def split(self) -> str:
        """The split that is evaluated."""
        return self.data.source.split


@dataclass(frozen=True)
class Translate:
    """A set put into another language by a seq2seq model at a pinned revision, or by a command that maps lines to lines."""

    data: DataUse
    to: str
    kind: Literal["model", "command"]
    translator: str
    revision: str = ""

    VERSION = 2  # what a line may become at most is its own, whatever stands beside it

    @cached_property
    def id(self) -> str:
        """What this translation is."""
        return digest(**self.ingredients)

    @property
    def ingredients(self) -> dict[str, Any]:
        """What the id is made of."""
        return {
            "job": "translate",
            "version": self.VERSION,
            "data": self.data.ingredients,
            "from": self.data.source.language,
            "to": self.to,
            "kind": self.kind,
            "translator": self.translator if self.kind == "command" else pinned(self.revision, self.translator),
        }


Job = Train | Evaluate | Translate
