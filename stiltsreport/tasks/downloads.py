"""Hub data sets on disk: the files of one configuration at its pinned commit, fetched where they are not there yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from stiltsreport.errors import StiltsReportError
from stiltsreport.tasks.sources import HubAccess, HubData

UNPINNED_HINT = "`stiltsreport fetch STUDY` with a network resolves it and writes STUDY.lock"
_COMMIT_DIGITS = 40


def downloaded(data: HubData, access: HubAccess) -> Path:
    """The folder with the data set's files at that commit, those of this configuration at least.

    Raises StiltsReportError for a source that no commit pins, and where the files are neither in the cache nor to be had.
    """
    import huggingface_hub
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    if len(data.revision) != _COMMIT_DIGITS:
        raise StiltsReportError("is pinned to no commit", where=data.id, hint=UNPINNED_HINT)
    where: dict[str, Any] = {
        "repo_type": "dataset",
        "revision": data.revision,
        "cache_dir": access.cache,
        "local_files_only": access.offline,
        "endpoint": access.endpoint,
    }
    try:
        try:
            card = Path(huggingface_hub.hf_hub_download(data.id, "README.md", **where)).read_text(encoding="utf-8")
        except LocalEntryNotFoundError:
            raise
        except EntryNotFoundError:  # a data set without a card: its files speak for themselves
            card = ""
        return Path(huggingface_hub.snapshot_download(data.id, allow_patterns=_patterns(card, data.config), **where))
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError, ValueError) as error:
        hint = "`stiltsreport fetch STUDY` with a network" if access.offline else "a network to the Hub, or local files with --data"
        raise StiltsReportError(f"cannot be fetched: {first_line(error)}", where=f"{data.id}@{data.revision[:10]}", hint=hint) from error


def _patterns(card: str, config: str) -> list[str] | None:
    """The files of a configuration as the head of the card lists them, with the card itself; None (all files) where it does not."""
    if not card.startswith("---"):
        return None
    try:
        head = yaml.safe_load(card.split("---", 2)[1])
    except yaml.YAMLError:
        return None
    configurations = head.get("configs") if isinstance(head, dict) else None
    for entry in configurations if isinstance(configurations, list) else ():
        if isinstance(entry, dict) and entry.get("config_name") == config and entry.get("data_files"):
            base = f"{str(entry['data_dir']).strip('/')}/" if entry.get("data_dir") else ""
            return ["README.md", *(base + path for path in _paths(entry["data_files"]))]
    return None


def _paths(files: Any) -> Iterator[str]:
    """Every path of a card's data_files: a string, a list of them, or {split, path} entries."""
    if isinstance(files, str):
        yield files
    elif isinstance(files, list):
        for item in files:
            yield from _paths(item.get("path") if isinstance(item, dict) else item)
    elif isinstance(files, dict):
        for item in files.values():
            yield from _paths(item)


def first_line(error: Exception) -> str:
    """What an error of another library says, in one line."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
