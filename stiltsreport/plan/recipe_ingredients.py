"""What of a recipe or a protocol can change a job's numbers: what its id is made of.

Two ways to write one thing are one ingredient, in the words that ids have had since the first; what nothing reads is none.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from stiltsreport.recipes import INSTEAD, Protocol, Recipe
from stiltsreport.tasks.task import TaskType

_SPANS = {"question_answering"}
_VECTORS = {"sentence_retrieval", "bitext_mining", "dual_encoder"}
# An entry that is not named here applies to every type; the others enter the ids of these types alone.
APPLIES_TO: dict[str, set[str]] = {
    "document_stride": _SPANS,
    "n_best": _SPANS,
    "max_answer_length": _SPANS,
    "query_length": {"dual_encoder"},
    "passage_length": {"dual_encoder"},
    "scale": {"dual_encoder"},
    "layer": _VECTORS - {"dual_encoder"},
    "pooling": _VECTORS - {"dual_encoder"},
    "prefix": _VECTORS - {"dual_encoder"},
    "retrieval_length": _VECTORS - {"dual_encoder"},
    "queries": {"sentence_retrieval"},
    "neighbours": {"bitext_mining"},
    "margin": {"bitext_mining"},
    "threshold": {"bitext_mining"},
    "seqeval": {"token_classification"},
    "max_length": {
        "sequence_classification", "multiple_choice", "token_classification", "question_answering", "masked_language_modelling"
    },
    "masked_share": {"masked_language_modelling"},
    "vocabulary": {"masked_language_modelling"},
}  # fmt: skip
# Entries that came after the first ids: at their default they stay out, so that no id changed when they came.
LATER_ENTRIES = {"layer_decay", "trained", "frozen_layers", "frozen_embeddings", "attention", "optimizer"}
WITHOUT_A_NUMBER = {"recompute", "offload"}  # what changes memory and time alone
AFTER_MIXTURES = {"attention", "optimizer"}  # of the later entries those that came after the first ids of mixtures
# What each part of a mixture reads of its own recipe; everything else is the optimizer's, which they share.
OF_PARTS = (
    "batch_size", "epochs", "steps", "max_length", "document_stride", "query_length", "passage_length", "scale", "selection_examples",
    "masked_share", "vocabulary",
)  # fmt: skip


def applicable(record: Recipe | Protocol, task_type: TaskType) -> dict[str, Any]:
    """The entries that can change the numbers of a task of that type."""
    entries = _entries(record)
    for name, instead in INSTEAD.items():
        if entries.get(instead) is not None:
            entries.pop(name)
    if entries.get("selection") in ("last", "average"):
        entries.pop("patience")  # a run is cut short only where the best checkpoint is looked for
    for name in LATER_ENTRIES & set(entries):
        if entries[name] == getattr(type(record), name):
            entries.pop(name)
    return {name: value for name, value in entries.items() if name not in APPLIES_TO or task_type in APPLIES_TO[name]}


def applicable_to_all(recipe: Recipe) -> dict[str, Any]:
    """The entries of a mixture's own recipe that can change numbers: those of any type, since its parts are of several.

    Those that its parts read of their own are among them, as they were in the first ids.
    """
    return {name: value for name, value in _entries(recipe).items() if name not in AFTER_MIXTURES or value != getattr(Recipe, name)}


def of_part(part: Recipe, whole: Recipe) -> Recipe:
    """What a mixture reads of the recipes of a part and of its own."""
    return replace(whole, **{name: getattr(part, name) for name in OF_PARTS})


def _entries(record: Recipe | Protocol) -> dict[str, Any]:
    said = vars(_of_recipe(record) if isinstance(record, Recipe) else replace(record, layer=reduced(record.layer)))
    return {name: value for name, value in said.items() if name not in WITHOUT_A_NUMBER}


def _of_recipe(recipe: Recipe) -> Recipe:
    if recipe.warmup_steps == 0:
        recipe = replace(recipe, warmup=0.0, warmup_steps=None)
    if recipe.trained == "head":  # with the encoder at rest it says nothing which of its layers rest, or how fast they would learn
        recipe = replace(recipe, layer_decay=1.0, frozen_layers=0, frozen_embeddings=False)
    return recipe


def reduced(layer: str) -> str:
    """A protocol's `layer` in the fewest digits. Which number a fraction is hangs on the model's depth, which is not always known.

    >>> [reduced(layer) for layer in ("14/24", "07", "12/12", "0/12", "last", "model")]
    ['7/12', '7', 'last', '0', 'last', 'model']
    """
    if "/" in layer:
        share = Fraction(layer)
        return "last" if share == 1 else str(share)
    return str(int(layer)) if layer.isdecimal() else layer
