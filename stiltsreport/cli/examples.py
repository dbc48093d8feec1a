"""The texts of items that turn, where a study asks for them: from the store and the data at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stiltsreport.plan.plan import Plan
from stiltsreport.results.example_items import Examples
from stiltsreport.store import Store
from stiltsreport.study.study import Study

NEED_STORE = "no examples: their predictions are in the store, and these results are a report folder's"


def examples_of(study: Study, plan: Plan | None, source: Store | Path) -> Examples:
    """The pages that the study asks for, of the seeds that it shows; a note where results of a folder have no predictions."""
    count = study.report.examples
    if not count:
        return Examples()
    if isinstance(source, Path) or plan is None:
        return Examples(notes=(NEED_STORE,))
    from stiltsreport.results.collect import stored_records
    from stiltsreport.results.example_items import examples

    seen = replace(plan, study=replace(plan.study, seeds=study.seeds, arm_seeds=study.arm_seeds))
    return examples(seen, stored_records(seen, source), source, count)
