"""Fertility: into how many subwords a model's tokenizer cuts a word of a language, measured in the study's own tagging evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stiltsreport.plan.plan import Plan
from stiltsreport.results.setup import FertilityFacts
from stiltsreport.study.study import PLAIN

_WORDS = "token_accuracy"  # of its two counts the second is the number of words
_SPECIAL = 2  # tokens that stand around a sentence


def fertility(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> tuple[FertilityFacts, ...]:
    """One row a model and language, over the sets of the tagging targets, each counted once, in the study's order.

    Tokens are those that the model has read without two special ones a sentence (a sentence so long that it is cut has two more a piece,
    which count as subwords). Evaluations of translated text are left out.
    """
    sets: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    for run in plan.runs:
        if run.variant != PLAIN:
            continue
        for job in run.evaluations:
            sums = (records.get(job.id) or {}).get("sums") or {}
            if _WORDS in sums and job.second_language is None:
                record = records[job.id]
                tokens, words = int(record["tokens"]) - _SPECIAL * int(record["examples"]), int(sums[_WORDS][1])
                if words > 0 and tokens > 0:
                    sets.setdefault((run.model.name, job.language), {}).setdefault(run.target, (tokens, words))
    return tuple(
        FertilityFacts(model, language, sum(tokens for tokens, _ in of.values()), sum(words for _, words in of.values()), tuple(of))
        for (model, language), of in sets.items()
    )
