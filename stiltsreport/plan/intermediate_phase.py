"""The intermediate phase of an arm as a training: one task or a mixture, with text, translations, or as a control."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import ShuffledLabels, Texts
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Part, Pretrained, Train
from stiltsreport.plan.recipe_choice import RecipeChoice
from stiltsreport.plan.steps import steps_of, uncounted
from stiltsreport.plan.uses import Uses
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.study.study import IntermediateEntry, MaskedLanguageModelling, Study, Variant
from stiltsreport.tasks.task import Task, TaskType

MLM_FORM: TaskType = "masked_language_modelling"


@dataclass
class IntermediatePhase:
    """Makes the intermediate trainings of a study."""

    study: Study
    uses: Uses
    choice: RecipeChoice

    def train(
        self, start: Pretrained, entry: IntermediateEntry | None, variant: Variant | None, seed: int, arm: str
    ) -> Train | StiltsReportError | None:
        """The training of one arm and seed, or what it lacks; None where the arm has no intermediate phase.

        `entry` None: the baseline, which has one in the variant of MLM alone. A decoder lacks what masks words.
        """
        if start.model.kind != "encoder" and ((variant and variant.mlm) or (entry and entry.control == "mlm-en")):
            kind = "a decoder" if start.model.kind == "decoder" else "the encoder of a pair"
            return StiltsReportError(f"{kind} has no masked words to predict")
        if entry is None:
            return self._text_alone(start, variant, seed, arm) if variant and variant.mlm else None
        if entry.control == "none-longer":
            return None
        plain = self.mixture(start, entry, variant, seed, arm)
        if isinstance(plain, StiltsReportError):
            return plain
        if entry.control == "mlm-en":
            return self._english_text(plain, entry)
        return self._with_text(plain, variant.mlm) if variant and variant.mlm else plain

    def mixture(
        self, start: Pretrained, entry: IntermediateEntry, variant: Variant | None, seed: int, arm: str
    ) -> Train | StiltsReportError:
        """One head a task, drawn as the entry says."""
        parts = []
        for task in entry.tasks:
            part = self._part(start, task, entry, variant, seed, arm)
            if isinstance(part, StiltsReportError):
                return part
            parts.append(part)
        if len(parts) == 1:
            recipe = parts[0].recipe
        else:
            recipe, _ = self.choice.of("intermediate", entry.name, start.model, variant, arm)
        return Train(start, tuple(parts), recipe, seed, "intermediate", sampling=entry.sampling)

    def _part(
        self, start: Pretrained, task: Task, entry: IntermediateEntry, variant: Variant | None, seed: int, arm: str
    ) -> Part | StiltsReportError:
        recipe, protocol = self.choice.of("intermediate", task.name, start.model, variant, arm)
        training = self.uses.training(task, task.selection, entry.examples)
        selection = self.uses.selection(task.selection) if task.selection else None
        for found in (training, selection):
            if isinstance(found, StiltsReportError):
                return found
        assert isinstance(training, DataUse)
        assert not isinstance(selection, StiltsReportError)
        if entry.control == "shuffled":
            training = replace(training, change=ShuffledLabels(seed))
        sets = [training]
        if variant and variant.translated:
            sets = [training] if variant.translated.english else []
            for language in variant.translated.to:
                other = self.uses.translated(training, language, variant.translated)
                if isinstance(other, StiltsReportError):
                    return other
                sets.append(other)
        return Part(tuple(sets), task.type, selection, recipe, protocol)

    def _with_text(self, plain: Train, mlm: MaskedLanguageModelling) -> Train | StiltsReportError:
        """Steps of MLM added to those of the tasks, so that these make up `ratio` of all."""
        text = self._text_part(mlm, plain.recipe, share=mlm.ratio)
        if isinstance(text, StiltsReportError):
            return text
        recipe = plain.recipe
        if recipe.steps is not None:
            recipe = replace(recipe, steps=round(recipe.steps / (1 - mlm.ratio)))
        return replace(plain, parts=(*plain.parts, text), recipe=recipe)

    def _text_alone(self, start: Pretrained, variant: Variant, seed: int, arm: str) -> Train | StiltsReportError:
        """The steps of MLM that the study's first intermediate gets, without it."""
        assert variant.mlm is not None
        if not self.study.intermediate:
            return StiltsReportError(
                "MLM alone takes the steps that it has beside an intermediate task, and there is none", hint="name one in `intermediate`"
            )
        beside = self.mixture(start, self.study.intermediate[0], None, seed, arm)
        if isinstance(beside, StiltsReportError):
            return beside
        steps = steps_of(beside, self.uses.data.count)
        if steps is None:
            return uncounted(self.study.intermediate[0].title)
        text = self._text_part(variant.mlm, beside.recipe, share=None)
        if isinstance(text, StiltsReportError):
            return text
        recipe = replace(beside.recipe, steps=max(1, round(steps * variant.mlm.ratio / (1 - variant.mlm.ratio))), selection="last")
        return replace(beside, parts=(replace(text, recipe=_data_entries(text.recipe, recipe)),), recipe=recipe)

    def _english_text(self, plain: Train, entry: IntermediateEntry) -> Train | StiltsReportError:
        """The control mlm-en: MLM on the English texts of the intermediate's examples, as many steps."""
        steps = steps_of(plain, self.uses.data.count)
        if steps is None:
            return uncounted(entry.title)
        mlm = next((variant.mlm for variant in self.study.variants if variant.mlm), None)
        base = mlm.recipe if mlm else Recipe(vocabulary="whole")
        recipe = replace(plain.recipe, steps=steps, selection="last")
        sets = tuple(replace(part.training, change=Texts()) for part in plain.parts)
        part = Part(sets, MLM_FORM, None, _data_entries(base, recipe), Protocol())
        return replace(plain, parts=(part,), recipe=recipe)

    def _text_part(self, mlm: MaskedLanguageModelling, recipe: Recipe, share: float | None) -> Part | StiltsReportError:
        sets = self.uses.texts(mlm)
        if isinstance(sets, StiltsReportError):
            return sets
        return Part(sets, MLM_FORM, None, _data_entries(mlm.recipe, recipe), Protocol(), share, mlm.temperature)


def _data_entries(own: Recipe, shared: Recipe) -> Recipe:
    """The training's recipe with lengths, batch size and masking of its own part."""
    entries = ("max_length", "batch_size", "masked_share", "vocabulary")
    return replace(shared, **{name: getattr(own, name) for name in entries})
