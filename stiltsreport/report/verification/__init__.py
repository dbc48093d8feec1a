"""Verification: what a report or a pasted table shows, held against its scores; scores against counts; counts against predictions."""
