"""Made-up English dev scores of every target training of a study, the same every time."""

from __future__ import annotations

from dataclasses import replace

from stiltsreport.metrics import METRICS
from stiltsreport.results import Results, SelectionFacts
from stiltsreport.study.study import Study
from tests.fabricated import GAINS, gain_of, named, noise


def selection_facts(study: Study) -> tuple[SelectionFacts, ...]:
    """Dev scores that follow the arms' gains with noise of the seed; a target's dev task is its own (SQuAD where it trains on SQuAD)."""
    return tuple(
        SelectionFacts(
            model.name, variant, name, entry.task.name, seed, task.name, METRICS[key].name,
            75 + gain_of(GAINS, variant, name) + noise(model.name, named(variant, name), task.name, seed), 500, 10,
            f"{model.name}/{named(variant, name)}/{task.name}/{seed}",
        )
        for model in study.models
        for variant, name in study.arms
        for entry in study.target
        if entry.train
        for task in (entry.train[-1] if entry.train[-1].name == "squad" else entry.task,)
        for seed in study.seeds
        for key in task.metrics
    )  # fmt: skip


def with_selection(study: Study, results: Results) -> Results:
    """The same results with those scores in their setup."""
    return replace(results, setup=replace(results.setup, selection=selection_facts(study)))
