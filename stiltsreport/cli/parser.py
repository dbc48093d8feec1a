"""The commands and their options. Only the standard library is imported here, so that --help answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import stiltsreport
from stiltsreport.cli.arguments import Parser, whole_number
from stiltsreport.cli.help import Layout, below, usage_of
from stiltsreport.cli.manual import CODES, EXAMPLES, GROUPS, PAGES, PURPOSE
from stiltsreport.cli.options import REPORTS, STORE

FORMS = ("text", "markdown", "csv", "latex")
TRACKERS = ("tensorboard", "wandb", "mlflow")
LISTS = ("tasks", "models", "recipes", "tests", "languages")
EXECUTORS = ("local", "ray", "slurm")
SHELLS = ("bash", "zsh", "tcsh")
_STUDY = "the study file; one that comes with the package is found by its name"
_MOST_WORKERS, _MOST_EVALUATIONS = 4096, 10_000_000


class _Commands(Layout):
    groups = GROUPS


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="stiltsreport", usage="stiltsreport COMMAND [options]", description=PURPOSE, epilog=below(EXAMPLES, CODES),
        formatter_class=_Commands, add_help=False, allow_abbrev=False,
    )  # fmt: skip
    commands = top.add_subparsers(
        dest="command", metavar="COMMAND", required=True, title=argparse.SUPPRESS, prog="stiltsreport", parser_class=Parser
    )
    for names in GROUPS.values():
        for name in names:
            page = PAGES[name]
            one: Parser = commands.add_parser(
                name, help=page.purpose, description=f"{page.purpose[0].upper()}{page.purpose[1:]}. {page.more}".strip(),
                epilog=below(page.examples, page.codes), formatter_class=Layout, add_help=False, allow_abbrev=False,
            )  # fmt: skip
            _ADD[name](one)
            one.usage = usage_of(one)
            one.others = commands.choices
    top.others = commands.choices
    options = top.add_argument_group("options")
    options.add_argument("-h", "--help", action="help", help="show this help")
    options.add_argument("--version", action="version", version=f"stiltsreport {stiltsreport.__version__}", help="show the version")
    return top


def _init(one: Parser) -> None:
    _arguments(one).add_argument(
        "file", nargs="?", default="study.yaml", metavar="FILE", help="where to write it (default: study.yaml); - prints it"
    )
    entries = one.add_argument_group("what goes into it")
    entries.add_argument("--title", metavar="TEXT", help="what the study asks")
    entries.add_argument("--models", metavar="NAMES", help="models, parted by commas")
    entries.add_argument("--intermediate", metavar="NAMES", help="English tasks to train on first")
    entries.add_argument("--target", metavar="NAMES", help="target tasks, or xtreme or xtreme-r")
    entries.add_argument("--seeds", metavar="N", help="how many")
    _output(one)


def _check(one: Parser) -> None:
    _arguments(one).add_argument("studies", metavar="STUDY", nargs="+", help=f"{_STUDY}; of several, the faults of all")
    _common(one)
    _output(one).add_argument(
        "--format", dest="form", choices=("text", "github"), metavar="text|github",
        help="github: print each finding also as an annotation of GitHub Actions, at its file, line and column",
    )  # fmt: skip


def _plan(one: Parser) -> None:
    _study(one)
    _common(one)
    _output(one, json="print JSON")


def _build(one: Parser) -> None:
    _study(one)
    _common(one)
    _output(one)


def _report(one: Parser) -> None:
    _study(one)
    table = one.add_argument_group("one table, or another source")
    table.add_argument("--show", metavar="TABLE", help="print this table instead of writing the report")
    table.add_argument("--format", dest="form", choices=FORMS, metavar="|".join(FORMS), help="how --show prints it (default: text)")
    table.add_argument(
        "--from", dest="source", metavar="DIR", type=Path, help="a report folder to read scores.jsonl from, in place of the store"
    )
    _common(one)
    _output(one)


def _verify(one: Parser) -> None:
    _arguments(one).add_argument("file", metavar="PATH", help="a report folder, or a LaTeX file with tables of a report in it")
    against = one.add_argument_group("what it is held against")
    against.add_argument(
        "--scores", metavar="FILE", type=Path, help="scores.jsonl of the report that a table is from, beside its provenance.json"
    )
    against.add_argument("--store", metavar="DIR", help=f"where counts and predictions are kept (default: {STORE})")
    against.add_argument(
        "--study", metavar="STUDY", help="the study file, where neither PATH nor --scores tells it: scores are then the store's"
    )
    against.add_argument("--data", metavar="DIR", type=_data, help="data files, with --study: a folder, or a URL")
    against.add_argument("--set", metavar="KEY=YAML", action="append", help="as it was given to build")
    against.add_argument(
        "--sample", metavar="N", type=whole_number(1, _MOST_EVALUATIONS), help="check the predictions of N evaluations, not of all"
    )
    _output(one, json="print JSON: every level with every difference")


def _diff(one: Parser) -> None:
    arguments = _arguments(one)
    arguments.add_argument("file", metavar="A", help="a report folder")
    arguments.add_argument("other", metavar="B", help="another, later one")
    _output(one, json="print JSON: every change")


def _export(one: Parser) -> None:
    arguments = _arguments(one)
    arguments.add_argument(
        "kind", choices=("xtreme", "hub"), metavar="xtreme|hub", help="predictions to submit to XTREME, or checkpoints for the Hub"
    )
    arguments.add_argument("study", metavar="STUDY", help=_STUDY)
    written = one.add_argument_group("what is written")
    written.add_argument("--to", type=Path, metavar="DIR", required=True, help="the folder to write to")
    written.add_argument("--partial", action="store_true", help="of xtreme: write what is there, though it is no whole submission")
    written.add_argument("--merged", action="store_true", help="of hub: adapters in whole models, not as peft's beside them")
    written.add_argument(
        "--push", metavar="NAMESPACE", help="of hub: upload the folders, too, as private repositories of this user or organisation"
    )
    _common(one)
    _output(one)


def _list(one: Parser) -> None:
    arguments = _arguments(one)
    arguments.add_argument("kind", choices=LISTS, metavar="|".join(LISTS), help="what to list")
    arguments.add_argument("name", nargs="?", metavar="NAME", help="say more of this one; of a task, the files that it reads")
    _output(one, json="print JSON")


def _gc(one: Parser) -> None:
    _arguments(one).add_argument("studies", metavar="STUDY", nargs="*", help="a study file that counts as well, built or not")
    removed = one.add_argument_group("what is removed")
    removed.add_argument("--store", metavar="DIR", help=f"the store (default: {STORE})")
    removed.add_argument("--data", metavar="DIR", type=_data, help="data files of the STUDY files: a folder, or a URL")
    removed.add_argument(
        "--forget", metavar="STUDY", action="append", help="a study (its name or file) that no longer counts, though it was built"
    )
    removed.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")
    removed.add_argument("--yes", action="store_true", help="do not ask")
    _output(one, json="print JSON; with --yes or --dry-run")


def _doctor(one: Parser) -> None:
    _arguments(one).add_argument("study", metavar="STUDY", nargs="?", help="say also what this study needs: data, memory, disk, time")
    _common(one)
    _output(one, json="print JSON")


def _completion(one: Parser) -> None:
    _arguments(one).add_argument("kind", choices=SHELLS, metavar="|".join(SHELLS), help="the shell")
    _output(one)


def _arguments(one: Parser) -> argparse._ArgumentGroup:
    return one.add_argument_group("arguments")


def _study(one: Parser) -> None:
    _arguments(one).add_argument("study", metavar="STUDY", help=_STUDY)


def _common(one: Parser) -> None:
    """What every command on a study takes."""
    study = one.add_argument_group("what of the study")
    study.add_argument(
        "--set", metavar="KEY=YAML", action="append", help="override one entry of the study, such as limit.train=100 or seeds.0=7"
    )
    study.add_argument("--only", metavar="GLOB", action="append", help="run only MODEL/INTERMEDIATE[+VARIANT]/TARGET/SEED that match")
    study.add_argument("--allow-commands", action="store_true", help="let the study run the commands that it names (translators)")
    places = one.add_argument_group("places")
    places.add_argument(
        "--store", metavar="DIR", help=f"where results of jobs are kept: a folder, or a URL such as s3://bucket/store (default: {STORE})"
    )
    places.add_argument(
        "--data", metavar="DIR", type=_data, help="data files: DIR/TASK/..., see `stiltsreport list tasks NAME`; a folder, or a URL"
    )
    places.add_argument("--reports", metavar="DIR", type=Path, help=f"where report folders are written (default: {REPORTS})")
    places.add_argument("--offline", action="store_true", help="ask no network")
    jobs = one.add_argument_group("how jobs run")
    jobs.add_argument(
        "--device", metavar="NAME", help="cpu, cuda, cuda:N (default: cuda where there is one); check and plan take a kind such as h200"
    )
    jobs.add_argument(
        "--workers", metavar="N", type=whole_number(0, _MOST_WORKERS),
        help="jobs side by side (default: as cores and memory, or GPUs, allow; 0: in this process)",
    )  # fmt: skip
    jobs.add_argument(
        "--executor", choices=EXECUTORS, metavar="|".join(EXECUTORS),
        help="where jobs run (default: local); what they ask of a cluster: `execution` in the study",
    )  # fmt: skip
    jobs.add_argument(
        "--track", choices=TRACKERS, action="append", metavar="|".join(TRACKERS), help="tell this tracker, too, how each training goes"
    )


def _output(one: Parser, json: str = "") -> argparse._ArgumentGroup:
    """What every command takes; `json`: what is said of --json, where the command has it."""
    output = one.add_argument_group("output")
    if json:
        output.add_argument("--json", action="store_true", help=json)
    output.add_argument("-v", "--verbose", action="count", help="say more on stderr")
    output.add_argument("-q", "--quiet", action="count", help="say nothing but warnings and errors")
    output.add_argument("-h", "--help", action="help", help="show this help")
    return output


def _data(text: str) -> Path | str:
    return text if "://" in text else Path(text)


_ADD: dict[str, Callable[[Parser], object]] = {
    "init": _init,
    "check": _check,
    "plan": _plan,
    "fetch": _build,
    "build": _build,
    "status": _plan,
    "report": _report,
    "verify": _verify,
    "diff": _diff,
    "export": _export,
    "list": _list,
    "schema": _output,
    "gc": _gc,
    "doctor": _doctor,
    "completion": _completion,
}
