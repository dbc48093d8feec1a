"""Collapsed runs in words: the rule, the declared policy, and what was found, also where that is nothing."""

from __future__ import annotations

from stiltsreport.report.document import Block, Cite, Figure, Inline, Paragraph, Reference, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, listed, plural
from stiltsreport.stats.collapse import HEALTHY
from stiltsreport.stats.verdicts import DEPENDS_ON_COLLAPSE

_POLICIES = {
    "keep": "collapsed runs are kept",
    "retry": "a collapsed seed i is trained again with reserve seed 1000 × attempt + i, in every row of that model and target",
    "stabilise": "a collapsed seed is trained again by a recipe made against collapse, in every row of that model and target",
}


def health(evidence: Evidence, blocks: list[Block]) -> list[Block]:
    """The section's blocks; none where no training's health is known (older results)."""
    rows = [row for row in evidence.results.setup.health if not row.reserve]
    if not rows:
        return []
    trainings = {row.job: row.verdict for row in rows}
    bad = [verdict for verdict in trainings.values() if verdict != HEALTHY]
    if not bad:
        counted_runs = f"None of the {plural(len(trainings), 'training')} looked at has collapsed."
        return [Paragraph((f"{counted_runs} {_RULE} ", *_CITED, f" Declared policy: {evidence.study.collapse}."))]
    kinds = listed([f"{counted(bad.count(kind))} {kind}" for kind in dict.fromkeys(bad)])
    policy = _POLICIES[evidence.study.collapse]
    parts: list[Inline] = [
        f"{_RULE} ", *_CITED,
        f" By that rule {counted(len(bad))} of {plural(len(trainings), 'training')} collapsed ({kinds}).",
        f" Declared policy: {evidence.study.collapse}, so {policy}. Every other table shows all planned seeds as run",
    ]  # fmt: skip
    if any(isinstance(block, Table) for block in blocks):
        parts += ["; ", Reference("collapse"), " says how often each row collapsed and what its gain would be otherwise"]
    if any(isinstance(block, Figure) for block in blocks):
        parts += ["; ", Reference("collapse", "figure"), " shows the rates"]
    depending = {(row.model, row.variant, row.intermediate) for row in evidence.comparisons if row.verdict == DEPENDS_ON_COLLAPSE}
    parts.append(
        f". Where another treatment changes a verdict it reads “{DEPENDS_ON_COLLAPSE}”: "
        + (f"so it does in {plural(len(depending), 'row')}." if depending else "that is nowhere so.")
    )
    return [Paragraph(tuple(parts)), *blocks]


_RULE = (
    "A training counts as collapsed where it predicts the same for all English dev examples, where its loss ends near that of guessing "
    "(ln K), or where a loss is not finite. Test scores do not enter the rule, which was fixed beforehand and follows"
)
_CITED: tuple[Inline, ...] = (Cite(("mosbach2021stability",), textual=True), ".")
