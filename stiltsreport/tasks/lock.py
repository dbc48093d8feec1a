"""STUDY.lock: the commit of every Hub data set and checkpoint that a study reads. `fetch` resolves them; none is ever invented."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from stiltsreport.errors import StiltsReportError, cause
from stiltsreport.tasks.patience import patiently
from stiltsreport.tasks.sources import COMMIT_DIGITS
from stiltsreport.yaml_limits import load_bounded

_HINT = "a network to the Hub, and then `stiltsreport fetch STUDY` again; or local files with --data, and folders of models"


@dataclass(frozen=True)
class Lock:
    """Commits by Hub id, of data sets and of models."""

    datasets: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)


def lock_path(study: Path) -> Path:
    """STUDY.lock beside STUDY.yaml."""
    return study.with_suffix(".lock")


def read_lock(study: Path) -> Lock:
    """The study's lock; empty where there is none."""
    path = lock_path(study)
    if not path.is_file():
        return Lock()
    try:
        content = load_bounded(path.read_text(encoding="utf-8")) or {}
        found = Lock(dict(content.get("datasets") or {}), dict(content.get("models") or {}))
    except OSError as error:
        raise StiltsReportError(f"cannot be read: {cause(error)}", where=str(path), hint="a file that you may read") from error
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise StiltsReportError("the lock file is damaged", where=str(path), hint="remove it and run `stiltsreport fetch`") from error
    for name, commit in (*found.datasets.items(), *found.models.items()):
        if not (isinstance(commit, str) and _is_commit(commit)):
            raise StiltsReportError(
                f"{commit!r} is no commit of {name}", where=str(path), hint="40 hexadecimal digits; run `stiltsreport fetch`"
            )
    return found


def _is_commit(text: str) -> bool:
    return len(text) == COMMIT_DIGITS and all(sign in "0123456789abcdef" for sign in text)


def write_lock(study: Path, lock: Lock) -> Path:
    """Write the lock beside the study, whole or not at all."""
    path = lock_path(study)
    content = yaml.safe_dump({"datasets": dict(sorted(lock.datasets.items())), "models": dict(sorted(lock.models.items()))}, sort_keys=True)
    scratch = path.with_name(f".{path.name}-{secrets.token_hex(6)}")  # tempfile would close it to all who share the study
    head = "# Commits that this study's data sets and checkpoints are pinned to; written by `stiltsreport fetch`, part of its jobs' ids.\n"
    try:
        with scratch.open("x", encoding="utf-8") as stream:
            stream.write(head + content)
        scratch.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            scratch.unlink()
        raise StiltsReportError(f"cannot be written: {cause(error)}", where=str(path), hint="a folder you may write to") from error
    return path


def resolve(
    datasets: Iterable[str],
    models: Iterable[str],
    known: Lock,
    endpoint: str | None = None,
    tell: Callable[[str], object] | None = None,
) -> Lock:
    """The lock with a commit for each id: kept where it is known, asked from the Hub where it is not. `tell` hears of what is tried again.

    Raises StiltsReportError where the Hub cannot be asked, or answers with no commit.
    """
    import huggingface_hub

    api = huggingface_hub.HfApi(endpoint=endpoint)

    def commit(name: str, kind: str, before: Mapping[str, str]) -> str:
        if name in before:
            return before[name]
        ask = api.dataset_info if kind == "dataset" else api.model_info
        found = str(patiently(lambda: ask(name), f"{kind} {name}", hint=_HINT, tell=tell).sha)
        if not _is_commit(found):
            raise StiltsReportError(f"the Hub names {found!r} as its commit", where=f"{kind} {name}", hint="40 hexadecimal digits")
        return found

    return Lock(
        {**known.datasets, **{name: commit(name, "dataset", known.datasets) for name in datasets}},
        {**known.models, **{name: commit(name, "model", known.models) for name in models}},
    )
