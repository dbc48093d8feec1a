"""What a study has measured, gathered from the store or read from a report folder."""

from __future__ import annotations

from stiltsreport.results.score import Score

__all__ = ["Score"]
