"""Where one split of a task in one language comes from, pinned: local files by content, Hub data by revision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from stiltsreport.tasks.task import SplitName

COMMIT_DIGITS = 40
Role = Literal["data", "queries", "pool", "gold", "tags"]


@dataclass(frozen=True)
class SourceFile:
    """A local file and the part it plays: most tasks need `data` alone; retrieval sets have several roles."""

    path: str
    role: Role = "data"
    language: str = ""


@dataclass(frozen=True)
class HubData:
    """One configuration and split of a Hub data set at a pinned commit."""

    id: str
    config: str
    split: str
    revision: str
    keep: tuple[str, str] | None = None
    role: Role = "data"
    language: str = ""


@dataclass(frozen=True)
class HubAccess:
    """How the Hub is reached: where its files are kept (None: Hugging Face's own cache), and whether the network may be asked at all.

    `verify`: files are compared with the Hub's checksums before they are read. `tell` hears of what is tried again.
    """

    cache: str | None = None
    offline: bool = False
    endpoint: str | None = None
    verify: bool = False
    tell: Callable[[str], object] | None = field(default=None, compare=False)


DIRECT = HubAccess()


@dataclass(frozen=True)
class Source:
    """One split of one task in one language. `fingerprint` alone enters job ids; paths do not.

    Local: sha256 over the decompressed bytes of its files in order, with their roles. Hub: id, configuration, split and commit.
    `count` is the number of examples (queries, for retrieval); None where it is not known before the data are fetched.
    """

    task: str
    split: SplitName
    language: str
    fingerprint: str
    files: tuple[SourceFile, ...] = ()
    hub: tuple[HubData, ...] = ()
    count: int | None = None
