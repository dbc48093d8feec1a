"""Hub data sets on disk: the files of one configuration at its pinned commit, fetched where they are not there yet."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stiltsreport.errors import StiltsReportError
from stiltsreport.tasks.checksums import verify
from stiltsreport.tasks.patience import AGAIN, patiently
from stiltsreport.tasks.sources import COMMIT_DIGITS, HubAccess, HubData
from stiltsreport.yaml_limits import load_bounded

OFFLINE = "`stiltsreport fetch STUDY` with a network"
UNPINNED_HINT = "`stiltsreport fetch STUDY` with a network resolves it and writes STUDY.lock"


@dataclass(frozen=True)
class Download:
    """A data set's folder on disk, and the files in it that hold the wanted split; None: `datasets` has to find them by their names."""

    folder: Path
    files: tuple[Path, ...] | None


def downloaded(data: HubData, access: HubAccess, *, first_file: bool = False) -> Download:
    """The files of one configuration and split at their commit; `first_file`: the first alone, where the card lists them by a pattern.

    Raises StiltsReportError for a source that no commit pins, and where the files are neither in the cache nor to be had.
    """
    import huggingface_hub
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if len(data.revision) != COMMIT_DIGITS:
        raise StiltsReportError("is pinned to no commit", where=data.id, hint=UNPINNED_HINT)
    where: dict[str, Any] = {
        "repo_type": "dataset",
        "revision": data.revision,
        "cache_dir": access.cache,
        "local_files_only": access.offline,
        "endpoint": access.endpoint,
    }
    hint = OFFLINE if access.offline else AGAIN
    name = f"{data.id}@{data.revision[:10]}"
    disable_progress_bars()

    def card() -> str:
        try:
            file = huggingface_hub.hf_hub_download(data.id, "README.md", **where)
        except LocalEntryNotFoundError:
            raise
        except EntryNotFoundError:  # a data set without a card: its files speak for themselves
            return ""
        return Path(file).read_text(encoding="utf-8", errors="replace")

    def snapshot() -> Path:
        return Path(huggingface_hub.snapshot_download(data.id, allow_patterns=["README.md", *patterns] if patterns else None, **where))

    patterns = _patterns(patiently(card, name, hint=hint, tell=access.tell), data.config, data.split)
    if first_file:
        patterns = [re.sub(r"-\*(?=$|\.)", "-00000-*", pattern) for pattern in patterns]  # train-00000-of-00041.parquet
    folder = patiently(snapshot, name, hint=hint, tell=access.tell)
    here = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    of_patterns = [fnmatch.filter(here, pattern) for pattern in patterns]
    if absent := [pattern for pattern, names in zip(patterns, of_patterns, strict=True) if not names]:
        raise StiltsReportError(f"has no file {' or '.join(absent)}", where=name, hint=hint)
    files = tuple(sorted({here[file] for names in of_patterns for file in names}))
    if access.verify:
        verify(files or here.values(), name)
    return Download(folder, files if patterns else None)


def _patterns(card: str, config: str, split: str) -> list[str]:
    """The files of a configuration and split as the head of the card lists them; none where it does not."""
    if not card.startswith("---"):
        return []
    try:
        head = load_bounded(card.split("---", 2)[1])
    except yaml.YAMLError:
        return []
    configurations = head.get("configs") if isinstance(head, dict) else None
    for entry in configurations if isinstance(configurations, list) else ():
        if isinstance(entry, dict) and entry.get("config_name") == config:
            base = f"{str(entry['data_dir']).strip('/')}/" if entry.get("data_dir") else ""
            return [base + path for which, path in _paths(entry.get("data_files"), "train") if which == split]
    return []


def _paths(files: object, split: str) -> Iterator[tuple[str, str]]:
    """(split, path) of a card's data_files: a path, a list of them, or {split, path} entries; without a split they are "train"."""
    if isinstance(files, str):
        yield split, files
    elif isinstance(files, list):
        for item in files:
            if isinstance(item, dict):
                yield from _paths(item.get("path"), str(item.get("split", split)))
            else:
                yield from _paths(item, split)
