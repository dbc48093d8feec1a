"""The sizes of a study's models: of a folder by its config.json, of the known ones by their records."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from pathlib import Path

from stiltsreport.errors import StiltsReportError
from stiltsreport.model_arithmetic import Architecture, architecture
from stiltsreport.models import Model


@functools.lru_cache(maxsize=256)
def architecture_of(model: Model) -> Architecture | None:
    """The sizes of a model; None where they are not known before it is fetched.

    Of a family that nobody has counted the layers are taken as BERT's.
    """
    found = known_architecture(model)
    if found is not None or not _sized(model):
        return found
    sizes = {"num_attention_heads": 1, "intermediate_size": 4 * model.hidden_size, **model.config}
    return _with_all(model, architecture({**sizes, "model_type": "bert"}))


@functools.lru_cache(maxsize=256)
def known_architecture(model: Model) -> Architecture | None:
    """The sizes of a model of a family whose layers are known; None of another, and before it is fetched.

    A record counts all weights: where it has fewer or more than its family does by itself (a pooler that was left out), it is right.
    """
    file = Path(model.checkpoint) / "config.json"
    if Path(model.checkpoint).is_absolute() and file.is_file():
        try:
            return architecture(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, StiltsReportError):
            pass  # what the study's reader made of it stands in the record
    try:
        return _with_all(model, architecture(model.config)) if _sized(model) else None
    except StiltsReportError:
        return None


def _sized(model: Model) -> bool:
    return bool(model.parameters and model.layers and model.hidden_size)


def _with_all(model: Model, found: Architecture) -> Architecture:
    """With as many weights outside the layers as the record counts in all."""
    inside = found.parameters - found.embedding_parameters - found.outside
    return replace(found, outside=max(0, model.parameters - found.embedding_parameters - inside))
