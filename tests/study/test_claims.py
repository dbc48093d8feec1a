"""Claims of a study file: what they mean, and everything that is wrong in them at its place."""

from __future__ import annotations

import json

import pytest

from stiltsreport.study.claims import BEST_PER_TARGET, ArmName, Claim, Count, Interaction, Paired, Ranking, Trend
from stiltsreport.study.editors import json_schema
from tests.study.conftest import Errors, Reader

STUDY = """\
title: T
models: [xlmr-base, xlmr-large]
intermediate: [mnli, squad, hellaswag, {task: squad, examples: 1000}, {name: shuffled, of: mnli}]
target: [xnli, xquad, {task: tatoeba, languages: [de, sw]}]
variants: [plain, {mlm: {languages: [de]}}, rs-da]
statistics: {margin: {average: 0.5, task: 2}}
claims:
"""
NONE, SQUAD, MNLI = ArmName("none"), ArmName("squad"), ArmName("mnli")
BOTH = ("xlmr-base", "xlmr-large")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("better: squad, than: none", Claim("c", Paired("better", SQUAD, NONE), ("average",), BOTH)),
        (
            "better: squad, than: none, by: 8.2, models: xlmr-large, source: Table 1",
            Claim("c", Paired("better", SQUAD, NONE, 8.2), ("average",), ("xlmr-large",), "Table 1"),
        ),
        (
            "no_better: squad+mlm, than: squad, by: 0",
            Claim("c", Paired("no_better", ArmName("squad", "mlm"), SQUAD, 0), ("average",), BOTH),
        ),
        ("no_worse: squad, than: mnli", Claim("c", Paired("no_worse", SQUAD, MNLI, 0.5), ("average",), BOTH)),
        ("no_worse: squad, than: mnli, on: [xnli, xquad]", Claim("c", Paired("no_worse", SQUAD, MNLI, 2), ("xnli", "xquad"), BOTH)),
        ("equivalent: squad, than: none, within: 0.3", Claim("c", Paired("equivalent", SQUAD, NONE, 0.3), ("average",), BOTH)),
        (
            "at_least: {better: best-per-target, than: none, by: 5.4}",
            Claim("c", Paired("at_least", ArmName(BEST_PER_TARGET), NONE, 5.4), ("average",), BOTH),
        ),
        (
            "ranking: [squad, mnli, none], on: ['group:qa', xnli/sw]",
            Claim("c", Ranking((SQUAD, MNLI, NONE)), ("group:qa", "xnli/sw"), BOTH),
        ),
        ("ranking: [squad, others], on: tatoeba", Claim("c", Ranking((SQUAD,), (MNLI, ArmName("hellaswag"))), ("tatoeba",), BOTH)),
        (
            "count: {better: squad, than: none, fewer: 2}",
            Claim("c", Count("targets", (SQUAD,), NONE, fewer=2), ("xnli", "xquad", "tatoeba"), BOTH),
        ),
        # Controls and equal-data arms are no methods, and are not counted.
        (
            "count: {better: all, than: none, intermediates: 3}, on: tatoeba",
            Claim("c", Count("arms", (MNLI, SQUAD, ArmName("hellaswag")), NONE, at_least=3), ("tatoeba",), BOTH),
        ),
        (
            "interaction: targets, of: squad, between: ['group:qa', xnli]",
            Claim("c", Interaction(SQUAD, NONE, "targets", ("group:qa", "xnli")), ("group:qa", "xnli"), BOTH),
        ),
        (
            "interaction: families, of: squad, between: [Indo-European, others]",
            Claim("c", Interaction(SQUAD, NONE, "families", ("Indo-European", "others")), ("average",), BOTH),
        ),
        (
            "trend: gain-by-examples, of: squad, direction: up, on: xnli",
            Claim("c", Trend(SQUAD, NONE, "examples", "up"), ("xnli",), BOTH),
        ),
        (
            "trend: gain-by-parameters, of: squad, direction: down, beyond: 10B",
            Claim("c", Trend(SQUAD, NONE, "parameters", "down", 1e10), ("average",), BOTH),
        ),
        (
            "trend: gain-by-distance, of: none+rs-da, direction: up",
            Claim("c", Trend(ArmName("none", "rs-da"), NONE, "distance", "up"), ("average",), BOTH),
        ),
    ],
)
def test_what_a_claim_means(study: Reader, line: str, meant: Claim):
    assert study(STUDY + f"  - {{name: c, {line}}}\n").claims == (meant,)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("better: sqaud, than: none", "no arm 'sqaud' in the study; did you mean 'squad'?"),
        ("better: squad, than: nonne", "no arm 'nonne' in the study; did you mean 'none'?"),
        ("better: shuffled+mlm, than: none", "no arm 'shuffled+mlm' in the study"),
        ("better: squad, than: squad", "'squad' is compared with itself"),
        ("better: squad+rs-da, than: none", "differ in the intermediate task and in the target training (rs-da)"),
        ("better: squad, than: none, on: averge", "no average, group or target 'averge'; did you mean 'average'?"),
        ("better: squad, than: none, on: pawsx", "no average, group or target 'pawsx'"),
        ("better: squad, than: none, on: xnli/xx", "is not evaluated in 'xx'"),
        ("better: squad, than: none, on: tatoeba/fr", "Tatoeba is not evaluated in 'fr'"),
        ("better: squad, than: none, on: 'group:structured'", "no target is of 'group:structured'"),
        ("better: squad, than: none, on: [xnli, xnli]", "quantity 'xnli' stands twice"),
        ("better: squad, than: none, models: xlmr-xl", "no model 'xlmr-xl' in the study"),
        ("no_worse: squad, than: none, on: xnli/de", "no_worse without `by` needs the study's margin"),
        ("no_worse: squad, than: none, on: [average, xnli]", "is on quantities of unlike margins"),
        ("ranking: [squad, best-per-target]", "'best-per-target' cannot stand here"),
        ("ranking: [squad, mnli, squad]", "arm 'squad' stands twice"),
        ("ranking: [others, squad]", "no arm 'others' in the study"),
        ("ranking: [squad, mnli, hellaswag, none, others]", "there are no other intermediates"),
        ("count: {better: squad, than: none, tasks: 4}", "it asks for 4 targets and is on 3"),
        ("count: {better: squad, than: none, tasks: 1}, on: average", "a count over targets, but 'average' is none"),
        ("count: {better: [squad, mnli], than: none, intermediates: 3}", "it asks for 3 intermediates and names 2"),
        ("interaction: families, of: squad, between: [Indo-Eurpean, others]", "no family 'Indo-Eurpean' in the study's languages; did you"),
        ("interaction: seen, of: squad, between: [seen, others]", "no group 'others'"),
        ("interaction: targets, of: squad, between: [xnli, xnli]", "both groups are 'xnli'"),
        ("interaction: targets, of: squad, between: [xnli, xquad], on: average", "is on those that `between` names"),
        ("trend: gain-by-examples, of: mnli, direction: up", "no second size of 'mnli' is in the study"),
        ("trend: gain-by-distance, of: squad, direction: up, beyond: 1e9", "`beyond` is a number of parameters"),
        ("trend: gain-by-distance, of: squad, direction: up, on: xnli/de", "is over the languages of targets, and it is on one, 'xnli/de'"),
        ("interaction: seen, of: squad, between: [seen, unseen], on: xnli/de", "is over the languages of targets, and it is on one"),
    ],
)
def test_what_is_wrong_is_said_once_and_at_its_place(errors: Errors, line: str, said: str):
    (found,) = errors(STUDY + f"  - {{name: c, {line}}}\n")
    assert found.startswith("s.yaml:8:5: claims.0: claim 'c': ")
    assert said in found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("better: best-per-target, than: none", "'best-per-target' is not chosen for pairs of two languages, and it is on 'pairs:pawsx'"),
        ("at_least: {better: best-per-target, than: none, by: 1}", "'best-per-target' is not chosen for pairs of two languages"),
        ("trend: gain-by-distance, of: mnli, direction: up", "gain-by-distance is over the languages of targets"),
        ("trend: gain-by-parameters, of: mnli, direction: up", "gain-by-parameters is not computed for pairs of two languages"),
        (
            "interaction: families, of: mnli, between: [Indo-European, others]",
            "an interaction of families is over the languages of targets",
        ),
    ],
)
def test_what_is_not_computed_for_pairs_is_refused(errors: Errors, line: str, said: str):
    text = STUDY.replace("target: [xnli,", "target: [{task: pawsx, pairs: all}, xnli,")
    (found,) = errors(text + f'  - {{name: c, {line}, on: "pairs:pawsx"}}\n')
    assert said in found


def test_two_claims_of_one_name(errors: Errors):
    line = "  - {name: c, better: squad, than: none}\n"
    assert errors(STUDY + line + line) == ["s.yaml:9:5: claims.1: claim 'c' stands twice; each has a name of its own"]


def test_all_errors_at_once_with_the_others(errors: Errors):
    found = errors(STUDY.replace("xnli", "xnil") + "  - {name: c, better: squad, than: nonne}\n")
    assert [line.partition(" ")[0] for line in found] == ["s.yaml:4:10:", "s.yaml:8:5:"]


def test_a_claim_that_cannot_be_read_hides_no_other(errors: Errors):
    lines = ("better: mnli, thn: none", "better: squad, than: nonne", "count: {better: all, than: none, tasks: 2}")
    found = errors(STUDY + "".join(f"  - {{name: c{place}, {line}}}\n" for place, line in enumerate(lines)))
    assert [line.partition(":")[2].split(": ")[1] for line in found] == ["claims.0.thn", "claims.1", "claims.2.count"]


def test_the_schema_knows_claims():
    assert "at_least" in json.dumps(json_schema())
