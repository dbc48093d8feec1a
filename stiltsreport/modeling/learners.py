"""What the loop is given for each part: its loss, at moved embeddings where training is robust, and masked texts where it reads texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import Tensor, nn

from stiltsreport.methods import Perturbation
from stiltsreport.modeling.batches import Batch, Padding
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.loop import Learner, Loss
from stiltsreport.modeling.perturbation import mean_norm, perturbed
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.task_types.masked_language_modelling import Masker
from stiltsreport.modeling.training_part import TrainingPart

_LOGIT_BYTES = 2**30  # of a piece's scores over the vocabulary, their probabilities and their gradient, in float32
_BYTES_OF_SCORE = 12


def learners_of(
    encoder: Encoder, parts: Sequence[TrainingPart], models: Sequence[nn.Module], padding: Padding, tokens: int, seeds: Seeds,
    perturbation: Perturbation | None = None, peers: Peers = ALONE,
) -> list[Learner]:  # fmt: skip
    """A learner a part, which works on pieces of at most so many padded tokens."""
    learners = []
    for part, model in zip(parts, models, strict=True):
        learner = Learner.of(part.name, part.form, model, padding, tokens)
        if part.form.loss_among is not None:
            learner = replace(learner, loss=_among(part.form.loss_among, peers))
        if part.masks:
            fits = int(_LOGIT_BYTES / (_BYTES_OF_SCORE * part.recipe.masked_share * len(padding.cut.ids)))
            alter = Masker.of(encoder.tokenizer, padding.cut, part.recipe.masked_share, seeds.derive("masking"))
            learner = replace(learner, tokens=min(tokens, fits), alter=alter)
        if perturbation is not None:
            learner = replace(learner, loss=perturbed(learner.loss, perturbation, mean_norm(encoder.table)))
        learners.append(learner)
    return learners


def _among(loss: Callable[[nn.Module, Batch, Peers], tuple[Tensor, int]], peers: Peers) -> Loss:
    return lambda model, batch: loss(model, batch, peers)
