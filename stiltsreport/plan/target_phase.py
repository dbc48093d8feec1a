"""The target phase of an arm: its trainings, and what is evaluated on the checkpoint that they give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import Sampled, SynonymCopies
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Checkpoint, Evaluate, Part, Pretrained, Train
from stiltsreport.plan.recipe_choice import RecipeChoice
from stiltsreport.plan.steps import steps_of, uncounted
from stiltsreport.plan.uses import Found, Uses
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.study.study import Augmentation, Study, TargetEntry, Variant
from stiltsreport.tasks.changes.synonyms import synonyms_fingerprint
from stiltsreport.tasks.task import Task, TaskType

AUGMENTED_BY = 0  # the seed of RS-DA: its copies are made once, for all seeds, as the released files are


@dataclass
class TargetPhase:
    """Makes the target trainings and evaluations of a study."""

    study: Study
    uses: Uses
    choice: RecipeChoice

    def train(
        self, start: Checkpoint, entry: TargetEntry, variant: Variant | None, seed: int, arm: str, more_steps: int = 0
    ) -> Checkpoint | StiltsReportError:
        """One training for each of the entry's training tasks, each starting from the one before; `start` where it has none.

        `more_steps` are added to the last of them (the control none-longer).
        """
        current = start
        recipe, protocol = self.choice.of("target", entry.task.name, _root(start).model, variant, arm)
        for index, task in enumerate(entry.train):
            last = index == len(entry.train) - 1
            selection = entry.task.selection if last else task.selection
            form: TaskType = "dual_encoder" if entry.task.type == "dual_encoder" else task.type
            part = self._part(_root(start), task, selection, form, recipe, protocol, variant)
            if isinstance(part, StiltsReportError):
                return part
            perturbation = variant.perturbation if variant else None
            trained = Train(current, (part,), part.recipe, seed, "target", index > 0, perturbation=perturbation)
            if last and more_steps:
                steps = steps_of(trained, self.uses.data.count)
                if steps is None:
                    return uncounted(task.title)
                longer = replace(part.recipe, steps=steps + more_steps)
                trained = replace(trained, parts=(replace(part, recipe=longer),), recipe=longer)
            current = trained
        return current

    def _part(
        self, start: Pretrained, task: Task, selection: str, form: TaskType, recipe: Recipe, protocol: Protocol, variant: Variant | None
    ) -> Part | StiltsReportError:
        training = self.uses.training(task, selection)
        chosen = self.uses.selection(selection) if selection else None
        for found in (training, chosen):
            if isinstance(found, StiltsReportError):
                return found
        assert isinstance(training, DataUse)
        assert not isinstance(chosen, StiltsReportError)
        plain = training
        if variant and variant.augmentation:
            change = self._copies(start, task, variant.augmentation)
            training = replace(training, change=change)
            if recipe.steps is None:  # as many steps as on the originals
                recipe = replace(recipe, epochs=recipe.epochs / change.copies)
        sets = [training]
        if variant and variant.translate_train:
            translator = variant.translate_train
            others = [self.uses.translated(plain, language, translator) for language in translator.to]  # synonyms are English ones
            lacking = next((other for other in others if isinstance(other, StiltsReportError)), None)
            if lacking is not None:
                return lacking
            sets = [*(sets if translator.english else []), *(other for other in others if isinstance(other, DataUse))]
        return Part(tuple(sets), form, chosen, recipe, protocol)

    def _copies(self, start: Pretrained, task: Task, augmentation: Augmentation) -> SynonymCopies:
        copies = dict(augmentation.copies)
        file = augmentation.synonyms
        return SynonymCopies(
            copies.get(task.name, copies.get("", 1)),
            AUGMENTED_BY,
            "embeddings" if file is None else synonyms_fingerprint(file, self.uses.data.memo),
            str(file or ""),
            start.id,
            augmentation.neighbours,
            augmentation.similarity,
        )

    def evaluations(
        self, trained: Checkpoint, entry: TargetEntry, variant: Variant | None, seed: int, arm: str
    ) -> Iterator[tuple[str, str | None, Evaluate | StiltsReportError]]:
        """(language, second language, evaluation or what it lacks) of each language, then of each pair."""
        _, protocol = self.choice.of("target", entry.task.name, _root(trained).model, variant, arm)
        for language in entry.languages:
            checkpoint: Checkpoint | StiltsReportError = trained
            if variant and variant.few_shot and entry.train and language != "en":
                checkpoint = self._few_shot(trained, entry, language, variant.few_shot.examples, seed)
            if isinstance(checkpoint, StiltsReportError):
                yield language, None, checkpoint
            else:
                yield language, None, self.evaluate(checkpoint, entry, language, protocol, variant)
        for first, second in entry.pairs:
            yield first, second, self._pair(trained, entry, first, second, protocol)

    def evaluate(
        self, checkpoint: Checkpoint, entry: TargetEntry, language: str, protocol: Protocol, variant: Variant | None = None
    ) -> Evaluate | StiltsReportError:
        """An evaluation in one language.

        BUCC's threshold is found on dev; where dev is what is reported, that is jiant's oracle, and the report says so.
        """
        use = self.uses.evaluation(entry.task, language)
        if isinstance(use, StiltsReportError):
            return use
        if variant and variant.translate_test and entry.train and language != "en":
            translated = self._in_english(use, variant)
            if isinstance(translated, StiltsReportError):
                return translated
            use = translated
        if entry.task.type != "bitext_mining":
            return Evaluate(checkpoint, use, protocol)
        threshold = self.uses.dev(entry.task, language, "threshold")
        return threshold if isinstance(threshold, StiltsReportError) else Evaluate(checkpoint, use, protocol, threshold)

    def _in_english(self, use: DataUse, variant: Variant) -> Found:
        assert variant.translate_test is not None
        if use.task.type not in ("sequence_classification", "multiple_choice"):
            return StiltsReportError(f"translate-test of {use.task.title}: its answers would have to be put back into their language")
        found = self.uses.translated(use, "en", variant.translate_test)
        if isinstance(found, DataUse) and found.change is None:  # a ready file: its language stays the one that it speaks for
            return replace(found, source=replace(found.source, language=use.source.language))
        return found

    def _few_shot(self, trained: Checkpoint, entry: TargetEntry, language: str, examples: int, seed: int) -> Checkpoint | StiltsReportError:
        """The checkpoint trained on: examples of the target's dev set in that language, never of the set that is reported."""
        if not isinstance(trained, Train):
            return trained
        if entry.task.type == "dual_encoder":
            return StiltsReportError(f"few-shot of {entry.task.title}: its dev sets are searched, and hold no training pairs")
        reported = self.uses.evaluation(entry.task, language)
        dev = self.uses.dev(entry.task, language, "few-shot training")
        for found in (reported, dev):
            if isinstance(found, StiltsReportError):
                return found
        assert isinstance(reported, DataUse)
        assert isinstance(dev, DataUse)
        if dev.source.fingerprint == reported.source.fingerprint:
            return StiltsReportError(f"{entry.task.title} in {language!r} has no set but the reported one to take {examples} examples from")
        use = replace(dev, limit=None, change=Sampled(examples, seed))
        recipe = replace(trained.recipe, selection="last", steps=None, epochs=max(trained.recipe.epochs, FEW_SHOT_EPOCHS))
        part = Part((use,), trained.form, None, recipe, trained.protocol)
        return Train(trained, (part,), recipe, seed, "target", carries_head=True)

    def _pair(self, trained: Checkpoint, entry: TargetEntry, first: str, second: str, protocol: Protocol) -> Evaluate | StiltsReportError:
        sides = self.uses.parallel(entry.task, (first, second))
        for side in sides:
            if isinstance(side, StiltsReportError):
                return side
        one, other = sides
        assert isinstance(one, DataUse)
        assert isinstance(other, DataUse)
        return Evaluate(trained, replace(one, second=other.source), protocol)


FEW_SHOT_EPOCHS = 10  # passes over the few examples (our choice), at the recipe's learning rate


def _root(checkpoint: Checkpoint) -> Pretrained:
    return checkpoint if isinstance(checkpoint, Pretrained) else checkpoint.pretrained
