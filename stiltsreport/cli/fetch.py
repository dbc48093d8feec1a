"""`fetch`: pin the study's Hub ids, and bring its data and models into the cache, so that `build --offline` asks no network."""

from __future__ import annotations

from stiltsreport.cli.absences import lines
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, check_files, open_study, pretrained, uses
from stiltsreport.cli.options import Options
from stiltsreport.cli.pinning import pinned
from stiltsreport.cli.terminal import Terminal
from stiltsreport.plan.jobs import Pretrained
from stiltsreport.plan.pretrained import on_hub
from stiltsreport.tasks.downloads import OFFLINE
from stiltsreport.tasks.patience import patiently
from stiltsreport.tasks.read import read, size, with_labels
from stiltsreport.tasks.sources import HubAccess

_SMALL = ["*.json", "*.txt", "*.model", "*.py"]


def run(options: Options, terminal: Terminal) -> int:
    """Prints what is there in the end, a line each; every set is read through once, so that nothing malformed waits in the cache."""
    device = named_device(options.device, gpus())
    opened = open_study(options, device)
    check_files(opened)
    opened = pinned(opened, options, device, terminal)
    for line in lines(opened.plan.problems):
        terminal.warning(line)
    for use in uses(opened.plan):
        if use.source.hub:
            source = use.source
            terminal.note(f"{use.task.title}, {source.split}, {source.language}")
            count = size(read(source, with_labels(use.task, source), HubAccess(offline=options.offline, tell=terminal.note)))
            places = ", ".join(f"{part.id}@{part.revision[:10]}" for part in source.hub)
            terminal.result(f"{use.task.name} {source.split} {source.language}: {count:,} examples of {places}")
        else:
            terminal.detail(f"{use.task.name} {use.source.split} {use.source.language}: local files")
    for start in pretrained(opened.plan):
        terminal.result(f"{start.model.name}: {_model(start, opened, options, terminal)}")
    for job in {job.translator: job for job in opened.plan.translations if job.kind == "model"}.values():
        folder = _downloaded(job.translator, job.revision, options.offline, terminal) if on_hub(job.translator) else job.translator
        terminal.result(f"{job.translator}: {folder}")
    return 0


def _model(start: Pretrained, opened: Opened, options: Options, terminal: Terminal) -> str:
    """Where the encoder lies once it is there."""
    checkpoint = start.model.checkpoint
    if on_hub(checkpoint):
        return str(_downloaded(checkpoint, start.revision, options.offline, terminal))
    if checkpoint.startswith("embedded:"):
        from stiltsreport.modeling.embedded import materialise

        opened.store.prepare()
        return str(materialise(opened.store.pretrained / checkpoint.removeprefix("embedded:")))
    return checkpoint


def _downloaded(checkpoint: str, revision: str, offline: bool, terminal: Terminal) -> str:
    """The folder of a checkpoint at its commit: safetensors where it has them, the older form else; no other weights."""
    import huggingface_hub

    def weights() -> str:
        names = huggingface_hub.HfApi().list_repo_files(checkpoint, revision=revision)
        return "*.safetensors" if any(name.endswith(".safetensors") for name in names) else "*.bin"

    def files() -> str:
        return str(huggingface_hub.snapshot_download(checkpoint, revision=revision, allow_patterns=wanted, local_files_only=offline))

    where = f"{checkpoint}@{revision[:10]}"
    hint = OFFLINE if offline else "a network to the Hub, and then `stiltsreport fetch STUDY` again; or a local folder"
    wanted = [*_SMALL, "*.safetensors" if offline else patiently(weights, where, hint=hint, tell=terminal.note)]
    return patiently(files, where, hint=hint, tell=terminal.note)
