"""`build`: plan, run what is missing, test, and write the report."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from stiltsreport.cli.absences import lines
from stiltsreport.cli.building import built_study
from stiltsreport.cli.executors import job_device
from stiltsreport.cli.looking import look_line, seen
from stiltsreport.cli.mending import damage, mend
from stiltsreport.cli.opening import Opened, check_files, open_study, read, replanned
from stiltsreport.cli.options import Options
from stiltsreport.cli.pinning import pinned
from stiltsreport.cli.plan_claims import powers, refusals
from stiltsreport.cli.rendering import render
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.progress import Outcome
from stiltsreport.plan.estimate import estimate
from stiltsreport.plan.fitting import refuse_unfit
from stiltsreport.plan.units import Unit, missing_units
from stiltsreport.store.studies import record_study
from stiltsreport.study.claims import Paired

DONE, SOME_FAILED = 0, 1


def run(options: Options, terminal: Terminal) -> int:
    """Returns 0 when everything is there; 1 when jobs failed or data are not there: the report is written with the gaps shown."""
    if terminal.live:  # which takes seconds, and more of a large study
        terminal.note("reading the study and its data")
    device = job_device(options, read(options).execution)
    opened = open_study(options, device)
    check_files(opened)
    refuse_commands(opened, options)
    opened = pinned(opened, options, device, terminal)
    for line in lines(opened.plan.problems):
        terminal.warning(line)
    if any(isinstance(claim.statement, Paired) and claim.statement.kind == "equivalent" for claim in opened.study.claims):
        for error in refusals(opened, powers(opened, estimate(opened.plan, opened.store, device))):
            terminal.warning(f"{error}: `plan` refuses it")
    for line in look_line(opened.study):
        terminal.note(line)
    opened.store.prepare()
    opened.store.persevere()
    opened, outcomes = _rounds(opened, options, device, terminal)
    from stiltsreport.results.collect import gather

    opened.store.refresh()
    results = gather(opened.plan, opened.store)
    for line in damage(opened.store):
        terminal.warning(line)
    render(*seen(opened.study, results, opened.store), options, terminal, opened.store, opened.plan)
    if opened.plan.left_out:
        terminal.note(f"{len(opened.plan.left_out)} runs are left out by --only and shown as not run")
    return _account(outcomes, opened, terminal)


def _rounds(opened: Opened, options: Options, device: str, terminal: Terminal) -> tuple[Opened, list[Outcome]]:
    """Run what is missing; what it settles (learning rates, layers, collapsed runs) may bring more, until a round brings nothing new."""
    outcomes: dict[str, Outcome] = {}
    while True:
        opened = _mended(opened, options, device, terminal)
        missing = missing_units(opened.plan, opened.store, keep_targets=opened.study.keep != "none")
        record_study(opened.store, built_study(opened, options, missing))
        units = _new(missing, outcomes)
        if not units:
            break
        if outcomes:
            terminal.note("the next round, planned by what has run so far")
        refuse_unfit(units, device, opened.plan.precision, opened.study.execution)
        from stiltsreport.cli.execution import execute

        outcomes |= {outcome.unit.id: outcome for outcome in execute(units, opened, options, device, terminal)}
        opened = replanned(opened, options, device)
    if not outcomes:
        terminal.note("nothing to run: every job is stored")
    return opened, list(outcomes.values())


def _mended(opened: Opened, options: Options, device: str, terminal: Terminal) -> Opened:
    """The study planned without the artifacts that are damaged."""
    lines = mend(opened.plan, opened.store)
    for line in lines:
        terminal.warning(line)
    return replanned(opened, options, device) if lines else opened


def _new(units: Sequence[Unit], outcomes: Collection[str]) -> list[Unit]:
    """Units that this build has not run yet, and those that rest on one of them: a checkpoint that was found damaged is made again."""
    found: dict[str, Unit] = {}
    for unit in units:  # parents come before their children
        if unit.id not in outcomes or any(name in found for name in unit.needs):
            found[unit.id] = unit
    return list(found.values())


def refuse_commands(opened: Opened, options: Options) -> None:
    """A study may name commands that translate; they run only where the user lets them. Raises StiltsReportError."""
    commands = dict.fromkeys(job.translator for job in opened.plan.translations if job.kind == "command")
    if commands and not options.allow_commands:
        named = "; ".join(commands)
        raise StiltsReportError(f"the study runs commands: {named}", where=str(opened.study.path), hint="read them, then --allow-commands")


def _account(outcomes: Sequence[Outcome], opened: Opened, terminal: Terminal) -> int:
    """Name every failure with its log."""
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    skipped = [outcome for outcome in outcomes if outcome.state == "skipped"]
    for outcome in failed:
        logs = opened.store.attempts.failures(outcome.unit.id)
        reason = outcome.error.splitlines()[0] if outcome.error else "no reason given"
        terminal.warning(f"failed: {outcome.unit.title}: {reason}" + (f" (log: {logs[-1]})" if logs else ""))
    for outcome in skipped:
        terminal.warning(f"not run: {outcome.unit.title}: {outcome.error}")
    if failed or skipped:
        terminal.warning(f"{len(failed)} jobs failed and {len(skipped)} could not begin; the same command tries them again")
        return SOME_FAILED
    if opened.plan.gaps:
        terminal.warning(f"{len(opened.plan.gaps)} results have no data (see above) and are shown as gaps")
        return SOME_FAILED
    return DONE
