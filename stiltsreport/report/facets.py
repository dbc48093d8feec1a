"""What a reader can filter a report by: its models, targets with their groups, languages with their families and scripts."""

from __future__ import annotations

from collections.abc import Iterator

from stiltsreport.report.document import Facet
from stiltsreport.report.tables.xtreme import GROUP_TITLES
from stiltsreport.study.study import Study
from stiltsreport.tasks.languages import LANGUAGES


def facets(study: Study) -> Iterator[Facet]:
    """Of everything that keys of rows and columns name, in the order of the study; languages by code."""
    for model in study.models:
        yield Facet("model", model.name, model.title)
    for entry in study.target:
        yield Facet("target", entry.task.name, entry.task.title, (("group", GROUP_TITLES[entry.task.group]),))
    for code in sorted({code for entry in study.target for code in entry.languages}):
        known = LANGUAGES.get(code)
        groups = (("family", known.family), ("script", known.script)) if known else ()
        yield Facet("language", code, known.title if known else code, groups)
