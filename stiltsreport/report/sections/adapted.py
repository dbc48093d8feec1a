"""How models are adapted, in words: what trains beside a frozen encoder, at which rates, and how stages follow each other."""

from __future__ import annotations

from stiltsreport.adaptation import Adaptation
from stiltsreport.report.document import Cite, Inline
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed

_SOURCES = {"lora": "hu2022lora", "dora": "liu2024dora"}
_QUANTISED = "dettmers2023qlora"


def adapted(evidence: Evidence) -> list[Inline]:
    """A sentence or two for each adaptation of the study; nothing where all models are fine-tuned in full."""
    models = [model for model in evidence.study.models if model.adaptation.suffix]
    parts: list[Inline] = []
    for adaptation in dict.fromkeys(model.adaptation for model in models):
        own = [model.title for model in models if model.adaptation == adaptation]
        parts += [f"{listed(own)}: ", *_sentences(adaptation)]
    return parts


def _sentences(adaptation: Adaptation) -> list[Inline]:
    rate = f"at {adaptation.rate_factor:g} times the recipe's learning rate"
    if adaptation.method == "frozen":
        text = f"the head alone is trained on the target, {rate}; the intermediate training is in full. "
        return [text]
    keys = tuple(filter(None, (_SOURCES[adaptation.method], _QUANTISED if adaptation.bits else "")))
    following = (
        "stays beside the target's own" if adaptation.stack == "stacked" else "is merged into the weights that the target starts from"
    )
    return [
        f"{adaptation.details} ",
        Cite(keys),
        f", trains with the head {rate}; the encoder's own weights stay as they are. The intermediate training's adapter {following}. ",
    ]
