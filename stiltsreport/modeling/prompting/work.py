"""What a decoder has read since it was asked last: what its operations are counted by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Work:
    """`tokens` through its layers, without padding; `scored`: states that were brought before the whole vocabulary.

    `attended`: the tokens that each of those tokens looked at, summed, as if it looked at all of its row.
    """

    tokens: int = 0
    attended: int = 0
    scored: int = 0

    def read(self, new: int, behind: int = 0) -> None:
        """Count a text's new tokens behind those that were read before."""
        self.tokens += new
        self.attended += new * (behind + new)

    def clear(self) -> None:
        """Begin at 0."""
        self.tokens = self.attended = self.scored = 0

    @property
    def context(self) -> float:
        """Tokens that a token attends to, on the mean."""
        return self.attended / self.tokens if self.tokens else 0.0
