"""Every claim of a study answered: tested, corrected together, called, and held against other treatments of collapsed runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stiltsreport.results import Results
from stiltsreport.results.score import Score
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.claims.calling import called
from stiltsreport.stats.claims.counts import answer_count
from stiltsreport.stats.claims.facts import Facts
from stiltsreport.stats.claims.family import adjusted, planned_tests
from stiltsreport.stats.claims.interaction import answer_interaction
from stiltsreport.stats.claims.new_items import on_new_items
from stiltsreport.stats.claims.paired import answer_paired
from stiltsreport.stats.claims.ranking import answer_ranking
from stiltsreport.stats.claims.raw import Raw
from stiltsreport.stats.claims.shortage import more_seeds, smallest_detectable
from stiltsreport.stats.claims.size_trend import answer_size_trend
from stiltsreport.stats.claims.trend import answer_trend
from stiltsreport.stats.collapse import FEWEST, collapsed_cells, with_replacements, without_collapsed
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.pairs import Pairs
from stiltsreport.stats.verdicts import DEPENDS_ON_COLLAPSE, EXTENDED, MINIMUM_SEEDS
from stiltsreport.study.claims import Claim, Count, Interaction, Paired, Ranking, Trend
from stiltsreport.study.study import Study

TUNED = "the model was tuned on labelled data before the study: what was said of untuned encoders is not answered on it"


@dataclass(frozen=True)
class _Called:
    """A Raw with its verdict."""

    claim: Claim
    raw: Raw
    answer: Answer


def answer_claims(study: Study, results: Results, comparisons: Sequence[Comparison] = ()) -> tuple[Answer, ...]:
    """An answer to each claim on each of its models (one over all models for a trend over size), in the order of the study.

    `study` and `results` are those of the look at hand. All p values of all claims are one family. Where some of the study's runs have
    collapsed, a verdict that is another without them, or with replacements, is withdrawn. Where the `comparisons` hold rows over test
    items, answers say whether they stand on new items too. Sentences are still empty: the report writes them.
    """
    if not study.claims:
        return ()
    scores, health = results.scores, results.setup.health
    as_run = _answers(study, results, scores, MINIMUM_SEEDS)
    if not any(seed in study.seeds for *_, seed in collapsed_cells(study, health)):
        return on_new_items(study, [one.raw for one in as_run], [one.answer for one in as_run], comparisons)
    minimum = FEWEST if study.fewest_seeds >= MINIMUM_SEEDS else MINIMUM_SEEDS
    treatments = {"without them": _answers(study, results, without_collapsed(study, scores, health), minimum)}
    replaced = with_replacements(study, scores, health)
    if set(replaced) != {score for score in scores if score.seed is None or score.seed in study.seeds}:
        treatments["replaced"] = _answers(study, results, replaced, minimum)
    judged = [
        _depending(one.answer, {name: others[place].answer for name, others in treatments.items()}) for place, one in enumerate(as_run)
    ]
    return on_new_items(study, [one.raw for one in as_run], judged, comparisons)


def _answers(study: Study, results: Results, scores: Sequence[Score], minimum: int) -> list[_Called]:
    facts = Facts(study, Aggregates(study, scores), results.setup, minimum, Pairs(study, scores))
    pairs = [(claim, _guarded(study, claim, raw)) for claim in study.claims for raw in _raws(facts, claim)]
    family = adjusted(study, [raw for _, raw in pairs])
    tests = planned_tests(study)
    found = []
    for (claim, raw), ps in zip(pairs, family, strict=True):
        kind = _kind(claim)
        verdict, reasons, notes = called(raw, kind, ps, study.statistics.alpha)
        few = raw.n < minimum
        lacking = verdict == "undecided" and (not raw.reasons or few)
        found.append(
            _Called(
                claim,
                raw,
                Answer(
                    claim=claim.name,
                    kind=kind,
                    model=raw.model,
                    on=claim.on,
                    verdict=verdict,
                    test=raw.test,
                    unit=raw.unit,
                    n=raw.n,
                    effect=raw.effect,
                    low=raw.low,
                    high=raw.high,
                    p_value=raw.p_value,
                    adjusted_p_value=ps.p_value,
                    equivalence_p_value=raw.equivalence_p_value,
                    adjusted_equivalence_p_value=ps.equivalence,
                    margin=raw.margin,
                    smallest_detectable=smallest_detectable(study, raw, tests),
                    more_seeds=more_seeds(study, raw, kind, tests) if lacking else None,
                    new_items=None,
                    sentence="",
                    latex="",
                    reasons=reasons,
                    notes=(*notes, *raw.notes, *_size_note(raw)),
                    parts=raw.parts,
                    inputs=raw.inputs,
                    source=claim.source,
                    comparison=raw.comparison,
                ),
            )
        )
    return found


def _raws(facts: Facts, claim: Claim) -> list[Raw]:
    match claim.statement:
        case Paired() as said:
            return answer_paired(facts, claim, said)
        case Ranking() as said:
            return answer_ranking(facts, claim, said)
        case Count() as said:
            return answer_count(facts, claim, said)
        case Interaction() as said:
            return answer_interaction(facts, claim, said)
        case Trend() as said:
            if said.axis == "parameters":
                return answer_size_trend(facts.study, facts.aggregates, claim, facts.minimum)
            return answer_trend(facts, claim, said)


def _guarded(study: Study, claim: Claim, raw: Raw) -> Raw:
    """With what keeps any claim from being answered: seeds added after a look, a paper's claim on a model that was tuned on labels."""
    reasons = [EXTENDED] if study.extended else []
    if claim.source and any(model.name == raw.model and model.tuned for model in study.models):
        reasons.append(TUNED)
    return replace(raw, reasons=(*reasons, *raw.reasons)) if reasons else raw


def _kind(claim: Claim) -> str:
    match claim.statement:
        case Paired(kind=kind):
            return kind
        case Trend(axis=axis):
            return f"trend over {axis}"
        case said:
            return type(said).__name__.lower()


def _size_note(raw: Raw) -> tuple[str, ...]:
    if raw.predicted is None:
        return ()
    return ("one more run would fall into {:+.2f} to {:+.2f}".format(*raw.predicted),)


def _depending(answer: Answer, others: dict[str, Answer]) -> Answer:
    """The answer, undecided where another treatment of its own collapsed runs gives another verdict."""
    told = [
        f"{name}: {other.verdict}" + ("" if other.effect is None else f" ({other.effect:+.2f})")
        for name, other in others.items()
        if other.verdict != answer.verdict and (other.inputs != answer.inputs or not answer.inputs)
    ]
    if not told or EXTENDED in answer.reasons:
        return answer
    reason = f"{DEPENDS_ON_COLLAPSE}: as run: {answer.verdict}; {'; '.join(told)}"
    return replace(answer, verdict="undecided", reasons=(*answer.reasons, reason))
