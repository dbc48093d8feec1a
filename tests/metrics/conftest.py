"""Drawn cases: the same in every run, and without a deadline, since a busy machine is no fault."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
