"""Secrets kept out of whatever is shown or written: errors, logs of failures, notes, provenance.

Libraries put into their errors what they were given: addresses with names and passwords, signed links, headers with tokens. The one place
that knows what such a thing looks like is here; StiltsReportError and the store's logs ask it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

HIDDEN = "[hidden]"
_SHORTEST = 8  # signs of a secret that is looked for by its value: shorter ones would hide words
_NAMES = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_?KEY|CREDENTIAL", re.IGNORECASE)
_PLACES = re.compile(r"(_PATH|_FILE|_DIR|_SOCK|_URI)$", re.IGNORECASE)  # where a secret lies, which is none itself
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"([a-z][a-z0-9+.-]{1,20}://)[^\s/@?#'\"]{1,500}@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (re.compile(r"\b(hf|api_org|ghp|gho|github_pat|glpat|sk|xox[abp])([_-])[A-Za-z0-9_-]{16,}"), rf"\1\2{HIDDEN}"),
    (re.compile(r"\bAKIA[0-9A-Z]{16}\b"), HIDDEN),
    (re.compile(r"\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1\2{HIDDEN}"),
    (
        re.compile(
            r"\b((?:x-amz-|x-goog-)?(?:access_?token|auth_?token|token|signature|sig|credential|security-token|password|passwd|secret|"
            r"api_?key|secret_?access_?key|access_?key_?id))([\"']?\s*[=:]\s*[\"']?)[^\s&\"',;}]{8,}",
            re.IGNORECASE,
        ),
        rf"\1\2{HIDDEN}",
    ),
)


def redacted(text: str, environment: Mapping[str, str] | None = None) -> str:
    """The text without secrets: what has the form of one, and the values that the environment holds under the names of some.

    The environment is asked each time, so that a token that is set later, or of a worker, is hidden too. No setting is read from it.

    >>> redacted("GET https://me:letmein@hub.example/x failed", {})
    'GET https://[hidden]@hub.example/x failed'
    """
    for name, value in (os.environ if environment is None else environment).items():
        if len(value) >= _SHORTEST and value in text and _NAMES.search(name) and not _PLACES.search(name) and "/" not in value[:1]:
            text = text.replace(value, HIDDEN)
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    return text
