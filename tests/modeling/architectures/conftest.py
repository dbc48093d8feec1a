"""Tiny checkpoints of every architecture, made once a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stiltsreport.modeling.encoder import Encoder, load_pretrained
from stiltsreport.models import Model
from tests.architectures import ARCHITECTURES, make_architecture

Loader = Callable[..., Encoder]


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of an architecture's tiny checkpoint."""
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = make_architecture(tmp_path_factory.mktemp("architectures") / name, name)
        return made[name]

    return folder


@pytest.fixture(scope="session")
def load(folders: Callable[[str], Path]) -> Loader:
    """The encoder of that checkpoint; `large` as in load_pretrained."""

    def loaded(name: str, **options: int) -> Encoder:
        folder = folders(name)
        return load_pretrained(
            Model(name, name, str(folder), name, 0, 2, 32, 0, "", "", architecture=ARCHITECTURES[name].model_type),
            None,
            folder,
            offline=True,
            **options,
        )

    return loaded
