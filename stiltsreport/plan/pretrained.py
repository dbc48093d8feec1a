"""What pins a pretrained encoder, so that a job's id changes with its weights."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.models import Model
from stiltsreport.places import is_folder
from stiltsreport.plan.data_use import UNPINNED, digest
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock

EMBEDDED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_PARTS = (".json", ".safetensors", ".bin", ".model", ".spm", ".txt", ".py")  # what transformers reads of a folder, its code too


def revision_of(model: Model, lock: Lock, memo: Memo) -> str:
    """The embedded file's checksum, a folder's content, or the commit in the lock ("unpinned" without one)."""
    if model.checkpoint.startswith("embedded:"):
        return EMBEDDED_SHA256
    if on_hub(model.checkpoint):
        return lock.models.get(model.checkpoint, UNPINNED)
    return content_of(Path(model.checkpoint), memo)


def on_hub(checkpoint: str) -> bool:
    """Whether a model's checkpoint is a Hub id: not embedded and no folder."""
    return not checkpoint.startswith("embedded:") and not is_folder(checkpoint)


def content_of(folder: Path, memo: Memo) -> str:
    """A digest of the names and bytes of everything in a checkpoint's folder that can change what is loaded from it."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix in _PARTS]
    return digest(files=[[path.name, memo.digest(str(path))] for path in files])
