"""A real Slurm: the same scores as at home; a job that is preempted goes on; a build that is killed leaves its jobs, the next takes them up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.studies import XNLI, Desk
from tests.faults.artifacts import contents, resumptions
from tests.faults.clusters import Slurm, slurm

ROOT = Path(__file__).resolve().parents[2]
UNITS = 5  # of one seed: an intermediate training, and two targets with and without it
pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    with slurm(tmp_path_factory.mktemp("slurm")) as made:
        yield made


def start(desk: Desk, cluster: Slurm, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "stiltsreport", *desk.arguments("build", desk.folder / "small.yaml", "--executor", "slurm", *more)]
    command = [word for word in command if word not in ("--workers", "0")]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | cluster.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def queue(cluster: Slurm) -> list[str]:
    return cluster.run("squeue", "--noheader", "--array", "--format=%i %P %T").splitlines()


def wait_until(what: str, ask: object, process: subprocess.Popen[str], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not ask():  # type: ignore[operator]
        assert process.poll() is None, f"{what}: {process.communicate()}"
        assert time.monotonic() < deadline, f"{what}: it never came"
        time.sleep(0.2)


def test_the_same_scores_as_at_home(desk: Desk, built_desk: Desk, cluster: Slurm) -> None:
    desk.study()
    process = start(desk, cluster)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert "jobs done in" in said
    ours, theirs = ((one.folder / "reports" / "small" / "scores.jsonl").read_text(encoding="utf-8") for one in (desk, built_desk))
    assert ours == theirs
    assert not list((desk.folder / "store" / "attempts").iterdir()), "nothing is left of what is done"


def test_a_preempted_training_goes_on(desk: Desk, cluster: Slurm, tmp_path: Path) -> None:
    """The partition `main` is preempted by `urgent`: the training saves its state, is requeued, and ends as if nothing had been."""
    long = ("--set", "recipes.target.epochs=400", "--set", "intermediate=[]", "--set", "seeds=[1]", "--set", f"target=[{XNLI}]")
    desk.study()
    process = start(desk, cluster, *long)
    store = desk.folder / "store"
    wait_until("a training", lambda: list(store.glob("attempts/*/remote/event.json")), process)
    cluster.run("sbatch", "--partition=urgent", "--nodes=2", "--ntasks-per-node=1", "--output=/dev/null", "--wrap=sleep 5")
    wait_until("the requeue", lambda: any("main PENDING" in line or "main REQUEUED" in line for line in queue(cluster)), process)
    _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert resumptions(store), "it went on from a state"
    home = Desk(tmp_path / "home", desk.model, desk.data)
    home.folder.mkdir()
    home.study()
    done = subprocess.run(
        [sys.executable, "-m", "stiltsreport", *home.arguments("build", home.folder / "small.yaml", *long)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert contents(store) == contents(home.folder / "store")


def test_jobs_outlive_the_build_and_the_next_one_takes_them_up(desk: Desk, cluster: Slurm) -> None:
    desk.study(seeds="[1]")
    process = start(desk, cluster)
    wait_until("jobs", lambda: list((desk.folder / "store").glob("attempts/*/remote/job.json")), process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    there = {line.split()[0] for line in queue(cluster)}
    assert there, "the jobs are still in the queue"
    second = start(desk, cluster)
    _, said = second.communicate(timeout=600)
    assert second.returncode == 0, said
    submitted = list((desk.folder / "store" / "slurm").glob("*_submitted.pkl"))
    assert len(submitted) == UNITS, "no unit was put into the queue twice"
