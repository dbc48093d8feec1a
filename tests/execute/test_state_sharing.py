from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from stiltsreport.execute.state_sharing import SharingStateKeeper
from stiltsreport.modeling.distributed.peers import Peers
from stiltsreport.modeling.interruption import Interrupted, Interruption
from stiltsreport.modeling.state_file import State

STATE = State({}, {"weight": torch.ones(2)})


@dataclass(frozen=True)
class Threads(Peers):
    """Two threads in the place of two processes."""

    meeting: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def largest(self, here: float) -> float:
        self.meeting.wait(20)
        return here


def asked() -> Interruption:
    found = Interruption()
    found.asked = True
    return found


def test_a_state_is_shared_when_it_was_written_the_last_one_too(tmp_path: Path):
    shared: list[Path] = []
    keeper = SharingStateKeeper(shared.append, tmp_path / "a.safetensors", {})
    keeper.write(STATE)
    assert shared == [keeper.file]
    keeper.interruption.asked = True
    with pytest.raises(Interrupted):
        keeper.write(STATE)
    assert shared == [keeper.file] * 2


def test_no_peer_ends_before_the_leader_has_shared_the_last_state(tmp_path: Path):
    """The first that ends has the others killed."""
    meeting, happened = threading.Barrier(2), []

    def share(_file: Path) -> None:
        time.sleep(0.3)
        happened.append("shared")

    def write(rank: int) -> None:
        peers = Threads(rank, 2, meeting)
        keeper = SharingStateKeeper(share if rank == 0 else lambda _: None, tmp_path / "a.safetensors", {}, "", 60, asked(), peers=peers)
        with pytest.raises(Interrupted):
            keeper.write(STATE)
        happened.append(f"{rank} ended")

    threads = [threading.Thread(target=write, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert happened[0] == "shared"
    assert sorted(happened[1:]) == ["0 ended", "1 ended"]


def test_a_state_that_cannot_be_shared_ends_no_training(tmp_path: Path):
    told: list[str] = []

    def share(_file: Path) -> None:
        raise OSError(5, "the line is down")

    keeper = SharingStateKeeper(share, tmp_path / "a.safetensors", {}, tell=told.append)
    keeper.write(STATE)
    keeper.write(STATE)
    assert told == ["its training's state cannot be taken to the store: the line is down; another machine would start it over"]
