"""Span question answering: the answer is a span of the context, or, in SQuAD 2.0, none.

Windows start `document_stride` tokens apart, as in the SQuAD scripts of BERT and XTREME. In training a window without the answer points at
the first token. Decoding takes the best valid pair among the `n_best` starts and ends of every window; for a task with unanswerable
questions the empty answer wins where the first token's score is above it (Rajpurkar et al. 2018, threshold 0).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.modeling.batches import Batch
from stiltsreport.modeling.features import Feature, encode_texts, windows
from stiltsreport.modeling.task_types.form import Form, Lengths
from stiltsreport.recipes import Protocol
from stiltsreport.tasks.examples import Question
from stiltsreport.tasks.task import Task

LONGEST_QUESTION = 64  # tokens, as in the SQuAD scripts of BERT and XTREME
UNANSWERABLE = "no_answer"  # the label of a task whose questions may have no answer


def encode(examples: Sequence[Question], tokenizer: Any, task: Task, lengths: Lengths) -> list[Feature]:
    """<s> question </s></s> window of the context </s>; `align` holds the characters of each context token, None elsewhere."""
    backend = tokenizer.backend_tokenizer
    special = backend.num_special_tokens_to_add(True)
    questions = encode_texts(tokenizer, [example.question.strip() for example in examples])
    texts = list(dict.fromkeys(example.context for example in examples))
    features = []
    contexts = dict(zip(texts, encode_texts(tokenizer, texts), strict=True))
    for index, (example, question) in enumerate(zip(examples, questions, strict=True)):
        if len(question.ids) > LONGEST_QUESTION:
            question.truncate(LONGEST_QUESTION, stride=0, direction="right")
        room = lengths.max_length - special - len(question.ids)
        context = contexts[example.context]
        if len(context.ids) > room or context.overflowing:  # truncation works in place, and another question shares this context
            context = encode_texts(tokenizer, [example.context])[0]
        for window in windows(context, room, lengths.document_stride):
            whole = backend.post_process(question, window, True)
            align = tuple(offsets if sequence == 1 else None for offsets, sequence in zip(whole.offsets, whole.sequence_ids, strict=True))
            target = _target(example, align)
            features.append(Feature(index, (tuple(whole.ids),), (tuple(whole.type_ids),), target, align))
    return features


def _target(example: Question, align: Sequence[tuple[int, int] | None]) -> tuple[int, int]:
    """First and last token of the first gold answer, or (0, 0) where the window does not hold all of it."""
    if not example.answers:
        return 0, 0
    text, begin = example.answers[0]
    end = begin + len(text)
    start = next((i for i, span in enumerate(align) if span and span[0] <= begin < span[1]), None)
    stop = next((i for i, span in enumerate(align) if span and span[0] < end <= span[1]), None)
    return (start, stop) if start is not None and stop is not None and start <= stop else (0, 0)


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Mean of the cross entropies of start and end over a window's own tokens, summed over windows.

    Padding gets no probability: with it the loss of a window would depend on the batch that it is in.
    """
    starts = torch.tensor([feature.target[0] for feature in batch.features], device=batch.device)
    ends = torch.tensor([feature.target[1] for feature in batch.features], device=batch.device)
    found = model(**batch.inputs)
    padded = batch.attention_mask == 0
    total = functional.cross_entropy(found.start_logits.float().masked_fill(padded, -torch.inf), starts, reduction="sum")
    total = total + functional.cross_entropy(found.end_logits.float().masked_fill(padded, -torch.inf), ends, reduction="sum")
    return total / 2, len(batch.features)


def outputs(model: nn.Module, batch: Batch) -> list[Any]:
    """Start and end scores (2, tokens) of each window."""
    found = model(**batch.inputs)
    scores = torch.stack([found.start_logits, found.end_logits], 1).float().cpu().numpy()
    return [scores[row, :, : len(feature.align)].copy() for row, feature in enumerate(batch.features)]


def decode(examples: Sequence[Any], features: Sequence[Feature], outputs: Sequence[Any], task: Task, protocol: Protocol) -> list[Any]:
    """The text of the best span of each question; "" for no answer."""
    best: list[tuple[float, str]] = [(float("-inf"), "")] * len(examples)
    empty = [float("inf")] * len(examples)
    for feature, scores in zip(features, outputs, strict=True):
        index = feature.example
        empty[index] = min(empty[index], float(scores[0, 0] + scores[1, 0]))
        score, span = best_span(scores, feature.align, protocol.n_best, protocol.max_answer_length)
        if span is not None and score > best[index][0]:
            best[index] = score, examples[index].context[span[0] : span[1]].strip()
    unanswerable = UNANSWERABLE in task.labels
    return [("" if unanswerable and empty[index] > score else text) for index, (score, text) in enumerate(best)]


def best_span(
    scores: np.ndarray[Any, Any], align: Sequence[tuple[int, int] | None], n_best: int, longest: int
) -> tuple[float, tuple[int, int] | None]:
    """The highest start + end score of a span of context, and its characters; (-inf, None) where no span is valid.

    Starts and ends are the `n_best` of each among the context's tokens; a span has at most `longest` tokens.
    """
    inside = np.array([span is not None for span in align])
    masked = np.where(inside, scores, -np.inf)
    starts, ends = (np.argsort(-row, kind="stable")[:n_best] for row in masked)
    pairs = masked[0, starts][:, None] + masked[1, ends][None, :]
    width = ends[None, :] - starts[:, None]
    pairs = np.where((width >= 0) & (width < longest), pairs, -np.inf)
    place = np.unravel_index(int(np.argmax(pairs)), pairs.shape)
    if not np.isfinite(pairs[place]):
        return float("-inf"), None
    first, last = align[int(starts[place[0]])], align[int(ends[place[1]])]
    assert first is not None
    assert last is not None
    return float(pairs[place]), (first[0], last[1])


FORM = Form(
    head="AutoModelForQuestionAnswering",
    encode=encode,
    loss=loss,
    outputs=outputs,
    decode=decode,
    gold=lambda example, task: [text for text, _ in example.answers],
    labels=lambda task: 2,
)
