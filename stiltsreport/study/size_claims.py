"""Whether models can be compared by size: they must differ in nothing else that moves a gain.

A trend over sizes whose small models are fine-tuned in full and whose large ones get adapters would show the adapters' effect as that of
size. Such a claim has no answer, whatever the scores: it is refused where the study is read, and the refusal names the arms that would
answer it. What only more or other checkpoints could mend (a second family, a second model past a size) is told by the answer instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from stiltsreport.adaptation import Adaptation
from stiltsreport.errors import StiltsReportError
from stiltsreport.models import Model
from stiltsreport.recipes import RecipeBook
from stiltsreport.study.adaptation_entry import adapted

Mask = Callable[[Model], str]  # of attention: "bidirectional", "causal", or "" where it is not known


def groups(models: Iterable[Model], mask: Mask) -> list[list[Model]]:
    """The models that can be compared by size, group by group, in their own order: of one adaptation, precision and attention mask.

    Those whose mask is not known stand with the bidirectional ones; what a claim then lacks is told by its answer.
    """
    found: dict[tuple[Adaptation, str], list[Model]] = {}
    for model in models:
        found.setdefault((_of_method(model.adaptation), mask(model) or "bidirectional"), []).append(model)
    return list(found.values())


def unequal(models: Sequence[Model], mask: Mask) -> list[str]:
    """In what the models differ beside their size, in words; empty where they can be compared.

    Recipes and the precision of the arithmetic are one for all models of a study; an adaptation may hold the weights in 4 bits.
    """
    found = []
    adaptations = list(dict.fromkeys(_of_method(replace(model.adaptation, bits=None)) for model in models))
    if len(adaptations) > 1:
        found.append(f"unequal adaptation ({'; '.join(_words(adaptations))})")
    bits = list(dict.fromkeys(model.adaptation.bits for model in models))
    if len(bits) > 1:
        found.append("unequal precision (weights held in 4 bits by some alone)")
    masks = list(dict.fromkeys(mask(model) for model in models if mask(model)))
    if len(masks) > 1:
        found.append(f"unequal attention mask ({'; '.join(sorted(masks))})")
    return found


def carrying(models: Sequence[Model], mask: Mask) -> list[Model]:
    """Of a study's models those that carry a trend which names none: adapted in the one way that stands at every size.

    Others beside them (full fine-tuning where it fits) are the bridge between ways. All models, where there is no such way, or several.
    """
    every = {model.unadapted for model in models}
    found = [group for group in groups(models, mask) if {model.unadapted for model in group} == every]
    return found[0] if len(found) == 1 else list(models)


def refuse_unequal(chosen: Sequence[Model], models: Sequence[Model], mask: Mask) -> None:
    """Raise StiltsReportError, without a place, where a trend over the sizes of the `chosen` of the study's `models` could not be read."""
    found = unequal(chosen, mask)
    if found:
        raise StiltsReportError(f"its models differ in more than size: {'; '.join(found)}", hint=_bridge(chosen, models, mask))


def _bridge(chosen: Sequence[Model], models: Sequence[Model], mask: Mask) -> str:
    """What would answer it: each of the models adapted as the largest is, those that the study has and those that it lacks."""
    ordered = sorted(chosen, key=lambda model: model.parameters)
    largest = ordered[-1]
    alike = [model for model in ordered if mask(model) == mask(largest)]
    if len(alike) < len(ordered) and not unequal(alike, mask):
        return f"`models: [{', '.join(model.name for model in alike)}]`, or `attention: bidirectional` in both recipes for all"
    own = {(model.unadapted, _of_method(model.adaptation)): model.name for model in models}
    wanted: dict[str, bool] = {}  # by name: whether the study has it
    for model in alike:
        name = own.get((model.unadapted, _of_method(largest.adaptation)))
        bare = replace(model, name=model.unadapted, adaptation=Adaptation())
        wanted[name or adapted(bare, largest.adaptation).name] = name is not None
    hint = f"`models: [{', '.join(wanted)}]`"
    lacking = [name for name, there in wanted.items() if not there]
    if not lacking:
        return f"{hint}, all adapted alike"
    arms = "the bridging arm" if len(lacking) == 1 else "the bridging arms"
    return f"{hint}, with {arms} {', '.join(lacking)} added to the study's models, beside those that stand there"


def _of_method(adaptation: Adaptation) -> Adaptation:
    """Without what names it, and without its learning rate, which is tuned for each."""
    return replace(adaptation, label="", rate_factor=1.0)


def _words(adaptations: Sequence[Adaptation]) -> list[str]:
    """Each in words that tell it from the others."""
    titles = [adaptation.title for adaptation in adaptations]
    if len(set(titles)) == len(titles):
        return titles
    return [
        f"{one.title}, alpha {one.alpha:g}, dropout {one.dropout:g}, on {', '.join(one.targets)}" if one.low_rank else one.title
        for one in adaptations
    ]


def masks(book: RecipeBook) -> Mask:
    """The attention masks of a study's models in their target training: a decoder's is as the recipe says; "" where it is not known."""

    def mask(model: Model) -> str:
        if model.kind == "decoder":
            return model.attention if book.base.attention == "pretrained" else book.base.attention
        return "" if model.objective == UNKNOWN else model.attention

    return mask


UNKNOWN = "unknown"  # the objective of a checkpoint of which nothing is known but its name
