"""What a tracker's own process does with what it is told."""

from __future__ import annotations

import pytest

from stiltsreport.cli.trackers.serving import tell


class Kept:
    def __init__(self, title: str, log: list) -> None:
        self.title, self.all, self.address = title, log, f"https://tracker.example/{title}"

    def log(self, step: int, values: dict[str, float]) -> None:
        if step == 13:
            raise ConnectionError("no route")
        self.all.append((self.title, step, values["loss"]))

    def close(self, state: str) -> None:
        self.all.append((self.title, state))


def test_each_job_is_a_run_with_its_losses_and_its_end() -> None:
    log: list = []
    answers: list = []
    told = [
        ("title", "id-1", "a/none/x/1"),
        ("title", "id-2", "a/none/x/2"),
        ("step", "id-2", (1, {"loss": 0.5})),
        ("step", "id-1", (2, {"loss": 0.25})),
        ("step", "of another build", (1, {"loss": 9.0})),
        ("end", "id-1", "failed"),
    ]
    tell(told, lambda: lambda title: Kept(title, log), answers.append)
    assert log == [("a/none/x/2", 1, 0.5), ("a/none/x/1", 2, 0.25), ("a/none/x/1", "failed"), ("a/none/x/2", "interrupted")]
    assert answers == [("shown", "https://tracker.example/a/none/x/1"), *[("taken", "")] * len(told)], "where it shows is said once"


def test_what_a_tracker_raises_is_its_process_s_to_say() -> None:
    answers: list = []
    told = [("title", "id-1", "a"), ("step", "id-1", (13, {"loss": 0.5})), ("step", "id-1", (14, {"loss": 0.5}))]
    with pytest.raises(ConnectionError, match="no route"):
        tell(told, lambda: lambda title: Kept(title, []), answers.append)
    assert answers.count(("taken", "")) == 1
