"""Limitations, from the study's own records."""

from __future__ import annotations

from stiltsreport.report.document import Bullets, Inline, Section
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed, plural
from stiltsreport.stats.verdicts import MINIMUM_SEEDS


def limitations(evidence: Evidence) -> Section:
    """What the numbers do not show, each point only where it applies."""
    study, setup = evidence.study, evidence.results.setup
    points: list[tuple[Inline, ...]] = []
    tuned = [model.title for model in study.models if model.tuned]
    if tuned:
        points.append((f"{listed(tuned)}: tuned on labelled data after pretraining, so gains do not carry over to untuned encoders.",))
    if study.fewest_seeds < MINIMUM_SEEDS:
        points.append((f"{plural(study.fewest_seeds, 'seed')}: differences are descriptive only.",))
    if evidence.limits:
        points.append((f"{evidence.limits} Scores compare with nothing but each other.",))
    if study.benchmark is None:
        points.append((f"The mean of {plural(len(study.target), 'task')} is this study's own and no benchmark's average.",))
    own = sorted(
        {entry.task.title for arm in evidence.arms(study.models[0].name) for entry in study.target if evidence.own(arm, entry.task.name)}
    )
    if own:
        points.append(
            (f"On {listed(own)} some intermediate tasks are the target's own training data: marked cells show extra epochs, not transfer.",)
        )
    shared = [entry.task.title for entry in study.target if evidence.data.shares_file(entry)]
    if shared:
        points.append(
            (f"On {listed(shared)} English checkpoints were selected on the file that is reported on; the English cells are marked.",)
        )
    points.extend((note,) for entry in study.target for note in evidence.data.notes(entry))
    seen = []
    for model in study.models:
        sets = [f"{study.tasks[name].title} ({state})" for name, state, _ in model.seen if state != "no" and name in study.tasks]
        seen += [f"{model.title}: {', '.join(sets)}"] if sets else []
    if seen:
        points.append((f"Data sets of the tasks that a model has seen, or may have seen, before: {'; '.join(seen)}.",))
    if not any(model.seen for model in study.models):
        points.append(("What the models' pretraining data hold of the evaluated texts is not known.",))
    others = "other languages or models" if evidence.compared.resampled else "other items, languages or models"
    second = "; second intervals speak of new items too" if evidence.compared.resampled else ""
    points.append((f"Tests concern retraining on these test items{second}. They say nothing of {others}.",))
    points.extend((note,) for note in setup.notes)
    points.extend((problem,) for problem in setup.problems)
    return Section("limitations", "Limitations", (Bullets(tuple(points)),))
