"""What lies beside a study file: folders of models and other files, which a report can be read without."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Beside:
    """The study file's folder, from which its paths lead.

    `kept`: the config.json of model folders by their places seen from here, as a report's provenance keeps them. Where it is given, even
    empty, the study is read for its report alone: what it names may be gone.
    """

    folder: Path
    kept: Mapping[str, Any] | None = None

    @property
    def for_report(self) -> bool:
        """Whether nothing will be trained, so that files need not be there."""
        return self.kept is not None

    def config_of(self, folder: Path) -> Any:
        """What is kept of a model's folder; None where nothing is."""
        return (self.kept or {}).get(Path(os.path.relpath(folder, self.folder)).as_posix())
