"""Peers: this process among those that do one job together. What it asks of them is asked by all, at the same place of the same program.

Numbers go by gloo between CPUs and by NCCL between GPUs. Plain values go as pickles, between processes that one parent started and over
files and sockets that are theirs alone; nothing of it is ever stored.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

T = TypeVar("T")
_TIMEOUT = dt.timedelta(hours=2)  # whoever starts processes sees the death of one; this is for what nobody foresaw


@dataclass(frozen=True)
class Peers:
    """Process `rank` of `size`. Alone, every question is answered by the process itself."""

    rank: int = 0
    size: int = 1

    @property
    def alone(self) -> bool:
        """Whether there are no others."""
        return self.size == 1

    @property
    def leads(self) -> bool:
        """Whether this is the one that writes and speaks for all."""
        return self.rank == 0

    def any(self, here: bool) -> bool:
        """Whether it is true of one of them."""
        return self.largest(float(here)) > 0.0

    def largest(self, here: float) -> float:
        """The largest of their numbers."""
        if self.alone:
            return here
        number = torch.tensor(here, dtype=torch.float64)
        distributed.all_reduce(number, distributed.ReduceOp.MAX)
        return float(number)

    def add(self, values: Tensor) -> None:
        """Let the values become the sum of everybody's, the same bits everywhere."""
        if not self.alone:
            distributed.all_reduce(values)

    def of_leader(self, value: T) -> T:
        """What the leader has."""
        if self.alone:
            return value
        held: list[Any] = [value]
        distributed.broadcast_object_list(held, 0)
        found: T = held[0]
        return found

    def everybodys(self, value: T) -> list[T]:
        """What each has, by rank."""
        if self.alone:
            return [value]
        found: list[Any] = [None] * self.size
        distributed.all_gather_object(found, value)
        return found

    @contextlib.contextmanager
    def leader_first(self) -> Iterator[None]:
        """The leader does what is within, then the others: what it leaves on the disk is not made again."""
        if not self.leads:
            self._wait()
        yield
        if self.leads:
            self._wait()

    @contextlib.contextmanager
    def one_by_one(self) -> Iterator[None]:
        """Each does what is within while the others wait: it takes memory of the host that there is once."""
        for _ in range(self.rank):
            self._wait()
        yield
        for _ in range(self.rank, self.size):
            self._wait()

    def _wait(self) -> None:
        """Until all are here."""
        self.largest(0.0)


ALONE = Peers()


@contextlib.contextmanager
def joined(rank: int, size: int, meeting: Path, device: torch.device) -> Iterator[Peers]:
    """Take part: `meeting` is a file on a disk that all of them see, which none of them has made before.

    They are on one machine, and gloo listens on the loopback interface alone. One that fails leaves the group without a word, and its
    process is to end: a farewell of NCCL's waits for the others, who wait for it.
    """
    if Path("/sys/class/net/lo").exists():
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    backend = "cpu:gloo"
    if device.type == "cuda":
        torch.cuda.set_device(device)
        backend = "cpu:gloo,cuda:nccl"
    distributed.init_process_group(backend, init_method=f"file://{meeting}", rank=rank, world_size=size, timeout=_TIMEOUT)
    yield Peers(rank, size)
    distributed.destroy_process_group()


def left_alone(error: BaseException) -> bool:
    """Whether an error says no more than that a peer is gone: it comes out of torch.distributed itself, which has many kinds of them."""
    if isinstance(error, distributed.DistError):
        return True
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    within = bool(frames) and Path(frames[-1].f_code.co_filename).is_relative_to(Path(distributed.__file__).parent)
    return within and isinstance(error, RuntimeError)
