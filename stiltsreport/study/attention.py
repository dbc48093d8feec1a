"""The entry `attention` of a recipe against the models of a study: an encoder was never pretrained to read in one direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stiltsreport.models import Model
from stiltsreport.recipes import RecipeBook
from stiltsreport.study.problems import Problems


def check_attention(models: Sequence[Model], books: Mapping[str, RecipeBook], problems: Problems) -> None:
    """Note a recipe that is causal, for all tasks or for one, beside models that are known to be no decoders."""
    encoders = [model.name for model in models if model.kind != "decoder" and model.parameters]
    for stage, book in books.items():
        asked = {book.base.attention, *(value for _, changes in book.by_task for key, value in changes if key == "attention")}
        if "causal" in asked and encoders:
            what = f"{', '.join(encoders)} cannot be made to read in one direction"
            problems.note(what, "recipes", stage, hint="attention: pretrained or bidirectional; causal is for decoders")
