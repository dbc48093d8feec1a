"""Packed tokens: the real tokens of a batch go through a model end to end, and no padding does."""

from stiltsreport.modeling.packed.model import PACKABLE, is_packed, pack
from stiltsreport.modeling.packed.packing import Packing

__all__ = ["PACKABLE", "Packing", "is_packed", "pack"]
