"""Recipes against what the authors' code sets (Phang et al. 2020, jiant's XTREME run configurations; Hu et al. 2020, XTREME's scripts)."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import get_args

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.recipe_ingredients import APPLIES_TO, applicable
from stiltsreport.recipes import INSTEAD, RECIPES, Protocol, Recipe, layer_index
from stiltsreport.study.recipes import recipe_book
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.task import TaskType


@pytest.mark.parametrize(
    ("task", "epochs", "batch_size", "max_length"),
    [
        ("xnli", 2, 32, 256),
        ("pawsx", 5, 32, 256),
        ("udpos", 10, 32, 256),
        ("panx", 10, 32, 256),
        ("xquad", 2, 16, 384),
        ("mlqa", 2, 16, 384),
        ("tydiqa", 2, 16, 384),
    ],
)
def test_target_runs_of_x_stilts(task: str, epochs: int, batch_size: int, max_length: int):
    recipe = RECIPES["xstilts-target"].training(task)
    assert (recipe.epochs, recipe.batch_size, recipe.max_length) == (epochs, batch_size, max_length)
    assert (recipe.learning_rate, recipe.weight_decay, recipe.adam_epsilon, recipe.clip, recipe.warmup) == (1e-5, 0.01, 1e-8, 1.0, 0.1)
    assert (recipe.selection, recipe.selection_examples) == ("best", 500)


@pytest.mark.parametrize(
    ("task", "learning_rate", "epochs", "max_length"),
    [
        ("xnli", 2e-5, 5, 128),
        ("pawsx", 2e-5, 5, 128),
        ("udpos", 2e-5, 10, 128),
        ("panx", 2e-5, 10, 128),
        ("xquad", 3e-5, 3, 384),
        ("tydiqa", 3e-5, 3, 384),
    ],
)
def test_xtreme_baselines(task: str, learning_rate: float, epochs: int, max_length: int):
    recipe = RECIPES["xtreme-baseline"].training(task)
    assert (recipe.learning_rate, recipe.epochs, recipe.max_length, recipe.batch_size) == (learning_rate, epochs, max_length, 32)
    spans = task in ("xquad", "tydiqa")
    assert (recipe.warmup_steps, recipe.weight_decay) == ((500, 1e-4) if spans else (None, 0.0))
    assert recipe.document_stride == 128


def test_retrieval_is_read_as_in_the_paper():
    protocol = RECIPES["xstilts-target"].evaluation("tatoeba")
    assert (protocol.layer, protocol.queries, protocol.retrieval_length) == ("model", "english", 512)
    mining = RECIPES["xstilts-target"].evaluation("bucc2018")
    assert (mining.margin, mining.neighbours, mining.threshold) == ("ratio", 4, "dev")
    assert RECIPES["xstilts-target"].evaluation("udpos").seqeval == "0.0.12"


def test_xtreme_r_targets():
    book = RECIPES["xstilts-target"]
    lareqa, mewslix, xcopa = (book.training(name) for name in ("lareqa", "mewslix", "xcopa"))
    assert (lareqa.learning_rate, lareqa.epochs, lareqa.batch_size, lareqa.query_length, lareqa.passage_length, lareqa.scale) == (
        2e-5,
        3,
        16,
        96,
        256,
        100,
    )
    assert (mewslix.epochs, mewslix.query_length, mewslix.learning_rate) == (2, 64, 1e-5)
    assert (xcopa.learning_rate, xcopa.epochs, xcopa.max_length, xcopa.batch_size) == (2e-5, 5, 128, 32)


def test_a_protocol_reads_at_the_lengths_of_training():
    for book in RECIPES.values():
        for name in TASKS:
            recipe, protocol = book.training(name), book.evaluation(name)
            assert (protocol.max_length, protocol.document_stride, protocol.precision) == (
                recipe.max_length,
                recipe.document_stride,
                recipe.precision,
            )


def test_every_change_names_a_task_and_an_entry():
    entries = {field.name for field in fields(Recipe)}
    for book in RECIPES.values():
        for task, changes in book.by_task:
            assert task in TASKS
            assert dict(changes).keys() <= entries
        assert book.citation
    known = entries | {field.name for field in fields(Protocol)}
    assert APPLIES_TO.keys() <= known
    assert all(kinds <= set(get_args(TaskType)) for kinds in APPLIES_TO.values())


def test_what_enters_an_id():
    assert "document_stride" not in applicable(Recipe(), "sequence_classification")
    assert "document_stride" in applicable(Recipe(), "question_answering")
    assert "epochs" not in applicable(Recipe(steps=10), "question_answering")
    assert "warmup" not in applicable(Recipe(warmup_steps=10), "question_answering")
    assert "patience" not in applicable(Recipe(selection="last"), "question_answering")
    assert set(INSTEAD) <= set(asdict(Recipe()))


def test_a_study_changes_entries():
    where = lambda *keys: ".".join(map(str, keys))  # noqa: E731
    book = recipe_book(
        {"base": "xtreme-baseline", "epochs": 1, "warmup": "0.5", "tasks": {"xnli": {"learning_rate": "1e-4"}}, "layer": 5}, TASKS, where
    )
    assert book.name == "xtreme-baseline (changed)"
    assert book.training("panx").epochs == 1  # an entry for all wins over what the base changes for one
    assert book.training("xquad").warmup_steps is None  # and puts aside what stood instead of it
    assert book.training("xquad").warmup == 0.5
    assert book.training("xnli") == replace(book.base, learning_rate=1e-4)
    assert book.evaluation("tatoeba").layer == "5"
    assert recipe_book("xtreme-baseline", TASKS, where) is RECIPES["xtreme-baseline"]
    assert recipe_book({"base": "xtreme-baseline"}, TASKS, where).name == "xtreme-baseline"
    assert recipe_book({"steps": 7}, TASKS, where).training("udpos").steps == 7


@pytest.mark.parametrize(("task", "max_length"), [("xnli", 128), ("copa", 128), ("udpos", 128), ("xquad", 384), ("squad", 384)])
def test_the_recipe_against_collapse(task: str, max_length: int):
    """Mosbach et al. 2021, section 6, and for what the section leaves out the configurations that the authors released."""
    recipe = RECIPES["mosbach-stable"].training(task)
    assert (recipe.learning_rate, recipe.epochs, recipe.warmup, recipe.warmup_steps) == (2e-5, 20, 0.1, None)
    assert (recipe.batch_size, recipe.weight_decay, recipe.clip, recipe.dropout) == (16, 0.01, 1.0, None)
    assert (recipe.adam_epsilon, recipe.adam_beta1, recipe.adam_beta2) == (1e-6, 0.9, 0.999)
    assert (recipe.max_length, recipe.selection, recipe.evaluations) == (max_length, "best", 20)


@pytest.mark.parametrize(
    ("layer", "depth", "expected"),
    [
        ("7/12", 24, 14),
        ("7/12", 12, 7),
        ("7/12", 36, 21),
        ("7/12", 48, 28),
        ("7/12", 6, 4),
        ("last", 24, 24),
        ("14", 24, 14),
        ("0", 12, 0),
        ("1/1", 9, 9),
    ],
)
def test_the_paper_s_layer_in_models_of_other_depths(layer: str, depth: int, expected: int) -> None:
    """X-STILTs read hidden_states[14] of 24 layers; the embedding output is index 0."""
    assert layer_index(layer, depth) == expected


@pytest.mark.parametrize("layer", ["25", "999999999"])
def test_a_layer_that_the_model_lacks_is_refused(layer: str) -> None:
    with pytest.raises(StiltsReportError, match=f"layer {layer} of a model with 24 layers"):
        layer_index(layer, 24)


@pytest.mark.parametrize("layer", ["-1", "13/12", "foo", "first", "7/0", "7.5", "", "7/12/2", "True", "1e1", "٣"])
def test_a_layer_is_last_a_number_or_a_share_of_the_depth(layer: str) -> None:
    with pytest.raises(StiltsReportError, match="is no layer; last, a number from 0, or a fraction of the depth"):
        layer_index(layer, 24)
