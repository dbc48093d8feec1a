"""What will go wrong with one study on this machine: its file, data, models, memory, disk and time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.doctor.finding import Finding
from stiltsreport.cli.doctor.places import existing
from stiltsreport.cli.opening import Opened, malformed, open_study, unpinned
from stiltsreport.cli.options import Options
from stiltsreport.cli.progress.durations import about
from stiltsreport.cli.rounds import rounds
from stiltsreport.cli.sizes import size
from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.plan.estimate import Estimate

AREA = "study"


def study(options: Options) -> Iterator[Finding]:
    """One finding for each fault; where the file cannot be read, those alone."""
    device = named_device(options.device, gpus())
    try:
        opened = open_study(options, device)
        faults = list(malformed(opened))
        cost = rounds(opened, options, device).whole
    except StudyErrors as errors:
        yield from (_fault(error) for error in errors.errors)
        return
    except StiltsReportError as error:
        yield _fault(error)
        return
    opened.memo.save()
    yield from (_fault(error) for error in faults)
    if not faults:
        yield Finding(AREA, "data", "right", f"{len(opened.plan.runs):,} runs can be planned, and every local file reads well")
    if opened.plan.gaps:
        yield Finding(AREA, "data", "note", f"no data for {len(opened.plan.gaps):,} results", "`stiltsreport check` names them")
    yield from _pins(opened, options)
    yield from _models(cost)
    yield from _disk(cost, opened)
    if cost.hours.value is not None:
        said = f"about {about(cost.hours.value * 3600)} of one {'GPU' if 'GPU' in cost.hours_of else 'core'} ({cost.hours.basis})"
        yield Finding(AREA, "time", "right", said)


def _fault(error: StiltsReportError) -> Finding:
    return Finding(AREA, error.where or "file", "wrong", error.what, error.hint)


def _pins(opened: Opened, options: Options) -> Iterator[Finding]:
    datasets, models = unpinned(opened.plan)
    if names := [*datasets, *models]:
        said = f"{', '.join(names)}: not pinned{', and offline they cannot be' if options.offline else ''}"
        yield Finding(AREA, "pins", "wrong" if options.offline else "note", said, f"stiltsreport fetch {opened.study.path}")


def _models(cost: Estimate) -> Iterator[Finding]:
    for model in cost.models:
        needed = "unknown" if model.peak_memory.value is None else f"{size(model.peak_memory.value)} ({model.peak_memory.basis})"
        if model.fits is False:
            said = f"a job takes {needed}, more than {cost.device} has"
            yield Finding(AREA, model.title, "wrong", said, "`stiltsreport plan` says what would make it fit; or --only for the others")
        else:
            yield Finding(AREA, model.title, "right" if model.fits else "note", f"a job takes {needed} of memory")


def _disk(cost: Estimate, opened: Opened) -> Iterator[Finding]:
    folder = Path(opened.store.folder)
    free = shutil.disk_usage(existing(folder)).free
    if cost.disk.value is None:
        yield Finding(AREA, "disk", "note", f"what the store grows by is not known; {size(free)} are free")
    elif cost.disk.value > free:
        said = f"the store grows by {size(cost.disk.value)} ({cost.disk.basis}), and {size(free)} are free"
        yield Finding(AREA, "disk", "wrong", said, "`stiltsreport gc`, or --store DIR on a larger disk")
    else:
        yield Finding(AREA, "disk", "right", f"the store grows by {size(cost.disk.value)} of {size(free)} that are free")
