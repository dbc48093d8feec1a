"""Each variant, mixture and control of a study in a sentence or two, with what the papers leave open and the study chose; translations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stiltsreport.methods import Translation
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.plan import Plan
from stiltsreport.redaction import redacted
from stiltsreport.results.setup import MethodFacts, TranslationFacts
from stiltsreport.store import Store
from stiltsreport.study.study import IntermediateEntry, Variant

CONTROLS = {
    "none-longer": "no intermediate task, but its steps added to the target training: controls for longer training alone",
    "mlm-en": "masked language modelling on the texts of the intermediate task, without its labels: controls for more text of its kind",
    "shuffled": "the intermediate task with its labels permuted among the examples: controls for everything but what the labels teach",
}
_LISTED = 6  # languages that a sentence names


def method_facts(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> tuple[MethodFacts, ...]:
    """A sentence for each variant, then for each mixture, control and task with fewer examples."""
    heads = _mlm_heads(plan, records)
    found = [MethodFacts(one.name, one.title, _variant(one, heads.get(one.name, "")), one.citation) for one in plan.study.variants]
    found += [MethodFacts(entry.name, entry.title, text, "") for entry in plan.study.intermediate if (text := _entry(entry, heads))]
    return tuple(found)


def _variant(variant: Variant, head: str) -> str:
    """What the study says of it, with what is known beside: how many languages, which copies, where a head came from."""
    said = [variant.note]
    if variant.mlm is not None:
        said += [f"its text is in {_languages(variant.mlm.languages)}", head]
    for what, translator in (("the intermediate", variant.translated), ("the target", variant.translate_train)):
        if translator is not None:
            beside = "beside the English set" if translator.english else "in place of the English set"
            said.append(f"{what} training set is translated into {_languages(translator.to)}, {beside}")
    if variant.augmentation is not None:
        copies = [f"{count} copies of an example{f' of {task}' if task else ''}" for task, count in variant.augmentation.copies]
        said.append(", ".join(copies))
    return _sentences(said)


def _languages(codes: tuple[str, ...]) -> str:
    return ", ".join(codes) if len(codes) <= _LISTED else f"{len(codes)} languages"


def _entry(entry: IntermediateEntry, heads: Mapping[str, str]) -> str:
    said = []
    names = ", ".join(task.title for task in entry.tasks)
    if entry.control is not None:
        said.append(f"a control made of {names}: {CONTROLS[entry.control]}")
        if entry.control == "mlm-en" and entry.name in heads:
            said.append(heads[entry.name])
    elif len(entry.tasks) > 1:
        how = (
            "uniformly"
            if entry.sampling.kind == "uniform"
            else f"by the number of their examples, counted up to {entry.sampling.cap:,}"
            + (f", to the power of 1/{entry.sampling.temperature:g}" if entry.sampling.temperature != 1 else "")
        )
        said.append(f"one training on {names}, with a head for each; every step is a batch of one task, drawn {how}")
    if entry.examples is not None:
        said.append(f"at most {entry.examples:,} training examples are used: controls for the size of the data")
    return _sentences(said)


def _sentences(parts: list[str]) -> str:
    """Each part as a sentence."""
    said = [part.strip().rstrip(".") for part in parts if part.strip()]
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in said)


def _mlm_heads(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """By variant and by intermediate: whether the head of masked language modelling came with the checkpoint, as the records say."""
    heads: dict[str, set[tuple[str, str]]] = {}
    for item in plan.intermediates:
        head = records.get(item.train.id, {}).get("mlm_head")
        if head:
            for key in (item.variant, item.intermediate):
                heads.setdefault(key, set()).add((item.model.title, str(head)))
    words = {"checkpoint": "is the checkpoint's own", "new": "is new, since the checkpoint has none"}
    return {
        key: "the head of masked language modelling " + "; ".join(f"{words.get(head, head)} ({model})" for model, head in sorted(found))
        for key, found in heads.items()
    }


def translation_facts(plan: Plan, store: Store) -> tuple[TranslationFacts, ...]:
    """What each stored translation of the study kept and dropped."""
    found: dict[str, TranslationFacts] = {}
    for use in _uses(plan):
        if isinstance(use.change, Translation) and use.change.job not in found:
            file = store.path("translations", use.change.job) / "record.json"
            if file.is_file():
                record = json.loads(file.read_text(encoding="utf-8"))
                translator = _without_folders(str(record.get("translator", "unknown")))
                found[use.change.job] = TranslationFacts(
                    use.task.name, use.change.to, int(record["kept"]), int(record["dropped"]), translator
                )
    return tuple(found.values())


def _without_folders(command: str) -> str:
    """A command or model without secrets, and without the folders of the machine that it ran on.

    >>> _without_folders("/opt/bin/apertium -u {source}-{target}")
    'apertium -u {source}-{target}'
    """
    return " ".join(Path(word).name if Path(word).is_absolute() else word for word in redacted(command).split(" "))


def _uses(plan: Plan) -> Iterator[DataUse]:
    for train in plan.trainings.values():
        yield from train.uses
    for job in plan.evaluations.values():
        yield job.data
