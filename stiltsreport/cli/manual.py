"""What --help says of each command: what it is for, examples to copy, and how it can end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stiltsreport.cli.options import STORE

PURPOSE = "From one YAML study of intermediate-task training to a tested report on cross-lingual transfer."
CODES = {
    0: "all done",
    1: "some jobs failed or lack their data; the report is written, with the gaps shown",
    2: "something that you can mend: study, data, options",
    130: "interrupted: the store is whole, and the same command goes on",
}
_DONE = {0: "done", 2: "something that you can mend"}
GROUPS = {
    "a study": ("init", "check", "plan", "fetch", "build", "status"),
    "reports": ("report", "verify", "diff", "export"),
    "what there is": ("list", "schema"),
    "store and machine": ("gc", "doctor", "completion"),
}
EXAMPLES = (
    "build quickstart  # a study that comes with the package, on a CPU in minutes",
    "init my_study.yaml  # a study of your own to start from",
    "plan my_study.yaml  # what it takes, before it takes it",
)


@dataclass(frozen=True)
class Page:
    """`purpose` stands in the list of commands, `more` under it on the command's own page; `examples` are what follows `stiltsreport`."""

    purpose: str
    examples: tuple[str, ...]
    more: str = ""
    codes: Mapping[int, str] = field(default_factory=lambda: _DONE)


PAGES = {
    "init": Page(
        "write a commented study file to start from",
        (
            "init my_study.yaml",
            "init my_study.yaml --models xlmr-base --target xnli,panx --seeds 5",
            "init -  # print it",
        ),
        "Without any of the options a terminal is asked.",
    ),
    "check": Page(
        "validate the study and its data: every error at once",
        ("check my_study.yaml", "check studies/*.yaml --format github  # annotations in a pull request"),
        "Each fault comes with its file, its line and what would be right; what is no fault but should be known, as a warning.",
        {0: "the studies can be built", 2: "there is something to mend"},
    ),
    "plan": Page(
        "say what would run, what is stored, and what it takes",
        ("plan my_study.yaml", "plan my_study.yaml --device h200  # for a machine that is not this one", "plan my_study.yaml --json"),
        "Hours, memory, disk and the smallest effect that the design can see, each measured, estimated or unknown. No model is loaded.",
        {0: "it could run", 2: "something that you can mend, or a claim that this design cannot decide"},
    ),
    "fetch": Page(
        "download the study's data and models into the cache, and pin them",
        ("fetch my_study.yaml", "build my_study.yaml --offline  # afterwards, with no network"),
    ),
    "build": Page(
        "validate, plan, run what is missing, test, and write the report",
        (
            "build my_study.yaml",
            "build my_study.yaml --only '*/squad/*/1'  # a part of it",
            "build my_study.yaml --set limit.train=100 --store trial  # a trial",
            "build my_study.yaml --executor slurm",
        ),
        "What is stored is not run again: the same command fills gaps, and goes on after Ctrl-C, a kill or a failure.",
        CODES,
    ),
    "status": Page("say what is stored, running, failed and missing", ("status my_study.yaml", "status my_study.yaml --json")),
    "report": Page(
        "test and write the report from what is there; run nothing",
        (
            "report my_study.yaml",
            "report my_study.yaml --show gains --format latex",
            "report my_study.yaml --from reports/my_study  # from scores.jsonl, on any machine",
        ),
    ),
    "verify": Page(
        "check a report or a pasted table against scores, counts and predictions",
        ("verify reports/my_study", "verify paper.tex --scores reports/my_study/scores.jsonl"),
        "Three levels: rendering (every number of tables, sentences, comparisons.jsonl and claims.jsonl against scores.jsonl, with the "
        "statistics computed afresh), scores (against the counts of the store's evaluations), and predictions (the counts against the "
        "official metric, applied afresh).",
        {
            0: "all is right",
            1: "nothing differs, but a level could not be checked, since its inputs are gone",
            2: "something differs, or something that you can mend",
        },
    ),
    "diff": Page(
        "compare two reports: study, data, code, numbers, and verdicts that turned",
        ("diff reports/before reports/my_study",),
        codes={0: "nothing that the reports say differs", 1: "something does", 2: "something that you can mend"},
    ),
    "export": Page(
        "write predictions in XTREME's format, or checkpoints with model cards",
        ("export xtreme my_study.yaml --to submission", "export hub my_study.yaml --to models --push my-name"),
        codes={0: "all is written", 1: "something is missing, and said", 2: "something that you can mend"},
    ),
    "list": Page(
        "list tasks, models, recipes, tests or languages",
        ("list tasks", "list tasks xnli  # the files that it reads, and more", "list models --json"),
    ),
    "schema": Page(
        "print the JSON Schema of study files, for editors", ("schema > stiltsreport.schema.json  # `init` writes it beside a study",)
    ),
    "gc": Page(
        "remove from the store what no study needs any more",
        ("gc --dry-run", "gc --forget old_study"),
        "That is: artifacts of jobs that the last build of no study had, attempts at them, damaged artifacts, token tables that "
        "nothing has read for 30 days, and leftovers. The studies that count are those that were built on this store, as they were "
        "when they were last built, and those that are named here. What a living build works on stays.",
    ),
    "doctor": Page(
        "say what this machine has and lacks, and how to mend it",
        ("doctor", "doctor my_study.yaml  # and what this study needs of it"),
        "Packages, processor, GPUs and their driver, memory, folders, the Hub, LaTeX, fonts and clusters: what is right, what works worse "
        "than it could, what will stop a build, and the command that mends it.",
        {0: "builds run here", 2: "something will stop them"},
    ),
    "completion": Page(
        "print what a shell needs to complete commands, options and files",
        (
            "completion bash  # also says where it goes",
            "completion zsh -q > ~/.zsh/completions/_stiltsreport",
        ),
    ),
}
BRIEF = f"""\
{PURPOSE}

usage: stiltsreport COMMAND [options]

to begin:
  stiltsreport build quickstart      a study that comes with the package, on a CPU in minutes
  stiltsreport init my_study.yaml    a study of your own to start from
  stiltsreport --help                all commands

Results are kept in {STORE}, reports in ./reports.
"""
