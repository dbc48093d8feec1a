"""What argparse would refuse."""

from __future__ import annotations

from tests.errors.case import Case

CASES: dict[str, Case] = {
    "a command that is not known": Case(arguments="bild STUDY"),
    "what another program calls it": Case(arguments="run STUDY"),
    "no command, but a study": Case(arguments="study.yaml"),
    "help as a command": Case(arguments="help"),
    "an option before the command": Case(arguments="--store DIR build STUDY"),
    "an option before the command, that none has": Case(arguments="--vers"),
    "no study": Case(arguments="build"),
    "no folder to export to": Case(arguments="export xtreme STUDY"),
    "one argument too many": Case(arguments="plan STUDY STUDY"),
    "an option that is not known": Case(arguments="build STUDY --ofline"),
    "the beginning of an option": Case(arguments="build STUDY --off"),
    "a letter that is no option": Case(arguments="build STUDY -w 3"),
    "an option that is like none": Case(arguments="build STUDY --gpu-memory-fraction"),
    "an option of another command": Case(arguments="build STUDY --show gains"),
    "an option without its value": Case(arguments="verify DIR --sample"),
    "a value where none is wanted": Case(arguments="build STUDY --offline=yes"),
    "a value that is not known": Case(arguments="build STUDY --executor slrum"),
    "a kind that is not known": Case(arguments="list colours"),
    "a number of workers that is none": Case(arguments="build STUDY --workers many"),
    "fewer workers than none": Case(arguments="build STUDY --workers -1"),
    "a sample of nothing": Case(arguments="verify DIR --sample 0"),
}
