"""Decoders asked in words, zero-shot and behind demonstrations: a baseline beside those that are trained, and part of no gain."""

from __future__ import annotations

from stiltsreport.models import Model
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed, plural, shown
from stiltsreport.report.tables.cells import evaluated, footnotes
from stiltsreport.report.titles import metric_title
from stiltsreport.stats.prompting import Asked, asked_scores
from stiltsreport.study.prompting import prompted_models
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry
from stiltsreport.tasks.prompts import PROMPTED


def prompting(evidence: Evidence) -> list[Table]:
    """The table `prompting`; none where the study asks for nothing, or nothing was asked yet."""
    study = evidence.study
    found = {(one.model, one.shots, one.target): one for one in asked_scores(study, evidence.results.scores)}
    if study.prompting is None or not any(one.values for one in found.values()):
        return []
    entries = [entry for entry in study.target if entry.task.type in PROMPTED]
    left_out = [entry.task.title for entry in study.target if entry not in entries]
    groups = []
    for model in prompted_models(study.models):
        rows = [
            Row(
                shots_in_words(f"prompted-{shots}"),
                tuple(_cell(found[model.unadapted, shots, entry.task.name]) for entry in entries),
                key=f"{model.unadapted}/prompted-{shots}",
            )
            for shots in study.prompting.shots
        ]
        rows += [_trained(evidence, arm, entries) for arm in study.models if arm.unadapted == model.unadapted]
        groups.append(RowGroup(asked_title(model), tuple(rows)))
    return [
        Table(
            id="prompting",
            title="Language models asked in words",
            caption=(
                f"Prompted: mean over {plural(study.prompting.prompts, 'English prompt')} and over languages, without training; the second "
                f"line is the SD over prompts, which differ in their words and, with demonstrations, in these (drawn from the target's "
                f"English training set). Labels by likelihood after contextual calibration (Zhao et al. 2021, arXiv 2102.09690), choices "
                f"by PMI_DC (Holtzman et al. 2021, arXiv 2104.08315), answers as the likeliest spans of the context, a tag a word. "
                f"Trained: the same model's {BASELINE}, over {evidence.seeds}, with its SD over seeds. "
                f"{evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Model",
            columns=tuple(Column(entry.task.title, metric_title(entry.task), key=f"{entry.task.name}/*") for entry in entries),
            groups=tuple(groups),
            source_notes=(
                f"No prompted score enters a gain, an average or a claim: {BASELINE} is the same model trained on the target alone.",
                *((f"Not asked, since no words answer them: {listed(left_out)}.",) if left_out else ()),
            ),
            footnotes=footnotes(evidence, groups),
            signature=evidence.signature("prompting", "calibration:contextual+pmi-dc", f"prompts:{study.prompting.prompts}"),
            second_title="± SD",
        )
    ]


def _cell(one: Asked) -> Cell:
    mean, sd = one.mean, one.sd
    if mean is None:
        return Cell(marks=("not run",), details=(("missing", ", ".join(one.missing)),))
    values = ", ".join(f"{number}: {shown(value, 2)}" for number, value in one.values)
    details = (("by prompt", values), *((("missing", ", ".join(one.missing)),) if one.missing else ()))
    return Cell(Number(mean), None if sd is None else Number(sd, half_width=True, grey=True), details=details)


def _trained(evidence: Evidence, model: Model, entries: list[TargetEntry]) -> Row:
    """The baseline of an arm of the model, for reading beside."""
    cells = []
    for entry in entries:
        series = evidence.aggregates.task(model.name, PLAIN, BASELINE, entry.task.name)
        if series is None:
            cells.append(Cell(marks=("not run",)))
            continue
        sd = series.sd()
        spread = None if sd is None else Number(sd, half_width=True, grey=True)
        cells.append(Cell(Number(series.mean(), grey=True), spread, details=(("seeds", plural(len(series.seeds), "seed")),)))
    return Row(f"trained: {BASELINE}, {model.adaptation.title}", tuple(cells), key=f"{model.name}/{BASELINE}")


def shots_in_words(variant: str) -> str:
    """How many demonstrations a row is asked behind.

    >>> shots_in_words("prompted-0"), shots_in_words("prompted-4")
    ('zero-shot', '4-shot')
    """
    shots = variant.rpartition("-")[2]
    return "zero-shot" if shots == "0" else f"{shots}-shot"


def asked_title(model: Model) -> str:
    """The model's without its adaptation: what is asked is the pretrained one."""
    return model.title.removesuffix(f" ({model.adaptation.title})") if model.adaptation.suffix else model.title
