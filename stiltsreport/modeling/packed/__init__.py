"""Packed tokens: the real tokens of a batch go through a model end to end, and no padding does."""

from stiltsreport.modeling.packed.model import is_packed, mask_source, pack
from stiltsreport.modeling.packed.packing import Packing

__all__ = ["Packing", "is_packed", "mask_source", "pack"]
