"""The command line's entry: parse, run the command, and turn how it ended into an exit code."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType

from stiltsreport.cli.manual import BRIEF
from stiltsreport.cli.options import Options, options_of
from stiltsreport.cli.parser import parser
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.redaction import redacted

DONE, FAILED, MENDABLE, INTERRUPTED = 0, 1, 2, 130
# command -> module with `run(options, terminal) -> exit code`; imported when it is asked for, so that --help loads none of them
COMMANDS = {
    "build": "build",
    "check": "check",
    "plan": "plan",
    "status": "status",
    "report": "report",
    "verify": "verify",
    "diff": "diff",
    "fetch": "fetch",
    "list": "listing",
    "schema": "schema",
    "init": "init",
    "export": "export",
    "gc": "gc",
    "doctor": "doctor.command",
    "completion": "completion",
}
_MACHINE_ERRORS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENAMETOOLONG}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code; a bug goes through as a traceback, without the secrets that its errors may hold."""
    sys.excepthook = _traceback
    given = sys.argv[1:] if arguments is None else arguments
    terminal = Terminal()
    if not given:
        terminal.note(BRIEF)
        return MENDABLE
    try:
        options = options_of(parser().parse_args(given))
        terminal.verbosity = options.verbosity
        code = _run(options, terminal)
        sys.stdout.flush()
    except StiltsReportError as error:
        terminal.error(error)
        return MENDABLE
    except KeyboardInterrupt:
        terminal.warning("interrupted; the store is whole, and the same command goes on where this one stopped")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        from stiltsreport.store.objects import UnreachableError  # here: --help loads no store

        if error.errno not in _MACHINE_ERRORS and not isinstance(error, UnreachableError):
            raise
        terminal.error(StiltsReportError(error.strerror or str(error), where=str(error.filename or "")))
        return MENDABLE
    return code


def _traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, trace))))


def _run(options: Options, terminal: Terminal) -> int:
    if options.offline:
        # Read by the Hub's libraries when they are imported, here and in the workers.
        os.environ.update({"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})
    if options.data_url:
        from stiltsreport.store.mirror import fetched

        options = replace(options, data=fetched(options.data_url, offline=options.offline))
    module = importlib.import_module(f"stiltsreport.cli.{COMMANDS[options.command]}")
    code: int = module.run(options, terminal)
    return code
