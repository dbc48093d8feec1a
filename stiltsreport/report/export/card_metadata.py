"""The head of a model card: the Hub's metadata, with results as its model-index (huggingface.co/docs/hub/model-cards, modelcard.md).

Results are means over languages; `args` names these. A data set that the Hub has is named by its id there, with the configurations as a
pattern and, where they were read from it, the commit: XTREME's tasks are one data set of many configurations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from stiltsreport.metrics import METRICS
from stiltsreport.report.export.subject import Subject, TargetScore, hub_ids
from stiltsreport.tasks.task import HubSplit

TAGS = ["stilts", "cross-lingual-transfer", "stiltsreport"]
_TASKS = {  # task type -> the Hub's name
    "sequence_classification": "text-classification",
    "multiple_choice": "multiple-choice",
    "token_classification": "token-classification",
    "question_answering": "question-answering",
    "sentence_retrieval": "sentence-similarity",
    "bitext_mining": "sentence-similarity",
    "dual_encoder": "sentence-similarity",
}
_LICENCES = {"MIT": "mit", "Apache-2.0": "apache-2.0", "Gemma terms of use": "gemma", "Llama 3 community licence": "llama3"}
_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9.+-]*")


def metadata(subject: Subject, scores: Sequence[TargetScore]) -> str:
    """YAML that stands between two lines of dashes at the top of README.md."""
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type=_TASKS[row.task.type],
            dataset_name=f"{row.task.title} (mean of {_count(len(row.languages))})",
            dataset_split=row.split,
            dataset_args={"languages": list(row.languages)},
            metric_type=METRICS[row.metric].name.partition(":")[0],
            metric_name=METRICS[row.metric].title,
            metric_value=round(row.value, 2),
            **_dataset(row),
        )
        for row in scores
    ]
    adapter = subject.form == "adapter"
    data: Any = ModelCardData(
        base_model=subject.hub_base,
        base_model_relation=("adapter" if adapter else "finetune") if subject.hub_base else None,
        datasets=hub_ids(subject.trained_on) or None,
        language=sorted({"en", *(language for row in scores for language in row.languages)}),
        library_name="peft" if adapter else "transformers",
        pipeline_tag="feature-extraction",
        tags=TAGS,
        model_name=subject.name,
        eval_results=results or None,
        **_licence(subject.licence),
    )
    return str(data.to_yaml())


def _count(languages: int) -> str:
    return "1 language" if languages == 1 else f"{languages} languages"


def _dataset(row: TargetScore) -> dict[str, Any]:
    """Where the data lie on the Hub: id, configurations, commit; the task's own name where they lie nowhere there."""
    entry = _entry(row)
    if entry is None:
        return {"dataset_type": row.task.name}
    commits = {part.revision for job in row.jobs for part in job.data.source.hub if part.id == entry.id}
    (language, *more) = row.languages
    own = "*" if more else dict(entry.language_names).get(language, language)
    return {
        "dataset_type": entry.id,
        "dataset_config": entry.config.replace("{language}", own),
        "dataset_revision": commits.pop() if len(commits) == 1 else None,
    }


def _entry(row: TargetScore) -> HubSplit | None:
    """The first data set of the Hub that holds the split, of those that were read where any was."""
    read = {part.id for job in row.jobs for part in job.data.source.hub}
    known = [part for split, part in row.task.hub if split == row.split and part.role == "data"]
    return next((part for part in known if part.id in read), known[0] if known else None)


def _licence(name: str) -> dict[str, Any]:
    """The licence as the Hub writes it: its identifier, or "other" and the name of one that it has none for."""
    if not name:
        return {}
    found = _LICENCES.get(name, name)
    if _IDENTIFIER.fullmatch(found):
        return {"license": found}
    return {"license": "other", "license_name": re.sub(r"[^a-z0-9]+", "-", found.lower()).strip("-")}
