"""Progress: counts, the time left, plain lines and the live table."""

from __future__ import annotations

import io
from typing import cast

import pytest
from rich.console import Console

from stiltsreport.cli.progress.durations import duration
from stiltsreport.cli.progress.lines import Lines
from stiltsreport.cli.progress.live import LiveTable
from stiltsreport.cli.progress.pace import Amount, Work
from stiltsreport.cli.progress.state import Progress
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
    """Where the plan knows no seconds: 1, 4 and 5 of some measure, on two workers."""
    one, two, three = (_unit(name) for name in ("m/a/t/1", "m/b/t/1", "m/c/t/1"))
    clock = Clock()
    progress = Progress(Work({one.id: Amount(0, 1), two.id: Amount(0, 4), three.id: Amount(0, 5)}), clock)
    progress.begin(3)
    progress.started(one)
    progress.started(two)
    for unit in (one, two):
        progress.event(Evaluated(unit.id, 0, 2))
    clock.now = 15
    progress.ended(Outcome(one, "done"))
    assert progress.seconds_left() == pytest.approx(30 * 9 / 2)  # 15 s of each worker for 1
    progress.event(Evaluated(two.id, 1, 2))
    assert progress.seconds_left() == pytest.approx(10 * 7 / 2)  # 30 s of work for 1 + 2: 10 s each; 2 + 5 are left for two workers
    assert progress.unit_left(progress.running[two.id]) == pytest.approx(20)
    assert (progress.done, len(progress.running), progress.left) == (1, 1, 1)
    progress.ended(Outcome(two, "failed", error="x"))
    progress.ended(Outcome(three, "skipped"))
    assert (progress.done, progress.failed, progress.skipped, progress.left) == (1, 1, 1, 0)
    assert progress.seconds_left() == 0


def test_a_first_small_job_turns_the_plan_s_word_little() -> None:
    """16 jobs, the first of 5 s and the others of 50 by the plan; a worker starts for 12 s before the first, and 5 s before each other."""
    small, *others = (_unit(f"m/none/t/{number}") for number in range(16))
    clock = Clock()
    work = {small.id: Amount(0, 5.0), **{unit.id: Amount(0, 50.0) for unit in others}}
    progress = Progress(Work(work, seconds=True), clock)
    progress.begin(16)
    assert progress.seconds_left() == 755  # the plan's own word
    progress.started(small)
    clock.now = 12
    progress.event(Evaluated(small.id, 0, 1))
    clock.now = 22
    progress.ended(Outcome(small, "done"))  # twice as slow as planned
    assert progress.seconds_left() == pytest.approx(750 * 70 / 65)  # the 12 s were the worker's, which is loaded now
    for unit in others[:8]:
        progress.started(unit)
        clock.now += 5
        progress.event(Evaluated(unit.id, 0, 1))
        clock.now += 100
        progress.ended(Outcome(unit, "done"))
    truth = 7 * 105
    assert progress.seconds_left() == pytest.approx(7 * (50 * (60 + 10 + 800) / (60 + 5 + 400) + 5))
    assert 0.9 * truth < (progress.seconds_left() or 0) < truth
    progress.started(others[8])
    assert progress.unit_left(progress.running[others[8].id]) == pytest.approx(50 * 870 / 465 + 5)


def test_one_long_job_is_not_done_by_two_workers() -> None:
    one, two = _unit("m/a/t/1"), _unit("m/b/t/1")
    progress = Progress(Work({one.id: Amount(0, 1.0), two.id: Amount(0, 90.0)}, seconds=True), Clock())
    progress.begin(2)
    for unit in (one, two):
        progress.started(unit)
    assert progress.seconds_left() == 90


def test_what_loads_is_said_to_load_as_long_again() -> None:
    """A machine at its limits loads a worker for a minute before jobs of a second."""
    one, two, three = (_unit(f"m/a/t/{number}") for number in (1, 2, 3))
    clock = Clock()
    progress = Progress(Work({unit.id: Amount(0, 1.0) for unit in (one, two, three)}, seconds=True), clock)
    progress.begin(3)
    progress.started(one)
    progress.started(two)
    clock.now = 60
    assert progress.unit_left(progress.running[one.id]) == 61
    assert progress.seconds_left() == pytest.approx((2 * 61 + 1) / 2)
    for unit in (one, two):
        progress.event(Evaluated(unit.id, 1, 1))
        progress.ended(Outcome(unit, "done"))
    progress.started(three)
    clock.now = 70
    assert progress.unit_left(progress.running[three.id]) == pytest.approx(10 + 60 / 62)  # the minute was the workers' own


def test_nothing_is_left_once_all_is_done(capsys: Capture) -> None:
    one, clock = _unit("m/none/xnli/1"), Clock()
    screen = io.StringIO()
    work = Work({one.id: Amount(0, 30.0)}, seconds=True)
    table, lines = LiveTable("study", work, Console(file=screen, width=110)), Lines(Terminal(), work, clock=clock)
    for observer in (table, lines):
        observer.begin(1)
        observer.started(one)
        observer.ended(Outcome(one, "done", 5.0))
    table.console.print(table)
    assert screen.getvalue().splitlines()[0] == "study  1 of 1 jobs done, 0 running, 0 waiting; 0 s"
    assert capsys.readouterr().err.splitlines() == ["1 job to run, about 30 s left", "[1/1] done m/none/xnli/1 in 5 s; 0 waiting"]


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
    clock.now = 61
    lines.ended(Outcome(one, "done", 61.0))
    captured = capsys.readouterr()
    assert captured.out == ""
    # Half of the training, 0.85 of a job, after 21 s: 1.575 jobs of 49 s; the 10 s before were the worker's.
    assert captured.err.splitlines() == [
        "2 jobs to run",
        "  m/none/xnli/1: training, step 2 of 4, loss 0.500, 12.5 examples/s; 1 waiting, about 80 s left",
        "[1/2] done m/none/xnli/1 in 1 min 01 s; 1 waiting, about 60 s left",
    ]


def test_thousands_of_jobs_are_no_thousands_of_lines(capsys: Capture) -> None:
    units = [_unit(f"m/none/xnli/{number}") for number in range(1000)]
    ends = [Outcome(unit, "failed" if number == 500 else "done", 1.0, "x") for number, unit in enumerate(units)]
    for verbosity, most in ((0, 40), (1, 2001)):
        clock = Clock()
        lines = Lines(Terminal(verbosity), every=30, clock=clock)
        lines.begin(len(units))
        for outcome in ends:
            lines.started(outcome.unit)
            clock.now += 1
            lines.ended(outcome)
        said = capsys.readouterr().err.splitlines()
        assert most - 6 <= len(said) <= most
        assert "warning: [501/1000] failed m/none/xnli/500: x" in said


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
    assert "quickstart  0 of 4 jobs done, 2 running, 1 waiting, 1 failed" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["job", "doing", "steps", "loss", "examples/s", "left"] in rows
    assert next(row for row in rows if row[:1] == ["m/none/xnli/1"])[1:5] == ["training", "3/40", "0.693", "52.0"]
    assert any(row[:1] == ["m/[bold]/xnli/1"] and row[1:5] == ["evaluated", "2", "of", "5"] for row in rows)


def test_a_job_that_trains_and_evaluates_is_not_done_when_it_is_trained() -> None:
    progress = Progress(Work({"unit": Amount(30.0, 10.0)}))
    unit = _Trained()
    progress.begin(1)
    progress.started(cast("Unit", unit))
    running = progress.running[unit.id]
    progress.event(Steps(unit.id, 2, 4, 0.5, 1.0))
    assert running.done == 15
    progress.event(Steps(unit.id, 4, 4, 0.5, 1.0))
    assert (running.doing, running.done) == ("evaluating", 30)
    progress.event(Evaluated(unit.id, 1, 2))
    assert running.done == 35


class _Trained:
    """A unit with a training and an evaluation that are never looked into."""

    id, title, chain, evaluations = "unit", "m/none/xnli/1", ("training",), ("evaluation",)


@pytest.mark.parametrize(("seconds", "said"), [(None, "-"), (0.4, "0 s"), (59.6, "1 min 00 s"), (61, "1 min 01 s"), (3_660, "1 h 01 min")])
def test_durations(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


def test_the_live_table_fits_narrow_terminals() -> None:
    for width in (100, 60, 40):
        screen = io.StringIO()
        table = LiveTable("quickstart", console=Console(file=screen, width=width))
        units = [_unit(f"multilingual-e5-small/intermediate/translations/{seed} and 7 more") for seed in (1, 2)]
        table.begin(40)
        for unit in units:
            table.started(unit)
        table.event(Steps(units[0].id, 3, 40, 0.6931, 52.04))
        table.console.print(table)
        lines = screen.getvalue().splitlines()
        assert max(map(len, lines)) <= width
        assert lines[0].startswith("quickstart  0 of 40 jobs done")
        assert lines[1].strip("━╸╺") == ""
        rows = [line for line in lines if "and 7 more" in line]
        assert ["/1 and" in rows[0], "/2 and" in rows[1], len(rows)] == [True, True, 2]
        assert all(("training" in rows[0], "0.693" in rows[0])[: {100: 2, 60: 1, 40: 0}[width]])


def test_a_terminal_that_cannot_draw_in_place_is_given_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    for kind, live in (("xterm-256color", True), ("dumb", False)):
        monkeypatch.setenv("TERM", kind)
        assert Terminal().live is live
    assert not Terminal(-1).live


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
