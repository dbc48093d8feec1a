"""The abstract of the paper, from records alone: question, design, what was found with its interval, what may not be concluded.

Between 120 and 200 words, as venues ask. Claims are named by weight until the room is used; how many there are, and how many hold, is
always said, so that the choice hides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from stiltsreport.report.arms import method_name
from stiltsreport.report.claim_sentences import brief
from stiltsreport.report.compared import of_method
from stiltsreport.report.design_words import declared_correction
from stiltsreport.report.document import Inline, Paragraph, Reference
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, listed, plural, shown
from stiltsreport.report.sections.findings import DESCRIPTIVE, average_words, main_comparisons, subject_words
from stiltsreport.report.titles import language_title
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.verdicts import MINIMUM_SEEDS, significant
from stiltsreport.study.study import BASELINE, Study

MOST_WORDS = 200
MOST_CLAIMS = 5
_NAMED = 4  # of models, tasks and languages: more are counted
_WEIGHTS: dict[str, int] = {"supported": 0, "contradicted": 0, "equivalent": 1, "undecided": 2}


def abstract(evidence: Evidence) -> tuple[Paragraph, ...]:
    """One paragraph."""
    opening = [_question(evidence.study), *_design(evidence)]
    caveats = _caveats(evidence)
    kept, spare = caveats[:2], caveats[2:]
    room = MOST_WORDS - _words([*opening, *kept])
    found = _answers(evidence, room) if evidence.answers else [(text,) for text in _gains(evidence)]
    parts: list[Inline] = [" ".join(opening)]
    for sentence in found:
        parts += [" ", *sentence]
    for caveat in spare:
        if _words([*(part for part in parts if isinstance(part, str)), *kept, caveat]) <= MOST_WORDS:
            kept.append(caveat)
    return (Paragraph((*parts, " " + " ".join(kept))),)


def _words(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)


def _question(study: Study) -> str:
    if not study.intermediate:
        return "How well do multilingual encoders that are trained on a task in English alone do in other languages?"
    methods = [method_name(variant.name) for variant in study.variants]
    asked = (
        "Does training a multilingual encoder on an English intermediate task first make it better at target tasks in other "
        "languages, without training data in these?"
    )
    if not methods:
        return asked
    named = listed(methods) if len(methods) <= _NAMED else f"{counted(len(methods))} further methods"
    return f"{asked} And do{'es' if len(methods) == 1 else ''} {named} add to it?"


def _design(evidence: Evidence) -> list[str]:
    study = evidence.study
    models = _some([model.title for model in study.models], "encoder")
    targets = _some([entry.task.title for entry in study.target], "target task")
    codes = list(dict.fromkeys(code for entry in study.target for code in entry.languages))
    languages = _some([language_title(code) for code in codes], "language")
    seeds = sorted({len(seeds) for _, seeds in study.arm_seeds} or {len(study.seeds)})
    repeated = f"{counted(seeds[0])}{f' to {counted(seeds[-1])}' if len(seeds) > 1 else ''} seed{'' if seeds == [1] else 's'}"
    tasks = _some([entry.title for entry in study.intermediate], "intermediate task")
    subject = f"We compare {tasks} with none" if tasks else "We train without an intermediate task"
    found = [f"{subject} on {models}, evaluated on {targets} in {languages}, with {repeated}."]
    limit = study.limit
    if limit.train or limit.evaluate:
        found.append(evidence.limits)
    cells = evidence.results.setup.cells
    missing = sum(cell.state != "stored" for cell in cells)
    if missing == len(cells) and cells:
        found.append(f"None of the {plural(len(cells), 'planned evaluation')} has a result yet.")
    elif missing:
        found.append(f"Of {plural(len(cells), 'planned evaluation')} {counted(missing)} {_are(missing, 'has', 'have')} no result.")
    return found


def _some(titles: Sequence[str], noun: str) -> str:
    """The titles where they are few, else how many."""
    return listed(list(titles)) if len(titles) <= _NAMED else plural(len(titles), noun)


def _answers(evidence: Evidence, room: int) -> list[tuple[Inline, ...]]:
    """How many claims hold, the weightiest with their numbers, and where the others stand."""
    answers = evidence.answers
    verdicts = Counter[str](answer.verdict for answer in answers)
    tally = listed([f"{counted(verdicts[name])} {_are(verdicts[name])} {name}" for name in _WEIGHTS if verdicts[name]])
    lead = (
        f"Claims were declared before the results; of {counted(len(answers))} answers, one a claim and model, {tally}."
        if len(answers) > 1
        else "One claim was declared before the results."
    )
    found: list[tuple[Inline, ...]] = [(lead,)]
    room -= _words([lead]) + 7  # of the sentence that says where the others stand
    told = 0
    for answer in sorted(answers, key=_weight):
        text = brief(evidence, answer)
        if told and (told == MOST_CLAIMS or len(text.split()) > room):
            break
        found.append((text,))
        room -= len(text.split())
        told += 1
    if told < len(answers):
        found.append((f"{counted(len(answers) - told)} more stand in ", Reference("claims", "section"), "."))
    return found


def _are(number: int, one: str = "is", many: str = "are") -> str:
    return one if number == 1 else many


def _weight(answer: Answer) -> tuple[int, float]:
    """Decided claims first, by their adjusted p; the order of the study breaks ties."""
    p_value = answer.adjusted_equivalence_p_value if answer.verdict == "equivalent" else answer.adjusted_p_value
    return _WEIGHTS[answer.verdict], 1.0 if p_value is None else p_value


def _gains(evidence: Evidence) -> list[str]:
    """Where no claim is declared: the largest difference of the main comparisons with its interval, and what the others are."""
    rows = main_comparisons(evidence)
    if not rows:
        if len(evidence.study.arms) == 1:
            return ["The study has the baseline alone, so that there is nothing to compare."]
        return ["No comparison could be made yet: no row and its baseline have results in common."]
    groups = [[row for row in rows if of_method(row) == methods] for methods in (False, True)]
    return [sentence for group in groups if group for sentence in _largest(evidence, group)]


def _largest(evidence: Evidence, rows: Sequence[Comparison]) -> list[str]:
    main = max(rows, key=lambda row: abs(row.difference))
    found = [_gain(evidence, main, len(rows))]
    if evidence.study.fewest_seeds < MINIMUM_SEEDS or evidence.study.extended:
        return found
    at = f"at {evidence.study.statistics.alpha:g} {declared_correction(evidence.study)}"
    raised, lowered = (sum(significant(row) and (row.difference > 0) == up for row in rows) for up in (True, False))
    if len(rows) == 1:
        found.append(f"Its verdict is “{main.verdict}”, {at}.")
    else:
        found.append(
            f"Of the {counted(len(rows))}, {raised or 'none'} {_are(raised or 1)} significantly higher and {lowered or 'none'} lower {at}."
        )
    return found


def _gain(evidence: Evidence, row: Comparison, of: int) -> str:
    way = ("raises" if row.difference > 0 else "lowers") if significant(row) else "moves"
    size = shown(abs(row.difference)) if significant(row) else shown(row.difference, signed=True)
    level = f"{100 * (1 - evidence.study.statistics.alpha):g}\N{NO-BREAK SPACE}%"
    interval = (
        f"{level} interval {shown(row.low, signed=True)} to {shown(row.high, signed=True)}"
        if row.low is not None and row.high is not None
        else "no interval could be made"
    )
    text = f"{subject_words(evidence, row)}{way} {average_words(evidence, row)} by {size} points ({interval})"
    if of == 1:
        return f"{text}."
    return f"Of {counted(of)} differences to {'plain' if of_method(row) else BASELINE} the largest: {text[0].lower()}{text[1:]}."


def _caveats(evidence: Evidence) -> list[str]:
    """What may not be concluded, the most needful first."""
    study = evidence.study
    found = []
    tuned = [model.title for model in study.models if model.tuned]
    if tuned:
        found.append(
            f"{listed(tuned)} {_are(len(tuned), 'was', 'were')} tuned on labelled data before: gains say nothing about untuned encoders."
        )
    if study.extended:
        found.append("Seeds were added after results had been seen, so that differences are descriptive.")
    elif study.fewest_seeds < MINIMUM_SEEDS and len(study.arms) > 1:
        found.append(f"With {plural(study.fewest_seeds, 'seed')} every difference is {DESCRIPTIVE}: nothing is called significant.")
    elif len(study.arms) > 1:
        found.append("Undecided means that the data do not tell, not that there is no effect.")
    if not evidence.compared.resampled:
        found.append("Tests concern retraining on these test items; other items, languages and models may differ.")
    else:
        found.append("Verdicts hold for these languages and models; where new test items agree is said.")
    if len(study.models) == 1:
        found.append("One model is not a family: nothing here speaks of others.")
    if any(evidence.own(arm, entry.task.name) for arm in evidence.arms(study.models[0].name) for entry in study.target):
        found.append("Averages of plain rows leave out targets whose own training data the intermediate task holds.")
    if not any(model.seen for model in study.models):
        found.append("What pretraining data hold of the evaluated texts is not known.")
    if study.benchmark is None:
        found.append("The average is this study's own and no benchmark's.")
    found.append("Scores are official metrics in percent, means over languages, then tasks; a task that is missing gives no average.")
    found.append("In plain rows training data and the choice of checkpoints are English alone.")
    return found
