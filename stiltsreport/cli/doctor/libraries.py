"""Python and the packages that the tool asks for, as they are installed here."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from collections.abc import Callable, Iterator

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from stiltsreport.cli.doctor.finding import Finding

AREA = "packages"
# What an extra is for, in the words of who misses it.
EXTRAS = {
    "offline": "the embedded model of the quickstart",
    "ray": "--executor ray",
    "slurm": "--executor slurm",
    "translate": "translators whose tokenizers are SentencePiece's (Marian, MADLAD)",
    "adapters": "LoRA and DoRA",
    "gpu": "several GPUs a job, LoRA on weights in 4 bits",
}

Version = Callable[[str], str]


def libraries(version: Version = importlib.metadata.version, declared: list[str] | None = None) -> Iterator[Finding]:
    """Python, the packages that are needed with their least versions, then what each extra lacks."""
    yield _python()
    asked = [Requirement(line) for line in (importlib.metadata.requires("stiltsreport") or [] if declared is None else declared)]
    needed = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    lacking = [said for one in needed if (said := _lack(one, version))]
    if lacking:
        names = " ".join(f"'{one.name}{one.specifier}'" for one in needed if _lack(one, version))
        yield Finding(AREA, "needed", "wrong", "; ".join(lacking), f"{_pip()} install {names}")
    else:
        yield Finding(AREA, "needed", "right", f"{len(needed)} packages, each new enough")
    for extra, purpose in EXTRAS.items():
        own = [one for one in asked if one.marker and one.marker.evaluate({"extra": extra}) and not one.marker.evaluate({"extra": ""})]
        missing = [said for one in own if (said := _lack(one, version))]
        if own and missing:
            yield Finding(AREA, extra, "note", f"{'; '.join(missing)}: needed for {purpose}", f"{_pip()} install 'stiltsreport[{extra}]'")
        elif own:
            yield Finding(AREA, extra, "right", f"installed: {purpose}")


def _python() -> Finding:
    wanted = importlib.metadata.metadata("stiltsreport")["Requires-Python"] or ""
    here = platform.python_version()
    fits = SpecifierSet(wanted).contains(here, prereleases=True)
    return Finding(AREA, "Python", "right" if fits else "wrong", f"{here} ({sys.executable})", "" if fits else f"a Python {wanted}")


def _lack(one: Requirement, version: Version) -> str:
    """What is wrong with a package: absent or too old; "" if nothing is."""
    try:
        here = version(one.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{one.name} is not installed"
    public = re.split(r"\+", here)[0]
    return "" if one.specifier.contains(public, prereleases=True) else f"{one.name} {here}, not {one.specifier}"


def _pip() -> str:
    return f"{sys.executable} -m pip"
