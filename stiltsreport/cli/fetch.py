"""`fetch`: pin the study's Hub ids, and bring its data and models into the cache, so that `build --offline` asks no network."""

from __future__ import annotations

import json
from pathlib import Path

from stiltsreport.cli.absences import lines
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, check_files, open_study, pretrained, uses
from stiltsreport.cli.options import Options
from stiltsreport.cli.pinning import pinned
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.jobs import Pretrained
from stiltsreport.plan.pretrained import on_hub
from stiltsreport.tasks.checksums import verify
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
    access = HubAccess(offline=options.offline, verify=True, tell=terminal.note)
    for use in uses(opened.plan):
        if use.source.hub:
            source = use.source
            terminal.note(f"{use.task.title}, {source.split}, {source.language}")
            count = size(read(source, with_labels(use.task, source), access))
            places = ", ".join(f"{part.id}@{part.revision[:10]}" for part in source.hub)
            terminal.result(f"{use.task.name} {source.split} {source.language}: {count:,} examples of {places}")
        else:
            terminal.detail(f"{use.task.name} {use.source.split} {use.source.language}: local files")
    for start in pretrained(opened.plan):
        terminal.result(f"{start.model.name}: {_model(start, opened, access)}")
    for job in {job.translator: job for job in opened.plan.translations if job.kind == "model"}.values():
        folder = downloaded_model(job.translator, job.revision, access) if on_hub(job.translator) else job.translator
        terminal.result(f"{job.translator}: {folder}")
    return 0


def _model(start: Pretrained, opened: Opened, access: HubAccess) -> str:
    """Where the encoder lies once it is there."""
    checkpoint = start.model.checkpoint
    if on_hub(checkpoint):
        return downloaded_model(checkpoint, start.revision, access)
    if checkpoint.startswith("embedded:"):
        from stiltsreport.modeling.embedded import materialise

        opened.store.prepare()
        return str(materialise(opened.store.pretrained / checkpoint.removeprefix("embedded:")))
    return checkpoint


def downloaded_model(checkpoint: str, revision: str, access: HubAccess) -> str:
    """The folder of a checkpoint at its commit: safetensors where it has them, the older form else; no other weights.

    Raises StiltsReportError where the Hub does not give it, and where a file is damaged or absent that it should hold.
    """
    import huggingface_hub

    def weights() -> str:
        names = huggingface_hub.HfApi(endpoint=access.endpoint).list_repo_files(checkpoint, revision=revision)
        return "*.safetensors" if any(name.endswith(".safetensors") for name in names) else "*.bin"

    def files() -> str:
        return str(
            huggingface_hub.snapshot_download(
                checkpoint, revision=revision, allow_patterns=wanted, local_files_only=access.offline,
                cache_dir=access.cache, endpoint=access.endpoint,
            )
        )  # fmt: skip

    where = f"{checkpoint}@{revision[:10]}"
    hint = OFFLINE if access.offline else "a network to the Hub, and then `stiltsreport fetch STUDY` again; or a local folder"
    form = _form_here(checkpoint, revision, access)
    if not form:
        form = "*.safetensors" if access.offline else patiently(weights, where, hint=hint, tell=access.tell)
    wanted = [*_SMALL, form]
    folder = patiently(files, where, hint=hint, tell=access.tell)
    _complete(Path(folder), where)
    if access.verify:
        verify((path for path in sorted(Path(folder).rglob("*")) if path.is_file()), where)
    return folder


def _form_here(checkpoint: str, revision: str, access: HubAccess) -> str:
    """The form of the weights that the cache has of it, so that the Hub is not asked for their names again; nothing where it has none."""
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(
            huggingface_hub.snapshot_download(
                checkpoint,
                revision=revision,
                allow_patterns=_SMALL,
                local_files_only=True,
                cache_dir=access.cache,
                endpoint=access.endpoint,
            )
        )
    except LocalEntryNotFoundError:
        return ""
    return next((form for form in ("*.safetensors", "*.bin") if any(folder.glob(form))), "")


def _complete(folder: Path, where: str) -> None:
    """Raise StiltsReportError where an index names a file of weights that is not there."""
    for index in sorted(folder.glob("*.index.json")):
        try:
            named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (ValueError, KeyError, AttributeError, TypeError):
            continue  # of something else; what loads the weights says what it misses
        if absent := sorted(str(name) for name in named if not (folder / str(name)).is_file()):
            form = "safetensors" if ".safetensors." in index.name else "bin"
            if any(folder.glob(f"*.{form}")):  # an index of the other form names what was not asked for
                what = f"{index.name} names {absent[0]}, which is not there" + (f", and {len(absent) - 1} more" if absent[1:] else "")
                raise StiltsReportError(what, where=where, hint="a commit of the model that holds all of its files; or a local folder")
