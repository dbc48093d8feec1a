"""The forms of the task types that have a head; retrieval on the bare encoder has none (sentence_vectors, ranking)."""

from __future__ import annotations

from stiltsreport.modeling.task_types import (
    dual_encoder,
    masked_language_modelling,
    multiple_choice,
    question_answering,
    sequence_classification,
    token_classification,
)
from stiltsreport.modeling.task_types.form import Form

FORMS: dict[str, Form] = {
    "sequence_classification": sequence_classification.FORM,
    "multiple_choice": multiple_choice.FORM,
    "token_classification": token_classification.FORM,
    "question_answering": question_answering.FORM,
    "dual_encoder": dual_encoder.FORM,
    "masked_language_modelling": masked_language_modelling.FORM,
}
