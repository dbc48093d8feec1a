"""A report as a value: its tables, figures, findings, and the rows behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from stiltsreport.api.showing import table_html
from stiltsreport.api.tables import Figure, Table
from stiltsreport.cli.comparing import compared
from stiltsreport.cli.looking import seen
from stiltsreport.errors import StiltsReportError, cause
from stiltsreport.registry import did_you_mean
from stiltsreport.report.claim_sentences import worded
from stiltsreport.report.document import Report as Document
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures import FIGURES
from stiltsreport.report.figures.drawing import keeping
from stiltsreport.results import Results
from stiltsreport.store import Store
from stiltsreport.study.study import Study

if TYPE_CHECKING:
    import pandas as pd


class Report:
    """What a study's results say: `Report.open("reports/quickstart")`. Tests and tables are computed when they are asked for, and kept."""

    def __init__(self, study: Study, results: Results, source: Store | Path) -> None:
        self._study, self._results, self._source = study, results, source

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """The report of a folder that `build` wrote, from its own scores.jsonl. Raises StiltsReportError where it holds none."""
        from stiltsreport.report.verification.source import study_of
        from stiltsreport.results.files import read_results

        place = Path(folder)
        results = read_results(place)
        return cls(*seen(study_of(results.provenance, place / "provenance.json"), results, None), place)

    @property
    def title(self) -> str:
        """The study's."""
        return self._study.title

    @property
    def tables(self) -> list[str]:
        """The ids of its tables, in the order of the report."""
        return [table.id for table in self._document.tables]

    @property
    def figures(self) -> list[str]:
        """The ids of its figures, in the order of the report; the first question draws them all."""
        return list(self._drawn)

    def table(self, name: str) -> Table:
        """One table. Raises StiltsReportError for one that the report does not have."""
        found = {table.id: table for table in self._document.tables}
        if name not in found:
            raise StiltsReportError(f"the report has no table {name!r}", hint=did_you_mean(str(name), found))
        return Table(found[name], self._evidence)

    def figure(self, name: str) -> Figure:
        """One figure. Raises StiltsReportError for one that the report does not have."""
        if name not in self._drawn:
            raise StiltsReportError(f"the report has no figure {name!r}", hint=did_you_mean(str(name), self._drawn))
        return self._drawn[name]

    def scores(self) -> pd.DataFrame:
        """The rows of scores.jsonl."""
        return _frame(self._results.scores)

    def comparisons(self) -> pd.DataFrame:
        """The rows of comparisons.jsonl: every difference with its interval, test and verdict."""
        return _frame(self._evidence.comparisons)

    def efficiency(self) -> pd.DataFrame:
        """The rows of efficiency.jsonl: speed, memory and latency of each job."""
        return _frame(self._results.efficiency)

    def claims(self) -> pd.DataFrame:
        """The rows of claims.jsonl: the study's claims, each answered, with a sentence in plain text and in LaTeX."""
        return _frame([worded(self._evidence, answer) for answer in self._evidence.answers])

    def save(self, folder: str | Path) -> list[Path]:
        """Write the report folder, as `stiltsreport report` does; the files that were written. Raises StiltsReportError where it cannot."""
        from stiltsreport.report.write import write_report

        evidence = self._evidence
        try:
            return list(write_report(self._study, self._results, evidence.comparisons, Path(folder), evidence.answers).paths)
        except OSError as error:
            raise StiltsReportError(f"cannot be written: {cause(error)}", where=str(folder), hint="a folder you may write to") from error

    def __repr__(self) -> str:
        return f"<Report {self._study.name}: {len(self._results.scores):,} scores>"

    def _repr_html_(self) -> str:
        rows = [[label, value] for label, value in self._document.facts]
        return table_html([self.title, ""], rows) + f"<p>{len(self.tables)} tables: {', '.join(self.tables)}</p>"

    @cached_property
    def _evidence(self) -> Evidence:
        comparisons, answers = compared(self._study, self._results, self._source)
        return Evidence(self._study, self._results, comparisons, answers)

    @cached_property
    def _document(self) -> Document:
        from stiltsreport.report.build import report_of

        return report_of(self._evidence, drawn=False)

    @cached_property
    def _drawn(self) -> dict[str, Figure]:
        asked = self._study.report.figures
        names = FIGURES if isinstance(asked, str) else asked
        return {
            figure.id: Figure(figure, partial(self._redrawn, name, place))
            for name in names
            for place, figure in enumerate(FIGURES[name](self._evidence))
        }

    def _redrawn(self, name: str, place: int) -> Any:
        """The matplotlib Figure behind the n-th of the figures of that name."""
        with keeping() as figures:
            FIGURES[name](self._evidence)
        return figures[place]


def _frame(rows: Iterable[Any]) -> pd.DataFrame:
    """A frame of dataclasses; fields that hold several values stay tuples."""
    import pandas as pd

    return pd.DataFrame([asdict(row) if is_dataclass(row) and not isinstance(row, type) else vars(row) for row in rows])
