"""Gains under full fine-tuning beside those under adapters, where a model stands in both: the bridge of a size claim.

LoRA carries a trend where full fine-tuning does not fit. Whether it may stand for full fine-tuning is seen where both fit: were the two
gains to differ, and more so at larger models, a trend under LoRA would say nothing of full fine-tuning.
"""

from __future__ import annotations

from stiltsreport.models import Model
from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import evaluated, footnotes, half_width_title
from stiltsreport.report.tables.effects import exploratory, explored_cell, interval_name
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.claims.size_design import in_words
from stiltsreport.stats.exploration import Sides, explore, without_own_data
from stiltsreport.study.study import BASELINE, PLAIN

Bridge = tuple[Model, Model]  # a model in full, and adapted


def adaptations(evidence: Evidence) -> list[Table]:
    """The table `adaptations`; none where no model stands in full and adapted, or nothing stands beside the baseline."""
    study = evidence.study
    bridges = _bridges(study.models)
    if not bridges or len(study.arms) < 2:  # noqa: PLR2004 - the baseline alone
        return []
    ways = dict.fromkeys(adapted.adaptation.title for _, adapted in bridges)
    groups = tuple(_group(evidence, way, bridges) for way in ways)
    models = list({full.name: full for full, _ in bridges}.values())
    return [
        Table(
            id="adaptations",
            title="Gains under full fine-tuning and under adapters",
            caption=(
                f"Of a model that stands in both: the gain over {BASELINE} in points in full less that of the adapted model over its own "
                f"{BASELINE}, by seed, over {evidence.seeds}, on the mean over targets without the intermediate task's own data; the "
                f"second line is half of the {interval_name(evidence)}. "
                f"{exploratory(evidence, 'all cells')} {evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=tuple(
                Column(model.title, in_words(model.parameters) if model.parameters else "size unknown", key=f"model:{model.name}")
                for model in models
            ),
            groups=groups,
            spanners=(Spanner("gain in full less gain adapted", 0, len(models) - 1),),
            footnotes=footnotes(evidence, groups),
            source_notes=(
                "A difference that is not discovered is no proof of equal gains: its interval says how far apart they may lie.",
                "A trend over sizes under adapters speaks of full fine-tuning as far as these differences stay small at every size.",
            ),
            signature=evidence.signature("adaptations", study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]


def _bridges(models: tuple[Model, ...]) -> list[Bridge]:
    """Each model that is fine-tuned in full with each of its other adaptations, by size."""
    full = {model.name: model for model in models if model.adaptation.method == "full"}
    found = [(full[model.unadapted], model) for model in models if model.adaptation.method != "full" and model.unadapted in full]
    return sorted(found, key=lambda bridge: (bridge[0].parameters, bridge[0].name))


def _group(evidence: Evidence, way: str, bridges: list[Bridge]) -> RowGroup:
    """The rows of one adaptation; a model that does not stand in it has an empty cell."""
    names = list({full.name for full, _ in bridges})
    columns = sorted(names, key=lambda name: next(place for place, (full, _) in enumerate(bridges) if full.name == name))
    of_way = {full.name: (full, adapted) for full, adapted in bridges if adapted.adaptation.title == way}
    arms = [arm for arm in evidence.arms(bridges[0][0].name) if not arm.baseline]
    family = {(arm, name): _sides(evidence, arm, bridge) for arm in arms for name, bridge in of_way.items()}
    kept = {key: value for key, value in family.items() if value is not None}
    found = dict(zip(kept, explore(evidence.study, list(kept.values())), strict=True))
    rows = []
    for arm in arms:
        cells = []
        for name in columns:
            if (arm, name) in found:
                cells.append(explored_cell(evidence, found[arm, name], "a target of either way, in this row or in its baseline"))
            elif name in of_way:
                cells.append(Cell(text="own data", details=(("why", "the intermediate task holds the own training data of every target"),)))
            else:
                cells.append(Cell(text="-", details=(("why", f"the study has no such arm: {way}"),)))
        rows.append(Row(evidence.arm_title(arm), tuple(cells), key=row_key(Arm("*", arm.variant, arm.intermediate))))
    return RowGroup(f"Full fine-tuning less {way}", tuple(rows))


def _sides(evidence: Evidence, arm: Arm, bridge: Bridge) -> Sides | None:
    """The two gains by seed; None where no target is left."""
    members = without_own_data(evidence.study, evidence.study.target, arm.intermediate)
    if not members:
        return None
    gains = []
    for model in bridge:
        own, than = (
            evidence.aggregates.mean_over((model.name, variant, intermediate), members)[0]
            for variant, intermediate in ((arm.variant, arm.intermediate), (PLAIN, BASELINE))
        )
        gains.append(own - than)
    return gains[0], gains[1]
