"""A store by what the user calls it: a folder, or a URL."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.store.store import Store
from stiltsreport.store.urls import checked_url, folder_of, is_url, local_folder


def open_store(place: str | Path, *, whole: bool = True) -> Store:
    """The store of a folder or URL; file:// is a folder. Nothing is read or made yet. `whole` False: for a worker.

    Raises StiltsReportError for a URL with a password or a query.
    """
    text = str(place)
    if not is_url(text):
        return Store(text)
    folder = folder_of(checked_url(text, "--store"))
    if folder is not None:
        return Store(folder)
    from stiltsreport.store.shared_store import SharedStore

    return SharedStore(text, whole=whole)


def folder_here(address: str) -> Path:
    """The folder of a store on this machine, by its address."""
    if not is_url(address):
        return Path(address)
    return folder_of(address) or local_folder(address, "stores")
