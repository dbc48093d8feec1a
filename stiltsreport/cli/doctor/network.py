"""Whether the Hub can be asked, and as whom."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping

from stiltsreport.cli.doctor.finding import Finding
from stiltsreport.errors import cause

AREA = "network"
HUB = "https://huggingface.co"
_SECONDS = 8.0
_SLOW = 3.0
_FETCH = "where a network is: `stiltsreport fetch STUDY`; then copy the cache here and `build --offline`; or local files: --data DIR"


def network(offline: bool, environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Nothing is asked where the user said so."""
    endpoint = environment.get("HF_ENDPOINT") or HUB
    host = urllib.parse.urlsplit(endpoint).hostname or endpoint
    if offline or environment.get("HF_HUB_OFFLINE") == "1":
        yield Finding(AREA, "Hub", "note", "not asked: offline is set")
        return
    begin = time.monotonic()
    try:
        _ask(endpoint)
    except (OSError, ValueError) as error:  # URLError and timeouts are OSErrors
        reason = getattr(error, "reason", None) or error
        said = cause(reason) if isinstance(reason, OSError) else reason
        yield Finding(AREA, "Hub", "note", f"{host} does not answer: {said}", _FETCH)
        return
    took = time.monotonic() - begin
    slow = took > _SLOW
    yield Finding(AREA, "Hub", "note" if slow else "right", f"{host} answers in {took:.1f} s", _FETCH if slow else "")
    if environment.get("HF_TOKEN"):
        yield Finding(AREA, "token", "right", "HF_TOKEN is set (gated models need it)")


def _ask(endpoint: str) -> None:
    """Any answer of the server will do, an error's too."""
    if urllib.parse.urlsplit(endpoint).scheme not in ("http", "https"):
        raise ValueError(f"HF_ENDPOINT is no http(s) address: {endpoint}")
    request = urllib.request.Request(endpoint, method="HEAD", headers={"user-agent": "stiltsreport"})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
            pass
    except urllib.error.HTTPError:
        return
