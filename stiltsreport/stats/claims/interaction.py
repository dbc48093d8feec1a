"""Claims of an interaction: the gain is larger in one group of targets, or of languages within targets, than in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stiltsreport.stats.claims.by_language import ZERO_SHOT, contrast, spoken, weighted
from stiltsreport.stats.claims.combined import all_of
from stiltsreport.stats.claims.facts import Facts, minus, quantity, values
from stiltsreport.stats.claims.raw import Raw
from stiltsreport.stats.claims.single import Single, single
from stiltsreport.stats.compare import margin_of
from stiltsreport.study.claims import OTHERS, Claim, Interaction
from stiltsreport.tasks.language_facts import seen_languages
from stiltsreport.tasks.languages import LANGUAGES

Group = Callable[[str], bool]


def answer_interaction(facts: Facts, claim: Claim, said: Interaction) -> list[Raw]:
    """A Raw for each model: the difference of the two gains, by the seeds that both have."""
    settings = facts.study.statistics
    margins = [margin_of(settings.margin, quantity(facts, name, (said.arm, said.than)).scope) for name in claim.on]
    interest = min((margin for margin in margins if margin is not None), default=None)
    found = []
    for model in claim.models:
        if said.dimension == "targets":
            singles = [_of_targets(facts, said, model)]
        else:
            singles = [_of_languages(facts, said, model, name) for name in claim.on]
        found.append(all_of(singles, model, f"difference of gains ({settings.test})", settings.alpha, interest=interest))
    return found


def _of_targets(facts: Facts, said: Interaction, model: str) -> Single:
    first, second = (quantity(facts, name, (said.arm, said.than)) for name in said.between)
    left, right = (minus(values(facts, model, arm, first), values(facts, model, arm, second)) for arm in (said.arm, said.than))
    found = single(facts, " - ".join(said.between), left, right)
    left_out = dict.fromkeys((*first.left_out, *second.left_out))
    titles = {entry.task.name: entry.task.title for entry in facts.study.target}
    notes: tuple[str, ...] = (f"own training data: {', '.join(titles[name] for name in left_out)} left out",) if left_out else ()
    if first.own_data or second.own_data:
        notes += ("an arm's intermediate task contains a target's own training data",)
    empty = [of.name for of in (first, second) if not of.members]
    reasons = (f"every target of {empty[0]} contains the intermediate task's own data",) if empty else found.reasons
    return replace(found, reasons=reasons, notes=(*found.notes, *notes))


def _of_languages(facts: Facts, said: Interaction, model: str, name: str) -> Single:
    of = quantity(facts, name, (said.arm, said.than))
    first, second = _groups(facts, said, model)
    weights = contrast(of, first, second)
    left, right = (weighted(facts, model, arm, weights) for arm in (said.arm, said.than))
    rest = spoken(of, weights)
    both = None if rest is None else (weighted(facts, model, said.arm, rest), weighted(facts, model, said.than, rest))
    found = single(facts, name, left, right, spoken=both)
    if not weights:
        unknown = said.dimension == "seen" and "unknown" in seen_languages(_checkpoint(facts, model)).values()
        why = (
            "what the model has seen in pretraining is not known"
            if unknown
            else f"no target has languages of both {' and '.join(said.between)}"
        )
        return replace(found, reasons=(why,), notes=())
    titles = [facts.aggregates.entries[target].task.title for target in weights]
    return replace(found, reasons=found.reasons, notes=(*found.notes, f"within {', '.join(titles)}; {ZERO_SHOT}"))


def _groups(facts: Facts, said: Interaction, model: str) -> tuple[Group, Group]:
    """Whether a language is of the first, and of the second group; a language that is unknown is of neither."""
    first, second = said.between
    if said.dimension == "seen":
        seen = seen_languages(_checkpoint(facts, model))
        wanted = {"seen": "yes", "unseen": "no"}
        return (lambda code: seen.get(code) == wanted[first]), (lambda code: seen.get(code) == wanted[second])

    def member(group: str) -> Group:
        if said.dimension == "scripts":
            return lambda code: LANGUAGES[code].script == group
        return lambda code: LANGUAGES[code].family == group or LANGUAGES[code].family.partition(":")[0] == group

    left = member(first)
    return left, (lambda code: not left(code)) if second == OTHERS else member(second)


def _checkpoint(facts: Facts, model: str) -> str:
    return next(one.checkpoint for one in facts.study.models if one.name == model)
