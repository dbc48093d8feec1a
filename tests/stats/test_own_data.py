"""Which cells are more of the same data."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.stats.own_data import own_data
from tests.fabricated import fabricated_study

TEXT = """\
title: T
models: [xlmr-base]
intermediate: [anli-plus, mnli, squad2, squad, siqa, snli, hellaswag]
target: [{task: xnli, train: snli}, xquad, mlqa, tydiqa, lareqa, xcopa, tatoeba, bucc2018]
"""


@pytest.mark.parametrize(
    ("intermediate", "target", "expected"),
    [
        ("snli", "xnli", True),  # this study trains XNLI on SNLI
        ("anli-plus", "xnli", True),
        ("mnli", "xnli", False),
        ("squad", "xquad", True),
        ("squad2", "mlqa", True),  # contains SQuAD 1.1
        ("squad", "lareqa", True),
        ("squad", "tydiqa", False),
        ("siqa", "xcopa", True),  # the first of its two steps
        ("hellaswag", "xcopa", False),
        ("squad", "tatoeba", False),
        ("mnli", "bucc2018", False),
        ("none", "xnli", False),
    ],
)
def test_cells(tmp_path: Path, intermediate: str, target: str, expected: bool) -> None:
    assert own_data(fabricated_study(tmp_path, TEXT), intermediate, target) is expected
