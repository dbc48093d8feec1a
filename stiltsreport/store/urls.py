"""Stores and data by URL: how one is told from a folder, what of one may be shown, and where its files lie on this machine."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stiltsreport.errors import StiltsReportError

CACHE = "~/.cache/stiltsreport"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(place: str) -> bool:
    """Whether a place is a URL and no folder.

    >>> is_url("s3://bucket/store"), is_url("results/store"), is_url("C:/store")
    (True, False, False)
    """
    return _URL.match(place) is not None


def shown(url: str) -> str:
    """A URL as it may be shown: without user, password and query.

    >>> shown("sftp://me:secret@host/store?token=abc"), shown("s3://bucket/store#2")
    ('sftp://host/store', 's3://bucket/store#2')
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" + (f"#{parts.fragment}" if parts.fragment else "")


def checked_url(url: str, option: str) -> str:
    """The URL without a slash at its end.

    Raises StiltsReportError where it carries a password or a query: both would stand in the shell's history, in the list of processes and
    in what is handed to a cluster's nodes. Credentials come from the environment, where each kind of store looks for its own. So it does
    where a file:// would be another folder than it says: of file://results/store that would be /store, of file:///a?b and file:///a#b /a.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise StiltsReportError(f"is no URL: {error}", where=option, hint="such as s3://bucket/folder") from error
    if parts.password is not None or (parts.query and parts.scheme != "file"):
        what = "a URL with a password or a query"
        hint = "leave it out: credentials come from the environment (of s3: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile)"
        raise StiltsReportError(what, where=f"{option} {shown(url)}", hint=hint)
    if parts.scheme != "file" and not (parts.netloc or parts.path.strip("/")):
        raise StiltsReportError("names no place", where=f"{option} {url}", hint="such as s3://bucket/folder")
    if parts.scheme == "file" and parts.netloc not in ("", "localhost"):
        hint = f"three slashes before a folder's whole path: file:///{parts.netloc}{parts.path}, or the folder without file://"
        raise StiltsReportError(f"names a machine, {parts.netloc}, not a folder", where=f"{option} {shown(url)}", hint=hint)
    if parts.scheme == "file" and ("?" in url or "#" in url):
        hint = f"{url.replace('?', '%3F').replace('#', '%23')}, or the folder without file://"
        raise StiltsReportError("a ? or # ends the folder's name", where=f"{option} {shown(url)}", hint=hint)
    return url.rstrip("/")


def folder_of(url: str) -> Path | None:
    """The folder that a file:// URL is; None for others.

    >>> folder_of("file:///data/my%20store")
    PosixPath('/data/my store')
    """
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def local_folder(url: str, kind: str) -> Path:
    """Where the files of a URL lie on this machine: the same folder each time, of no other URL. `kind`: stores or data."""
    name = hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:20]
    return Path(CACHE).expanduser() / kind / name
