"""Prompt: a job that asks a pretrained decoder for a target in one language, by one template, behind so many demonstrations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from stiltsreport.adaptation import FULL
from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.data_use import DataUse, digest
from stiltsreport.plan.jobs import Pretrained
from stiltsreport.plan.recipe_choice import RecipeChoice
from stiltsreport.plan.recipe_ingredients import applicable
from stiltsreport.plan.uses import Uses
from stiltsreport.recipes import Protocol
from stiltsreport.study.prompting import prompted_models
from stiltsreport.study.study import Study, TargetEntry
from stiltsreport.tasks.prompts import PROMPTED, PromptTemplate, templates

PROMPTED_STAGE = "prompted"  # in scores.jsonl: such scores enter no gain
_OF_PROTOCOL = ("precision", "max_answer_length", "seqeval")  # what of it an answer and its counts depend on


@dataclass(frozen=True)
class Prompt:
    """One language of a target asked for. `number` of the template, from 1, also draws the demonstrations: `shots` of that English set.

    Its artifact is that of an evaluation.
    """

    checkpoint: Pretrained
    data: DataUse
    protocol: Protocol
    template: PromptTemplate
    number: int
    shots: int
    demonstrations: DataUse | None = None

    VERSION = 1

    @cached_property
    def id(self) -> str:
        """What is asked, of whom."""
        return digest(**self.ingredients)

    @property
    def ingredients(self) -> dict[str, Any]:
        """What the id is made of. A zero-shot prompt does not hang on the demonstrations, nor on its number."""
        drawn = self.demonstrations and {"set": self.demonstrations.ingredients, "shots": self.shots, "drawn": self.number}
        protocol = applicable(self.protocol, self.data.task.type)
        return {
            "job": "prompt",
            "version": self.VERSION,
            "checkpoint": self.checkpoint.id,
            "data": self.data.scored,
            "language": self.language,
            "protocol": {name: protocol[name] for name in _OF_PROTOCOL if name in protocol},
            "template": asdict(self.template),
            "demonstrations": drawn,
            **({"ends": "not within words"} if self.data.task.type == "question_answering" else {}),  # once 3.5 ended behind its 3
        }

    @property
    def language(self) -> str:
        """The language that is asked for."""
        return self.data.source.language

    @property
    def split(self) -> str:
        """The split that is asked for."""
        return self.data.source.split

    @property
    def variant(self) -> str:
        """The row's name: prompted-0, prompted-4."""
        return f"prompted-{self.shots}"

    @property
    def name(self) -> str:
        """MODEL/prompted-K/TARGET/NUMBER: what --only matches."""
        return f"{self.checkpoint.model.unadapted}/{self.variant}/{self.data.task.name}/{self.number}"


def prompts(study: Study, starts: Sequence[Pretrained], uses: Uses, choice: RecipeChoice) -> tuple[Prompt, ...]:
    """Every prompt of the study, of each model however it is adapted; those of one checkpoint by two names are equal jobs.

    What has no data is left out, and stands among the problems of the data.
    """
    if study.prompting is None:
        return ()
    wanted = {model.unadapted for model in prompted_models(study.models)}
    bare = {start.model.name: start for start in map(_bare, starts) if start.model.name in wanted}
    return tuple(
        prompt
        for start in bare.values()
        for entry in study.target
        if entry.task.type in PROMPTED
        for prompt in _of_target(study, start, entry, uses, choice)
    )


def _bare(start: Pretrained) -> Pretrained:
    """The model as it is asked: none of it is adapted, nor held in 4 bits."""
    model = start.model
    if not model.adaptation.suffix:
        return start
    title = model.title.removesuffix(f" ({model.adaptation.title})")
    return replace(start, model=replace(model, name=model.unadapted, title=title, adaptation=FULL))


def _of_target(study: Study, start: Pretrained, entry: TargetEntry, uses: Uses, choice: RecipeChoice) -> Iterator[Prompt]:
    assert study.prompting is not None
    _, protocol = choice.of("target", entry.task.name, start.model)
    demonstrations = _demonstrations(entry, uses)
    for language in entry.languages:
        data = uses.evaluation(entry.task, language)
        if isinstance(data, StiltsReportError):
            continue
        for shots in study.prompting.shots:
            if shots and demonstrations is None:
                continue
            for number, template in enumerate(templates(entry.task)[: study.prompting.prompts], start=1):
                yield Prompt(start, data, protocol, template, number, shots, demonstrations if shots else None)


def _demonstrations(entry: TargetEntry, uses: Uses) -> DataUse | None:
    """The English training set of the target's own form: the last of those that it is trained on, step by step."""
    alike = [task for task in entry.train if task.type == entry.task.type]
    if not alike:
        return None
    found = uses.training(alike[-1], entry.task.selection)
    return None if isinstance(found, StiltsReportError) else found
