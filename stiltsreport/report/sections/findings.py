"""Headline findings: one sentence a comparison of the declared family, with its verdict and the numbers behind it."""

from __future__ import annotations

from typing import Literal

from stiltsreport.report.arms import Arm, is_control
from stiltsreport.report.claim_words import own_left_out
from stiltsreport.report.compared import of_method
from stiltsreport.report.design_words import explored_adjustment
from stiltsreport.report.document import Banner, Block, Finding, Findings, Inline, Paragraph, Reference, Section, Strong
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import MINUS, listed, plural, shown
from stiltsreport.report.sections.looks import added
from stiltsreport.report.tables.significance import in_words, points, target_title
from stiltsreport.stats.aggregate import AVERAGES, average_title
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.own_data import own_data
from stiltsreport.stats.verdicts import DEPENDS_ON_COLLAPSE, MINIMUM_SEEDS
from stiltsreport.study.study import BASELINE, PLAIN

DESCRIPTIVE = "descriptive only"


def findings(evidence: Evidence) -> Section:
    """Banner, main findings, and the strongest single cells of each model."""
    if evidence.answers:
        return _beside_claims(evidence)
    blocks: list[Block] = [*banner(evidence), *added(evidence)]
    rows = main_comparisons(evidence)
    if rows:
        few = evidence.study.fewest_seeds < MINIMUM_SEEDS or evidence.study.extended
        lead = (
            f"With {plural(evidence.study.fewest_seeds, 'seed')} the differences are {DESCRIPTIVE}: under {MINIMUM_SEEDS} seeds nothing "
            f"is called significant."
            if few and not evidence.study.extended
            else f"The differences are {DESCRIPTIVE}."
            if few
            else f"Verdicts at {evidence.study.statistics.alpha:g} on the declared family; the tests stand in "
        )
        families = {row.family for row in rows} & {"confirmatory", "methods"}
        tables: list[Inline] = []
        for family in sorted(families):
            tables += [" and " if tables else "", Reference("significance" if family == "confirmatory" else "significance-methods")]
        blocks.append(Paragraph((lead,) if few or not tables else (lead, *tables, ".")))
        blocks.append(Findings(tuple(_finding(evidence, row) for row in rows)))
        extremes = [text for model in evidence.study.models if (text := _extremes(evidence, model.name))]
        if extremes:
            blocks.append(Paragraph((" ".join(extremes) + " Single cells are exploratory.",)))
    elif len(evidence.study.arms) == 1:
        blocks.append(Paragraph(("The study has the baseline alone: there is nothing to compare.",)))
    else:
        blocks.append(Paragraph(("No comparison could be made yet: no row and its baseline have results in common.",)))
    return Section("findings", "Findings", tuple(blocks))


def _beside_claims(evidence: Evidence) -> Section:
    """The averages that no claim is about: explored, and said to be."""
    claimed = {(row.model, row.variant, row.intermediate, row.inputs) for row in evidence.comparisons if row.family == "confirmatory"}
    rows = [
        row
        for methods in (False, True)
        for row in evidence.compared.of_family("exploratory", ("average",), methods=methods)
        if row.target == "average" or (methods and row.target in AVERAGES)
        if (row.model, row.variant, row.intermediate, row.inputs) not in claimed
    ]
    if not rows:
        return Section("findings", "Further averages", ())
    lead = f"No claim is about these averages: they are exploratory, {explored_adjustment(evidence.study)}, and hints at most."
    return Section("findings", "Further averages", (Paragraph((lead,)), Findings(tuple(_finding(evidence, row) for row in rows))))


def banner(evidence: Evidence) -> tuple[Banner, ...]:
    """What must be read first: a model that was tuned on labelled data after its pretraining."""
    tuned = [model for model in evidence.study.models if model.tuned]
    if not tuned:
        return ()
    names, how = listed([model.title for model in tuned]), "; ".join(dict.fromkeys(model.objective for model in tuned))
    return (
        Banner(
            (
                f"{names} {'was' if len(tuned) == 1 else 'were'} tuned on labelled data after pretraining ({how}). ",
                Strong("Gains here say nothing about untuned encoders"),
                ", and claims of the papers are not answered on such a model.",
            )
        ),
    )


def main_comparisons(evidence: Evidence) -> list[Comparison]:
    """The confirmatory averages, one a row; where none is declared so, the average over all tasks."""
    found = evidence.compared.of_family("confirmatory", ("average",))
    found = found or [row for row in evidence.compared.of_family("exploratory", ("average",)) if row.target == "average"]
    return found + evidence.compared.of_family("methods", ("average",), methods=True)


def average_words(evidence: Evidence, row: Comparison) -> str:
    """The average that a comparison is about, in a sentence: which tasks it leaves out is said."""
    if row.target not in AVERAGES:
        return f"the {target_title(evidence, row.target)}"
    if row.target == "average-without-own-data":
        learned = row.intermediate if not of_method(row) else BASELINE
        left_out = [entry.task.title for name, entry in evidence.entries.items() if own_data(evidence.study, learned, name)]
        kept = plural(len(evidence.entries) - len(left_out), "task")
        return f"the mean of {kept} ({own_left_out(left_out)})" if left_out else f"the {average_title(evidence.study)}"
    extra = {"average-without-retrieval": " without retrieval", "zero-shot-average": " without English"}
    return f"the {average_title(evidence.study)}{extra.get(row.target, '')}"


def _finding(evidence: Evidence, row: Comparison) -> Finding:
    way = "raises" if row.difference > 0 else "lowers"
    amount = points(abs(row.difference))
    subject = subject_words(evidence, row)
    what = average_words(evidence, row)
    if row.verdict in ("undecided", DESCRIPTIVE, DEPENDS_ON_COLLAPSE):
        sentence = f"moves {what} by {shown(row.difference, signed=True)} points"
        sentence += {"undecided": ", which may be chance.", DEPENDS_ON_COLLAPSE: f": {_treatments(row)}."}.get(row.verdict, ".")
    elif row.verdict == "equivalent":
        margin = f" within {row.margin:g} {'point' if row.margin == 1 else 'points'}" if row.margin is not None else ""
        sentence = f"leaves {what} unchanged{margin} ({shown(row.difference, signed=True)})."
    else:
        negligible = f", less than the declared margin of {row.margin:g}" if "negligible" in row.verdict and row.margin is not None else ""
        sentence = f"{way} {what} by {amount}{negligible}."
    tone: Literal["up", "down", "neutral"] = "neutral"
    if row.verdict.startswith("better"):
        tone = "up"
    elif row.verdict.startswith("worse"):
        tone = "down"
    verdict = row.verdict + (" (driven by retrieval)" if _driven_by_retrieval(evidence, row) else "")
    return Finding(verdict, (subject + sentence,), in_words(evidence, row), tone)


def _treatments(row: Comparison) -> str:
    """What the note of a comparison says of the treatments of collapsed runs."""
    return row.note[max(row.note.find("as run: "), 0) :].replace("(-", f"({MINUS}")


def subject_words(evidence: Evidence, row: Comparison) -> str:
    """What was done, as the subject of a sentence, with a space behind it."""
    arm = Arm(row.model, row.variant, row.intermediate)
    model, title = evidence.model_title(row.model), evidence.arm_title(arm)
    if of_method(row):
        method = title.removeprefix(f"{evidence.arm_title(arm.plain)} + ")
        after = f"after {evidence.arm_title(arm.plain)}" if arm.intermediate != BASELINE else "without an intermediate task"
        return f"On {model} {after}, {method} "
    entry = evidence.study.entry(arm.intermediate)
    if is_control(evidence.study, arm) or (entry is not None and len(entry.tasks) > 1):
        return f"The intermediate phase “{title}” of {model} "
    return f"Training {model} on {title} first "


def _driven_by_retrieval(evidence: Evidence, row: Comparison) -> bool:
    """Whether the sign of a gain on the average turns without retrieval, or the comparison's own note says so."""
    if "driven by retrieval" in row.note or "driven by retrieval" in row.verdict:
        return "driven by retrieval" not in row.verdict
    other = evidence.comparison(Arm(row.model, row.variant, row.intermediate), "average-without-retrieval", "average")
    return (
        row.target == "average"
        and row.verdict.startswith(("better", "worse"))
        and other is not None
        and other.difference * row.difference < 0
    )


def _extremes(evidence: Evidence, model: str) -> str:
    """The largest gain and loss of a plain intermediate on a target that is not its own data."""
    rows = [
        row
        for row in evidence.compared.of_family("exploratory", ("task",))
        if row.model == model
        and not row.own_data
        and row.variant == PLAIN
        and not is_control(evidence.study, Arm(row.model, row.variant, row.intermediate))
    ]
    if len(rows) < 2:  # noqa: PLR2004 - the extremes of one are no news
        return ""
    most, least = max(rows, key=lambda row: row.difference), min(rows, key=lambda row: row.difference)

    def named(row: Comparison) -> str:
        arm = Arm(row.model, row.variant, row.intermediate)
        return f"{shown(row.difference, signed=True)} on {target_title(evidence, row.target)} after {evidence.arm_title(arm)}"

    return (
        f"{evidence.model_title(model)}: of all pairs of intermediate and target task the largest difference to {BASELINE} is "
        f"{named(most)}, the smallest {named(least)}."
    )
