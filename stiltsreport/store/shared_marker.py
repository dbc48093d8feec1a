"""The object that makes a URL a store, in the format of a version, and the proof that it can be written to."""

from __future__ import annotations

import json
import secrets

from stiltsreport.errors import StiltsReportError
from stiltsreport.store.objects import Objects
from stiltsreport.store.store import VERSION

_MARKER = "store.json"


def is_store(objects: Objects) -> bool:
    """Whether a store was ever made there. Raises OSError."""
    return objects.about(_MARKER) is not None


def make_store(objects: Objects) -> None:
    """Make one where there is none, and write to it.

    Raises OSError, ValueError where its marker cannot be read, and StiltsReportError where it is another version's.
    """
    objects.create(_MARKER, f'{{"format": "stiltsreport store", "version": {VERSION}}}\n'.encode())
    found = json.loads(objects.read(_MARKER))
    version = found.get("version") if isinstance(found, dict) else None
    if version != VERSION:
        what = f"was written in format {version}, this is format {VERSION}"
        raise StiltsReportError(what, where=f"--store {objects.place}", hint="another --store")
    probe = f"probes/{secrets.token_hex(8)}"
    objects.write(probe, b"can this be written to?\n")
    objects.delete([probe])
