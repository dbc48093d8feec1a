"""Recipes in a study file: the shipped ones by name, and entries that choose what is trained and how."""

from __future__ import annotations

import pytest

from stiltsreport.recipes import RECIPES
from stiltsreport.tasks.citations import CITATIONS
from tests.study.conftest import MINIMAL, Errors, Reader


@pytest.mark.parametrize("name", list(RECIPES))
def test_every_recipe_can_be_named(name: str, study: Reader):
    found = study(MINIMAL + f"recipes: {{intermediate: {name}, target: {{base: {name}, epochs: 1}}}}\n")
    assert found.intermediate_recipe is RECIPES[name]
    assert found.target_recipe.training("xnli").epochs == 1
    assert found.target_recipe.citation in CITATIONS


def test_what_is_trained_and_kept_can_be_said(study: Reader):
    text = "{layer_decay: 0.95, trained: head, frozen_layers: 2, frozen_embeddings: true, selection: average, patience: 3}"
    recipe = study(MINIMAL + f"recipes: {{target: {text}}}\n").target_recipe.training("xnli")
    assert (recipe.layer_decay, recipe.trained, recipe.frozen_layers, recipe.frozen_embeddings) == (0.95, "head", 2, True)
    assert (recipe.selection, recipe.patience) == ("average", 3)
    off = study(MINIMAL + "recipes: {target: {frozen_embeddings: false}}\n").target_recipe.training("xnli")
    assert off.frozen_embeddings is False


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("layer_decay: 0", "0 must be above 0"),
        ("layer_decay: 1.1", "1.1 must be at most 1"),
        ("frozen_layers: -1", "-1 must not be below 0"),
        ("frozen_layers: 1.5", "1.5 is no whole number"),
        ("frozen_embeddings: 'yes'", "'yes' is neither true nor false"),
        ("frozen_embeddings: 1", "1 is neither true nor false"),
        ("trained: layers", "'layers' is none of all, head"),
        ("selection: mean", "'mean' is none of best, last, average"),
        ("warmup_steps: -5", "-5 must not be below 0"),
        ("masked_share: 1.0", "1.0 must be from 0 to below 1"),
        ("masked_share: 0", "0 must be above 0"),
    ],
)
def test_what_an_entry_cannot_be(entry: str, problem: str, errors: Errors):
    (found,) = errors(MINIMAL + f"recipes: {{target: {{{entry}}}}}\n")
    assert problem in found
    assert f"recipes.target.{entry.partition(':')[0]}" in found
