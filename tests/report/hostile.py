"""Words that would be markup if anything let them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stiltsreport.report.build import build_report
from stiltsreport.report.document import Report
from stiltsreport.results import Cell as PlannedCell
from stiltsreport.stats.collapse import judged
from tests.fabricated import METHODS, fabricated_study, method_results
from tests.selected import with_selection

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><b>&amp;",
    "\\input{/etc/passwd} \\write18{ls}",
    "100 % of $a_b$ & c^^2 ~ {x} #1",
    "\"quoted\" `ticks` 'single'",
    "^^41 ^^M ^^5cinput",
    "line\nbreak\ttab \x00 \x07",
    "数学 العربية עברית 🙂 ạ ﬁ ½",
    "a|b|c --- -- ,; =1+1",
    "x" * 300,
)


def hostile_report(folder: Path) -> Report:
    """A study of methods with hostile words in every field that an author, a model or a translator writes."""
    study = fabricated_study(folder, METHODS)
    nasty = " ".join(HOSTILE[:8])
    models = tuple(replace(model, title=HOSTILE[0] + HOSTILE[3], objective=nasty) for model in study.models)
    titles = dict(zip((task for entry in study.intermediate for task in entry.tasks), HOSTILE[1:], strict=False))
    intermediate = tuple(
        replace(entry, title=words, tasks=tuple(replace(task, title=titles[task]) for task in entry.tasks))
        for entry, words in zip(study.intermediate[1:], HOSTILE[1:], strict=False)
    )
    target = tuple(replace(entry, task=replace(entry.task, title=words)) for entry, words in zip(study.target, HOSTILE[3:], strict=False))
    tasks = study.tasks | {task.name: task for entry in intermediate for task in entry.tasks}
    tasks |= {entry.task.name: entry.task for entry in target}
    variants = tuple(replace(one, title=words, note=nasty) for one, words in zip(study.variants[1:2], HOSTILE[4:], strict=False))
    study = replace(
        study, title=nasty, description=nasty, models=models, intermediate=intermediate, target=target, tasks=tasks, source=nasty,
        variants=variants,
    )  # fmt: skip
    made = with_selection(study, method_results(study))
    failed = PlannedCell("xlmr-base", "plain", "mnli", "xnli", 1, "en", "failed", nasty)
    setup = replace(
        made.setup,
        cells=(*made.setup.cells, failed),
        problems=(nasty,),
        notes=HOSTILE,
        tuning=tuple(replace(one, arm=nasty) for one in made.setup.tuning),
        layers=tuple(replace(one, arm=nasty, language=HOSTILE[0]) for one in made.setup.layers),
        curves=tuple(replace(one, part=nasty) for one in made.setup.curves),
        translations=tuple(replace(one, translator=nasty, language=HOSTILE[7]) for one in made.setup.translations),
        methods=tuple(replace(one, citation=nasty) for one in made.setup.methods),
        health=tuple(replace(one, verdict=nasty) if one.verdict != "healthy" else one for one in made.setup.health),
    )
    return build_report(study, replace(made, setup=setup), judged(study, made.scores, setup.health))
