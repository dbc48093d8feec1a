"""Every case, by the group that its text is kept in."""

from __future__ import annotations

from tests.errors import arguments, data_files, hub, jobs, models, options, places, study_files
from tests.errors.case import Case

GROUPS: dict[str, dict[str, Case]] = {
    module.__name__.rpartition(".")[2]: module.CASES for module in (arguments, study_files, options, data_files, models, hub, places, jobs)
}
