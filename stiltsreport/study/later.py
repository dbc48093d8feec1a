"""What a study may say but this version cannot do: refused at its place, since leaving it out would answer another question."""

from __future__ import annotations

from stiltsreport.study.positions import Key
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import StudyFile

_LATER = "it is part of the study file, but this version cannot run it: leave it out"


def refuse_later(written: StudyFile, problems: Problems) -> None:
    """Note every entry of a method that comes later."""

    def later(wrong: bool, what: str, *keys: Key) -> None:
        if wrong:
            problems.note(f"{what}: not available yet", *keys, hint=_LATER)

    later(written.keep.target_checkpoints == "best", "keeping the best target checkpoints alone", "keep")
