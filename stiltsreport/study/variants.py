"""The variants of a study resolved: each method with its settings, its title, and what of it is our own choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import RADIUS, Perturbation
from stiltsreport.places import is_file
from stiltsreport.recipes import Recipe, RecipeBook
from stiltsreport.registry import did_you_mean
from stiltsreport.study.beside import Beside
from stiltsreport.study.definitions import NAME
from stiltsreport.study.methods import MlmEntry, RobustEntry, TranslatedEntry, VariantEntry
from stiltsreport.study.problems import Problems
from stiltsreport.study.recipes import recipe_book
from stiltsreport.study.schema import StudyFile
from stiltsreport.study.study import (
    BASELINE,
    PLAIN,
    Augmentation,
    FewShot,
    IntermediateEntry,
    MaskedLanguageModelling,
    TargetEntry,
    Translator,
    Variant,
)
from stiltsreport.tasks import ALIASES
from stiltsreport.tasks.flores import flores_code
from stiltsreport.tasks.languages import LANGUAGES
from stiltsreport.tasks.mlm import MLM
from stiltsreport.tasks.task import Task

COPIES = (("", 3), ("pawsx", 10))  # of an example: Huang et al. 2021, the released scripts (10 for PAWS-X, 3 for XNLI); 3 elsewhere is ours
HUANG = "huang2021improving"
_TITLES = {"adv": "adversarial training", "rs-rp": "random perturbation", "rs-da": "synonym augmentation"}


@dataclass(frozen=True)
class _Context:
    """What a variant is resolved in: the study's targets, recipes and tasks, the folder of its file, the variants that stand before it."""

    targets: Sequence[TargetEntry]
    books: Mapping[str, RecipeBook]
    tasks: Mapping[str, Task]
    beside: Beside
    earlier: Mapping[str, Variant]
    where: Callable[..., str]


def variants(
    written: StudyFile,
    targets: Sequence[TargetEntry],
    books: Mapping[str, RecipeBook],
    tasks: Mapping[str, Task],
    beside: Beside,
    intermediates: Sequence[IntermediateEntry],
    problems: Problems,
) -> list[Variant]:
    """The variants in the study's order, without "plain", which every study has."""
    found: dict[str, Variant] = {}
    for index, entry in enumerate(written.variants):
        if entry.plain:
            continue
        keys = ("variants", index)
        if entry.label in (*found, PLAIN):
            problems.note(f"two variants of the name {entry.label!r}", *keys, hint="give one of them a `name`")
            continue
        if not NAME.fullmatch(entry.label.replace("+", "-")):
            problems.note(f"{entry.label!r} cannot name a variant", *keys, hint="letters, digits, '.', '_' and '-'")
            continue
        context = _Context(targets, books, tasks, beside, dict(found), partial(problems.where, *keys))
        plain = Variant(entry.label, entry.title or entry.label, of=_of(entry, index, intermediates, problems))
        made = problems.attempt(partial(_BUILDERS[entry.kind], plain, entry, context), *keys)
        if made is not None:
            found[entry.label] = made
        if made is not None and made.of and not any(made.applies(name) for name in made.of):
            problems.note(f"{entry.label!r} changes nothing of {' and '.join(made.of)}", *keys, "of", hint="name an intermediate task")
    return list(found.values())


def _of(entry: VariantEntry, index: int, intermediates: Sequence[IntermediateEntry], problems: Problems) -> tuple[str, ...] | None:
    """The intermediates that a variant is of, where it names them; controls have no variants."""
    if entry.of is None:
        return None
    known = [BASELINE, *(one.name for one in intermediates if one.control is None)]
    for name in entry.of:
        if name not in known:
            problems.note(
                f"no intermediate {name!r} that can have a variant", "variants", index, "of", hint=did_you_mean(name, known, ALIASES)
            )
    if not entry.of:
        problems.note("a variant of nothing", "variants", index, "of", hint="leave the key out for all intermediates")
    return tuple(dict.fromkeys(entry.of))


def _named(plain: Variant, entry: VariantEntry, context: _Context) -> Variant:
    """A method by its name alone, with its default settings."""
    if entry.method == "mlm":
        return _mlm(plain, entry.model_copy(update={"mlm": MlmEntry()}), context)
    return _robust(plain, entry.model_copy(update={"robust": RobustEntry(method=entry.method)}), context)  # type: ignore[arg-type]


def _mlm(plain: Variant, entry: VariantEntry, context: _Context) -> Variant:
    written = entry.mlm
    assert written is not None
    if written.languages == ["all"]:
        languages = tuple(sorted({language for target in context.targets for language in target.languages} | {"en"}))
    else:
        _known(written.languages, context.where("mlm"))
        languages = tuple(sorted(set(written.languages)))
    recipe = Recipe(
        max_length=written.max_length, batch_size=written.batch_size, masked_share=written.masked_share, vocabulary=written.vocabulary
    )
    mlm = MaskedLanguageModelling(languages, written.ratio, written.temperature, recipe, MLM, written.languages == ["all"])
    note = (
        f"{written.ratio:.0%} of the steps of the intermediate phase are masked language modelling, added to those of the task; languages "
        f"are drawn with exponent {1 / written.temperature:.2g}. The paper's text, languages and ratio are not published: they are our "
        "choice."
    )
    if written.vocabulary == "met":
        note += " The softmax is over the tokens that the training's texts hold."
    return replace(plain, mlm=mlm, citation="phang2020english", note=note)


def _robust(plain: Variant, entry: VariantEntry, context: _Context) -> Variant:
    written = entry.robust
    assert written is not None
    title = plain.title if plain.title != plain.name else _TITLES[written.method]
    plain = replace(plain, title=title, citation=HUANG)
    if written.method == "rs-da":
        return _augmentation(plain, written, context)
    given = {name: getattr(written, name) for name in ("radius", "steps", "step_size", "distribution")}
    chosen = {"radius": RADIUS[written.method], **{name: value for name, value in given.items() if value is not None}}
    perturbation = Perturbation(written.method, **chosen)
    if written.method == "adv":
        note = (
            f"The loss is that of word embeddings moved within an L2 ball of {perturbation.radius:g} of their mean norm, by "
            f"{perturbation.steps} projected gradient steps of {perturbation.step_size:g}."
        )
    else:
        shape = "uniform in the L2 ball" if perturbation.distribution == "ball" else "normal"
        note = f"Noise, {shape}, of {perturbation.radius:g} of their mean norm is added to the word embeddings at every step."
    return replace(plain, perturbation=perturbation, note=f"{note} The paper's own magnitudes are not published: these are our choice.")


def _augmentation(plain: Variant, written: RobustEntry, context: _Context) -> Variant:
    copies = dict(COPIES)
    if isinstance(written.copies, dict):
        unknown = next((name for name in written.copies if name not in context.tasks), None)
        if unknown is not None:
            raise StiltsReportError(f"unknown task {unknown!r}", where=context.where("robust"), hint=did_you_mean(unknown, context.tasks))
        copies |= written.copies
    elif written.copies is not None:
        copies = {"": written.copies}
    synonyms = context.beside.folder / written.synonyms if written.synonyms else None
    if synonyms is not None and not context.beside.for_report and not is_file(synonyms):
        hint = "a JSON object: word to list of neighbours"
        raise StiltsReportError(f"{synonyms} is no file", where=context.where("robust"), hint=hint)
    given = {name: getattr(written, name) for name in ("neighbours", "similarity") if getattr(written, name) is not None}
    source = f"of {synonyms.name}" if synonyms else "nearest in the pretrained embedding table (our choice: no list of synonyms is shipped)"
    note = (
        f"Copies of every training example with words replaced by synonyms {source} take the place of the originals, drawn once; "
        "training takes as many optimizer steps as plain does (our choice)."
    )
    return replace(plain, augmentation=Augmentation(tuple(copies.items()), synonyms, **given), note=note)


def _translated(plain: Variant, entry: VariantEntry, context: _Context) -> Variant:
    note = "It takes as many optimizer steps as plain does (our choice)."
    return replace(plain, translated=_translator(entry.translated, context.where("translated")), citation="phang2020english", note=note)


def _translate_train(plain: Variant, entry: VariantEntry, context: _Context) -> Variant:
    translator = _translator(entry.translate_train, context.where("translate_train"))
    note = "Not zero-shot: the target's training set is translated too. It takes as many optimizer steps as plain does (our choice)."
    return replace(plain, translate_train=translator, citation="hu2020xtreme", note=note)


def _translate_test(plain: Variant, entry: VariantEntry, _context: _Context) -> Variant:
    written = entry.translate_test
    assert written is not None
    made = Translator(("en",), model=written.model, command=written.command)
    made = made if written.files is None else replace(made, files=written.files)
    return replace(plain, translate_test=made, citation="hu2020xtreme", note="Each evaluation set is put into English first.")


def _few_shot(plain: Variant, entry: VariantEntry, _context: _Context) -> Variant:
    assert entry.few_shot is not None
    note = f"Not zero-shot: {entry.few_shot.examples} examples of each target language follow the English set."
    return replace(plain, few_shot=FewShot(entry.few_shot.examples), note=note)


def _translator(written: TranslatedEntry | None, where: str) -> Translator:
    assert written is not None
    _known(written.to, where)
    if "en" in written.to:
        raise StiltsReportError("English is what is translated", where=where, hint="leave 'en' out; `english: true` keeps it in")
    made = Translator(tuple(sorted(set(written.to))), model=written.model, command=written.command, english=written.english)
    return made if written.files is None else replace(made, files=written.files)


def _known(languages: list[str], where: str) -> None:
    unknown = next((language for language in languages if flores_code(language) is None and language not in LANGUAGES), None)
    if unknown is not None:
        raise StiltsReportError(f"unknown language {unknown!r}", where=where, hint=did_you_mean(unknown, LANGUAGES))


def _recipes(plain: Variant, entry: VariantEntry, context: _Context) -> Variant:
    assert entry.recipes is not None
    found: dict[str, RecipeBook] = {}
    for stage in ("intermediate", "target"):
        named = getattr(entry.recipes, stage)
        if named is not None:
            found[stage] = recipe_book(named, context.tasks, partial(context.where, "recipes", stage), context.books[stage])
    if not found:
        raise StiltsReportError(
            "a variant of recipes that changes neither", where=context.where("recipes"), hint="recipes: {target: {epochs: 20}}"
        )
    note = "; ".join(f"{stage} training by the recipe {book.name}" for stage, book in found.items())
    note = f"{note[0].upper()}{note[1:]}."
    return replace(plain, intermediate_recipe=found.get("intermediate"), target_recipe=found.get("target"), note=note)


def _crossed(plain: Variant, entry: VariantEntry, context: _Context) -> Variant:
    """Several variants in one, each written before it."""
    where, names = context.where("all"), entry.all or []
    made: dict[str, Any] = {}
    for name in names:
        one = context.earlier.get(name)
        if one is None:
            hint = did_you_mean(name, context.earlier) if context.earlier else "write those that it crosses above it"
            raise StiltsReportError(f"no variant {name!r} stands before it", where=where, hint=hint)
        for method in _CROSSED:
            value = getattr(one, method)
            if value is not None and method in made:
                raise StiltsReportError(
                    f"two variants of {method.replace('_', ' ')} cannot be crossed", where=where, hint="name one of them"
                )
            if value is not None:
                made[method] = value
    if len(set(names)) < 2:  # noqa: PLR2004 - one alone is that one
        raise StiltsReportError("crosses two variants or more", where=where, hint="{name: both, all: [mlm, rs-da]}")
    translator = made.get("translate_train")
    if "augmentation" in made and translator is not None and not translator.english:
        what = "words are replaced in English alone, which its translate-train leaves out"
        raise StiltsReportError(what, where=where, hint="translate_train: {english: true}")
    ones = [context.earlier[name] for name in names]
    return replace(plain, citation=next(filter(None, (one.citation for one in ones)), ""), note=" ".join(one.note for one in ones), **made)


_BUILDERS: dict[str, Callable[[Variant, VariantEntry, _Context], Variant]] = {
    "method": _named,
    "mlm": _mlm,
    "translated": _translated,
    "robust": _robust,
    "translate_train": _translate_train,
    "translate_test": _translate_test,
    "few_shot": _few_shot,
    "recipes": _recipes,
    "all": _crossed,
}
_CROSSED = (
    "mlm", "translated", "perturbation", "augmentation", "translate_train", "translate_test", "few_shot", "intermediate_recipe",
    "target_recipe",
)  # fmt: skip
