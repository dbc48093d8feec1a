"""Seeds as a study file writes them: a list for all arms, numbers by arm, or planned looks; resolved and checked.

`{default: 5, none: 15}` gives an arm seeds of its own: a number N means seeds 1 to N, a list names them. An arm is an intermediate (all of
its variants) or INTERMEDIATE+VARIANT, which comes first. `{planned: 10, looks: [5, 10], spending: obrien-fleming}` runs seeds 1 to 10 and
looks at the results after 5 and after 10 of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from stiltsreport.registry import did_you_mean
from stiltsreport.study.methods import PlannedSeeds
from stiltsreport.study.positions import Key
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import StudyFile
from stiltsreport.study.study import BASELINE, RESERVED, IntermediateEntry, Looks, Variant
from stiltsreport.study.validation import told, unmistaken

MOST = 10_000
LARGEST = 2**63
FEWEST = 5  # seeds of a look: fewer are descriptive only, so that a look at them tests nothing
UNPAIRED = ("welch", "dunnett")
DEFAULT = "default"
_PLAN = ("planned", "looks", "spending")


@dataclass(frozen=True)
class Seeds:
    """`every`: the seeds of any arm in their order. `by_arm`: those of arms that have seeds of their own, by INTERMEDIATE[+VARIANT]."""

    every: tuple[int, ...] = ()
    by_arm: tuple[tuple[str, tuple[int, ...]], ...] = ()
    looks: Looks | None = None


def seeds(written: StudyFile, intermediates: Sequence[IntermediateEntry], variants: Sequence[Variant], problems: Problems) -> Seeds:
    """The seeds of a study; everything wrong in them is noted at its place."""
    given = written.seeds
    if isinstance(given, list):
        return Seeds(_checked(given, written, problems, "seeds"))
    if any(key in given for key in _PLAN):
        return _planned(given, problems)
    names = [BASELINE, *(entry.name for entry in intermediates)]
    labels = [f"{name}+{variant.name}" for name in names for variant in variants if variant.applies(name)]
    found: dict[str, tuple[int, ...]] = {}
    for arm, value in given.items():
        if arm != DEFAULT and arm not in names and arm not in labels:
            problems.note(f"no arm {arm!r}", "seeds", str(arm), hint=did_you_mean(str(arm), [DEFAULT, *names, *labels]))
        found[str(arm)] = _of_arm(value, written, problems, str(arm))
    if DEFAULT not in found:
        problems.note("'default' is missing", "seeds", hint="{default: 5, none: 15}")
    every = tuple(dict.fromkeys(seed for numbers in (found.get(DEFAULT, ()), *found.values()) for seed in numbers))
    default = found.pop(DEFAULT, ())
    # An arm without an entry has the default; one whose intermediate has an entry has that.
    by_arm = dict.fromkeys([*names, *labels], default)
    for name in names:
        for label in (name, *(label for label in labels if label.partition("+")[0] == name)):
            by_arm[label] = found.get(label, found.get(name, default))
    unequal = len(set(map(frozenset, by_arm.values()))) > 1
    if unequal and all(by_arm.values()) and written.statistics.test not in UNPAIRED:
        problems.note(
            f"seeds by arm cannot all be paired: the test {written.statistics.test!r} is not theirs",
            "seeds",
            hint="declare statistics: {test: welch}, or dunnett",
        )
    return Seeds(every, tuple(by_arm.items()) if unequal else ())


def _of_arm(value: Any, written: StudyFile, problems: Problems, arm: str) -> tuple[int, ...]:
    """A number as 1 to it, or a list."""
    if isinstance(value, list) and all(isinstance(seed, int) and not isinstance(seed, bool) for seed in value):
        return _checked(value, written, problems, "seeds", arm)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        problems.note(f"{value!r} is no number of seeds", "seeds", arm, hint="1 or more, or a list of seeds")
        return ()
    if value > MOST:
        problems.note(f"{value:,} seeds", "seeds", arm, hint=f"{MOST:,} at most")
        return ()
    return _checked(list(range(1, value + 1)), written, problems, "seeds", arm)


def _checked(numbers: Sequence[int], written: StudyFile, problems: Problems, *keys: Key) -> tuple[int, ...]:
    """Each seed once, none that is kept for replacements."""
    if not numbers:
        problems.note("no seeds", *keys, hint="[1, 2, 3, 4, 5]")
    if len(numbers) > MOST:
        problems.note(f"{len(numbers):,} seeds", *keys, hint=f"{MOST:,} at most")
        return ()
    met: set[int] = set()
    for index, seed in enumerate(numbers):
        if not 0 <= seed < LARGEST:
            problems.note(f"seed {seed}", *keys, index, hint=f"0 or above, below {LARGEST}")
        elif seed >= RESERVED and written.collapse != "keep":
            problems.note(f"seed {seed} is kept for replacing collapsed runs", *keys, index, hint=f"below {RESERVED}, or collapse: keep")
        if seed in met:
            problems.note(f"seed {seed} stands twice", *keys, index, hint="each seed is one replication")
        met.add(seed)
    return tuple(numbers)


def _planned(given: Mapping[str, Any], problems: Problems) -> Seeds:
    """The plan of looks; the last look is at all the seeds, whether it is named or not."""
    try:
        plan = PlannedSeeds.model_validate(given)
    except ValidationError as error:
        for keys, item in unmistaken([(item["loc"], item) for item in error.errors()], PlannedSeeds):
            what, hint = told(keys, item, PlannedSeeds)
            problems.note(what, "seeds", *keys, hint=hint or "{planned: 10, looks: [5, 10]}")
        return Seeds()
    looks = plan.looks if plan.looks[-1:] == [plan.planned] else [*plan.looks, plan.planned]
    if looks != sorted(set(looks)):
        problems.note(f"looks at {plan.looks} of {plan.planned} seeds", "seeds", "looks", hint="ascending, each once, planned the last")
    elif looks[0] < FEWEST:
        problems.note(
            f"a look at {looks[0]} seeds tests nothing", "seeds", "looks", hint=f"{FEWEST} or more: under {FEWEST} all is descriptive"
        )
    if plan.planned > MOST:
        problems.note(f"{plan.planned:,} seeds", "seeds", "planned", hint=f"{MOST:,} at most")
        return Seeds()
    return Seeds(tuple(range(1, plan.planned + 1)), (), Looks(tuple(looks), plan.spending))
