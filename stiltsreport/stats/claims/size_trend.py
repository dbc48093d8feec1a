"""Claims of a trend over the models' sizes: does the gain shrink, or grow, as the model grows?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scipy import special

from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.claims.answer import Part
from stiltsreport.stats.claims.facts import Facts, Quantity, quantity
from stiltsreport.stats.claims.raw import Raw, two_sided
from stiltsreport.stats.claims.size_design import in_words, lacking
from stiltsreport.stats.inputs import digest
from stiltsreport.stats.model_sizes import LEAST_DF, SCALES, Size, SizePoint, SizeTrend, size_points, size_trend, without_layers
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.study.claims import Claim, Trend
from stiltsreport.study.study import Study

CEILING = "ceiling not excluded"
_UNITS = {"points": "points", "relative error reduction": "percent of the errors", "logit": "log odds"}


def answer_size_trend(study: Study, aggregates: Aggregates, claim: Claim, minimum: int = MINIMUM_SEEDS) -> list[Raw]:
    """One Raw over all models of the claim: the slope of the gain in points for a tenfold of the parameters.

    The trend must show in points and in log odds alike, past a size also as a step there, and on each quantity: an intersection-union test
    (the largest one-sided p value of them). One quantity that goes the other way contradicts it (Bonferroni over them). Models, not seeds,
    are what is counted. `minimum`: the seeds of a model under which nothing is decided.
    """
    said = claim.statement
    assert isinstance(said, Trend)
    facts = Facts(study, aggregates)
    models = [model for model in study.models if model.name in claim.models]
    alpha = study.statistics.alpha
    wants = 1 if said.direction == "up" else -1
    holds: list[float | None] = []
    fails: list[float | None] = []
    parts: list[Part] = []
    reasons, notes, digests = list(lacking(study, claim)), list[str](), list[str]()
    main: SizeTrend | None = None
    for name in claim.on:
        of, left_out = _comparable(quantity(facts, name, (said.arm, said.than)))
        if left_out:
            notes.append(f"left out of {name}, whose layer is not chosen by one rule on other languages: {', '.join(left_out)}")
        if of.left_out:
            notes.append(f"left out of {name}, the intermediate task's own data: {', '.join(of.left_out)}")
        if not of.members:
            reasons.append(f"nothing of {name} can be compared over sizes")
            continue
        arms = ((said.arm.variant, said.arm.intermediate), (said.than.variant, said.than.intermediate))
        points = size_points(aggregates, models, *arms, of.members, language=of.language, without_english=of.without_english)
        digests += _digests(facts, points, arms, of)
        reasons += _gaps(points, name, minimum)
        trends = [size_trend(points, scale) for scale in SCALES]
        main = main or trends[0]
        tests = [trends[0], trends[2]]
        if said.beyond is not None:
            tests.append(size_trend(points, beyond=said.beyond))
        sides = [_sides(one) for one in tests]
        holds.append(_largest([above if wants > 0 else below for above, below in sides]))
        fails.append(_largest([below if wants > 0 else above for above, below in sides]))
        reasons += _scales(trends, alpha)
        parts += [_part(f"{name}: {one.scale}", one, wants, alpha, _UNITS[one.scale]) for one in trends]
        parts.append(_part(f"{name}: points by non-embedding parameters", size_trend(points, of=_OTHER), wants, alpha, "points"))
        if said.beyond is not None:
            parts.append(_part(f"{name}: a step at {in_words(said.beyond)}", tests[2], wants, alpha, "points", per=""))
        parts += [_of_model(name, one) for one in points]
        notes += _said_of(trends[0], models_tuned=[one.model.title for one in points if one.model.tuned])
    failed = [p for p in fails if p is not None]
    p_value, claimed = two_sided(_largest(holds), min(1.0, len(claim.on) * min(failed)) if failed else None)
    fit = main.fit if main is not None else None
    alone = len(claim.on) == 1 and main is not None and fit is not None
    low, high = fit.interval(main.row, 1 - alpha) if alone and fit is not None and main is not None else (None, None)
    return [
        Raw(
            "",
            _test(main),
            "model",
            len(main.models) if main is not None else 0,
            fit.estimate(main.row)[0] if alone and fit is not None and main is not None else None,
            low,
            high,
            p_value,
            claimed,
            parts=tuple(parts),
            reasons=tuple(dict.fromkeys(reasons)),
            notes=tuple(dict.fromkeys(notes)),
            inputs=digest(digests) if digests else "",
        )
    ]


_OTHER: Size = "non-embedding parameters"


def _comparable(of: Quantity) -> tuple[Quantity, tuple[str, ...]]:
    kept, left_out = without_layers(of.members)
    return replace(of, members=kept), left_out


def _sides(trend: SizeTrend) -> tuple[float | None, float | None]:
    """The one-sided p values that the slope is not above 0, and not below."""
    if trend.fit is None:
        return None, None
    value, error = trend.fit.estimate(trend.row)
    if error == 0:
        return None, None
    below = float(special.stdtr(trend.fit.df, value / error))
    return 1 - below, below


def _largest(p_values: Sequence[float | None]) -> float | None:
    """Of an intersection-union test; None where a part has none."""
    there = [p for p in p_values if p is not None]
    return max(there) if there and len(there) == len(p_values) else None


def _scales(trends: Sequence[SizeTrend], alpha: float) -> list[str]:
    """Why a trend in points does not count where the logit does not show it."""
    points, logit = trends[0], trends[2]
    if points.fit is None or points.df < LEAST_DF:
        return []
    slope = points.fit.estimate(points.row)[0]
    what = CEILING if slope < 0 else "points and log odds disagree"
    if logit.fit is None or len(logit.models) < len(points.models):
        return [f"{what}: a score of 0 or 100 has no logit"]
    if points.fit.p_value(points.row) > alpha:
        return []
    other = logit.fit.estimate(logit.row)[0]
    if other * slope <= 0:
        return [f"{what}: on the logit scale the gain goes {'up' if other > 0 else 'down'}"]
    return [f"{what}: the logit does not show it"] if logit.fit.p_value(logit.row) > alpha else []


def _part(name: str, trend: SizeTrend, wants: int, alpha: float, unit: str, per: str = " for a tenfold") -> Part:
    fit = trend.fit
    if fit is None:
        why = "no family stands in two sizes" if trend.df >= 1 else "too few models"
        return Part(name, None, None, None, None, len(trend.models), "undecided", why)
    value = fit.estimate(trend.row)[0]
    p_value = fit.p_value(trend.row)
    verdict = "undecided"
    if p_value <= alpha and trend.df >= LEAST_DF:
        verdict = "supported" if value * wants > 0 else "contradicted"
    low, high = fit.interval(trend.row, 1 - alpha)
    return Part(name, value, low, high, p_value, len(trend.models), verdict, f"{unit}{per}; {trend.df} degrees of freedom")


def _of_model(name: str, one: SizePoint) -> Part:
    gain = one.gain
    size = in_words(one.model.parameters) if one.model.parameters else "size unknown"
    return Part(f"{name}: {one.model.title}", gain.difference, gain.low, gain.high, gain.p_value, gain.n, "", f"points, {size}")


def _gaps(points: Sequence[SizePoint], name: str, minimum: int) -> list[str]:
    """What results are lacking."""
    found = []
    for one in points:
        title, gain = one.model.title, one.gain
        if gain.difference is None:
            found.append(f"results of {title} are missing on {name}" + (f": {', '.join(one.missing)}" if one.missing else ""))
        elif gain.n < minimum:
            found.append(f"descriptive only: {gain.n} seed{'' if gain.n == 1 else 's'} of {title}, and {minimum} are the fewest")
    return found


def _said_of(trend: SizeTrend, models_tuned: Sequence[str]) -> list[str]:
    found = ["the unit is the pretrained model; seeds only measure each model's gain"]
    if models_tuned:
        found.append(f"tuned on labelled data after pretraining: {', '.join(models_tuned)}")
    fit = trend.fit
    if fit is None:
        return found
    found.append(f"SD of the gain between models of a size: {fit.tau_squared**0.5:.2f} points")
    if fit.estimator != "REML":
        found.append("REML did not settle: the variance between models is Paule and Mandel's")
    if fit.scale < 1:
        value, error = fit.estimate(trend.row)
        wider = 2 * float(special.stdtr(fit.df, -abs(value) / (error / fit.scale**0.5))) if fit.scale > 0 else 1.0
        found.append(
            f"the models lie closer to the line than their seeds' noise lets expect; at that noise p = {wider:.3f} (Röver et al. 2015)"
        )
    return found


def _test(trend: SizeTrend | None) -> str:
    base = "meta-regression on log10 of the parameters with an intercept for each family, Knapp-Hartung t"
    return base if trend is None or trend.fit is None else f"{base} ({trend.df} degrees of freedom)"


def _digests(facts: Facts, points: Sequence[SizePoint], arms: Sequence[tuple[str, str]], of: Quantity) -> list[str]:
    names = [entry.task.name for entry in of.members]
    return [part for one in points for arm in arms for part in facts.inputs.mean((one.model.name, *arm), names, of.without_english)]
