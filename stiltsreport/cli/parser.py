"""The commands and their options. Only the standard library is imported here, so that --help answers at once."""

from __future__ import annotations

import argparse
from pathlib import Path

import stiltsreport
from stiltsreport.cli.options import REPORTS, STORE

EXIT_CODES = """\
exit codes: 0 all done; 1 some jobs failed (the report is written, with the gaps shown);
2 something that you can mend (study, data, options); 130 interrupted (the store is whole, the same command goes on)"""
FORMS = ("text", "markdown", "csv", "latex")
TRACKERS = ("tensorboard", "wandb", "mlflow")
LISTS = ("tasks", "models", "recipes", "tests", "languages")
_VERIFY = """\
Check a report or a pasted table at three levels: rendering (every number of tables, sentences, comparisons.jsonl and claims.jsonl
against scores.jsonl, with the statistics computed afresh), scores (against the counts of the store's evaluations), and predictions
(the counts against the official metric, applied afresh)."""
_VERIFY_CODES = """\
exit codes: 0 all is right; 1 nothing differs, but a level could not be checked, since its inputs are gone; 2 something differs,
or something that you can mend"""
_GC = """\
Remove from the store what no study needs any more, with sizes: artifacts of jobs that the last build of no study had, attempts at
them, damaged artifacts, token tables that nothing has read for 30 days, and leftovers. The studies that count are those that were built on
this store, as they were when they were last built, and those that are named here. What a living build works on stays."""
_DOCTOR = """\
Look at packages, processor, GPUs and their driver, memory, folders, the Hub, LaTeX, fonts and clusters: what is right, what works
worse than it could, what will stop a build, and the command that mends it."""
_STUDY_COMMANDS = {
    "build": "validate, plan, run what is missing, test, and write the report",
    "check": "validate the study and its data: every error at once",
    "plan": "say what would run, what is stored, and what it takes",
    "status": "say what is stored, running, failed and missing",
    "report": "test and write the report from what is there; run nothing",
    "fetch": "download the study's data and models into the cache, and pin them",
}


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="stiltsreport",
        description="From one YAML study of intermediate-task training to a tested report on cross-lingual transfer.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"stiltsreport {stiltsreport.__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    talk = _talk()
    common = [_common(), talk]
    for name, text in _STUDY_COMMANDS.items():
        one = commands.add_parser(name, allow_abbrev=False, help=text, description=_sentence(text), parents=common)
        file = "the study file; one that comes with the package is found by its name"
        if name == "check":
            one.add_argument("studies", metavar="STUDY", nargs="+", help=f"{file}; of several, the faults of all")
            one.add_argument(
                "--format", dest="form", choices=("text", "github"), metavar="text|github",
                help="github: print each finding also as an annotation of GitHub Actions, at its file, line and column",
            )  # fmt: skip
        else:
            one.add_argument("study", metavar="STUDY", help=file)
        if name in ("plan", "status"):
            one.add_argument("--json", action="store_true", help="print JSON")
        if name == "report":
            one.add_argument("--show", metavar="TABLE", help="print this table instead of writing the report")
            one.add_argument("--format", dest="form", choices=FORMS, metavar="|".join(FORMS), help="how --show prints it (default: text)")
            one.add_argument(
                "--from", dest="source", metavar="DIR", type=Path, help="a report folder to read scores.jsonl from, in place of the store"
            )
    listing = commands.add_parser("list", allow_abbrev=False, help="list tasks, models, recipes, tests or languages", parents=[talk])
    listing.add_argument("kind", choices=LISTS, metavar="|".join(LISTS))
    listing.add_argument("name", nargs="?", metavar="NAME", help="say more of this one; of a task, the files that it reads")
    listing.add_argument("--json", action="store_true", help="print JSON")
    commands.add_parser("schema", allow_abbrev=False, help="print the JSON Schema of study files, for editors", parents=[talk])
    init = commands.add_parser("init", allow_abbrev=False, help="write a commented study file to start from", parents=[talk])
    init.add_argument("file", nargs="?", default="study.yaml", metavar="FILE", help="default: study.yaml; - prints it")
    init.add_argument("--title", metavar="TEXT", help="what the study asks; without any of these options a terminal is asked")
    init.add_argument("--models", metavar="NAMES", help="models, parted by commas")
    init.add_argument("--intermediate", metavar="NAMES", help="English tasks to train on first")
    init.add_argument("--target", metavar="NAMES", help="target tasks, or xtreme or xtreme-r")
    init.add_argument("--seeds", metavar="N", help="how many")
    _add_checks(commands, talk)
    _add_export(commands, common)
    gc = commands.add_parser(
        "gc", allow_abbrev=False, help="remove from the store what no study needs any more", description=_GC, parents=[talk],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    gc.add_argument("studies", metavar="STUDY", nargs="*", help="a study file that counts as well, built or not")
    gc.add_argument("--store", metavar="DIR", help=f"the store (default: {STORE})")
    gc.add_argument("--data", metavar="DIR", type=_data, help="data files of the STUDY files: a folder, or a URL")
    gc.add_argument(
        "--forget", metavar="STUDY", action="append", help="a study (its name or file) that no longer counts, though it was built"
    )
    gc.add_argument("--yes", action="store_true", help="do not ask")
    gc.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")
    gc.add_argument("--json", action="store_true", help="print JSON; with --yes or --dry-run")
    doctor = commands.add_parser(
        "doctor", allow_abbrev=False, help="say what this machine has and lacks, and how to mend it", description=_DOCTOR,
        epilog="exit codes: 0 builds run here; 2 something will stop them", parents=common,
    )  # fmt: skip
    doctor.add_argument("study", metavar="STUDY", nargs="?", help="say also what this study needs: data, memory, disk, time")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    completion = commands.add_parser(
        "completion", allow_abbrev=False, help="print what a shell needs to complete commands, options and files", parents=[talk]
    )
    completion.add_argument("kind", choices=("bash", "zsh", "tcsh"), metavar="bash|zsh|tcsh")
    return top


def _add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: list[argparse.ArgumentParser]) -> None:
    """`export`, which hands a study's predictions and checkpoints to others."""
    export = commands.add_parser(
        "export", allow_abbrev=False, help="write predictions in XTREME's format, or checkpoints with model cards", parents=common
    )
    export.add_argument("kind", choices=("xtreme", "hub"), metavar="xtreme|hub")
    export.add_argument("study", metavar="STUDY")
    export.add_argument("--to", type=Path, metavar="DIR", required=True, help="the folder to write to")
    export.add_argument(
        "--push", metavar="NAMESPACE", help="of hub: upload the folders, too, as private repositories of this user or organisation"
    )
    export.add_argument("--merged", action="store_true", help="of hub: adapters in whole models, not as peft's beside them")
    export.add_argument("--partial", action="store_true", help="of xtreme: write what is there, though it is no whole submission")


def _add_checks(commands: argparse._SubParsersAction[argparse.ArgumentParser], talk: argparse.ArgumentParser) -> None:
    """`verify` and `diff`, which begin with reports that are there."""
    verify = commands.add_parser(
        "verify", allow_abbrev=False, help="check a report or a pasted table against scores, counts and predictions",
        description=_VERIFY, epilog=_VERIFY_CODES, parents=[talk], formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verify.add_argument("file", metavar="PATH", help="a report folder, or a LaTeX file with tables of a report in it")
    verify.add_argument(
        "--scores", metavar="FILE", type=Path, help="scores.jsonl of the report that a table is from, beside its provenance.json"
    )
    verify.add_argument("--store", metavar="DIR", help=f"where counts and predictions are kept (default: {STORE})")
    verify.add_argument(
        "--study", metavar="STUDY", help="the study file, where neither PATH nor --scores tells it: scores are then the store's"
    )
    verify.add_argument("--data", metavar="DIR", type=_data, help="data files, with --study: a folder, or a URL")
    verify.add_argument("--set", metavar="KEY=YAML", action="append", help="as it was given to build")
    verify.add_argument("--sample", metavar="N", type=_count, help="check the predictions of N evaluations, not of all")
    verify.add_argument("--json", action="store_true", help="print JSON: every level with every difference")
    diff = commands.add_parser(
        "diff", allow_abbrev=False, help="compare two reports: study, data, code, numbers, and verdicts that turned",
        description="What changed from report A to report B: study, data, code, machine, numbers, verdicts and claims.",
        epilog="exit codes: 0 nothing that the reports say differs; 1 something does; 2 something that you can mend", parents=[talk],
    )  # fmt: skip
    diff.add_argument("file", metavar="A", help="a report folder")
    diff.add_argument("other", metavar="B", help="another, later one")
    diff.add_argument("--json", action="store_true", help="print JSON: every change")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _talk() -> argparse.ArgumentParser:
    talk = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    talk.add_argument("-v", "--verbose", action="count", help="say more on stderr")
    talk.add_argument("-q", "--quiet", action="count", help="say nothing but warnings and errors")
    return talk


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument(
        "--store", metavar="DIR", help=f"where results of jobs are kept: a folder, or a URL such as s3://bucket/store (default: {STORE})"
    )
    common.add_argument(
        "--data", metavar="DIR", type=_data, help="data files: DIR/TASK/..., see `stiltsreport list tasks NAME`; a folder, or a URL"
    )
    common.add_argument("--reports", metavar="DIR", type=Path, help=f"where report folders are written (default: {REPORTS})")
    common.add_argument(
        "--executor",
        choices=("local", "ray", "slurm"),
        help="where jobs run (default: local); what they ask of a cluster: `execution` in the study",
    )
    common.add_argument(
        "--workers", metavar="N", type=_workers, help="jobs side by side (default: as cores and memory, or GPUs, allow; 0: in this process)"
    )
    common.add_argument(
        "--device", metavar="NAME", help="cpu, cuda, cuda:N (default: cuda where there is one); check and plan take a kind such as h200"
    )
    common.add_argument("--offline", action="store_true", help="ask no network")
    common.add_argument(
        "--set", metavar="KEY=YAML", action="append", help="override one entry of the study, such as limit.train=100 or seeds.0=7"
    )
    common.add_argument("--only", metavar="GLOB", action="append", help="run only MODEL/INTERMEDIATE[+VARIANT]/TARGET/SEED that match")
    common.add_argument(
        "--track", choices=TRACKERS, action="append", metavar="|".join(TRACKERS), help="tell this tracker, too, how each training goes"
    )
    common.add_argument("--allow-commands", action="store_true", help="let the study run the commands that it names (translators)")
    return common


def _data(text: str) -> Path | str:
    return text if "://" in text else Path(text)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _workers(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of workers; 0 or more")
    return int(text)
