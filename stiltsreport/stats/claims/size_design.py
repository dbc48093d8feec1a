"""What the models of a study lack for a claim over size: known before anything runs."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.models import Model
from stiltsreport.stats.model_sizes import LEAST_DF
from stiltsreport.study.claims import Claim, Trend
from stiltsreport.study.size_claims import masks, unequal
from stiltsreport.study.study import Study

_SIDES = 2  # models on each side of a size, in as many families


def lacking(study: Study, claim: Claim) -> tuple[str, ...]:
    """What keeps a trend over parameters from being decided by these models, whatever the scores; empty for other claims.

    What keeps a trend to the checkpoints at hand is lacking too. Models that differ in more than size are refused where a study is read
    (stiltsreport/study/size_claims.py); one that was put together otherwise is told here.
    """
    said = claim.statement
    if not isinstance(said, Trend) or said.axis != "parameters":
        return ()
    models = [model for model in study.models if model.name in claim.models]
    known = [model for model in models if model.parameters > 0]
    found = [f"the number of parameters of {model.title} is unknown" for model in models if model.parameters <= 0]
    families = dict.fromkeys(model.family for model in known)
    df = len(known) - len(families) - 1
    if not any(len({model.parameters for model in known if model.family == name}) > 1 for name in families):
        found.append("no family stands in two sizes")
    if df < LEAST_DF:
        found.append(
            f"descriptive: holds for these checkpoints ({len(known)} models of {len(families)} "
            f"{'family' if len(families) == 1 else 'families'} leave {max(0, df)} degrees of freedom, and {LEAST_DF} are needed)"
        )
    found += unequal(models, masks(study.target_recipe))
    tuned = [model.title for model in models if model.tuned]
    if tuned and len(tuned) < len(models):
        found.append(f"{', '.join(tuned)} tuned on labelled data after pretraining, the others not")
    if said.beyond is not None:
        found += _beyond(study, known, said.beyond)
    return tuple(found)


def _beyond(study: Study, models: Sequence[Model], size: float) -> list[str]:
    """What a claim past a size needs of the models on its two sides."""
    named = in_words(size)
    found = []
    past_it = [model for model in models if model.parameters > size]
    under_it = [model for model in models if model.parameters <= size]
    for side, where in ((past_it, "past"), (under_it, "under")):
        families = {model.family for model in side}
        if not side:
            found.append(f"no model {where} {named}")
        elif len(side) < _SIDES:
            found.append(f"no second model {where} {named}")
        if side and len(families) < _SIDES:
            found.append(f"no second family {where} {named}")
    if past_it and not {model.family for model in past_it} & {model.family for model in under_it}:
        found.append(f"no bridging arm: no family stands on both sides of {named}")
    found += [
        f"the attention mask of {model.title} is not known to be that of the others"
        for model in models
        if not masks(study.target_recipe)(model) and not model.tuned
    ]
    tuned = [model.title for model in models if model.tuned]
    if tuned:
        found.append(f"base checkpoints alone carry it: {', '.join(tuned)} tuned on labelled data after pretraining")
    if study.tune is None or "model" not in study.tune.per:
        found.append("not tuned alike: no `tune` with one budget for each model")
    return found


def in_words(size: float) -> str:
    """A number of parameters.

    >>> in_words(10e9), in_words(3.5e9), in_words(999885952), in_words(278043648)
    ('10B', '3.5B', '1B', '278M')
    """
    size = float(f"{size:.3g}")  # before the unit is chosen: a thousand millions are a billion
    for unit, name in ((1e9, "B"), (1e6, "M")):
        if size >= unit:
            return f"{size / unit:.3g}{name}"
    return f"{size:g}"
