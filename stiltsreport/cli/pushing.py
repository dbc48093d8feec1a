"""Uploading a folder to the Hub: a private repository, asked again where the Hub is busy, and gone on with by the same command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stiltsreport.tasks.patience import patiently

_HINT = (
    "log in with `hf auth login`, or HF_TOKEN in the environment, with a token that may write; "
    "the same command goes on where this one stopped"
)


def push(folder: Path, namespace: str, tell: Callable[[str], object]) -> str:
    """The address of the private repository that the folder was uploaded to.

    Files that the repository has already are not sent again, so that a second try goes on behind the first. Raises StiltsReportError where
    the Hub refuses, or does not answer within the bound of `patiently`.
    """
    import huggingface_hub
    from huggingface_hub.utils.tqdm import disable_progress_bars

    api = huggingface_hub.HfApi()
    name = f"{namespace}/{folder.name}"
    disable_progress_bars()

    def upload() -> str:
        address = api.create_repo(name, private=True, exist_ok=True)
        try:
            api.upload_folder(repo_id=name, folder_path=folder, commit_message="Add a checkpoint of a stiltsreport study")
        except RuntimeError as error:  # which file it was; why, its cause says
            raise error.__cause__ or error from None
        return str(address)

    return patiently(upload, name, failed="cannot be uploaded", hint=_HINT, tell=tell)
