"""`export hub`: the study's intermediate checkpoints as folders for the Hub, each with a model card and the report; uploaded when asked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import stiltsreport
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, open_study
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.runs import IntermediateRun
from stiltsreport.report.export.model_card import Subject, model_card, target_scores


def export_hub(options: Options, terminal: Terminal) -> int:
    """Write DIR/NAME/ for every stored intermediate checkpoint; returns 1 where some are not stored.

    Nothing leaves this machine without --push. Raises StiltsReportError where there is nothing to write, or an upload fails.
    """
    assert options.to is not None  # the parser asks for it
    opened = open_study(options, named_device(options.device, gpus()))
    stored = [item for item in opened.plan.intermediates if opened.store.has("checkpoints", item.train.id)]
    if not stored:
        hint = f"`stiltsreport build {options.study}` trains them; a study without intermediate tasks has none"
        raise StiltsReportError("no intermediate checkpoint is stored", where=str(opened.study.path), hint=hint)
    folders = list(_written(opened, stored, options, terminal))
    for folder in folders:
        terminal.result(str(folder))
    if options.push:
        for folder in folders:
            terminal.result(_push(folder, options.push))
    else:
        terminal.note(f"nothing was uploaded: --push NAMESPACE does, as {len(folders)} private repositories")
    missing = len(opened.plan.intermediates) - len(stored)
    if missing:
        terminal.warning(f"{missing} intermediate checkpoints are not stored; `stiltsreport build {options.study}` trains them")
    return 1 if missing else 0


def _written(opened: Opened, stored: list[IntermediateRun], options: Options, terminal: Terminal) -> Iterator[Path]:
    from stiltsreport.execute.executors.local import WorkerSettings
    from stiltsreport.execute.inputs import pretrained_encoder
    from stiltsreport.modeling.kept_encoder import load_checkpoint
    from stiltsreport.modeling.transformers_folder import write_transformers
    from stiltsreport.results.collect import gather

    results = gather(opened.plan, opened.store)
    settings = WorkerSettings(opened.store.address, options.offline, "cpu", opened.study.trust_remote_code)
    report = options.reports / opened.study.name / "report.html"
    if not report.is_file():
        terminal.warning(
            f"{report} is not there, so that no report lies beside the checkpoints; `stiltsreport report {options.study}` writes it"
        )
    opened.store.bring("checkpoints", [item.train.id for item in stored])
    assert options.to is not None
    for item in stored:
        subject = _subject(opened, item)
        folder = options.to / item.name.replace("/-/", "-seed").replace("/", "-")
        start = pretrained_encoder(item.train.pretrained, opened.store.pretrained, settings)
        try:
            write_transformers(load_checkpoint(opened.store.path("checkpoints", item.train.id), start), folder)
        except StiltsReportError as error:
            terminal.warning(f"{item.name} is not written: {error}")
            continue
        card = model_card(opened.study, subject, target_scores(opened.study, results.scores, subject), stiltsreport.__version__)
        (folder / "README.md").write_text(card, encoding="utf-8")
        if report.is_file():
            shutil.copyfile(report, folder / "report.html")
        yield folder


def _subject(opened: Opened, item: IntermediateRun) -> Subject:
    title = next((entry.title for entry in opened.study.intermediate if entry.name == item.intermediate), item.intermediate)
    # A folder's place says nothing to others, and its name enough.
    base = Path(item.model.checkpoint).name if Path(item.model.checkpoint).is_dir() else item.model.checkpoint
    return Subject(item.model.name, base, item.intermediate, title, item.variant, item.seed, item.train.id)


def _push(folder: Path, namespace: str) -> str:
    """The address of the repository that the folder was uploaded to."""
    import huggingface_hub

    api = huggingface_hub.HfApi()
    name = f"{namespace}/{folder.name}"
    try:
        address = api.create_repo(name, private=True, exist_ok=True)
        api.upload_folder(repo_id=name, folder_path=folder, commit_message="Add a checkpoint of a stiltsreport study")
    except (huggingface_hub.errors.HfHubHTTPError, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        hint = "log in with `hf auth login`, or HF_TOKEN in the environment, with a token that may write"
        raise StiltsReportError(f"cannot be uploaded: {reason}", where=name, hint=hint) from error
    return str(address)
