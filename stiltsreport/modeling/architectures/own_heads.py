"""Heads that transformers lacks, of its own generic parts.

Spans on EuroBERT and Gemma 3, tags on Gemma 3. Of T5 and mT5 the encoder alone is used: spans on the encoder's states as on any encoder,
and sentences by the mean of their tokens' states, which serves T5's encoder better than its first token (Ni et al. 2022, arXiv 2108.08877,
section 5).
"""

from __future__ import annotations

from typing import Any

import torch
import transformers
from torch import Tensor, nn
from transformers.modeling_layers import GenericForQuestionAnswering, GenericForTokenClassification
from transformers.modeling_outputs import QuestionAnsweringModelOutput, SequenceClassifierOutput
from transformers.models.eurobert.modeling_eurobert import EuroBertPreTrainedModel
from transformers.models.gemma3.modeling_gemma3 import Gemma3PreTrainedModel
from transformers.models.mt5.modeling_mt5 import MT5PreTrainedModel


class EuroBertForQuestionAnswering(GenericForQuestionAnswering, EuroBertPreTrainedModel):  # type: ignore[no-untyped-call]
    """Span scores by a linear map of the last states."""


class Gemma3TextForQuestionAnswering(GenericForQuestionAnswering, Gemma3PreTrainedModel):  # type: ignore[no-untyped-call]
    """Span scores by a linear map of the last states."""

    config: transformers.Gemma3TextConfig  # type: ignore[assignment]
    config_class = transformers.Gemma3TextConfig
    input_modalities = ("text",)  # type: ignore[assignment]


class Gemma3TextForTokenClassification(GenericForTokenClassification, Gemma3PreTrainedModel):  # type: ignore[no-untyped-call]
    """Tag scores by a linear map of the last states."""

    config: transformers.Gemma3TextConfig  # type: ignore[assignment]
    config_class = transformers.Gemma3TextConfig
    input_modalities = ("text",)  # type: ignore[assignment]


class _T5Encoder(MT5PreTrainedModel):  # type: ignore[no-untyped-call]
    """The encoder of mT5 and a linear map of its states, dropout between them."""

    outputs: int | None = None

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.transformer = transformers.MT5EncoderModel(config)
        self.dropout = nn.Dropout(config.classifier_dropout or config.dropout_rate)
        self.classifier = nn.Linear(config.d_model, self.outputs or config.num_labels)
        self.post_init()  # type: ignore[no-untyped-call]

    def get_input_embeddings(self) -> Any:
        """The table that the encoder reads."""
        return self.transformer.get_input_embeddings()  # type: ignore[no-untyped-call]

    def set_input_embeddings(self, value: Any) -> None:
        """Another table."""
        self.transformer.set_input_embeddings(value)  # type: ignore[no-untyped-call]


class T5EncoderForSequenceClassification(_T5Encoder):  # type: ignore[no-untyped-call]
    """Scores (rows, labels) of the mean state of a row's tokens."""

    def forward(self, input_ids: Tensor | None = None, attention_mask: Tensor | None = None, **rest: Any) -> SequenceClassifierOutput:
        """Logits of each row."""
        states = self.transformer(input_ids=input_ids, attention_mask=attention_mask, **rest).last_hidden_state
        mask = torch.ones_like(states[..., :1]) if attention_mask is None else attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * mask).sum(1) / mask.sum(1)
        return SequenceClassifierOutput(logits=self.classifier(self.dropout(pooled)))


class T5EncoderForQuestionAnswering(_T5Encoder):  # type: ignore[no-untyped-call]
    """Scores (rows, length) of the first and the last token of a span."""

    outputs = 2

    def forward(self, input_ids: Tensor | None = None, attention_mask: Tensor | None = None, **rest: Any) -> QuestionAnsweringModelOutput:
        """Logits of each token."""
        states = self.transformer(input_ids=input_ids, attention_mask=attention_mask, **rest).last_hidden_state
        starts, ends = self.classifier(states).unbind(-1)
        return QuestionAnsweringModelOutput(start_logits=starts.contiguous(), end_logits=ends.contiguous())


SPANS, SENTENCES, TAGS = "AutoModelForQuestionAnswering", "AutoModelForSequenceClassification", "AutoModelForTokenClassification"
HEADS: dict[tuple[str, str], Any] = {
    ("eurobert", SPANS): EuroBertForQuestionAnswering,
    ("gemma3_text", SPANS): Gemma3TextForQuestionAnswering,
    ("gemma3_text", TAGS): Gemma3TextForTokenClassification,
    ("mt5", "AutoModel"): transformers.MT5EncoderModel,
    ("mt5", SENTENCES): T5EncoderForSequenceClassification,
    ("mt5", SPANS): T5EncoderForQuestionAnswering,
}
