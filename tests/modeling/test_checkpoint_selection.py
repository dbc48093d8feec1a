"""Which checkpoint is kept: means of weights by hand, each tensor once, whole numbers untouched."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from torch import nn

from stiltsreport.modeling.checkpoint_selection import DevPoint, Selected
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.recipes import Recipe


class Counted(nn.Module):
    """Two weights, a running mean and a count of whole numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2))
        self.register_buffer("running", torch.zeros(1))
        self.register_buffer("seen", torch.zeros(1, dtype=torch.long))

    def hold(self, *values: float) -> Counted:
        with torch.no_grad():
            self.weight.copy_(torch.tensor(values))
            self.running.fill_(values[0])
            self.seen += 1
        return self


def dev(name: str) -> Evaluation:
    return Evaluation("en", (name,), (), (), {})


def test_the_mean_of_all_evaluated_checkpoints() -> None:
    kept, model = Selected(Recipe(selection="average", patience=1)), Counted()
    for step, values in ((2, (1.0, 10.0)), (4, (2.0, 20.0)), (6, (6.0, -3.0))):
        assert not kept.consider(step, 0.5**step, model.hold(*values), dev(str(step)), 50.0 - step, last=step == 6)
    assert kept.averages
    kept.average(model)
    assert model.weight.tolist() == [3.0, 9.0]
    assert model.running.tolist() == [3.0]
    assert model.seen.tolist() == [3]
    assert kept.decay == pytest.approx((0.25 + 0.0625 + 1 / 64) / 3, rel=1e-15)
    assert kept.step == 6
    assert kept.points == [DevPoint(2, 48.0), DevPoint(4, 46.0), DevPoint(6, 44.0)]
    kept.evaluated(dev("mean"), 77.0)
    assert kept.evaluation is not None
    assert (kept.evaluation.ids, kept.value, len(kept.points)) == (("mean",), 77.0, 3)
    kept.restore(model.hold(0.0, 0.0))  # again: the mean is not used up
    assert model.weight.tolist() == [3.0, 9.0]


def test_the_mean_without_dev_data() -> None:
    kept, model = Selected(Recipe(selection="average")), Counted()
    kept.add(3, 1.0, model.hold(1.0, 2.0))
    kept.add(6, 0.5, model.hold(2.0, 4.0))
    kept.average(model)
    assert model.weight.tolist() == [1.5, 3.0]
    assert (kept.step, kept.decay, kept.evaluation, kept.points) == (6, 0.75, None, [])


def test_a_mean_of_nothing_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no checkpoint"):
        Selected(Recipe(selection="average")).average(Counted())


def test_a_mean_of_one_checkpoint_is_that_checkpoint() -> None:
    kept, model = Selected(Recipe(selection="average")), Counted()
    values = torch.randn(2, generator=torch.Generator().manual_seed(0)).tolist()
    kept.add(1, 1.0, model.hold(*values))
    kept.average(model)
    assert model.weight.tolist() == values


def test_a_thousand_checkpoints_do_not_drift() -> None:
    """Against exact fractions: the mean is right to the last bit of float32, which a running mean in float32 is not."""
    values = torch.randn(1000, 2, generator=torch.Generator().manual_seed(1)) + 100.0
    kept, model, running = Selected(Recipe(selection="average")), Counted(), torch.zeros(2)
    for step, pair in enumerate(values, start=1):
        kept.add(step, 1.0, model.hold(*pair.tolist()))
        running += (pair - running) / step
    kept.average(model)
    exact = [float(sum(map(Fraction, column.tolist()), Fraction(0)) / 1000) for column in values.T]
    assert torch.equal(model.weight, torch.tensor(exact))
    assert not torch.equal(running, torch.tensor(exact))


class Shared(nn.Module):
    """Two heads on one encoder."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
        self.second = nn.Sequential(self.first[0], nn.Linear(2, 3))


def test_a_tensor_that_heads_share_is_averaged_once() -> None:
    kept, model = Selected(Recipe(selection="average")), Shared()
    for value in (1.0, 3.0):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(value)
        kept.add(int(value), 1.0, model)
    assert len(kept._sums) == 6
    kept.average(model)
    assert all(bool((parameter == 2.0).all()) for parameter in model.parameters())
    assert model.second[0].weight is model.first[0].weight


@pytest.mark.parametrize(("selection", "step", "held"), [("best", 2, 2.0), ("last", 3, 9.0)])
def test_the_best_or_the_last_as_ever(selection: str, step: int, held: float) -> None:
    kept, model = Selected(Recipe(selection=selection, patience=None)), Counted()
    for number, value in ((1, 30.0), (2, 40.0), (3, 40.0)):
        kept.consider(number, 1.0 - number / 10, model.hold(float(number), 0.0), dev(str(number)), value, last=number == 3)
    model.hold(9.0, 9.0)
    kept.restore(model)
    assert not kept.averages
    assert (kept.step, kept.decay, model.weight[0].item()) == (step, 1.0 - step / 10, held)
    assert kept.evaluation is not None
    assert kept.evaluation.ids == (str(step),)


def test_patience_counts_evaluations_without_gain() -> None:
    kept, model = Selected(Recipe(patience=2)), Counted()
    ends = [kept.consider(step, 1.0, model, dev(""), value, last=False) for step, value in enumerate((10.0, 9.0, 11.0, 11.0, 10.0))]
    assert ends == [False, False, False, False, True]
