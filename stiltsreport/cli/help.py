"""How --help is laid out: folded to the terminal, commands in groups, examples and exit codes below the options."""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stiltsreport.cli.layout import width_of

_WIDEST = 100  # longer lines are hard to read, however wide the terminal is
_COLUMN = 30  # where what is said of an option begins, where there is room
_COMMAND = "  stiltsreport "


class Layout(argparse.HelpFormatter):
    """Paragraphs are folded, commands to copy stand as they are; programs are given whole lines.

    `groups` of commands, each with a title, stand in place of one long list of them. `width`: of the terminal, unless it is given.
    """

    groups: Mapping[str, tuple[str, ...]] = {}
    width: int | None = None

    def __init__(self, prog: str) -> None:
        width = self.width or min(width_of(sys.stdout) or sys.maxsize, _WIDEST if sys.stdout.isatty() else sys.maxsize)
        super().__init__(prog, max_help_position=min(_COLUMN, width // 3), width=width)

    def _format_usage(self, *arguments: Any, **named: Any) -> str:
        usage = super()._format_usage(*arguments, **named)
        return "\n".join(textwrap.wrap(usage, self._width, subsequent_indent=" " * len("usage: "), break_on_hyphens=False)) + "\n\n"

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(f"{indent}{part}" for line in text.splitlines() for part in _parts(line, width))

    def _format_action(self, action: argparse.Action) -> str:
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - argparse has no public name for it
            return super()._format_action(action)
        choices = {choice.dest: choice for choice in action._choices_actions}  # noqa: SLF001
        return "\n".join(self._group(title, [choices[name] for name in names]) for title, names in self.groups.items())

    def _group(self, title: str, commands: Iterable[argparse.Action]) -> str:
        self._dedent()
        lines = [f"{title}:\n"]
        self._indent()
        return "".join([*lines, *(super(Layout, self)._format_action(command) for command in commands)])


def _parts(line: str, width: int) -> list[str]:
    """A line in as many as it takes: what goes on under "  0    all done" stands under its words.

    >>> _parts("  2    something that you can mend", 24)
    ['  2    something that', '       you can mend']
    """
    if line.startswith(_COMMAND):
        command, mark, comment = line.partition("  # ")
        under = textwrap.wrap(comment, width, initial_indent="    # ", subsequent_indent="    # ")
        return [line] if len(line) <= width or not mark else [command.rstrip(), *under]
    hung = re.match(r" +\S+ {2,}", line)
    return textwrap.wrap(line, width, subsequent_indent=" " * len(hung[0]) if hung else "", break_on_hyphens=False) or [""]


def below(examples: Iterable[str], codes: Mapping[int, str]) -> str:
    """What stands below the options."""
    return "\n".join(_below(examples, codes))


def _below(examples: Iterable[str], codes: Mapping[int, str]) -> Iterator[str]:
    yield "examples:"
    parts = [f"{_COMMAND}{example}".partition("  # ") for example in examples]
    wide = max((len(command) for command, mark, _ in parts if mark), default=0)
    yield from (f"{command.ljust(wide)}{mark}{comment}".rstrip() for command, mark, comment in parts)
    yield ""
    yield "exit codes:"
    yield from (f"  {code:<3}  {text}" for code, text in codes.items())


def usage_of(parser: argparse.ArgumentParser) -> str:
    """The usage in one line: what must be given, and that there are options.

    >>> parser = argparse.ArgumentParser(prog="stiltsreport gc", add_help=False)
    >>> _ = parser.add_argument("studies", nargs="*", metavar="STUDY"), parser.add_argument("--to", required=True, metavar="DIR")
    >>> usage_of(parser)
    'stiltsreport gc [options] --to DIR [STUDY ...]'
    """
    actions = parser._actions  # noqa: SLF001 - argparse has no public name for them
    asked = [f"{action.option_strings[-1]} {action.metavar}" for action in actions if action.option_strings and action.required]
    places = [_TIMES[str(action.nargs)].format(action.metavar) for action in actions if not action.option_strings]
    return " ".join([parser.prog, "[options]", *asked, *places])


_TIMES = {"None": "{}", "?": "[{}]", "*": "[{0} ...]", "+": "{0} [{0} ...]"}
