"""Results: everything of a study that its statistics and its report are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stiltsreport.results.efficiency import EfficiencyRow
from stiltsreport.results.score import Score
from stiltsreport.results.setup import Setup


@dataclass(frozen=True)
class Results:
    """Scores, costs and facts of a study as run; `provenance` is provenance.json, which holds the setup too."""

    scores: tuple[Score, ...] = ()
    efficiency: tuple[EfficiencyRow, ...] = ()
    setup: Setup = field(default_factory=Setup)
    provenance: dict[str, Any] = field(default_factory=dict)
