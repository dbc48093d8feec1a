"""The recipes of a study against its models: what a model cannot do is told before it trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from stiltsreport.architectures import ARCHITECTURES, record_of
from stiltsreport.errors import StiltsReportError
from stiltsreport.models import Model
from stiltsreport.recipes import Recipe, RecipeBook, layer_index
from stiltsreport.study.positions import Key
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import StudyFile
from stiltsreport.study.study import Variant

Keys = tuple[Key, ...]
Books = Mapping[Keys, RecipeBook]  # by the entry of the study file that makes them
_OF_TRAINING = {entry.name for entry in fields(Recipe)}


def books_of(written: StudyFile, books: Mapping[str, RecipeBook], variants: Sequence[Variant]) -> Books:
    """The recipes of both stages, and those of the variants that change them."""
    found: dict[Keys, RecipeBook] = {("recipes", stage): book for stage, book in books.items()}
    made = {variant.name: variant for variant in variants}
    for index, entry in enumerate(written.variants):
        variant = made.get(entry.label) if entry.recipes is not None else None
        for stage in ("intermediate", "target"):
            book = getattr(variant, f"{stage}_recipe", None)
            if book is not None:
                found["variants", index, "recipes", stage] = book
    return found


def check_recipes(models: Sequence[Model], books: Books, problems: Problems) -> None:
    """Note every entry that a model of known sizes cannot be trained or read by, for all tasks or for one.

    An encoder was never pretrained to read in one direction, not every decoder is known to turn, and nobody has more layers than there are.
    """
    known = list({model.unadapted: model for model in models if model.parameters}.values())
    for keys, book in books.items():
        for place, attention in _asked(book, "attention"):
            encoders = [model.unadapted for model in known if model.kind != "decoder"]
            if attention == "causal" and encoders:
                what = f"{', '.join(encoders)} cannot be made to read in one direction"
                problems.note(what, *keys, *place, hint="attention: pretrained or bidirectional; causal is for decoders")
            stiff = [model.unadapted for model in known if model.known_attention == "causal" and not record_of(model.architecture).turns]
            if attention == "bidirectional" and stiff:
                turning = ", ".join(name for name, one in ARCHITECTURES.items() if one.turns)
                hint = f"attention: pretrained; bidirectional is for encoders, and for decoders of the families {turning}"
                problems.note(f"{', '.join(stiff)} cannot be made to read in both directions", *keys, *place, hint=hint)
        for place, layer in _asked(book, "layer"):
            lacking = [model for model in known if not _has(model, str(layer))]
            _note_depth(f"no layer {layer}", "last, or a fraction of the depth such as 7/12", lacking, (*keys, *place), problems)
        for place, number in _asked(book, "frozen_layers"):
            lacking = [model for model in known if int(number) > model.layers]
            _note_depth(f"no {number} layers to freeze", "the depth of the shallowest", lacking, (*keys, *place), problems)


def _asked(book: RecipeBook, name: str) -> Iterator[tuple[Keys, str | int]]:
    """(place in the recipe, value) of an entry: for all tasks, and for each that has its own."""
    training = name in _OF_TRAINING
    yield (name,), getattr(book.base if training else book.protocol, name)
    for task, changes in book.by_task if training else book.protocol_by_task:
        for key, value in changes:
            if key == name:
                yield ("tasks", task, name), value


def _has(model: Model, layer: str) -> bool:
    """Whether it has the layer that a recipe names; its own was looked at where the model is defined."""
    try:
        return layer == "model" or layer_index(layer, model.layers) >= 0
    except StiltsReportError:
        return False


def _note_depth(what: str, hint: str, lacking: Sequence[Model], keys: Keys, problems: Problems) -> None:
    if lacking:
        names = ", ".join(f"{model.unadapted} ({model.layers} layers)" for model in lacking)
        least = min(model.layers for model in lacking)
        problems.note(f"{names} {'has' if len(lacking) == 1 else 'have'} {what}", *keys, hint=f"0 to {least}, {hint}")
