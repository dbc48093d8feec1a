"""What a study takes in all: the round at hand, and those that follow once its learning rates and layers are chosen."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.cli.opening import Opened, kind
from stiltsreport.cli.options import Options
from stiltsreport.plan.estimate import Estimate, estimate
from stiltsreport.plan.known import Assumed
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study


@dataclass(frozen=True)
class Rounds:
    """`now`: what of the study can be planned already. `plan` and `whole`: all of it; the same where nothing waits for a choice."""

    now: Estimate
    plan: Plan
    whole: Estimate

    @property
    def waiting(self) -> bool:
        """Whether more rounds follow."""
        return self.whole is not self.now


def rounds(opened: Opened, options: Options, device: str) -> Rounds:
    """Both estimates. A training takes as long at one learning rate as at another: what waits is reckoned at the smallest of the grid."""
    now = estimate(opened.plan, opened.store, device)
    if not opened.plan.waiting:
        return Rounds(now, opened.plan, now)
    known = Assumed(opened.store)
    plan = plan_study(opened.study, opened.memo, opened.lock, device=kind(device), only=options.only, known=known)
    opened.store.foresee("trainings", plan.trainings)
    opened.store.foresee("evaluations", plan.evaluations)
    return Rounds(now, plan, estimate(plan, opened.store, device))
