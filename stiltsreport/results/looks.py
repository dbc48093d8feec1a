"""Looks at a study's results, kept in the store from the first one on: what has been seen cannot be unseen by editing the study."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from stiltsreport.errors import StiltsReportError, cause
from stiltsreport.results.setup import LookFacts
from stiltsreport.study.study import PLAIN, Study

_FOLDER = "looks"
_FEWEST = 5  # seeds that anything is tested with: fewer are descriptive, and looking at them spends nothing


def has_tests(study: Study) -> bool:
    """Whether a look at the study tests anything."""
    return study.fewest_seeds >= _FEWEST and len(study.arms) > 1


def look_of(study: Study) -> LookFacts:
    """What the study, at its look, is seen with."""
    return LookFacts(
        models=tuple(model.name for model in study.models),
        arms=tuple(name if variant == PLAIN else f"{name}+{variant}" for variant, name in study.arms),
        targets=tuple(entry.task.name for entry in study.target),
        seeds=tuple(study.seeds_of(*arm) for arm in study.arms),
        plan=study.looks.seeds if study.looks else (),
        spending=study.looks.spending if study.looks else "",
        level=study.statistics.alpha,
    )


def read_looks(store: Path, study: Study) -> tuple[LookFacts, ...]:
    """Every look that was logged of a study of that name with a model, an arm and a target of this one, the first look first.

    Raises StiltsReportError where the log cannot be read: without it a p value may claim more than it should.
    """
    file = store / _FOLDER / f"{study.name}.jsonl"
    if not file.is_file():
        return ()
    try:
        found = [LookFacts.of_json(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "it says which results were looked at; mend the line, or leave the study's name to other seeds"
        raise StiltsReportError(f"cannot be read: {cause(error)}", where=str(file), hint=hint) from error
    own = look_of(study)
    return tuple(one for one in found if all(theirs & ours for theirs, ours in zip(one.of, own.of, strict=True)))


def log_look(store: Path, study: Study) -> tuple[LookFacts, ...]:
    """Log the look that the study is at, once; every look so far, this one among them."""
    before, look = read_looks(store, study), look_of(study)
    if look in before:
        return before
    file = store / _FOLDER / f"{study.name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(json.dumps(asdict(look), ensure_ascii=False) + "\n")
    return (*before, look)
