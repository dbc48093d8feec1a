"""Arms: the rows of tables, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.study.study import BASELINE, PLAIN, Study

NOT_ZERO_SHOT = "not zero-shot"
_METHOD_NAMES = {"mlm": "MLM"}


@dataclass(frozen=True)
class Arm:
    """A row of a table: a model after one way of intermediate training, with a variant of it or plain."""

    model: str
    variant: str
    intermediate: str

    @property
    def baseline(self) -> bool:
        """Whether there was no intermediate training at all."""
        return self.intermediate == BASELINE and self.variant == PLAIN

    @property
    def plain(self) -> Arm:
        """The arm of the same intermediate without the variant."""
        return Arm(self.model, PLAIN, self.intermediate)


def arm_title(study: Study, arm: Arm) -> str:
    """What a row is called: the intermediate's title, "none" for the baseline; with a variant "SQuAD 1.1 + MLM"."""
    entry = study.entry(arm.intermediate)
    name = entry.title if entry else arm.intermediate
    if arm.variant == PLAIN:
        return name
    flag = f" ({NOT_ZERO_SHOT})" if not_zero_shot(study, arm) else ""
    return f"{name} + {method_name(arm.variant)}{flag}"


def method_name(variant: str) -> str:
    """A variant's name as tables have it."""
    return _METHOD_NAMES.get(variant, variant)


def not_zero_shot(study: Study, arm: Arm) -> bool:
    """Whether the arm has learnt from examples in target languages, labelled (few-shot) or translated (translate-train)."""
    variant = study.variant(arm.variant)
    return variant is not None and (variant.few_shot is not None or variant.translate_train is not None)


def is_control(study: Study, arm: Arm) -> bool:
    """Whether the arm controls for something, and is no method of its own."""
    entry = study.entry(arm.intermediate)
    return entry is not None and entry.control is not None
