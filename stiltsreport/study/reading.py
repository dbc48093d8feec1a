"""A study file to a Study: every name resolved, every error found at once, each with file, line, column and what would be right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError, StudyErrors, cause
from stiltsreport.models import Model
from stiltsreport.places import is_file, is_folder
from stiltsreport.redaction import redacted
from stiltsreport.registry import did_you_mean
from stiltsreport.shipped import shipped
from stiltsreport.study import mixtures, resolving
from stiltsreport.study.beside import Beside
from stiltsreport.study.claims_resolving import claims
from stiltsreport.study.definitions import NAME, own_models, own_tasks
from stiltsreport.study.execution_entry import execution
from stiltsreport.study.later import refuse_later
from stiltsreport.study.overriding import overridden
from stiltsreport.study.positions import Positions
from stiltsreport.study.problems import Problems
from stiltsreport.study.prompting import prompting
from stiltsreport.study.recipes_for_models import books_of, check_recipes
from stiltsreport.study.report_settings import report_settings
from stiltsreport.study.schema import StudyFile
from stiltsreport.study.seeds import seeds as resolved_seeds
from stiltsreport.study.size_claims import masks
from stiltsreport.study.study import Limit, Margin, StatisticsSettings, Study
from stiltsreport.study.validation import validated
from stiltsreport.study.variants import variants
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.task import Task
from stiltsreport.yaml_limits import LONGEST


def _in_place_of(folder: Path) -> str:
    """What was meant by a folder: a study in it, or the report that it is."""
    if is_file(folder / "scores.jsonl"):
        return f"a report folder is read by `stiltsreport report STUDY --from {folder}`"
    return next((f"such as {file}" for file in sorted(folder.glob("*.yaml"))), "the path of a .yaml file")


def find_study(path: str | Path) -> Path:
    """The file of that path; a study that comes with the package is found by its name from any folder."""
    given = Path(path)
    if is_file(given):
        return given
    if is_folder(given):
        raise StiltsReportError("is a folder, not a study file", where=str(path), hint=_in_place_of(given))
    for candidate in (shipped("studies") / given.name, shipped("studies") / f"{given.name}.yaml"):
        if is_file(candidate):
            return candidate
    known = sorted(file.stem for file in shipped("studies").glob("*.yaml"))
    hint = did_you_mean(given.stem, known) + " (those come with the package)"
    raise StiltsReportError("there is no such study file", where=str(path), hint=hint)


def read_study(path: str | Path, overrides: Sequence[str] = (), data: Path | None = None, kept: Mapping[str, Any] | None = None) -> Study:
    """The study of a file, with entries overridden by `KEY.PATH=YAML`; `data` wins over the file's own.

    `kept`, of a report's provenance, if the study is read for that report alone: see Beside.

    Raises StudyErrors with every error, in the order of the file; StiltsReportError where it cannot be read at all.
    """
    file = find_study(path)
    text = _text(file)
    positions = Positions.of(file, text)
    content = positions.content()
    if not isinstance(content, dict):
        what = "a study is a mapping with title, models, target ..."
        raise StudyErrors([StiltsReportError(what, where=str(file), hint="`stiltsreport init` writes one")])
    content, places = overridden(content, overrides)
    problems = Problems(positions, places)
    for twice, keys in positions.repeated():
        problems.add(twice, keys)
    written = validated(content, problems)
    study = _study(file, text, written, problems, data, Beside(file.parent, kept)) if written is not None else None
    problems.refuse()
    assert study is not None
    return replace(study, overrides=tuple(map(redacted, overrides)))


def _text(file: Path) -> str:
    """What the file says. Raises StiltsReportError where it is no text, or far too long for a study."""
    try:
        with file.open("rb") as stream:
            content = stream.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise StiltsReportError(f"is longer than {LONGEST:,} bytes", where=str(file), hint="a study file has a few thousand")
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        what = f"byte {content[error.start]:#04x} is not UTF-8"
        line = content.count(b"\n", 0, error.start) + 1
        raise StiltsReportError(what, where=f"{file}:{line}", hint="save it as UTF-8") from error
    except OSError as error:
        raise StiltsReportError(f"cannot be read: {cause(error)}", where=str(file), hint="a file that you may read") from error


def _study(file: Path, text: str, written: StudyFile, problems: Problems, data: Path | None, beside: Beside) -> Study | None:
    """The study; None where an error stands in its way, all of which are noted."""
    if not NAME.fullmatch(file.stem):
        problems.note(f"the file's name {file.stem!r} names the report folder", hint="letters, digits, '.', '_', '-' and '+'")
    if not written.title.strip():
        problems.note("the title is empty", "title")
    folder = data or (file.parent / written.data if written.data else None)
    if folder is not None and not beside.for_report and not is_folder(folder):
        problems.note(f"{folder} is no folder", "data", hint="name it with --data DIR")
    refuse_later(written, problems)
    tasks: dict[str, Task] = {**TASKS, **own_tasks(written, problems)}
    own: dict[str, Model] = own_models(written, beside, problems)
    models = resolving.models(written, own, beside, problems)
    known = {name for model in models for name in (model.name, model.unadapted, model.checkpoint)}
    for index, name in enumerate(written.trust_remote_code):
        if known and name not in known:
            hint = did_you_mean(name, sorted(known))
            problems.note(f"no model {name!r} in this study", "trust_remote_code", index, hint=hint)
    intermediate = mixtures.intermediate(written, tasks, problems)
    target, benchmark = resolving.targets(written, tasks, problems)
    books = {stage: resolving.book(written, stage, tasks, problems) for stage in ("intermediate", "target")}
    methods = variants(written, target, books, tasks, beside, intermediate, problems)
    check_recipes(models, books_of(written, books, methods), problems)
    seeds = resolved_seeds(written, intermediate, methods, problems)
    tune = resolving.tune(written, seeds.every, problems)
    asked = prompting(written.prompting, models, [entry.task for entry in target], problems)
    claimed = claims(written, models, intermediate, target, methods, masks(books["target"]), problems)
    report = report_settings(written.report, problems)
    if problems:
        return None
    statistics, margin = written.statistics, written.statistics.margin
    return Study(
        name=file.stem,
        path=file,
        title=written.title.strip(),
        description=written.description.strip(),
        models=tuple(models),
        intermediate=tuple(intermediate),
        target=tuple(target),
        seeds=seeds.every,
        arm_seeds=seeds.by_arm,
        looks=seeds.looks,
        intermediate_recipe=books["intermediate"],
        target_recipe=books["target"],
        tasks=tasks,
        benchmark=benchmark,
        data=folder,
        limit=Limit(written.limit.train, written.limit.evaluate),
        precision=written.precision,
        keep=written.keep.target_checkpoints,
        split=written.split,
        trust_remote_code=tuple(written.trust_remote_code),
        statistics=StatisticsSettings(
            statistics.test,
            statistics.correction,
            statistics.alpha,
            Margin(margin.average, margin.task, margin.language),
            tuple(statistics.also),
        ),
        report=report,
        execution=execution(written.execution),
        source=redacted(text),  # it is shown in reports and kept in provenance
        variants=tuple(methods),
        tune=tune,
        collapse=written.collapse,
        claims=tuple(claimed),
        prompting=asked,
    )
