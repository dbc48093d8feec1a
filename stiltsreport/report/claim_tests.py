"""The tests behind claims, in words."""

from __future__ import annotations

from stiltsreport.stats.claims.answer import Answer

_TESTS = {"paired-t": "paired t", "sign-flip": "sign-flip test", "welch": "Welch's t", "dunnett": "pooled t"}


def test_words(answer: Answer) -> str:
    """The test of an answer, in words."""
    text = answer.test
    for key, words in _TESTS.items():
        text = text.replace(key, words)
    return text
