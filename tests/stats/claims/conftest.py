"""Claims answered on scores that a test gives by arm, target, language and seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from stiltsreport.results import Results
from stiltsreport.results.setup import RunHealth, SelectionFacts, Setup
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_study, scores_by

HEAD = """\
title: Claims
models: [xlmr-base]
intermediate: [mnli, squad, hellaswag]
target:
  - {task: udpos, languages: [fi]}
  - {task: panx, languages: [de, ru, sw]}
  - {task: tydiqa, languages: [sw]}
seeds: [1, 2, 3, 4, 5]
statistics: {margin: {average: 1, task: 1}}
"""
NOISE = (0.2, -0.1, 0.3, -0.3, -0.1)  # by seed, in points; their mean is 0
Gain = Callable[[str, str, str, int], float | None]  # of an arm in a target's language in a seed
Answers = Callable[..., dict[str, Answer]]


def study_of(folder: Path, claims: Sequence[str], head: str = HEAD) -> Study:
    """The study with these claims, each in braces."""
    lines = "".join(f"  - {{{claim}}}\n" for claim in claims)
    return fabricated_study(folder, f"{head}claims:\n{lines}" if claims else head)


def results_of(study: Study, gain: Gain, health: Sequence[RunHealth] = (), selection: Sequence[SelectionFacts] = ()) -> Results:
    """Scores of 60 and the gain of the arm; None: no score."""

    def value(arm: str, target: str, language: str, seed: int | None) -> float | None:
        found = gain(arm, target, language, seed or 0)
        return None if found is None else 60 + found

    setup = Setup(health=tuple(health), selection=tuple(selection))
    return Results(scores_by(study, value), (), setup, {})


@pytest.fixture
def answered(tmp_path: Path) -> Answers:
    """The answers by the claims' names (of one model)."""

    def answer(claims: Sequence[str], gain: Gain, head: str = HEAD, **facts: Sequence[RunHealth]) -> dict[str, Answer]:
        study = study_of(tmp_path, claims, head)
        return {one.claim: one for one in answer_claims(study, results_of(study, gain, **facts))}

    return answer


def steady(**gains: float) -> Gain:
    """Each arm's gain in every target and language, with NOISE by seed; nothing for arms that are not named."""

    def gain(arm: str, target: str, language: str, seed: int) -> float:
        del target, language
        return gains[arm] + NOISE[seed - 1] if arm in gains else 0.0

    return gain
