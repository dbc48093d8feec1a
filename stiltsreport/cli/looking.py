"""Where a study stands among its declared looks: which seeds to run next, and which results may be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from stiltsreport.plan.plan import Plan
from stiltsreport.results import Results
from stiltsreport.store import Store
from stiltsreport.study.study import Study


def next_look(study: Study, planned: Callable[[Study], Plan], store: Store) -> Study:
    """The study at the first look whose jobs have not all run, or at the last; itself without declared looks.

    So `build` runs the seeds of one look at a time, and goes on to the next once all of the last one is there. A training whose loss is no
    number fails whenever it is tried: its results are missing, and hold nothing up.
    """
    if study.looks is None:
        return study
    from stiltsreport.results.cells import failed
    from stiltsreport.results.health import DIVERGED
    from stiltsreport.stats.looks import at_look

    for number in range(1, len(study.looks.seeds)):
        found = at_look(study, number)
        plan = planned(found)
        absent = [job for job in plan.evaluations if not store.has("evaluations", job)]
        reasons = failed(plan, store) if absent else {}
        if plan.waiting or not all(DIVERGED.search(reasons.get(job, "")) for job in absent):
            return found
    return at_look(study, len(study.looks.seeds))


def look_line(study: Study) -> Iterator[str]:
    """Which declared look is next, and what its p values stand against."""
    looks = study.looks
    if looks is not None and looks.at:
        goes_on = "; `build` goes on to the next when all of it is there" if looks.at < len(looks.seeds) else ", the last"
        yield f"look {looks.at} of {len(looks.seeds)}, {len(study.seeds)} seeds, p against {study.statistics.alpha:.3g}{goes_on}"


def seen(study: Study, results: Results, store: Store | None) -> tuple[Study, Results]:
    """What may be looked at: the results of the last whole look, and the study as it is then tested. The look is logged in the store.

    Without a store (results of a report folder) the looks are those that the folder tells of.
    """
    from stiltsreport.results.looks import has_tests, log_look, look_of, read_looks
    from stiltsreport.stats.looks import at_hand, extended

    study, results = at_hand(study, results)
    if store is not None and results.scores and has_tests(study):
        notes = results.setup.notes
        try:
            with store.log(f"looks/{study.name}.jsonl"):
                looks = log_look(store.folder, study)
        except OSError as error:  # a store that others may only read still makes a report
            looks = (*read_looks(store.folder, study), look_of(study))
            notes = (*notes, f"this look at the results could not be logged in the store: {error.strerror or error}")
        results = replace(results, setup=replace(results.setup, looks=looks, notes=notes))
    setup = results.setup
    if setup.looks or study.looks is not None:
        results = replace(results, provenance={**results.provenance, "setup": setup.to_json()})
    return replace(study, extended=extended(study, setup.looks)), results
