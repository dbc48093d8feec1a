"""Words that would be markup if anything let them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stiltsreport.report.build import build_report
from stiltsreport.report.document import Report
from stiltsreport.results import Cell as PlannedCell
from stiltsreport.stats.compare import compare
from tests.fabricated import fabricated_results, fabricated_study

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
    """The fabricated study with hostile words in every field that an author writes."""
    study = fabricated_study(folder)
    nasty = " ".join(HOSTILE[:8])
    models = tuple(replace(model, title=HOSTILE[0] + HOSTILE[3], objective=nasty) for model in study.models)
    intermediate = tuple(replace(task, title=words) for task, words in zip(study.intermediate, HOSTILE[1:], strict=False))
    target = tuple(replace(entry, task=replace(entry.task, title=words)) for entry, words in zip(study.target, HOSTILE[3:], strict=False))
    tasks = study.tasks | {task.name: task for task in intermediate} | {entry.task.name: entry.task for entry in target}
    study = replace(
        study, title=nasty, description=nasty, models=models, intermediate=intermediate, target=target, tasks=tasks, source=nasty
    )
    made = fabricated_results(study)
    failed = PlannedCell("xlmr-base", "plain", "mnli", "xnli", 1, "en", "failed", nasty)
    setup = replace(made.setup, cells=(*made.setup.cells, failed), problems=(nasty,), notes=HOSTILE)
    return build_report(study, replace(made, setup=setup), compare(study, made.scores))
