"""Real clusters on loopback, for tests: a Slurm of two nodes, and a namespace in which Ray may open its ports."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_CONF = """\
ClusterName=local
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
ReturnToService=2
SlurmdTimeout=20
KillWait=3
SlurmctldParameters=preempt_send_user_signal
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
MailProg=/bin/true
"""
_NODE = "NodeName=n{number} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=4000 State=UNKNOWN\n"
_PARTITIONS = """\
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=30
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
"""
_DAEMONS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "srun")


@dataclass(frozen=True)
class Slurm:
    """A cluster, by the environment that its commands need."""

    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """What a command of Slurm prints."""
        done = subprocess.run(command, env=os.environ | self.environment, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout


@contextlib.contextmanager
def slurm(folder: Path, nodes: int = 2) -> Iterator[Slurm]:
    """A Slurm cluster of that many nodes of one core; skips where it is not installed, or this is not root."""
    if lacking := [name for name in _DAEMONS if shutil.which(name) is None]:
        pytest.skip(f"no {', '.join(lacking)} here: apt-get install slurm-wlm munge")
    if os.geteuid() != 0:
        pytest.skip("a Slurm of its own needs root")
    pytest.importorskip("submitit", reason="submitit is not installed")
    host, ports = socket.gethostname().partition(".")[0], _free_ports(nodes + 1)
    (folder / "state").mkdir(parents=True)
    for number in range(1, nodes + 1):
        (folder / f"spool.n{number}").mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    folder.chmod(0o755)
    nodes_of = "".join(_NODE.format(number=number, host=host, port=ports[number]) for number in range(1, nodes + 1))
    conf = folder / "slurm.conf"
    conf.write_text(_CONF.format(host=host, port=ports[0], folder=folder) + nodes_of + _PARTITIONS, encoding="utf-8")
    made = Slurm({"SLURM_CONF": str(conf)})
    munged = ["munged", f"--key-file={key}", f"--socket={folder}/munge.sock", f"--pid-file={folder}/munged.pid"]
    try:
        made.run(*munged, f"--log-file={folder}/munged.log", f"--seed-file={folder}/seed", "--force")
        made.run("slurmctld", "-i", "-f", str(conf))
        for number in range(1, nodes + 1):
            made.run("slurmd", "-f", str(conf), "-N", f"n{number}")
        _wait_for_nodes(made, nodes)
        yield made
    finally:
        with contextlib.suppress(subprocess.SubprocessError):
            _end_jobs(made)
        for file in (*folder.glob("slurmd.*.pid"), folder / "slurmctld.pid", folder / "munged.pid"):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(file.read_text()), signal.SIGKILL)


def _wait_for_nodes(cluster: Slurm, nodes: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while cluster.run("sinfo", "--noheader", "--Node", "--partition=main", "--states=idle", "--format=%N").count("n") < nodes:
        assert time.monotonic() < deadline, "the nodes never came"
        time.sleep(0.2)


def _end_jobs(cluster: Slurm, seconds: float = 30) -> None:
    """What a failed test left in the queue would go on without its daemons."""
    cluster.run("scancel", "--me")
    deadline = time.monotonic() + seconds
    while cluster.run("squeue", "--noheader") and time.monotonic() < deadline:
        time.sleep(0.2)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def alone(command: list[str]) -> list[str]:
    """The command in a network and process namespace of its own: Ray opens ports to everybody. Skips where that cannot be had."""
    pytest.importorskip("ray", reason="ray is not installed")
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("a namespace of its own needs root, unshare and ip")
    return ["unshare", "-n", "-p", "-f", "--mount-proc", "bash", "-c", 'ip link set lo up; exec "$@"', "-", *command]
