"""What a study has measured, gathered from the store or read from a report folder."""

from __future__ import annotations

from stiltsreport.results.efficiency import EfficiencyRow
from stiltsreport.results.results import Results
from stiltsreport.results.score import Score
from stiltsreport.results.setup import Cell, DataFacts, OverlapFacts, Setup

__all__ = ["Cell", "DataFacts", "EfficiencyRow", "OverlapFacts", "Results", "Score", "Setup"]
