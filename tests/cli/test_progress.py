"""Progress: counts, the time left, plain lines and the live table."""

from __future__ import annotations

import io
from typing import cast

import pytest
from rich.console import Console

from stiltsreport.cli.progress.lines import Lines
from stiltsreport.cli.progress.live import LiveTable
from stiltsreport.cli.progress.state import Progress, duration
from stiltsreport.cli.terminal import Terminal
from stiltsreport.execute.progress import Evaluated, Noted, Outcome, Steps
from stiltsreport.models import MODELS
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Evaluate, Pretrained
from stiltsreport.plan.units import Unit
from stiltsreport.recipes import Protocol
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.sources import Source

Capture = pytest.CaptureFixture[str]


def _unit(name: str) -> Unit:
    """A unit with one evaluation and no training."""
    job = Evaluate(Pretrained(MODELS["mbert"], name), DataUse(TASKS["tatoeba"], Source("tatoeba", "test", "de", "f")), Protocol())
    return Unit(job.checkpoint, (), (job,), (), (name,))


class Clock:
    """Seconds by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_is_the_time_so_far_scaled_to_the_work_left() -> None:
    one, two, three = (_unit(name) for name in ("m/a/t/1", "m/b/t/1", "m/c/t/1"))
    clock = Clock()
    progress = Progress({one.id: 1.0, two.id: 4.0, three.id: 5.0}, clock)
    progress.begin(3)
    assert progress.seconds_left() is None
    progress.started(one)
    progress.started(two)
    clock.now = 10
    progress.ended(Outcome(one, "done"))
    assert progress.seconds_left() == pytest.approx(90)  # a tenth of the work in 10 s
    progress.event(Evaluated(two.id, 1, 2))
    assert progress.seconds_left() == pytest.approx(10 * 7 / 3)  # and half of four tenths
    assert (progress.done, len(progress.running), progress.left) == (1, 1, 1)
    progress.ended(Outcome(two, "failed", error="x"))
    progress.ended(Outcome(three, "skipped"))
    assert (progress.done, progress.failed, progress.skipped, progress.left) == (1, 1, 1, 0)
    assert progress.seconds_left() == 0


def test_a_sign_of_a_unit_that_has_ended_is_dropped() -> None:
    progress = Progress()
    progress.begin(1)
    progress.event(Steps("nobody", 1, 2, 0.5, 3.0))
    assert not progress.running


def test_lines_say_what_ended_and_now_and_then_what_runs(capsys: Capture) -> None:
    clock = Clock()
    lines = Lines(Terminal(), every=30, clock=clock)
    one = _unit("m/none/xnli/1")
    lines.begin(2)
    lines.started(one)
    clock.now = 10
    lines.event(Steps(one.id, 1, 4, 0.75, 12.5))
    clock.now = 31
    lines.event(Steps(one.id, 2, 4, 0.5, 12.5))
    lines.event(Steps(one.id, 3, 4, 0.25, 12.5))
    lines.ended(Outcome(one, "done", 61.0))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "2 jobs to run",
        "  m/none/xnli/1: training, step 2 of 4, loss 0.500, 12.5 examples/s; 1 waiting",
        "[1/2] done m/none/xnli/1 in 1 min 01 s; 1 waiting, about 31 s left",
    ]


def test_quiet_lines_say_failures_alone(capsys: Capture) -> None:
    lines = Lines(Terminal(-1))
    one, two = _unit("m/none/xnli/1"), _unit("m/none/xnli/2")
    lines.begin(2)
    for unit in (one, two):
        lines.started(unit)
    lines.ended(Outcome(one, "done", 1.0))
    lines.ended(Outcome(two, "failed", 1.0, "no memory"))
    assert capsys.readouterr().err.splitlines() == ["warning: [2/2] failed m/none/xnli/2: no memory"]


def test_the_live_table_shows_every_running_job() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=110, force_terminal=False, highlight=False)
    live = LiveTable("quickstart", console=console)
    one, two, three = (_unit(name) for name in ("m/none/xnli/1", "m/[bold]/xnli/1", "m/c/t/1"))
    live.begin(4)
    for unit in (one, two, three):
        live.started(unit)
    live.event(Steps(one.id, 3, 40, 0.6931, 52.04))
    live.event(Evaluated(two.id, 2, 5))
    live.ended(Outcome(three, "failed", 1.0, "[red]no memory[/red]"))
    console.print(live)
    text = screen.getvalue()
    assert "failed m/c/t/1: [red]no memory[/red]" in text  # markup of an error or a name is text
    assert "quickstart  0 of 4 jobs done, 2 running, 1 left, 1 failed" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["job", "doing", "steps", "loss", "examples/s", "left"] in rows
    assert next(row for row in rows if row[:1] == ["m/none/xnli/1"])[1:5] == ["training", "3/40", "0.693", "52.0"]
    assert any(row[:1] == ["m/[bold]/xnli/1"] and row[1:5] == ["evaluated", "2", "of", "5"] for row in rows)


def test_a_job_that_trains_and_evaluates_is_not_done_when_it_is_trained() -> None:
    progress = Progress()
    unit = _Trained()
    progress.begin(1)
    progress.started(cast("Unit", unit))
    running = progress.running[unit.id]
    progress.event(Steps(unit.id, 2, 4, 0.5, 1.0))
    half = running.share
    progress.event(Steps(unit.id, 4, 4, 0.5, 1.0))
    assert (running.doing, 0 < half < running.share < 1) == ("evaluating", True)
    progress.event(Evaluated(unit.id, 1, 1))
    assert running.share == 1


class _Trained:
    """A unit with a training and an evaluation that are never looked into."""

    id, title, chain, evaluations = "unit", "m/none/xnli/1", ("training",), ("evaluation",)


@pytest.mark.parametrize(("seconds", "said"), [(None, "-"), (0.4, "0 s"), (59.6, "1 min 00 s"), (61, "1 min 01 s"), (3_660, "1 h 01 min")])
def test_durations(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


def test_a_note_names_its_job_and_is_no_progress(capsys: Capture) -> None:
    one, screen = _unit("m/none/xnli/1"), io.StringIO()
    table, lines = LiveTable("study", console=Console(file=screen, width=110)), Lines(Terminal(-1))
    for observer in (table, lines):
        observer.started(one)
        observer.event(Noted(one.id, "starts over: [torn]"))
        assert observer.progress.running[one.id].doing == "loading"
        observer.event(Noted("another", "goes on"))
    assert screen.getvalue().splitlines() == ["m/none/xnli/1: starts over: [torn]", "another: goes on"]
    assert capsys.readouterr().err.splitlines() == ["warning: m/none/xnli/1: starts over: [torn]", "warning: another: goes on"]
