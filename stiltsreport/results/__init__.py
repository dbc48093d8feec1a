"""What a study has measured, gathered from the store or read from a report folder."""

from __future__ import annotations

from stiltsreport.results.efficiency import EfficiencyRow
from stiltsreport.results.results import Results
from stiltsreport.results.score import Score
from stiltsreport.results.setup import (
    ArmCost,
    Cell,
    CurveFacts,
    DataFacts,
    FertilityFacts,
    FlipFacts,
    MethodFacts,
    OverlapFacts,
    RunHealth,
    SelectionFacts,
    Setup,
    TranslationFacts,
)

__all__ = [
    "ArmCost",
    "Cell",
    "CurveFacts",
    "DataFacts",
    "EfficiencyRow",
    "FertilityFacts",
    "FlipFacts",
    "MethodFacts",
    "OverlapFacts",
    "Results",
    "RunHealth",
    "Score",
    "SelectionFacts",
    "Setup",
    "TranslationFacts",
]
