"""What a comparison may be called."""

from __future__ import annotations

import pytest

from stiltsreport.stats.verdicts import verdict


@pytest.mark.parametrize(
    ("difference", "p_value", "equivalence", "seeds", "expected"),
    [
        (1.0, 0.01, 0.9, 5, "better"),
        (-1.0, 0.01, 0.9, 5, "worse"),
        (0.2, 0.01, 0.01, 5, "better but negligible"),
        (-0.2, 0.05, 0.05, 5, "worse but negligible"),
        (0.2, 0.3, 0.01, 5, "equivalent"),
        (0.2, 0.3, 0.3, 5, "undecided"),
        (0.2, None, None, 5, "undecided"),
        (1.0, 0.051, None, 9, "undecided"),
        (9.0, 1e-9, 1e-9, 4, "descriptive only"),
        (9.0, None, None, 0, "descriptive only"),
    ],
)
def test_verdicts(difference: float, p_value: float | None, equivalence: float | None, seeds: int, expected: str) -> None:
    assert verdict(difference, p_value, equivalence, seeds, 0.05) == expected
