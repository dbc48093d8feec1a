"""Raw: what the data say of one claim before the claims are corrected together and called."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.stats.claims.answer import Part, Unit


@dataclass(frozen=True)
class Raw:
    """The test of one claim on one model ("": over models), in points unless `test` says otherwise; None: it could not be computed.

    `p_value` is two-sided: twice the smaller of the one-sided p values that the claim does not hold, and that it does; `claimed` says
    whether the former is the smaller (the effect lies on the claimed side of `shift`). `equivalence_p_value`: that the effect lies
    outside the margin. `size_p_value`: that a replication would give the published size; `predicted` is the interval of one, which has
    `covered` it or not.
    `sd`: of the effect by seed, in its weakest part. `interest`: the declared smallest effect of interest, counted from `shift`.
    `reasons` keep the claim from a verdict, whatever the p values; `notes` only stand beside it. `comparison` as in Answer. `inputs`: a
    digest of the jobs behind it. `driven` is a reason that holds against a difference, `driven_equivalence` against an equivalence: without
    retrieval targets it would not stand.
    """

    model: str
    test: str
    unit: Unit
    n: int
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    claimed: bool | None = None
    shift: float = 0.0
    equivalence_p_value: float | None = None
    margin: float | None = None
    size_p_value: float | None = None
    predicted: tuple[float, float] | None = None
    covered: bool | None = None
    sd: float | None = None
    interest: float | None = None
    parts: tuple[Part, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    comparison: tuple[str, str, str, str, str, str] | None = None
    inputs: str = ""
    driven: str = ""
    driven_equivalence: bool = False


def two_sided(holds: float | None, fails: float | None) -> tuple[float | None, bool | None]:
    """(two-sided p, whether the claimed side is the smaller), of the one-sided p values that a claim does not hold, and that it does.

    >>> two_sided(0.01, 0.99), two_sided(None, 0.02), two_sided(None, None)
    ((0.02, True), (0.04, False), (None, None))
    """
    if holds is None and fails is None:
        return None, None
    left, right = (1.0 if holds is None else holds), (1.0 if fails is None else fails)
    return min(1.0, 2 * min(left, right)), left <= right
