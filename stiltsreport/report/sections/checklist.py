"""A draft of the answers that authors give to a venue's checklist, each from the study's records; what they do not hold is said.

The questions are those that the checklists of ARR and NeurIPS ask, in words of our own.
"""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.report.arms import method_name
from stiltsreport.report.design_words import test_in_words
from stiltsreport.report.document import Block, Bullets, Code, Inline, Paragraph, Reference, Section, Strong, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, listed, plural, shown
from stiltsreport.report.sections.reproducibility import machine_in_words
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.study.study import PLAIN
from stiltsreport.tasks.task import Task

NOT_RECORDED = "not recorded"
_FOR_AUTHORS = "Not recorded; for the authors to say."
Answer = tuple[Inline, ...]


def checklist(evidence: Evidence, sections: Sequence[Section]) -> Section:
    """The section, which points at `sections`, those of the report before it."""
    places = {section.id for section in sections}
    tables = {block.id for section in sections for block in section.blocks if isinstance(block, Table)}
    asked: list[tuple[str, Answer]] = [
        ("What is claimed, and where?", _claimed(evidence, places)),
        ("Are the limits of the work named?", ("Yes, in ", Reference("limitations", "section"), ".")),
        ("Could the work do harm?", (_FOR_AUTHORS,)),
        ("Which data sets are used, and under what licence?", _data(evidence)),
        ("Do the data hold personal or offensive content?", (_FOR_AUTHORS,)),
        ("Which languages, and how many examples of each?", _languages(evidence, tables)),
        ("May a model have seen what it is tested on?", _seen(evidence, tables)),
        ("Which pretrained models, of what size and licence?", _models(evidence)),
        ("How much computation, and on which machines?", _compute(evidence)),
        ("Which hyperparameters, and how were they found?", _hyperparameters(evidence, tables)),
        ("How often was each experiment run, and what do the error bars show?", _error_bars(evidence)),
        ("Were runs left out?", _left_out(evidence)),
        ("Which software, in which versions?", _software(evidence)),
        ("Can the experiments be run again?", ("Yes, as ", Reference("reproducibility", "section"), " says.")),
        ("Were people asked to annotate, or taken as subjects?", (_FOR_AUTHORS,)),
        ("Were AI assistants used in the research or the writing?", (_FOR_AUTHORS,)),
    ]
    lead = "A draft for the checklists that venues ask for, from the study's records alone. Authors complete it where nothing is recorded."
    blocks: list[Block] = [Paragraph((lead,)), Bullets(tuple((Strong(question), " ", *answer) for question, answer in asked))]
    return Section("checklist", "Checklist", tuple(blocks), appendix=True)


def _claimed(evidence: Evidence, places: set[str]) -> Answer:
    if evidence.answers:
        declared = plural(len(evidence.study.claims), "claim")
        return (f"{declared}, declared before the results and answered in ", Reference("claims", "section"), ".")
    if "findings" in places:
        return ("No claim is declared; what was found stands in ", Reference("findings", "section"), ".")
    return ("No claim is declared.",)


def _data(evidence: Evidence) -> Answer:
    study = evidence.study
    used = [task for entry in study.intermediate for task in entry.tasks]
    used += [task for entry in study.target for task in (entry.task, *entry.train)]
    tasks: list[Task] = list(dict.fromkeys(used))
    by_licence: dict[str, list[str]] = {}
    for task in tasks:
        by_licence.setdefault(task.licence or NOT_RECORDED, []).append(task.title)
    known = [f"{listed(titles)} ({licence})" for licence, titles in by_licence.items() if licence != NOT_RECORDED]
    unknown = by_licence.get(NOT_RECORDED, [])
    methods = [method_name(one.name) for one in study.variants if one.mlm is not None or one.translators]
    parts = [f"{'; '.join(known)}." if known else "", f"Licence {NOT_RECORDED}: {listed(unknown)}." if unknown else ""]
    parts.append(f"Licence of the text behind {listed(methods)}: {NOT_RECORDED}." if methods else "")
    return (" ".join(part for part in parts if part),)


def _languages(evidence: Evidence, tables: set[str]) -> Answer:
    codes = sorted({code for entry in evidence.study.target for code in entry.languages})
    text = f"Training in English; evaluation in {plural(len(codes), 'language')} ({', '.join(codes)})."
    return (f"{text} Numbers by set stand in ", Reference("data"), ".") if "data" in tables else (text,)


def _seen(evidence: Evidence, tables: set[str]) -> Answer:
    tasks, parts = evidence.study.tasks, []
    for model in evidence.study.models:
        if model.seen:
            named = [f"{tasks[name].title if name in tasks else name}: {state}" for name, state, _ in model.seen]
            parts.append(f"{model.title} ({', '.join(named)})")
    text = f"By the models' records: {'; '.join(parts)}. Of other sets: {NOT_RECORDED}." if parts else f"Pretraining data: {NOT_RECORDED}."
    if "overlaps" not in tables:
        return (text,)
    return (f"{text} Equal texts of training and evaluation sets stand in ", Reference("overlaps"), ".")


def _models(evidence: Evidence) -> Answer:
    return (
        listed(
            [
                f"{model.title}: {model.parameters / 1e6:,.0f}M parameters, licence {model.licence or NOT_RECORDED}"
                for model in evidence.study.models
            ]
        )
        + ".",
    )


def _compute(evidence: Evidence) -> Answer:
    """Hours of trainings, those that rows share counted once; machines."""
    study, setup = evidence.study, evidence.results.setup
    own = [
        row
        for row in setup.costs
        if row.stage != "intermediate" or row.variant == PLAIN or ((one := study.variant(row.variant)) is not None and one.of_intermediate)
    ]
    parts = []
    if own:
        trainings, planned = sum(row.trainings for row in own), sum(row.planned for row in own)
        of = "" if trainings == planned else f" of {counted(planned)}"
        hours = shown(sum(row.seconds for row in own) / 3600, 2)
        noun = "training" if planned == 1 else "trainings"
        parts.append(f"{counted(trainings)}{of} {noun} took {hours} hours of the devices that they ran on.")
    else:
        parts.append(f"Hours of training: {NOT_RECORDED}.")
    uncounted = ["evaluation", *(["the search for learning rates"] if study.tune else []), "pretraining"]
    parts.append(f"Hours of {listed(uncounted)}: {NOT_RECORDED}.")
    machines = evidence.results.provenance.get("machines") or ()
    parts += [machine_in_words(record) for record in machines] or [f"Machines: {NOT_RECORDED}."]
    return (" ".join(parts),)


def _hyperparameters(evidence: Evidence, tables: set[str]) -> Answer:
    study = evidence.study
    names = [book.name for book in (study.intermediate_recipe, study.target_recipe)]
    parts: list[Inline] = [f"Recipes: {listed(list(dict.fromkeys(names)))}"]
    parts += [", resolved in ", Reference("recipes"), "."] if "recipes" in tables else ["."]
    if study.tune is None:
        parts.append(" Nothing was searched: entries stand as the recipe or the study has them.")
        return tuple(parts)
    rates = listed([f"{rate:g}" for rate in study.tune.learning_rates])
    parts.append(
        f" The learning rate was searched among {rates} on English dev data, {plural(len(study.tune.seeds), 'seed')} each, with the same "
        "budget in every row"
    )
    return (*parts, "; all values stand in ", Reference("tuning"), ".") if "tuning" in tables else (*parts, ".")


def _error_bars(evidence: Evidence) -> Answer:
    study = evidence.study
    few = f" Under {MINIMUM_SEEDS} seeds nothing is called significant." if study.fewest_seeds < MINIMUM_SEEDS else ""
    items = ", and over seeds and items where that is said" if evidence.compared.resampled else ""
    text = (
        f"{evidence.seeds}. Intervals ({100 * (1 - study.statistics.alpha):g} %) are over seeds, on these test items{items}. "
        f"{test_in_words(study)}.{few}"
    )
    return (text,)


def _left_out(evidence: Evidence) -> Answer:
    setup = evidence.results.setup
    bad = {row.job for row in setup.health if row.verdict != "healthy" and not row.reserve}
    looked = {row.job for row in setup.health if not row.reserve}
    missing = [cell for cell in setup.cells if cell.state != "stored"]
    collapsed = (
        f"{counted(len(bad))} of {plural(len(looked), 'training')} collapsed; policy: {evidence.study.collapse}."
        if looked
        else f"Collapsed trainings: {NOT_RECORDED}."
    )
    have = "has" if len(missing) == 1 else "have"
    gaps = f"{counted(len(missing))} of {plural(len(setup.cells), 'planned evaluation')} {have} no result: shown as missing."
    if not missing:
        gaps = "Every planned evaluation is reported."
    return (f"{gaps} {collapsed}",)


def _software(evidence: Evidence) -> Answer:
    provenance = evidence.results.provenance
    packages = provenance.get("packages") or {}
    named = ", ".join(f"{name} {version}" for name, version in packages.items()) or NOT_RECORDED
    return ("stiltsreport ", Code(str(provenance.get("stiltsreport") or NOT_RECORDED)), f"; packages: {named}.")
