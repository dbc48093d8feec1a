"""Masked language modelling: whole sentences packed into rows, of which some tokens are hidden anew at every step.

Packing is RoBERTa's FULL-SENTENCES (Liu et al. 2019, section 4.2) within one set, which is of one language: sentences one after another,
a separator behind each, up to the recipe's length. Of a row the nearest whole number to 15 % of the tokens is chosen, at least one, and
of those 80 % become the mask, 10 % another token, 10 % stay (Devlin et al. 2019, section 3.1). Special tokens, the unknown one among
them, are never chosen, nor drawn as replacements. The masks are drawn by the seed, the step and the row's place in the batch: they do not
depend on the pieces that a batch is cut into, nor on what ran before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.batches import Batch
from stiltsreport.modeling.features import Feature, encode_texts, frame
from stiltsreport.modeling.task_types.form import Form, Lengths
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.tasks.examples import Text
from stiltsreport.tasks.task import Task

MASKED, REPLACED = 0.8, 0.1  # of the chosen tokens; the others stay


def encode(examples: Sequence[Text], tokenizer: Any, task: Task, lengths: Lengths) -> list[Feature]:
    """<s> sentence </s> sentence </s> ..., as many whole sentences as fit; one that is longer than a row is cut.

    A feature's `example` is its first sentence. Sentences without any known token are left out.
    """
    before, after, kind = frame(tokenizer)
    longest = lengths.max_length - len(before) - len(after)
    if longest < 1:
        raise StiltsReportError(f"max_length {lengths.max_length} leaves no room for a text", where="recipe: max_length")
    special = set(tokenizer.all_special_ids)
    encodings = encode_texts(tokenizer, [example.text for example in examples])
    sentences = ((i, one.ids[at : at + longest]) for i, one in enumerate(encodings) for at in range(0, len(one.ids), longest))
    known = ((index, (*ids, *after)) for index, ids in sentences if not special.issuperset(ids))
    features = []
    for index, ids in _packed(known, lengths.max_length - len(before)):
        row = (*before, *ids)
        features.append(Feature(index, (row,), ((kind,) * len(row),)))
    return features


def _packed(sentences: Iterable[tuple[int, tuple[int, ...]]], room: int) -> Iterator[tuple[int, list[int]]]:
    """Sentences joined as long as they fit, each row with the place of its first."""
    first, held = 0, list[int]()
    for index, ids in sentences:
        if held and len(held) + len(ids) > room:
            yield first, held
            held = []
        if not held:
            first = index
        held.extend(ids)
    if held:
        yield first, held


@dataclass(frozen=True)
class Masker:
    """Hides tokens of a packed row: what is read is changed, `align` holds the places to predict and `target` what stood there.

    `special` (rows of the table): True for tokens that are never chosen. `vocabulary`: the ids that replacements are drawn from. `target`
    is in places of the cut table, which the output layer scores.
    """

    seed: int
    share: float
    mask: int
    special: NDArray[np.bool_]
    vocabulary: NDArray[np.int64]
    cut: VocabularyCut

    @classmethod
    def of(cls, tokenizer: Any, cut: VocabularyCut, share: float, seed: int) -> Masker:
        """That of a tokenizer with a mask token, which is in the cut."""
        special = np.zeros(len(cut.places), dtype=np.bool_)
        special[[number for number in tokenizer.all_special_ids if number < len(special)]] = True
        ids = cut.ids.numpy()
        return cls(seed, share, tokenizer.mask_token_id, special, ids[~special[ids]], cut)

    def __call__(self, feature: Feature, key: tuple[int, int]) -> Feature:
        """The feature as it is read at a step; `key`: the step, and the feature's place in its batch."""
        generator = np.random.Generator(np.random.SFC64([self.seed, *key]))
        ids = np.array(feature.rows[0], dtype=np.int64)
        candidates = np.flatnonzero(~self.special[ids])
        chosen = np.sort(generator.choice(candidates, max(1, round(self.share * len(candidates))), replace=False))
        target = self.cut.places[torch.from_numpy(ids[chosen])].tolist()
        drawn = generator.random(len(chosen))
        ids[chosen[drawn < MASKED]] = self.mask
        replaced = chosen[(drawn >= MASKED) & (drawn < MASKED + REPLACED)]
        ids[replaced] = generator.choice(self.vocabulary, len(replaced))
        return replace(feature, rows=(tuple(ids.tolist()),), target=tuple(target), align=tuple(chosen.tolist()))


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Summed cross entropy over the chosen tokens; the output layer, which is as wide as the vocabulary, sees no others."""
    rows = [row for row, feature in enumerate(batch.features) for _ in feature.align]
    places = [place for feature in batch.features for place in feature.align]
    targets = torch.tensor([token for feature in batch.features for token in feature.target], device=batch.device)
    logits = _logits_at(model, batch, torch.tensor(rows, device=batch.device), torch.tensor(places, device=batch.device))
    return functional.cross_entropy(logits.float(), targets, reduction="sum"), len(targets)


def _logits_at(model: nn.Module, batch: Batch, rows: Tensor, places: Tensor) -> Tensor:
    """Scores (tokens, vocabulary) of those tokens: the head of any family, given their states in the place of all."""

    def select(_module: nn.Module, _given: tuple[Any, ...], found: Any) -> Any:
        found.last_hidden_state = found.last_hidden_state[rows, places].unsqueeze(0)
        return found

    base: Any = model.base_model
    hook = base.register_forward_hook(select)
    try:
        scores: Tensor = model(**batch.inputs).logits.squeeze(0)
    finally:
        hook.remove()
    return scores


def _unevaluated(*_: Any) -> Any:
    raise TypeError("masked language modelling is trained, and not evaluated")


FORM = Form(
    head="AutoModelForMaskedLM",
    encode=encode,
    loss=loss,
    outputs=_unevaluated,
    decode=_unevaluated,
    gold=_unevaluated,
    labels=lambda task: 1,
    by_feature=True,
)
