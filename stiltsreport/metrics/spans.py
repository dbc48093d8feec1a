"""Metrics of tagged sentences: span F1 under two conventions of seqeval, and token accuracy.

XTREME scores PAN-X and UD-POS alike with seqeval's F1, on UD-POS's bare tags too (Hu et al. 2020). What a bare tag means depends on the
version:

* 0.0.12, XTREME's: the whole tag is the type of the chunk and its first letter also acts as a position mark. A run of one tag is one chunk,
  except that S marks a chunk by itself (SCONJ, SYM) and E, B (none in UD-POS) start one.
* 1.2.2: the first letter is the mark and the rest is the type. CCONJ and SCONJ become one type (CONJ); X has an empty type ("_"), like
  O, so that it is a chunk only beside another tag.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from stiltsreport.metrics import ratios
from stiltsreport.metrics.metric import Metric

Convention = Literal["0.0.12", "1.2.2"]
Chunk = tuple[str, int, int]  # type, first word, last word


def mark_and_type(tag: str, convention: Convention) -> tuple[str, str]:
    """What a tag says of its position (B, I, E, S, O or any other letter) and of its type.

    >>> mark_and_type("B-PER", "0.0.12"), mark_and_type("SCONJ", "0.0.12"), mark_and_type("SCONJ", "1.2.2")
    (('B', 'PER'), ('S', 'SCONJ'), ('S', 'CONJ'))
    """
    if not tag:
        raise ValueError("a tag is empty")
    if convention == "0.0.12":
        return tag[0], tag.rpartition("-")[2]
    return tag[0], tag[1:].split("-", 1)[-1] or "_"


def chunks(tags: Sequence[str], convention: Convention = "0.0.12", *, before: str | None = None) -> set[Chunk]:
    """The chunks of one sentence.

    `before` is the type that precedes the first tag: that of O by default, as after any sentence but the first of seqeval's joined list.
    """
    outside = mark_and_type("O", convention)
    last_mark, last_type = "O", outside[1] if before is None else before
    found: set[Chunk] = set()
    first = 0
    for place, (mark, kind) in enumerate([*(mark_and_type(tag, convention) for tag in tags), outside]):
        other_type = last_type != kind
        if last_mark in "ES" or (last_mark in "BI" and mark in "BSO") or (last_mark not in "O." and other_type):
            found.add((last_type, first, place - 1))
        if mark in "BS" or (last_mark in "ESO" and mark in "EI") or (mark not in "O." and other_type):
            first = place
        last_mark, last_type = mark, kind
    return found


def count_chunks(convention: Convention) -> Callable[[Sequence[str], Sequence[str], str], tuple[float, ...]]:
    """The counting function of span F1 under that convention."""

    def count(predicted: Sequence[str], gold: Sequence[str], _language: str) -> tuple[float, ...]:
        """(chunks that agree in type and both ends, chunks predicted, chunks in gold). Raises ValueError for unlike lengths."""
        same_length(predicted, gold)
        ours, theirs = chunks(predicted, convention), chunks(gold, convention)
        return (float(len(ours & theirs)), float(len(ours)), float(len(theirs)))

    return count


def count_tokens(predicted: Sequence[str], gold: Sequence[str], _language: str) -> tuple[float, ...]:
    """(words with the right tag, words). Raises ValueError for unlike lengths."""
    same_length(predicted, gold)
    return (float(sum(ours == theirs for ours, theirs in zip(predicted, gold, strict=True))), float(len(gold)))


def same_length(predicted: Sequence[str], gold: Sequence[str]) -> None:
    """Raise ValueError where a sentence has more or fewer predicted than gold tags: words that were cut off must be filled up before."""
    if len(predicted) != len(gold):
        raise ValueError(f"{len(predicted)} predicted tags for a sentence of {len(gold)} words")


def seqeval_f1(predicted: Sequence[Sequence[str]], gold: Sequence[Sequence[str]], convention: Convention = "0.0.12") -> float:
    """F1 in percent over whole files exactly as seqeval joins them: every sentence followed by an O, and one list for all.

    Under 0.0.12 it equals the span F1 of the summed counts. Under 1.2.2 it can differ where a sentence starts with X: seqeval then ends a
    chunk that it never started, and gives it the start of whatever chunk came last, maybe sentences before. A count per sentence cannot
    hold that.
    """
    joined: list[set[Chunk]] = []
    for sentences in (predicted, gold):
        tags = [tag for sentence in sentences for tag in (*sentence, "O")]
        joined.append(chunks(tags, convention, before=""))
    ours, theirs = joined
    together = len(ours) + len(theirs)
    return 200.0 * len(ours & theirs) / together if together else 0.0


SPAN_F1 = Metric("span_f1", "f1", "Span F1 (seqeval 0.0.12)", ratios.MATCHED, count_chunks("0.0.12"), ratios.f1)
SPAN_F1_0_0_12 = Metric("span_f1:0.0.12", "f1", "Span F1 (seqeval 0.0.12)", ratios.MATCHED, count_chunks("0.0.12"), ratios.f1)
SPAN_F1_1_2_2 = Metric("span_f1:1.2.2", "f1:1.2.2", "Span F1 (seqeval 1.2.2)", ratios.MATCHED, count_chunks("1.2.2"), ratios.f1)
TOKEN_ACCURACY = Metric("token_accuracy", "token_accuracy", "Token accuracy", ("correct", "tokens"), count_tokens, ratios.mean)
