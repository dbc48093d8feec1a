"""The sentence that opens a section of tables: which table says what."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.report.document import Block, Figure, Inline, Paragraph, Reference, Table
from stiltsreport.stats.verdicts import MINIMUM_SEEDS

_SAYS = {
    "xtreme": "gives the means with the gain beneath each",
    "gains": "the gains with their intervals and what each intermediate training took",
    "methods": "each method against plain of the same intermediate",
    "averages": "the averages with and without retrieval, English and the target's own training data",
    "transfer-gap": "how far the other languages stay behind English, and the mean ranks",
    "group-gains": "gives the gains by group of targets",
    "seen-gains": "those in languages that the model has seen in pretraining and in others",
    "gains-by-examples": "the gains by the number of intermediate examples",
    "gains-by-rate": "the gains by learning rate on English dev data",
    "gains-at-rates": "the gains by learning rate",
    "best-per-target": "the best intermediate task of each target, chosen on English dev data",
    "dev-correlation": "whether English dev scores tell which row is best in other languages",
    "size": "the gains by model size, with their slope",
    "adaptations": "how far gains under full fine-tuning and under adapters lie apart",
    "prompting": "the scores of language models asked in words, which enter no gain",
    "typology": "holds what is known of each language beside its gains",
    "typology-regression": "what goes with a language's gain",
    "languages-like-these": "the gains in languages and tasks like these",
    "families-like-these": "those by family of languages",
    "significance": "holds the tests of the declared family",
    "significance-methods": "those of the methods against plain",
    "significance-exploratory": "holds the tests of the other averages and of single tasks; they are exploratory, each family "
    "adjusted by itself",
    "significance-methods-exploratory": "those of the methods",
    "pairs": "gives the means over sentence pairs in two languages beside those in one",
    "tuning": "gives the dev values of the learning rates that were tried, and the choices",
    "intermediate": "shows whether the intermediate training itself has worked",
    "efficiency": "gives what training and evaluation took, as measured in the runs",
    "per": "puts them and the average in one number, which is relative to the compared models",
    "pareto": "sets each row's average against its cost",
    "cost-to-reach": "says what a score costs",
    "counts": "says on how many targets a row is better, as far as tests allow",
    "counts-by-target": "with how many intermediate tasks a target gains",
    "further-tests": "holds the tests that were asked for beside the study's own",
    "gaps": "names what is planned and not there, and why",
    "recipes": "holds the resolved recipes",
    "data": "every set that was read",
}
_VERBS = ("gives", "holds", "puts", "says", "sets", "shows", "names")
_SHOWS = {
    "pairs": "the same as heatmaps",
    "tuning": "the values by rate",
    "layers": "scores by layer",
    "curves": "the losses on the way",
    "examples": "the gains by examples",
    "size": "the gains by model size",
    "typology": "the gains by language",
    "dev": "the scores behind the correlations",
    "profile": "the gains",
    "seeds": "how far the scores of seeds lie apart",
    "pareto": "averages against cost, with the front",
}
_MORE = {
    "results": " Bold: the best row of a model; underlined: those that may be the best. A dagger stands for the declared family after its "
    "correction; grey numbers are "
    "exploratory, with a diamond "
    f"after theirs. Under {MINIMUM_SEEDS} seeds there are neither.",
}


def lead(section: str, blocks: Sequence[Block]) -> tuple[Paragraph, ...]:
    """The opening paragraph of a section; none where it holds no table that needs one, and something beside figures."""
    named = [block for block in blocks if isinstance(block, Table) and block.id in _SAYS]
    figures = [block for block in blocks if isinstance(block, Figure)]
    if not named and (not figures or len(figures) < len(blocks)):
        return ()
    parts: list[Inline] = []
    for place, table in enumerate(named):
        parts += [
            "" if place == 0 else " and " if place == len(named) - 1 else ", ",
            Reference(table.id),
            f" {_said(table.id, first=place == 0)}",
        ]
    for figure in figures[:1]:
        parts += ["; " if named else "", Reference(figure.id, "figure"), f" shows {_SHOWS.get(figure.id.partition('-')[0], 'the gains')}"]
    parts.append("." + _MORE.get(section, ""))
    return (Paragraph(tuple(parts)),)


def _said(name: str, *, first: bool) -> str:
    """What a table says, with a verb where it is the first that is named: the tables after it share that one's."""
    words = _SAYS[name]
    opening = words.partition(" ")[0]
    if not first or opening in _VERBS:
        return words
    return f"says {words}" if opening in ("how", "whether", "what", "with") else f"gives {words}"
