"""The places that no case comes by, each with why."""

from __future__ import annotations

ELSEWHERE: dict[str, str] = {}
