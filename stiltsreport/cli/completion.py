"""`completion`: what a shell needs to complete commands, options and files; made once, so that a Tab starts no Python."""

from __future__ import annotations

from stiltsreport.cli.options import Options
from stiltsreport.cli.parser import parser
from stiltsreport.cli.terminal import Terminal

_FILES = ("STUDY", "PATH", "FILE", "A", "B")
_FOLDERS = ("DIR",)


def run(options: Options, terminal: Terminal) -> int:
    """Print the script for a shell."""
    import shtab

    top = parser()
    for command in next(iter(top._subparsers._group_actions)).choices.values():  # type: ignore[union-attr] # noqa: SLF001 - no public way
        for action in command._actions:  # noqa: SLF001
            if action.metavar in _FILES:
                action.complete = shtab.FILE
            elif action.metavar in _FOLDERS:
                action.complete = shtab.DIRECTORY
    terminal.result(shtab.complete(top, shell=options.kind))
    terminal.note(f"to use it: {HOW[options.kind]}")
    return 0


HOW = {
    "bash": 'eval "$(stiltsreport completion bash -q)" in ~/.bashrc',
    "zsh": "stiltsreport completion zsh -q > a folder of $fpath, as _stiltsreport",
    "tcsh": "stiltsreport completion tcsh -q > a file that ~/.tcshrc sources",
}
