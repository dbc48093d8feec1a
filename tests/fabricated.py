"""A small study with made-up scores: two models, three intermediate tasks, targets of all four groups, five seeds; the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stiltsreport.metrics import METRICS
from stiltsreport.plan.choices import LayerPoint, TuningPoint
from stiltsreport.results import (
    ArmCost,
    Cell,
    CurveFacts,
    DataFacts,
    EfficiencyRow,
    MethodFacts,
    OverlapFacts,
    Results,
    RunHealth,
    Score,
    Setup,
    TranslationFacts,
)
from stiltsreport.study.reading import read_study
from stiltsreport.study.study import PLAIN, Study, TargetEntry

STUDY = """\
title: A fabricated study <of & with> signs_that need escaping at 100 %
description: Its scores are made up.
models: [multilingual-e5-small, xlmr-base]
intermediate: [mnli, squad, hellaswag]
target:
  - {task: xnli, languages: [en, de, sw]}
  - {task: pawsx, languages: [en, de]}
  - {task: udpos, languages: [en, fi]}
  - {task: xquad, languages: [en, es, zh]}
  - {task: tatoeba, languages: [de, sw]}
seeds: [1, 2, 3, 4, 5]
statistics: {margin: {average: 1, task: 2, language: 3}}
"""
GAINS = {"mnli": 2.0, "squad": 0.0, "hellaswag": -1.5}  # points by intermediate task, in every language


def fabricated_study(folder: Path, text: str = STUDY, overrides: Sequence[str] = ()) -> Study:
    """The study of that text, read from a file in the folder."""
    file = folder / "fabricated.yaml"
    file.write_text(text, encoding="utf-8")
    return read_study(file, overrides)


def noise(*key: object) -> float:
    """A number from -1 to 1 that the key alone decides."""
    drawn = int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:6], "big")
    return 2 * drawn / 2**48 - 1


def fabricated_scores(study: Study, gains: Mapping[str, float] = GAINS, sd: float = 0.6) -> tuple[Score, ...]:
    """Scores of every cell: a level by language, the gain of the arm, noise that all languages of a seed share, and noise of the cell."""
    rows: list[Score] = []
    for model in study.models:
        for variant, name in study.arms:
            arm = named(variant, name)
            for entry in study.target:
                task = entry.task
                for seed in seeds_of(study, variant, name, entry):
                    shared = noise(model.name, arm, task.name, seed)
                    places = [*((language, None) for language in entry.languages), *(pair for pair in entry.pairs if pair[0] != pair[1])]
                    for language, second in places:
                        level = 70 - (0 if language == "en" else 12) + 5 * noise(task.name, language)
                        level -= 0 if second is None else 6 + 4 * noise(task.name, second)
                        value = (
                            level + gain_of(gains, variant, name) + sd * (shared + 0.5 * noise(model.name, arm, task.name, language, seed))
                        )
                        key_of_job = (model.name, arm, task.name, language, seed, *([second] if second else []))
                        job = hashlib.sha256(repr(key_of_job).encode()).hexdigest()[:20]
                        for key in (*task.metrics, *task.beside):
                            shift = {"exact_match": -8.0, "token_accuracy": 4.0}.get(key, 0.0)
                            rows.append(
                                Score(
                                    model.name, variant, name, task.name, "target", task.official_split, language, second, seed,
                                    METRICS[key].name, round(value + shift, 6), 200, job,
                                )
                            )  # fmt: skip
        for variant, name in study.arms:
            entry = study.entry(name)
            if entry is None or entry.control in ("none-longer", "mlm-en"):
                continue
            method = study.variant(variant)
            if method is None or method.of_intermediate:
                arm = named(variant, name)
                rows.extend(
                    Score(
                        model.name, variant, name, task.name, "intermediate", "dev", "en", None, seed, METRICS[key].name,
                        round(60 + noise(model.name, named(variant, task.name), key, seed), 6), 500, f"train-{arm}-{seed}",
                    )
                    for task in entry.tasks
                    for seed in study.seeds_of(variant, name)
                    for key in task.metrics
                )  # fmt: skip
    return tuple(rows)


def named(variant: str, intermediate: str) -> str:
    """INTERMEDIATE, or INTERMEDIATE+VARIANT."""
    return intermediate if variant == PLAIN else f"{intermediate}+{variant}"


def gain_of(gains: Mapping[str, float], variant: str, intermediate: str) -> float:
    """That of the intermediate, and that of the variant ("+VARIANT") on top of it."""
    return gains.get(intermediate, 0.0) + (gains.get(f"+{variant}", 0.0) if variant != PLAIN else 0.0)


def seeds_of(study: Study, variant: str, intermediate: str, entry: TargetEntry) -> tuple[int | None, ...]:
    """The seeds of an arm's scores on a target; None where nothing is trained."""
    method, found = study.variant(variant), study.entry(intermediate)
    bare = found is None or found.control == "none-longer"
    return (None,) if bare and not entry.train and (method is None or method.mlm is None) else study.seeds_of(variant, intermediate)


def scores_by(study: Study, value: Callable[[str, str, str, int | None], float | None]) -> tuple[Score, ...]:
    """A score for every cell and metric by (intermediate, target, language, seed); None leaves the cell out."""
    rows: list[Score] = []
    for model in study.models:
        for variant, name in study.arms:
            arm = named(variant, name)
            for entry in study.target:
                for seed in seeds_of(study, variant, name, entry):
                    for language in entry.languages:
                        found = value(arm, entry.task.name, language, seed)
                        if found is not None:
                            job = f"{model.name}/{arm}/{entry.task.name}/{language}/{seed}"
                            rows.extend(
                                Score(
                                    model.name, variant, name, entry.task.name, "target", "test", language, None, seed, metric,
                                    float(found), 100, job,
                                )
                                for metric in (METRICS[key].name for key in entry.task.metrics)
                            )  # fmt: skip
    return tuple(rows)


def without(scores: Sequence[Score], **wanted: object) -> tuple[Score, ...]:
    """The scores but for those that have all these values."""
    return tuple(score for score in scores if any(getattr(score, name) != value for name, value in wanted.items()))


def fabricated_results(study: Study, scores: Sequence[Score] | None = None) -> Results:
    """Results with every fact that a report shows; cells without a score are missing."""
    found = tuple(fabricated_scores(study) if scores is None else scores)
    there = {(row.model, row.variant, row.intermediate, row.target, row.seed, row.language, row.second_language) for row in found}
    cells = [
        Cell(model.name, variant, arm, entry.task.name, seed, language, "stored", "", second)
        for model in study.models
        for variant, arm in study.arms
        for entry in study.target
        for seed in seeds_of(study, variant, arm, entry)
        for language, second in (*((language, None) for language in entry.languages), *(pair for pair in entry.pairs if pair[0] != pair[1]))
    ]
    cells = [
        cell
        if (cell.model, cell.variant, cell.intermediate, cell.target, cell.seed, cell.language, cell.second_language) in there
        else replace(cell, state="missing", reason="not run yet")
        for cell in cells
    ]
    data = [
        DataFacts(task.name, task.title, "training", "en", "train", "local files", f"f-{task.name}", 1000, 800)
        for task in dict.fromkeys(task for entry in study.intermediate for task in entry.tasks)
    ]
    data += [
        DataFacts(
            entry.task.name,
            entry.task.title,
            "evaluation",
            language,
            entry.task.official_split,
            "local files",
            f"f-{entry.task.name}-{language}",
            250,
            200,
        )
        for entry in study.target
        for language in entry.languages
    ]
    overlaps = (
        OverlapFacts("mnli", "training", "xnli", "en", 3, 400, ()),
        OverlapFacts("squad", "selection", "xquad", "en", 12, 380, ("XQuAD's paragraphs are 240 of SQuAD 1.1's dev set.",)),
        OverlapFacts("hellaswag", "training", "udpos", "fi", None, None, ()),
    )
    models = tuple(
        {"name": m.name, "title": m.title, "parameters": m.parameters, "revision": "0" * 40, "note": m.note, "tuned": m.tuned}
        for m in study.models
    )
    recipes = tuple(
        {"stage": "target", "task": entry.task.name, "learning_rate": 1e-5, "epochs": 3, "batch_size": 32} for entry in study.target
    )
    efficiency = tuple(
        EfficiencyRow(model.name, "target", entry.task.name, 120.5, 4000.0, 2**31, None, "cpu", len(study.seeds))
        for model in study.models
        for entry in study.target
        if entry.train
    )
    setup = Setup(tuple(data), overlaps, tuple(cells), ("no dev data of Tatoeba in 'sw'",), recipes, models, ("scores are made up",))
    provenance = {
        "study": {"name": study.name, "source": study.source},
        "stiltsreport": "0",
        "commit": None,
        "packages": {"numpy": "2"},
        "machines": [],
    }
    return Results(found, efficiency, setup, provenance)


METHODS = """\
title: A fabricated study of methods
models: [multilingual-e5-small]
intermediate:
  - mnli
  - squad
  - {name: both, tasks: [mnli, squad]}
  - {name: shuffled, of: mnli}
target:
  - {task: xnli, languages: [en, de, sw], pairs: all}
  - {task: udpos, languages: [en, fi]}
  - {task: xquad, languages: [en, es]}
  - {task: tatoeba, languages: [de, sw]}
seeds: [1, 2, 3, 4, 5]
variants: [plain, {mlm: {languages: [de, en, sw]}}, rs-da, {few_shot: {examples: 16}}]
statistics: {margin: {average: 1, task: 2, language: 3}}
"""
METHOD_GAINS = GAINS | {"both": 1.5, "shuffled": -0.5, "+mlm": 0.6, "+rs-da": 1.2, "+few-shot": 4.0}


def method_results(study: Study, scores: Sequence[Score] | None = None, collapsed: bool = True) -> Results:
    """Results of a study of methods with every fact that they bring: costs, health (XNLI after SQuAD collapses in seed 2), curves, choices."""
    found = tuple(fabricated_scores(study, METHOD_GAINS) if scores is None else scores)
    if collapsed and scores is None:
        low = {("squad", "plain", "xnli", 2)}
        found = tuple(replace(row, value=33.3) if (row.intermediate, row.variant, row.target, row.seed) in low else row for row in found)
    made = fabricated_results(study, found)
    setup = replace(
        made.setup,
        health=_health(study, collapsed=collapsed),
        costs=_costs(study),
        curves=tuple(
            CurveFacts(model.name, "plain" if part != "mlm" else "mlm", "both" if part != "mlm" else "squad", study.seeds[0], part,
                       tuple(range(20, 1220, 20)), tuple(start * 0.97**place + 0.4 + 0.05 * noise(part, place) for place in range(60)))
            for model in study.models
            for part, start in (("mnli", 1.1), ("squad", 3.9), ("mlm", 7.0))
        ),
        tuning=tuple(
            TuningPoint(model.name, stage, arm, rate, seed, 60 + gain + noise(arm, rate, seed), chosen=rate == best)
            for model in study.models
            for stage, arm, best in (("intermediate", "squad", 1e-5), ("target", "none", 2e-5), ("target", "squad", 1e-5))
            for rate, gain in ((5e-6, -3.0), (1e-5, 0.0), (2e-5, -1.0))
            for seed in (101, 102)
        ),
        layers=tuple(
            LayerPoint(model.name, arm, "tatoeba", str(layer), language, seed, 50 + 3 * layer - 0.25 * layer**2 + noise(arm, layer, language),
                       chosen=layer == 6)
            for model in study.models
            for arm, seed in (("none", None), ("squad", 1), ("squad+mlm", 1))
            for layer in range(1, 13)
            for language in ("fr", "tr")
        ),
        translations=(TranslationFacts("squad", "de", 940, 60, "a_command --of {source}"),),
        methods=tuple(MethodFacts(one.name, one.title, one.note or f"About {one.name}.", one.citation) for one in study.variants),
    )  # fmt: skip
    return replace(made, setup=setup, provenance=made.provenance | {"setup": setup.to_json()})


def _health(study: Study, *, collapsed: bool) -> tuple[RunHealth, ...]:
    return tuple(
        RunHealth(model.name, variant, name, entry.task.name, "target", seed, f"{model.name}/{named(variant, name)}/{entry.task.name}/{seed}",
                  "constant" if collapsed and (variant, name, entry.task.name, seed) == (PLAIN, "squad", "xnli", 2) else "healthy")
        for model in study.models
        for variant, name in study.arms
        for entry in study.target
        if entry.train
        for seed in study.seeds
    )  # fmt: skip


def _costs(study: Study) -> tuple[ArmCost, ...]:
    rows = []
    for model in study.models:
        for variant, name in study.arms:
            if name != "none" or variant == "mlm":
                rows.append(ArmCost(model.name, variant, name, "intermediate", 5, 5, 5, 5000, 160000, 4000, 1800.0))
            factor = 3 if variant == "rs-da" else 1
            rows.append(ArmCost(model.name, variant, name, "target", 15, 15, 5, 9000 * factor, 288000 * factor, 12000, 5400.0 * factor))
    return tuple(rows)
