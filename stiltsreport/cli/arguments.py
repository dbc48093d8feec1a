"""A parser that reads options and arguments in any order, and says of what is wrong in them what would be right."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import did_you_mean, nearest

# What other programs call our commands.
_ELSEWHERE = {"run": "build", "train": "build", "validate": "check", "lint": "check", "dry-run": "plan", "download": "fetch", "clean": "gc"}
_ELSEWHERE |= {"new": "init", "render": "report", "ls": "list", "compare": "diff"}


class Parser(argparse.ArgumentParser):
    """Raises StiltsReportError where argparse would print its usage and exit.

    `others`: every command's parser, so that an option of another one can be told from one that is nobody's.
    """

    others: Mapping[str, Parser] = {}

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> tuple[Any, list[str]]:  # type: ignore[override]
        """Nothing is left over: what is not known is refused."""
        words = list(args or ())
        if self._subparsers is None:
            words = self._sorted(words)
        elif words[:1] and words[0].startswith("-"):
            self._option(words[0])
        found, left = super().parse_known_args(words, namespace)
        if left:
            raise StiltsReportError(f"{left[0]!r} is one too many", where=self.prog, hint=self.usage or "")
        return found, []

    def _sorted(self, words: Sequence[str]) -> list[str]:
        """Options with their values, then the rest: argparse wants arguments beside each other.

        Raises StiltsReportError for an option that is not known.
        """
        options: list[str] = []
        places: list[str] = []
        rest = iter(words)
        for word in rest:
            if word == "--":
                places += ["--", *rest]
            elif not re.match(r"-[^\d\s]\S*", word) or (" " in word and "=" not in word):
                places.append(word)
            else:
                options.append(word)
                if self._option(word).nargs is None and "=" not in word:
                    options += [next(rest, "--")]  # a value that is absent: not the first of `places`
        return options + places

    def _option(self, word: str) -> argparse.Action:
        known = self._option_string_actions
        name = word.partition("=")[0]
        if name in known:
            return known[name]
        if not name.startswith("--") and all(f"-{letter}" in known for letter in name[1:]):
            return known[f"-{name[-1]}"]
        raise StiltsReportError(f"unknown option {name!r}", where=self.prog, hint=self._meant(name))

    def _meant(self, name: str) -> str:
        """Of an option that this command lacks: the one that was meant, or who has it."""
        having = [one.prog.rpartition(" ")[2] for one in self.others.values() if name in one._option_string_actions]  # noqa: SLF001
        if having and self._subparsers is not None:
            return f"it stands behind the command: {self.prog} COMMAND {name}"
        if having:
            return f"it is an option of {', '.join(having)}"
        known = [option for option in self._option_string_actions if option.startswith("--")]
        begun = [option for option in known if option.startswith(f"--{name.lstrip('-')}")]
        near = begun[0] if len(begun) == 1 else nearest(name, known)
        return f"did you mean {near!r}?" if near else f"`{self.prog} --help` lists them"

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - argparse has no public name for it
            raise StiltsReportError(f"unknown command {value!r}", where=self.prog, hint=_command_meant(value, list(action.choices)))
        where = action.option_strings[-1] if action.option_strings else self.prog
        raise StiltsReportError(f"unknown value {value!r}", where=where, hint=did_you_mean(value, action.choices))

    def error(self, message: str) -> NoReturn:
        """What argparse itself finds wrong: an option without its value or with one too many, arguments that are absent, a wrong number."""
        found = re.fullmatch(r"argument (?:-\w/)?(-\S+): (.*)", message, re.DOTALL)
        if found is None:
            names = message.rpartition(": ")[2]
            raise StiltsReportError(f"{names} {'are' if ', ' in names else 'is'} missing", where=self.prog, hint=self.usage or "")
        name, what = found.groups()
        takes = f"{name} {self._option_string_actions[name].metavar}"
        if what.startswith("expected"):
            raise StiltsReportError("its value is missing", where=name, hint=takes)
        if what.startswith("ignored"):
            raise StiltsReportError("it takes no value", where=name, hint=name)
        text, _, hint = what.partition("; ")
        raise StiltsReportError(text, where=name, hint=hint)


def _command_meant(name: str, known: Sequence[str]) -> str:
    if name.endswith((".yaml", ".yml")):
        return f"a command goes first: stiltsreport build {name}"
    if name == "help":
        return "stiltsreport --help"
    return did_you_mean(name, known, _ELSEWHERE)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A type of an argument: a whole number from `least` to `most`.

    >>> whole_number(0, 8)("3")
    3
    """

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not allowed; a whole number from {least} to {most:,}")
        return int(text)

    return read
