"""`export hub`: the study's intermediate checkpoints as folders for the Hub, each with a model card and the report; uploaded when asked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml

import stiltsreport
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, open_study
from stiltsreport.cli.options import Options
from stiltsreport.cli.pushing import push
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.models import Model
from stiltsreport.plan.runs import IntermediateRun
from stiltsreport.report.export.model_card import REPORT, model_card
from stiltsreport.report.export.subject import Subject, target_scores
from stiltsreport.yaml_limits import load_bounded


def export_hub(options: Options, terminal: Terminal) -> int:
    """Write DIR/NAME/ for every stored intermediate checkpoint; returns 1 where some are not stored or could not be written.

    Adapters are written as peft's, or with --merged as whole models. Nothing leaves this machine without --push. Raises StiltsReportError
    where there is nothing to write, or an upload fails.
    """
    if options.push and options.offline:
        raise StiltsReportError("--push asks the network, --offline asks none", where="--push", hint="one of the two")
    opened = open_study(options, named_device(options.device, gpus()))
    every = {item.train.id: item for item in reversed(opened.plan.intermediates)}  # a frozen arm has the checkpoints of the full one
    stored = [item for job, item in reversed(every.items()) if opened.store.has("checkpoints", job)]
    if not stored:
        hint = f"`stiltsreport build {options.study}` trains them; a study without intermediate tasks has none"
        raise StiltsReportError("no intermediate checkpoint is stored", where=str(opened.study.path), hint=hint)
    folders = list(_written(opened, stored, options, terminal))
    for folder in folders:
        terminal.result(str(folder))
    for folder in folders if options.push else ():
        assert options.push is not None
        terminal.result(push(folder, options.push, terminal.note))
    if not options.push:
        size = sum(file.stat().st_size for folder in folders for file in folder.iterdir()) / 1e6
        terminal.note(f"nothing was uploaded: --push NAMESPACE sends {len(folders)} folders, {size:,.1f} MB, as private repositories")
    missing = len(every) - len(stored)
    if missing:
        terminal.warning(f"{missing} intermediate checkpoints are not stored; `stiltsreport build {options.study}` trains them")
    return 1 if missing or len(folders) < len(stored) else 0


def _written(opened: Opened, stored: list[IntermediateRun], options: Options, terminal: Terminal) -> Iterator[Path]:
    from stiltsreport.execute.executors.local import WorkerSettings
    from stiltsreport.execute.inputs import pretrained_encoder
    from stiltsreport.modeling.kept_encoder import load_checkpoint
    from stiltsreport.modeling.peft_folder import write_adapter
    from stiltsreport.modeling.transformers_folder import write_transformers
    from stiltsreport.results.collect import gather

    results = gather(opened.plan, opened.store)
    settings = WorkerSettings(opened.store.address, options.offline, "cpu", opened.study.trust_remote_code)
    report = options.reports / opened.study.name / REPORT
    if not report.is_file():
        terminal.warning(
            f"{report} is not there, so that no report lies beside the checkpoints; `stiltsreport report {options.study}` writes it"
        )
    opened.store.bring("checkpoints", [item.train.id for item in stored])
    assert options.to is not None  # the parser asks for it
    for item in stored:
        start = pretrained_encoder(item.train.pretrained, opened.store.pretrained, settings)
        encoder = load_checkpoint(opened.store.path("checkpoints", item.train.id), start)
        alone = bool(encoder.adapters) and not options.merged
        title = next((entry.title for entry in opened.study.intermediate if entry.name == item.intermediate), item.intermediate)
        subject = Subject(item, title, _licence(item.model), "adapter" if alone else "model")
        folder = options.to / subject.name
        try:
            if alone:
                write_adapter(encoder, folder, subject.base, subject.commit)
            else:
                write_transformers(encoder, folder)
        except StiltsReportError as error:
            terminal.warning(f"{item.name} is not written: {error}")
            continue
        scores = target_scores(opened.study, results.scores, opened.plan.evaluations, subject)
        card = model_card(opened.study, subject, scores, stiltsreport.__version__, report=report.is_file())
        (folder / "README.md").write_text(card, encoding="utf-8")
        if report.is_file():
            shutil.copyfile(report, folder / REPORT)
        yield folder


def _licence(model: Model) -> str:
    """The licence of what was trained further: the record's, or what the card in a model's folder says; "" where neither does."""
    card = Path(model.checkpoint) / "README.md"
    if model.licence or not card.is_file():
        return model.licence
    text = card.read_text(encoding="utf-8", errors="replace")
    try:
        head = load_bounded(text.split("---", 2)[1]) if text.startswith("---\n") else None
    except yaml.YAMLError:
        return ""
    found = head.get("license") if isinstance(head, dict) else None
    return found if isinstance(found, str) else ""
