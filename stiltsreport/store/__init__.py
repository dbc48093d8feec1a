"""The store: artifacts by job id, each whole or absent and never changed; beside them what attempts left behind."""

from stiltsreport.store.attempts import Attempts, Held, Holder
from stiltsreport.store.store import KINDS, VERSION, Kind, Store

__all__ = ["KINDS", "VERSION", "Attempts", "Held", "Holder", "Kind", "Store"]
