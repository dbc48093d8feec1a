"""What claims may name: a study's arms, the quantities that they are compared in, and groups of its languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import did_you_mean
from stiltsreport.study.claims import BEST_PER_TARGET, OTHERS, PAIRS, ArmName, Dimension
from stiltsreport.study.study import BASELINE, PLAIN, IntermediateEntry, Margin, TargetEntry, Variant
from stiltsreport.tasks.languages import LANGUAGES
from stiltsreport.tasks.task import Group

AVERAGES = ("average", "average-without-retrieval", "zero-shot-average")
GROUPS = tuple(f"group:{group}" for group in get_args(Group))
_TWO = 2


@dataclass(frozen=True)
class Names:
    """The parts of a study that claims speak of. Every method raises StiltsReportError, without a place, for what there is not."""

    models: tuple[str, ...]
    intermediates: tuple[IntermediateEntry, ...]
    targets: tuple[TargetEntry, ...]
    variants: tuple[Variant, ...]
    margin: Margin

    @property
    def arms(self) -> dict[str, ArmName]:
        """Every arm by its label; controls have no variants."""
        found = [ArmName(BASELINE), *(ArmName(entry.name) for entry in self.intermediates)]
        bare = {entry.name for entry in self.intermediates if entry.control is not None}
        found += [
            ArmName(arm.intermediate, variant.name)
            for arm in list(found)
            for variant in self.variants
            if arm.intermediate not in bare and variant.applies(arm.intermediate)
        ]
        return {arm.label: arm for arm in found}

    @property
    def plain(self) -> list[str]:
        """The intermediates that are no control, and no smaller set of another."""
        return [entry.name for entry in self.intermediates if entry.control is None and entry.examples is None]

    def arm(self, label: str, *, chosen: bool = False) -> ArmName:
        """The arm of that label; with `chosen` it may be the best intermediate of each target."""
        if label == BEST_PER_TARGET:
            if not chosen:
                raise StiltsReportError(f"{BEST_PER_TARGET!r} cannot stand here", hint="it is the first arm of better, at_least ...")
            if sum(entry.control is None for entry in self.intermediates) < _TWO:
                raise StiltsReportError(f"{BEST_PER_TARGET!r} needs two intermediates to choose from", hint="name the arm itself")
            return ArmName(BEST_PER_TARGET)
        arms = self.arms
        if label not in arms:
            known = [*arms, BEST_PER_TARGET] if chosen else arms
            raise StiltsReportError(f"no arm {label!r} in the study", hint=did_you_mean(label, known))
        return arms[label]

    def pair(self, label: str, than: str, *, chosen: bool = False) -> tuple[ArmName, ArmName]:
        """Two arms that can be compared."""
        first, second = self.arm(label, chosen=chosen), self.arm(than)
        self.comparable(first, second)
        return first, second

    def comparable(self, first: ArmName, second: ArmName) -> None:
        """Refuse an arm against itself, and two that differ in the intermediate task and the target training at once."""
        if first == second:
            raise StiltsReportError(f"{first.label!r} is compared with itself", hint="two arms that differ")
        if first.intermediate == second.intermediate or first.variant == second.variant:
            return
        for arm in (first, second):
            method = next((one for one in self.variants if one.name == arm.variant), None)
            if method is not None and method.of_target:
                raise StiltsReportError(
                    f"{first.label!r} and {second.label!r} differ in the intermediate task and in the target training ({method.name})",
                    hint="one difference at a time: the same variant on both sides, or the same intermediate",
                )

    def quantity(self, name: str) -> str:
        """The name of an average, a group, a target, TARGET/LANGUAGE, or PAIRS + TARGET for its pairs of two languages."""
        by_name = {entry.task.name: entry for entry in self.targets}
        if name.startswith(PAIRS):
            paired = [PAIRS + target for target, entry in by_name.items() if any(first != second for first, second in entry.pairs)]
            if name not in paired:
                raise StiltsReportError(
                    f"no target with pairs {name!r}", hint=did_you_mean(name, paired) if paired else "target: {task: xnli, pairs: all}"
                )
            return name
        target, _, language = name.partition("/")
        groups = {f"group:{entry.task.group}" for entry in self.targets}
        if name in AVERAGES or name in groups or name in by_name:
            return name
        if target in by_name and language:
            languages = by_name[target].languages
            if language not in languages:
                title = by_name[target].task.title
                raise StiltsReportError(f"{title} is not evaluated in {language!r}", hint=did_you_mean(language, languages))
            return name
        if name in GROUPS:
            raise StiltsReportError(f"no target is of {name!r}", hint=did_you_mean(name, sorted(groups)))
        known = [*AVERAGES, *sorted(groups), *by_name]
        raise StiltsReportError(f"no average, group or target {name!r}", hint=did_you_mean(target, known))

    def margin_of(self, name: str) -> float | None:
        """The declared margin of a quantity's scope."""
        if name in AVERAGES or name in GROUPS:
            return self.margin.average
        return self.margin.language if "/" in name else self.margin.task

    def sizes(self, arm: ArmName) -> list[IntermediateEntry]:
        """The intermediates of the same tasks with and without a cap on their examples."""
        own = next((entry for entry in self.intermediates if entry.name == arm.intermediate), None)
        if own is None:
            return []
        tasks = {task.name for task in own.tasks}
        alike = [entry for entry in self.intermediates if entry.control is None and {task.name for task in entry.tasks} == tasks]
        variant = next((one for one in self.variants if one.name == arm.variant), None)
        return [entry for entry in alike if arm.variant == PLAIN or (variant is not None and variant.applies(entry.name))]


def language_groups(targets: Sequence[TargetEntry], dimension: Dimension) -> list[str]:
    """What an interaction of languages may name: families and their starts, scripts, seen and unseen; and the others."""
    if dimension == "seen":
        return ["seen", "unseen"]
    codes = sorted({code for entry in targets for code in entry.languages if code in LANGUAGES})
    if dimension == "scripts":
        return [*sorted({LANGUAGES[code].script for code in codes}), OTHERS]
    families = {LANGUAGES[code].family for code in codes}
    return [*sorted(families | {family.partition(":")[0] for family in families}), OTHERS]
