"""Small evidences for tables that need more than one model, a few languages, or facts beside scores: as few rows as show each of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from stiltsreport.report.evidence import Evidence
from stiltsreport.results import EfficiencyRow, FertilityFacts, FlipFacts, Results, Score
from stiltsreport.results.microscope_facts import ConfusionFacts, HitFacts, ItemFacts, LookedAt, Microscope, SpanFacts
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.compare import compare
from stiltsreport.stats.declared import declared
from stiltsreport.study.prompting import Prompting
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_results, fabricated_study, noise

SEEDS = (1, 2, 3, 4, 5)
LANGUAGES = "en, af, ar, bg, de, el, es, fi, fr, hi, hu, it, ja, sw, th, tr, yo, zh"
SIZES = f"""\
title: Sizes and languages
models: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl]
intermediate: [squad]
target: [{{task: panx, languages: [{LANGUAGES}]}}, {{task: xnli, languages: [en, de]}}]
seeds: [1, 2, 3, 4, 5]
"""
BRIDGE = """\
title: A model in full and under LoRA
models: [{name: [xlmr-base, xlmr-large], adaptation: lora}, {name: xlmr-base, adaptation: full}]
intermediate: [squad, mnli]
target: [{task: pawsx, languages: [en, de]}, {task: xnli, languages: [en, de]}]
seeds: [1, 2, 3, 4, 5]
"""
SEEN = """\
title: Seen languages
models: [xlmr-base]
intermediate: [squad]
target: [{task: panx, languages: [en, de, sw, yo]}, {task: xcopa, languages: [et, ht, qu]}]
seeds: [1, 2, 3, 4, 5]
"""
EXAMPLES = """\
title: Examples, rates and tests
models: [multilingual-e5-small]
intermediate: [squad, {name: squad-100, task: squad, examples: 100}]
target: [{task: xnli, languages: [en, de]}, {task: pawsx, languages: [en, de]}]
seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
variants: [plain, {name: low, recipes: {target: {learning_rate: 3.0e-6}}}]
statistics: {also: [wilcoxon, aso]}
"""
CLAIMS = """\
title: Claims, and published numbers
models: [xlmr-base]
intermediate: [mnli, squad]
target: [{task: xnli, languages: [en, de]}, {task: xquad, languages: [en, es]}]
seeds: [1, 2, 3, 4, 5]
statistics: {margin: {average: 1, task: 2, language: 3}}
claims:
  - {name: mnli-helps, better: mnli, than: none}
  - {name: same, equivalent: squad, than: none, within: 2}
  - {name: many, count: {better: mnli, than: none, tasks: 2}}
"""
MICROSCOPE = """\
title: Items that turn
models: [xlmr-base]
intermediate: [mnli]
target: [{task: xnli, languages: [en, de, sw]}, {task: xquad, languages: [en, es]}, {task: tatoeba, languages: [de, sw]}]
seeds: [1, 2, 3, 4, 5]
"""
ARM: tuple[Any, ...] = ("xlmr-base", "plain", "mnli")


def _evidence(text: str, change: Callable[[Study, Results], Results]) -> Evidence:
    with tempfile.TemporaryDirectory() as scratch:
        study = fabricated_study(Path(scratch), text)
    results = change(study, fabricated_results(study))
    answers = answer_claims(study, results)
    return Evidence(study, results, declared(study, compare(study, results.scores), answers), answers)


def _asked() -> Evidence:
    """A decoder asked by three prompts, zero-shot and behind four demonstrations."""
    with tempfile.TemporaryDirectory() as scratch:
        study = fabricated_study(Path(scratch), BRIDGE)
    models = tuple(replace(model, kind="decoder") for model in study.models if model.name == "xlmr-base")
    study = replace(study, models=models, prompting=Prompting((0, 4), 3))
    results = fabricated_results(study)
    rows = [
        Score("xlmr-base", f"prompted-{shots}", "none", entry.task.name, "prompted", "test", language, None, number, "accuracy",
              50 + shots + 5 * noise(entry.task.name, language, number, shots), 200, f"asked-{shots}-{entry.task.name}-{language}-{number}")
        for shots in (0, 4)
        for entry in study.target
        for language in entry.languages
        for number in (1, 2, 3)
    ]  # fmt: skip
    return Evidence(study, replace(results, scores=(*results.scores, *rows)), compare(study, results.scores))


def _subwords(study: Study, results: Results) -> Results:
    """Gains that fall with size, subwords by language, and what evaluation took by model."""
    places = {model.name: place for place, model in enumerate(study.models)}
    scores = tuple(
        replace(row, value=row.value + (3 - places[row.model] if row.intermediate == "squad" else 0)) if row.stage == "target" else row
        for row in results.scores
    )
    fertility = tuple(
        FertilityFacts(model.name, code, int(150 + 60 * noise("subwords", code)), 100, ("panx",))
        for model in study.models
        for code in study.target[0].languages
    )
    efficiency = tuple(
        EfficiencyRow(
            model.name,
            "evaluate",
            entry.task.name,
            400.0 / (1 + place),
            9000.0 / (1 + place),
            2**30 * (1 + place),
            0.01 * (1 + place),
            "cpu",
            5,
        )
        for place, model in enumerate(study.models)
        for entry in study.target
    )
    return replace(results, scores=scores, efficiency=efficiency, setup=replace(results.setup, fertility=fertility))


def _seen_items(_study: Study, results: Results) -> Results:
    before, own = ((60, 20, 20), (10, 80, 10), (5, 5, 90)), ((80, 10, 10), (10, 75, 15), (5, 5, 90))
    flips = tuple(
        FlipFacts(*ARM, target, language, SEEDS, 1200, gained, lost)
        for target, language, gained, lost in (("xnli", "de", 1040, 7), ("xnli", "sw", 12, 30), ("xnli", "*", 9, 0))
    )
    seen = Microscope(
        looked=(LookedAt("xlmr-base", "xnli", (("plain", "mnli"),), 1),),
        items=(
            ItemFacts(*ARM, "xnli", "gained", "7", 2, 3, SEEDS, "de 0 5 5, en 5 4 5, sw 2 3 5"),
            ItemFacts(*ARM, "xnli", "lost", "56beb4343aeaaa14008c925b-0", 1, 2, SEEDS, "de 4 0 5, en 0 1 4"),
        ),
        confusion=(
            ConfusionFacts(*ARM, "xnli", "English", ("en",), SEEDS, before, own),
            ConfusionFacts(*ARM, "xnli", "other languages", ("de", "sw"), SEEDS, before, before),
        ),
        spans=(SpanFacts(*ARM, "xquad", "English", ("en",), SEEDS, (20, 10, 30, 40), (10, 10, 30, 50), 15, 5),),
        hits=(HitFacts(*ARM, "tatoeba", "other languages", ("de", "sw"), SEEDS, 1000, 550, 610, 90, 30),),
    )
    return replace(results, setup=replace(results.setup, flips=flips, microscope=seen))


def analyses() -> list[tuple[Evidence, tuple[str, ...]]]:
    """Each evidence with the makers (of report.tables.TABLES) of the tables that it is for."""

    def plain(_study: Study, results: Results) -> Results:
        return results

    return [
        (_evidence(SIZES, _subwords), ("size", "per", "typology", "typology-regression", "languages-like-these")),
        (_evidence(BRIDGE, plain), ("adaptations",)),
        (_asked(), ("prompting",)),
        (_evidence(SEEN, plain), ("seen-gains",)),
        (_evidence(EXAMPLES, plain), ("gains-by-examples", "gains-at-rates", "further-tests")),
        (_evidence(CLAIMS, plain), ("claims", "claim-parts", "ledger")),
        (_evidence(MICROSCOPE, _seen_items), ("flips", "items", "confusion", "span-overlap", "hits")),
    ]
