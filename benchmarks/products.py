"""The ceiling that utilisation is measured against: matrix products of the layer's own shapes, in the same precision, in the same run."""

from __future__ import annotations

import torch

from benchmarks.cases import Case, clock

SECONDS = 0.4  # of products a repetition
REPETITIONS = 5


def products_per_second(case: Case) -> float:
    """Floating point operations a second: of the forward products, and in training of those for the inputs' and the weights' gradients.

    Total work over total time, which is the harmonic mean by work. The best of several repetitions.
    """
    device, kind = torch.device(case.device), getattr(torch, case.precision)
    tokens, width = round(case.work.mean * case.work.batch), case.sizes.width
    now, pairs = clock(case.device), []
    for inner, outer, times in ((width, width, 4), (width, 4 * width, 1), (4 * width, width, 1)):
        inputs, weight, gradient = (
            torch.randn(*size, device=device).to(kind) for size in ((tokens, inner), (outer, inner), (tokens, outer))
        )  # fmt: skip
        pairs += [(inputs, weight.T)] * times
        if case.stage == "training":
            pairs += [(gradient, weight)] * times + [(gradient.T, inputs)] * times
    work = sum(2.0 * left.shape[0] * left.shape[1] * right.shape[1] for left, right in pairs)
    best = 0.0
    with torch.inference_mode():
        for repetition in range(REPETITIONS + 1):
            began, done = now(), 0
            while True:
                for left, right in pairs:
                    left @ right
                done += 1
                seconds = now() - began
                if seconds >= SECONDS:
                    break
            if repetition:  # the first warms up
                best = max(best, done * work / seconds)
    return best
