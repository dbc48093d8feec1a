"""Translators: what maps lines in one language to as many lines in another; a command of the user's, or a model of the Hub.

A command reads lines from its standard input and writes as many to its standard output, both in UTF-8; {source} and {target} in it stand
for the language codes. No shell runs it. With Apertium: `apertium -u eng-spa`; its `-f line` (3.8.3) swallows final full stops.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence

from stiltsreport.errors import StiltsReportError, cause

CHUNK = 1_000  # lines handed over at a time: a fault names its lines, and no program has to hold a whole set
Translator = Callable[[Sequence[str]], Iterator[str]]


def arguments(command: str, source: str, target: str) -> list[str]:
    """The arguments of a command, with its language codes put in after it was split, so that none can add an argument.

    Raises StiltsReportError where it cannot be split, or is empty.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise StiltsReportError(
            f"cannot be split into arguments: {error}", where=f"translator {command!r}", hint="quotes in pairs"
        ) from error
    if not words:
        raise StiltsReportError("the command is empty", where="translator", hint="a program that maps lines to lines")
    return [word.replace("{source}", source).replace("{target}", target) for word in words]


def command_translator(command: str, source: str, target: str, chunk: int = CHUNK) -> Translator:
    """A command as a translator, called once for each so many lines.

    Its translations come chunk by chunk, in order. It raises StiltsReportError, naming the lines, where the command is not there, fails,
    writes what is not UTF-8, or gives another number of lines.
    """
    words = arguments(command, source, target)

    def translate(lines: Sequence[str]) -> Iterator[str]:
        for begin, part in _chunks(lines, chunk):
            yield from _once(words, part, f"translator {command!r}, lines {begin + 1}-{begin + len(part)}")

    return translate


def _chunks(lines: Sequence[str], size: int) -> Iterator[tuple[int, Sequence[str]]]:
    return ((begin, lines[begin : begin + size]) for begin in range(0, len(lines), size))


def _once(words: Sequence[str], lines: Sequence[str], where: str) -> list[str]:
    given = "".join(f"{line}\n" for line in lines).encode()
    try:
        done = subprocess.run(words, input=given, capture_output=True, check=False)  # noqa: S603 - the user's own command, without a shell
    except FileNotFoundError as error:
        raise StiltsReportError(f"there is no program {words[0]!r}", where=where, hint="install it, or give its whole path") from error
    except OSError as error:
        raise StiltsReportError(f"{words[0]!r} cannot be run: {cause(error)}", where=where, hint="a program that you may run") from error
    if done.returncode:
        ended = f"was killed by signal {-done.returncode}" if done.returncode < 0 else f"ended with exit status {done.returncode}"
        said = [line.strip() for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        raise StiltsReportError(f"{ended}: {said[-1] if said else 'it said nothing'}", where=where)
    try:
        text = done.stdout.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StiltsReportError(
            f"wrote byte {done.stdout[error.start]:#04x}, which is not UTF-8", where=where, hint="lines in UTF-8"
        ) from error
    written = text.removesuffix("\n").split("\n") if text else []
    if len(written) != len(lines):
        raise StiltsReportError(f"gave {len(written)} lines for {len(lines)}", where=where, hint="one line out for each line in, in order")
    return [line.removesuffix("\r") for line in written]


def translator_of(kind: str, name: str, revision: str, languages: tuple[str, str], device: str, *, offline: bool) -> Translator:
    """The translator of a job: a command, or the model `name` (a Hub id or a folder) at `revision`, on that device.

    Raises StiltsReportError where a model cannot be loaded, or does not translate between the two languages.
    """
    source, target = languages
    if kind == "command":
        return command_translator(name, source, target)
    from stiltsreport.modeling.seq2seq import load_seq2seq, translate_lines

    model = load_seq2seq(name, revision, source, target, device=device, offline=offline)
    return lambda lines: (line for _, part in _chunks(lines, CHUNK) for line in translate_lines(model, part))
