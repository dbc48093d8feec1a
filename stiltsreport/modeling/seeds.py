"""Where randomness comes from: every generator of a training is derived from its seed, stage and training set, and from nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Seeds:
    """The generators of one training.

    The model, the recipe and the checkpoint it starts from stay out: a baseline and an intermediate arm of the same seed see the target's
    training examples in the same order and start from the same head, so that their difference is paired by design.
    """

    seed: int
    stage: str
    training_set: Sequence[str]

    def derive(self, purpose: str) -> int:
        """A number below 2**63 for that purpose ("order", "head", "dropout").

        >>> Seeds(1, "target", ("a",)).derive("head") == Seeds(1, "target", ("a",)).derive("order")
        False
        """
        text = "\x1f".join((str(self.seed), self.stage, *self.training_set, purpose))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
