"""Whether jobs can be handed to Slurm or Ray from here."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable, Iterator

from stiltsreport.cli.doctor.finding import Finding

AREA = "clusters"
_SECONDS = 10


def clusters(which: Callable[[str], str | None] = shutil.which) -> Iterator[Finding]:
    """Said where there is something to say: most machines belong to no cluster."""
    if which("sbatch"):
        if not importlib.util.find_spec("submitit"):
            yield Finding(AREA, "Slurm", "note", "sbatch is here, submitit is not", "pip install 'stiltsreport[slurm]'")
        elif error := _silent():
            yield Finding(AREA, "Slurm", "note", f"its controller does not answer: {error}", "ask who runs the cluster, or try again")
        else:
            yield Finding(AREA, "Slurm", "right", "its controller answers: --executor slurm")
    if importlib.util.find_spec("ray"):
        yield Finding(AREA, "Ray", "right", "installed: --executor ray")


def _silent() -> str:
    """Why Slurm's controller cannot be asked; "" if it answers."""
    try:
        done = subprocess.run(["sinfo", "--noheader"], capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S607 - fixed
    except subprocess.TimeoutExpired:
        return f"nothing in {_SECONDS} seconds"
    except OSError as error:
        return error.strerror or str(error)
    return done.stderr.strip().partition("\n")[0] if done.returncode else ""
