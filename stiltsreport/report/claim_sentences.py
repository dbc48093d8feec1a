"""The sentence of an answered claim, as a paper has it: in plain text, and in LaTeX to paste."""

from __future__ import annotations

import re
from dataclasses import replace

from stiltsreport.report.claim_tests import test_words
from stiltsreport.report.claim_words import in_latex, number, plain, points, quantities, statement, subject
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import plural as counted_noun
from stiltsreport.report.numbers import probability, shown
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.study.claims import Claim, Count, Interaction, Paired, Trend

_SIGNED = re.compile(r"[+-]\d+\.\d+")


def worded(evidence: Evidence, answer: Answer) -> Answer:
    """The answer with its sentences."""
    text = sentence(evidence, answer)
    return replace(answer, sentence=plain(text), latex=in_latex(text))


def sentence(evidence: Evidence, answer: Answer) -> str:
    """What the data say of the claim, with the numbers behind it; numbers are marked (claim_words.number)."""
    return _sentence(evidence, answer, _behind(evidence, answer), _replicated(claim_of(evidence, answer), answer))


def brief(evidence: Evidence, answer: Answer) -> str:
    """The same in plain text with the interval alone behind it, where there is room for little."""
    interval = _interval(evidence, answer)
    return plain(_sentence(evidence, answer, f" ({interval})" if interval and answer.n else "", ""))


def _sentence(evidence: Evidence, answer: Answer, behind: str, replicated: str) -> str:
    claim = claim_of(evidence, answer)
    said = statement(evidence, claim, answer.model)
    stated = _stated(claim, answer)
    if answer.verdict == "supported":
        if isinstance(claim.statement, Paired) and claim.statement.kind in ("better", "worse") and answer.effect is not None:
            bare = statement(evidence, _without_size(claim), answer.model)
            text = f"{bare} by {points_of(abs(answer.effect))}{behind}{replicated}"
        else:
            text = f"{said}{stated}{behind}"
    elif answer.verdict == "contradicted":
        text = f"it does not hold that{_joined(said)}{stated}{behind}{replicated}"
    elif answer.verdict == "equivalent":
        text = _equivalent(evidence, claim, answer) + behind
    else:
        text = f"the data do not decide whether{_joined(said)}{stated}{behind}"
    return f"{text[0].upper()}{text[1:]}."


def _joined(said: str) -> str:
    """The statement behind a conjunction."""
    return f", {said}" if said.startswith("on ") else f" {said}"


def claim_of(evidence: Evidence, answer: Answer) -> Claim:
    """The claim that is answered."""
    return next(claim for claim in evidence.study.claims if claim.name == answer.claim)


def points_of(value: float) -> str:
    """A measured size, in points."""
    return f"{number(shown(value))} points"


def _equivalent(evidence: Evidence, claim: Claim, answer: Answer) -> str:
    assert isinstance(claim.statement, Paired)
    who, over = subject(evidence, claim.statement.arm, claim.statement.than, answer.model)
    what = quantities(evidence, claim, (claim.statement.arm, claim.statement.than)) + over
    margin = f"the declared margin of {points(answer.margin)}" if answer.margin is not None else "the declared margin"
    return f"{who} changes {what} by less than {margin}{_stated(claim, answer)}"


def _without_size(claim: Claim) -> Claim:
    assert isinstance(claim.statement, Paired)
    return replace(claim, statement=replace(claim.statement, by=None))


def _replicated(claim: Claim, answer: Answer) -> str:
    """What one more run would give, beside a published size."""
    by = claim.statement.by if isinstance(claim.statement, Paired) and claim.statement.kind in ("better", "worse") else None
    note = next((note for note in answer.notes if note.startswith("one more run")), "")
    if not by or not note:
        return ""
    low, high = (number(shown(float(end), signed=True)) for end in _SIGNED.findall(note))
    return f"; one more run would fall into {low} to {high}, against the {points(by)} that were claimed"


def _stated(claim: Claim, answer: Answer) -> str:
    """The measured effect, as a clause."""
    if answer.effect is None:
        return ""
    signed = number(shown(answer.effect, 2 if isinstance(claim.statement, Trend) else 1, signed=True))
    match claim.statement:
        case Count():
            units = len(answer.parts)
            sure = f", {number(f'{answer.low:g}')} of them beyond chance" if answer.low is not None else ""
            return f": {number(f'{answer.effect:g}')} of {number(str(units))} are higher{sure}"
        case Interaction():
            return f": the gains differ by {signed} points"
        case Trend():
            return f": the slope is {signed} points {_step(answer)}"
        case _:
            return f": the difference is {signed} points"


def _step(answer: Answer) -> str:
    """What the slope is for."""
    if answer.unit == "model":
        return "for a tenfold of the parameters"
    return answer.test.partition("points ")[2].partition(" (")[0]


def _interval(evidence: Evidence, answer: Answer) -> str:
    """The effect's interval; "" where there is none, and for a count, whose ends are none."""
    if answer.low is None or answer.high is None or isinstance(claim_of(evidence, answer).statement, Count):
        return ""
    level = f"{100 * (1 - evidence.study.statistics.alpha):g}"
    return f"{number(level)}\N{NO-BREAK SPACE}% interval {number(shown(answer.low))} to {number(shown(answer.high))}"


def _behind(evidence: Evidence, answer: Answer) -> str:
    """Interval, test, n and adjusted p, in brackets."""
    interval = _interval(evidence, answer)
    parts = [interval] if interval else []
    test = test_words(answer)
    if answer.kind.startswith("trend") and answer.unit == "seed":
        test = f"{test.rpartition('(')[2].rstrip(')')} on slopes by seed"
    parts.append(f"{test} over {number(str(answer.n))} {counted_noun(answer.n, answer.unit).split(' ', 1)[1]}")
    of_equivalence = answer.verdict == "equivalent" or (answer.kind == "equivalent" and answer.verdict != "contradicted")
    p_value = answer.adjusted_equivalence_p_value if of_equivalence else answer.adjusted_p_value
    if p_value is not None:
        shown_p = probability(p_value)
        name = "adjusted p of equivalence" if of_equivalence else "adjusted p"
        parts.append(f"{name} {number(shown_p if shown_p.startswith('<') else f'= {shown_p}')}")
    return f" ({', '.join(parts)})" if answer.n else ""
