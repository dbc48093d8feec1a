"""Likelihoods of labels and choices, freed from what a model would say whatever it is asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

Floats = NDArray[np.float64]


def contextual(labels: Floats, free: Floats) -> NDArray[np.int64]:
    """The label of each example after contextual calibration (Zhao et al. 2021, arXiv 2102.09690, section 5).

    `labels` (examples, labels) and `free` (content-free inputs, labels) are log likelihoods. Each row becomes probabilities over the
    labels; those of the content-free inputs are averaged, and the label is the one whose probability is most above that average: the
    paper's W = diag(p_cf)^-1, b = 0.
    """
    expected = softmax(free, axis=1).mean(axis=0)
    best: NDArray[np.int64] = np.argmax(softmax(labels, axis=1) / expected, axis=1)
    return best


def domain_conditional(choices: Sequence[Sequence[float]], alone: Sequence[Sequence[float]]) -> list[int]:
    """The choice of each example by PMI_DC (Holtzman et al. 2021, arXiv 2104.08315, section 3).

    `choices`: the log likelihood of each behind the prompt, `alone`: behind the domain premise. Their difference is the pointwise mutual
    information, in which a choice that is rare in any context, or long, stands no worse.
    """
    return [int(np.argmax(np.subtract(own, bare))) for own, bare in zip(choices, alone, strict=True)]
