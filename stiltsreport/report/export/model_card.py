"""The model card of an intermediate checkpoint: how it was made, and what it scored zero-shot after training on each target.

Metadata follow the Hub's model cards (huggingface.co/docs/hub/model-cards), results its model-index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from stiltsreport.results.score import Score
from stiltsreport.study.study import Study


@dataclass(frozen=True)
class Subject:
    """The checkpoint: of which model, trained on what, with which seed; `id` of its training in the store."""

    model: str
    base: str
    intermediate: str
    title: str
    variant: str
    seed: int
    id: str


@dataclass(frozen=True)
class TargetScore:
    """A target's value after training on it from this checkpoint: a mean over languages, of one seed."""

    target: str
    title: str
    metric: str
    split: str
    languages: tuple[str, ...]
    value: float


def target_scores(study: Study, scores: Sequence[Score], subject: Subject) -> list[TargetScore]:
    """Means over languages of this checkpoint's seed, by target and official metric; what is missing is left out."""
    own = [
        row
        for row in scores
        if (row.model, row.intermediate, row.variant, row.stage) == (subject.model, subject.intermediate, subject.variant, "target")
        and row.seed == subject.seed
        and row.second_language is None
    ]
    found = []
    for entry in study.target:
        for metric in entry.task.metrics:
            rows = [row for row in own if row.target == entry.task.name and row.metric == metric]
            if rows:
                languages = tuple(sorted({row.language for row in rows}))
                found.append(
                    TargetScore(entry.task.name, entry.task.title, metric, rows[0].split, languages, fmean(row.value for row in rows))
                )
    return found


def model_card(study: Study, subject: Subject, scores: Sequence[TargetScore], version: str) -> str:
    """README.md of the checkpoint's folder: YAML of the Hub's metadata, then what a reader should know."""
    from huggingface_hub import EvalResult, ModelCardData

    capped = f", at most {study.limit.evaluate} examples of each" if study.limit.evaluate else ""
    results = [
        EvalResult(
            task_type=_TASKS[next(entry.task.type for entry in study.target if entry.task.name == row.target)],
            dataset_type=row.target,
            dataset_name=f"{row.title} (mean of {len(row.languages)} languages, zero-shot{capped})",
            dataset_split=row.split,
            metric_type=row.metric,
            metric_value=round(row.value, 2),
        )
        for row in scores
    ]
    languages = sorted({language for row in scores for language in row.languages})
    data: Any = ModelCardData(
        base_model=subject.base,
        language=languages or None,
        library_name="transformers",
        tags=["stilts", "cross-lingual-transfer", "stiltsreport"],
        model_name=_name(subject),
        eval_results=results or None,
    )
    lines = [f"---\n{data.to_yaml()}\n---", "", f"# {_name(subject)}", ""]
    method = "" if subject.variant == "plain" else f" ({subject.variant})"
    about = (
        f"An encoder without a head: {subject.base}, trained in English on {subject.title} first{method}, seed {subject.seed}. "
        "It is meant to be trained further, on a task in English, and used in other languages."
    )
    made = f"Made by stiltsreport {version} for the study *{' '.join(study.title.split())}*; training {subject.id}."
    lines += [about, "", made, ""]
    if scores:
        lines += ["After training on the English set of each target, mean over languages, this seed alone:", ""]
        lines += ["| target | metric | split | languages | value |", "| --- | --- | --- | --- | --- |"]
        lines += [f"| {row.title} | {row.metric} | {row.split} | {', '.join(row.languages)} | {row.value:.1f} |" for row in scores]
        lines += ["", "One seed says little: `report.html` beside this file has all seeds, with tests, and what may be claimed."]
    else:
        lines += ["No target has been evaluated from it."]
    limit = study.limit
    if limit.train or limit.evaluate:
        lines += ["", f"Trained on at most {limit.train or 'all'} examples, evaluated on at most {limit.evaluate or 'all'} of each set."]
    return "\n".join(lines) + "\n"


_TASKS = {
    "sequence_classification": "text-classification",
    "multiple_choice": "multiple-choice",
    "token_classification": "token-classification",
    "question_answering": "question-answering",
    "sentence_retrieval": "sentence-similarity",
    "bitext_mining": "sentence-similarity",
    "dual_encoder": "sentence-similarity",
}


def _name(subject: Subject) -> str:
    arm = subject.intermediate if subject.variant == "plain" else f"{subject.intermediate}+{subject.variant}"
    return f"{subject.model.rpartition('/')[2]}-{arm}-seed{subject.seed}"
