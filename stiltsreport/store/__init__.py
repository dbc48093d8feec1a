"""The store: artifacts by job id, each whole or absent and never changed; beside them what attempts left behind."""

from stiltsreport.store.attempts import Attempts, Held, Holder
from stiltsreport.store.manifest import DamagedArtifact
from stiltsreport.store.opening import folder_here, open_store
from stiltsreport.store.store import KINDS, VERSION, Kind, Store
from stiltsreport.store.watch import SILENT_SECONDS, Watch

__all__ = [
    "KINDS", "SILENT_SECONDS", "VERSION", "Attempts", "DamagedArtifact", "Held", "Holder", "Kind", "Store", "Watch", "folder_here",
    "open_store",
]  # fmt: skip
