"""Files of the Hub's cache against the checksums that they are kept under.

huggingface_hub keeps a file's content under the name that the Hub gives it: sha256 of a large file, git's sha1 of any other. It compares
sizes alone. A name that is neither (a mirror of another kind, a disk without symbolic links) says nothing, and is passed over.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable
from pathlib import Path

from stiltsreport.errors import StiltsReportError

_SHA256, _SHA1 = 64, 40  # hexadecimal digits
_PIECE = 2**20


def verify(files: Iterable[Path], where: str) -> int:
    """How many files were compared. Raises StiltsReportError for the first whose content is another than the Hub's."""
    compared = 0
    for file in files:
        kept = file.resolve()
        expected = kept.name
        if len(expected) not in (_SHA256, _SHA1) or set(expected) - set(string.hexdigits.lower()):
            continue
        found = _checksum(kept, git=len(expected) == _SHA1)
        if found != expected:
            raise StiltsReportError(
                f"{file.name} has the checksum {found[:12]}..., and the Hub's is {expected[:12]}...: it is damaged",
                where=where,
                hint=f"rm '{kept}', then `stiltsreport fetch STUDY` again",
            )
        compared += 1
    return compared


def _checksum(file: Path, *, git: bool) -> str:
    found = hashlib.sha1(b"blob %d\0" % file.stat().st_size, usedforsecurity=False) if git else hashlib.sha256()
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
