"""Each table in every format (HTML, LaTeX, and in one file plain text, Markdown and CSV), compared with stored files.

Rewrite them with `python -m tests.report.test_snapshots`, and read the diff.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import stiltsreport
from stiltsreport.report.build import build_report
from stiltsreport.report.document import Report, Table, Typesetting
from stiltsreport.report.formats import csv, html, latex, markdown, text
from stiltsreport.report.show import made as tables_made
from stiltsreport.report.show import makers as makers_of
from stiltsreport.report.tables import TABLES
from stiltsreport.stats.collapse import judged
from stiltsreport.stats.compare import compare
from tests.fabricated import fabricated_results, fabricated_scores, fabricated_study, method_results, without
from tests.report.analyses import analyses
from tests.selected import with_selection

SNAPSHOTS = Path(__file__).resolve().parents[1] / "snapshots" / "tables"
REWRITE = "if the change is meant, rewrite the snapshots with `python -m tests.report.test_snapshots` and read the diff"
_SPACE = re.compile(r"\n\s*\n+")


def small_report() -> Report:
    """One model and two intermediate tasks; a gap in PAWS-X. Small enough to read its tables as a diff."""
    with tempfile.TemporaryDirectory() as scratch:
        written = """\
title: A small study
models: [multilingual-e5-small]
intermediate: [mnli, hellaswag]
target:
  - {task: xnli, languages: [en, de, sw]}
  - {task: pawsx, languages: [en, de]}
  - {task: xquad, languages: [en, es]}
  - {task: tatoeba, languages: [de]}
seeds: [1, 2, 3, 4, 5]
limit: {train: 1000, evaluate: 200}
statistics: {margin: {average: 1, task: 2, language: 3}}
"""
        study = fabricated_study(Path(scratch), written)
    scores = without(fabricated_scores(study), intermediate="hellaswag", target="pawsx", language="de", seed=4)
    results = fabricated_results(study, scores)
    return build_report(study, results, compare(study, scores), drawn=False)


def methods_report() -> Report:
    """A mixture, a control, two methods and pairs, with a collapse: as few rows as show all of their tables."""
    with tempfile.TemporaryDirectory() as scratch:
        written = """\
title: A small study of methods
models: [multilingual-e5-small]
intermediate: [squad, {name: both, tasks: [mnli, squad]}, {name: shuffled, of: squad}]
target:
  - {task: xnli, languages: [en, de], pairs: all}
  - {task: tatoeba, languages: [de]}
seeds: [1, 2, 3, 4, 5]
variants: [plain, rs-da, {few_shot: {examples: 16}}]
statistics: {margin: {average: 1, task: 2, language: 3}}
"""
        study = fabricated_study(Path(scratch), written)
    results = with_selection(study, method_results(study))
    return build_report(study, results, judged(study, results.scores, results.setup.health), drawn=False)


OF_METHODS = (
    "gains", "methods", "pairs", "significance-methods", "collapse", "intermediate", "tuning", "pairs-xnli-multilingual-e5-small-none-rs-da",
    "gains-by-rate", "best-per-target", "dev-correlation", "pareto", "cost-to-reach",
)  # fmt: skip
IN_SIUNITX = ("xtreme", "gains", "averages")


def every() -> Iterator[tuple[str, str]]:
    """The tables of the small report, and those that methods bring or change."""
    small = small_report()
    yield from rendered(small.tables, small.digest)
    methods = methods_report()
    for name, content in rendered(methods.tables, methods.digest):
        if name.rpartition(".")[0] in OF_METHODS:
            yield f"of-methods-{name}", content
    for evidence, makers in analyses():
        for maker in makers:
            for name, content in rendered(tables_made(evidence, maker), evidence.digest):
                yield f"of-analyses-{name}", content
    for table in small.tables:
        if table.id in IN_SIUNITX:
            yield f"siunitx-{table.id}.tex", named(latex.render_table(table, small.digest, Typesetting("siunitx", "acl")))


def named(content: str) -> str:
    """The text with VERSION for the version, which changes without a meaning."""
    return _SPACE.sub("\n\n", content).replace(f"stiltsreport:{stiltsreport.__version__}", "stiltsreport:VERSION").strip() + "\n"


def rendered(tables: Iterable[Table], digest: str) -> Iterator[tuple[str, str]]:
    """(file, content) of every snapshot; the version stands as VERSION."""
    for table in tables:
        plain = "\n".join(form.render_table(table) for form in (text, markdown, csv))
        for suffix, found in (("html", html.render_table(table, digest)), ("tex", latex.render_table(table, digest)), ("txt", plain)):
            yield f"{table.id}.{suffix}", named(found)


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return dict(every())


def test_every_table_is_as_its_snapshot(made: dict[str, str]) -> None:
    for name, content in made.items():
        stored = SNAPSHOTS / name
        assert stored.is_file(), f"{name} has no snapshot: {REWRITE}"
        assert content == stored.read_text(encoding="utf-8"), f"{name} differs: {REWRITE}"


def test_every_table_of_a_report_has_snapshots(made: dict[str, str]) -> None:
    """A new table needs them: the small report, that of methods, or one of `analyses` has to make it."""
    shown = {name.rpartition(".")[0].removeprefix("of-methods-") for name in made}
    makers = {maker for _, names in analyses() for maker in names}
    assert {name for name in TABLES if name not in makers and not any(one == name or makers_of(one)[0] == name for one in shown)} == set()
    suffixes = {suffix: {name.rpartition(".")[0] for name in made if name.endswith(suffix)} for suffix in (".html", ".tex", ".txt")}
    assert suffixes[".html"] == suffixes[".txt"] == {name for name in suffixes[".tex"] if not name.startswith("siunitx-")}


def test_no_snapshot_is_left_over(made: dict[str, str]) -> None:
    assert {file.name for file in SNAPSHOTS.iterdir()} == set(made), REWRITE


if __name__ == "__main__":
    SNAPSHOTS.mkdir(parents=True, exist_ok=True)
    for old in SNAPSHOTS.iterdir():
        old.unlink()
    for name, content in every():
        (SNAPSHOTS / name).write_text(content, encoding="utf-8")
