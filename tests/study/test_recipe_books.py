"""Recipes in a study file: the shipped ones by name, and entries that choose what is trained and how."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from stiltsreport.recipes import RECIPES, Recipe
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


def test_the_readme_names_every_recipe_and_right_entries(study: Reader):
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    (paragraph,) = re.findall(r"^\*\*Recipes\*\*.*?\n\n", readme, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`([^`]+)`", paragraph)
    assert set(RECIPES) <= set(named)
    entries = {
        name.partition(":")[0] for name in named if name not in {*RECIPES, "last", "average"} and not name.startswith("stiltsreport")
    }
    assert entries <= {field.name for field in fields(Recipe)}
    for name in named:
        if ": " in name:
            study(MINIMAL + f"recipes: {{target: {{{name}}}}}\n")


def test_the_entries_of_the_commented_study_are_right(study: Reader):
    template = (Path(__file__).resolve().parents[2] / "templates" / "study.yaml").read_text(encoding="utf-8")
    (entries,) = re.findall(r"what is trained \((.*?)\)", template)
    recipe = study(MINIMAL + f"recipes: {{target: {{{entries}}}}}\n").target_recipe.training("xnli")
    assert (recipe.trained, recipe.frozen_layers, recipe.frozen_embeddings, recipe.layer_decay) == ("head", 6, True, 0.95)
