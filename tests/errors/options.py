"""What stands on the command line."""

from __future__ import annotations

from tests.errors.case import Case, added

CASES: dict[str, Case] = {
    "--set without a value": Case(arguments="check STUDY --set seeds"),
    "--set of a key that is not there": Case(arguments="check STUDY --set sed=1"),
    "--only that matches nothing": Case(arguments="plan STUDY --only */squad/*/*"),
    "a device that is not known": Case(arguments="plan STUDY --device h300"),
    "a device that is not here": Case(arguments="build STUDY --device cuda:7"),
    "a kind of device to build on": Case(arguments="build STUDY --device h200"),
    "a table that the report lacks": Case(arguments="report quickstart --from EXAMPLE --show gain"),
    "a report folder that is none": Case(arguments="report STUDY --from DIR"),
    "no results to report": Case(arguments="report STUDY"),
    "a store that is a file": Case(arguments="build STUDY --store DIR/study.yaml"),
    "verify of nothing": Case(arguments="verify DIR/nothing.tex"),
    "verify of a text without tables": Case(arguments="verify DIR/study.yaml"),
    "diff with what is no report": Case(arguments="diff EXAMPLE DIR"),
    "gc of what is no store": Case(arguments="gc --store DIR/nothing"),
    "a task that is not known, to list": Case(arguments="list tasks panex"),
    "commands that were not allowed": Case(
        added("variants: [plain, {translated: {to: [de], command: cat}}]\n"), "build STUDY --workers 0 --device cpu"
    ),
}  # fmt: skip
