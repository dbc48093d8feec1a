"""Exact resume: a training that was stopped and gone on with by another process ends as one that was not, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling import finetune as module
from stiltsreport.modeling.interruption import Interrupted, Interruption
from stiltsreport.modeling.state_file import read_state, write_state
from stiltsreport.modeling.state_keeper import StateKeeper
from tests.modeling.resuming import CASES, IDENTITY, outcome, stop_after, train
from tests.modeling.small import loaded
from tests.tiny import make_tiny_model

ROOT = Path(__file__).resolve().parents[2]
PAIRS = CASES["sequence_classification"]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A family that is packed and one that is not."""
    folder = tmp_path_factory.mktemp("models")
    for family in ("bert", "electra"):
        make_tiny_model(folder / family, family=family)
    return folder


@pytest.fixture(scope="session")
def resumed(models: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What another process made of the states of all cases."""
    folder = tmp_path_factory.mktemp("states")
    for name, case in CASES.items():
        torch.manual_seed(len(name))  # what ran before
        stop_after(case.stop, case, loaded(models / case.model), folder / f"{name}.safetensors")
    command = [sys.executable, "-m", "tests.modeling.resuming", str(models), str(folder)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True)
    return dict(json.loads((folder / "outcomes.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", CASES)
def test_it_ends_as_if_nothing_had_been(name: str, models: Path, resumed: dict[str, Any]) -> None:
    case, found = CASES[name], dict(resumed[name])
    assert found.pop("said") == []
    assert found.pop("resumed") == [{"step": case.stop, "place": "one processor"}]
    straight = outcome(train(case, loaded(models / case.model)))
    assert found == json.loads(json.dumps(straight))
    if name == "best is behind":
        assert straight["selected"] < case.stop  # the kept checkpoint comes out of the state
    if name == "patience":
        assert case.stop < len(straight["curve"]) < 9


def test_saving_changes_nothing_and_every_state_is_good_to_go_on_from(models: Path, tmp_path: Path) -> None:
    """After every step; a state of a state too."""
    encoder, case = loaded(models / "bert"), CASES["mixture"]
    straight = outcome(train(case, encoder))
    file = tmp_path / "state.safetensors"
    assert outcome(train(case, encoder, StateKeeper(file, IDENTITY, seconds=0.0))) == straight
    assert read_state(file).record["plan"]["tokens"] > 0
    file.unlink()
    for step in (2, 5, 11):
        stop_after(step, case, encoder, file)
    done = train(case, encoder, StateKeeper(file, IDENTITY))
    assert outcome(done) == straight
    assert [one.step for one in done.resumed] == [2, 5, 11]


def test_a_state_is_written_when_the_time_has_come(models: Path, tmp_path: Path) -> None:
    encoder, file, now, written = loaded(models / "bert"), tmp_path / "state.safetensors", [0.0], []

    def listen(*_: Any) -> None:
        now[0] += 60.0
        if file.exists():
            written.append(read_state(file).tensors["curve/counts"].shape[0])

    train(PAIRS, encoder, StateKeeper(file, IDENTITY, seconds=180.0, clock=lambda: now[0]), listen)
    assert written == [3, 3, 3, 6, 6, 6]  # seen while steps 4 to 9 are told


def test_time_and_examples_go_on(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stiltsreport.modeling import steps

    clock = iter(range(10_000))
    monkeypatch.setattr(steps.time, "perf_counter", lambda: float(next(clock)))
    encoder, file = loaded(models / "bert"), tmp_path / "state.safetensors"
    straight = train(PAIRS, encoder).efficiency
    stop_after(5, PAIRS, encoder, file)
    found = train(PAIRS, encoder, StateKeeper(file, IDENTITY)).efficiency
    assert (found.seconds, found.examples, found.tokens) == (9.0, straight.examples, straight.tokens)  # one tick a step


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda data: data[:-1], "is damaged"),
        (lambda data: data[: len(data) // 2], "is damaged"),
        (lambda data: b"", "is damaged: it ends early"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "is damaged: its checksum is not that of what it holds"),
        (lambda data: data.replace(b"decay", b"decoy", 1), "is damaged: its checksum"),
        (lambda data: data + b"\0", "is damaged"),
        (lambda data: b"\xff" * len(data), "is damaged"),
    ],
)  # fmt: skip
def test_a_damaged_state_is_thrown_away_and_said(harm: Any, said: str, models: Path, tmp_path: Path) -> None:
    encoder, file, notes = loaded(models / "bert"), tmp_path / "state.safetensors", []
    stop_after(4, PAIRS, encoder, file)
    file.write_bytes(harm(file.read_bytes()))
    found = train(PAIRS, encoder, StateKeeper(file, IDENTITY, tell=notes.append))
    (note,) = notes
    assert note.startswith("its training starts over: the state that it had saved ")
    assert said in note
    assert found.resumed == ()
    assert outcome(found) == outcome(train(PAIRS, encoder))
    assert not file.exists()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"job": "b"}, "is of job a, this is b"),
        ({"torch": "1.0"}, f"is of torch {torch.__version__}, this is 1.0"),
        ({"device": "cuda"}, "is of device None, this is cuda"),
    ],
)
def test_a_state_of_something_else_is_thrown_away_and_said(other: dict[str, str], said: str, models: Path, tmp_path: Path) -> None:
    encoder, file, notes = loaded(models / "bert"), tmp_path / "state.safetensors", []
    stop_after(4, PAIRS, encoder, file)
    assert train(PAIRS, encoder, StateKeeper(file, IDENTITY | other, tell=notes.append)).resumed == ()
    assert notes == [f"its training starts over: the state that it had saved {said}"]


def test_weights_of_another_shape_are_no_state_of_this_training(models: Path, tmp_path: Path) -> None:
    file, notes = tmp_path / "state.safetensors", []
    stop_after(4, CASES["multiple_choice"], loaded(models / "bert"), file)
    assert train(PAIRS, loaded(models / "bert"), StateKeeper(file, IDENTITY, tell=notes.append)).resumed == ()
    assert notes == ["its training starts over: the state that it had saved holds other weights"]


def test_a_training_whose_state_cannot_be_written_goes_on_and_says_so_once(models: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder", encoding="utf-8")
    notes: list[str] = []
    found = train(PAIRS, loaded(models / "bert"), StateKeeper(tmp_path / "taken" / "state", IDENTITY, seconds=0.0, tell=notes.append))
    assert len(found.curve) == 9
    assert notes == ["its training's state cannot be saved: File exists; if it is killed, it starts over"]


def test_what_a_killed_process_left_half_written_is_cleared_away(models: Path, tmp_path: Path) -> None:
    file = tmp_path / "state.safetensors"
    (tmp_path / ".state.safetensors-x7y").write_bytes(b"half")
    (tmp_path / "another").write_bytes(b"")
    train(PAIRS, loaded(models / "bert"), StateKeeper(file, IDENTITY))
    assert [path.name for path in tmp_path.iterdir()] == ["another"]


def test_who_asks_while_dev_data_are_looked_at_is_heard_at_once(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, file, interruption = loaded(models / "bert"), tmp_path / "state.safetensors", Interruption()
    straight = outcome(train(PAIRS, encoder))
    evaluate_set, asked = module.evaluate_set, []

    def evaluating(*given: Any) -> Any:
        asked.append(given)
        if len(asked) == 2:
            interruption.ask()  # as a signal handler does, in the middle
            pytest.fail("it went on")
        return evaluate_set(*given)

    monkeypatch.setattr(module, "evaluate_set", evaluating)
    with pytest.raises(Interrupted):
        train(PAIRS, encoder, StateKeeper(file, IDENTITY, interruption=interruption))
    monkeypatch.setattr(module, "evaluate_set", evaluate_set)
    found = train(PAIRS, encoder, StateKeeper(file, IDENTITY))
    assert [one.step for one in found.resumed] == [6]
    assert outcome(found) == straight


def test_an_interruption_is_heeded_where_it_may_be() -> None:
    interruption = Interruption()
    with interruption.waiting():
        interruption.ask()
        interruption.ask()
        with pytest.raises(Interrupted), interruption.at_once():
            pytest.fail("asked already")
    interruption.ask()  # again, while what it ended is cleared away: no second raise
    with pytest.raises(Interrupted):
        interruption.check()
    with pytest.raises(Interrupted), interruption.waiting():
        pytest.fail("asked already")


def test_a_failure_to_write_leaves_the_earlier_state(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "state.safetensors"
    stop_after(4, PAIRS, loaded(models / "bert"), file)
    state, before = read_state(file), file.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_state(file, state)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


class Scarce:
    """A loss that runs out of memory, like a GPU, where a piece holds more than `rows`; from the batch of step `begin` on."""

    def __init__(self, loss: Any, rows: int, begin: int) -> None:
        self.loss, self.rows, self.begin, self.sizes = loss, rows, begin, []

    def __call__(self, model: Any, batch: Any) -> Any:
        step = batch.keys[0][1]
        found = self.loss(model, batch)
        if step >= self.begin and len(batch.features) > self.rows:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.sizes.append((step, len(batch.features)))
        return found


def scarce(monkeypatch: pytest.MonkeyPatch, rows: int, begin: int, tokens: int = 10_000) -> list[Scarce]:
    """Let trainings run out of memory."""
    made: list[Scarce] = []
    learners_of, plan = module.learners_of, module.training_plan

    def learners(*given: Any) -> Any:
        found = [replace(learner, loss=Scarce(learner.loss, rows, begin)) for learner in learners_of(*given)]
        made.extend(learner.loss for learner in found)
        return found

    monkeypatch.setattr(module, "learners_of", learners)
    monkeypatch.setattr(module, "training_plan", lambda *given: replace(plan(*given), tokens=tokens))
    return made


@pytest.mark.parametrize("name", ["sequence_classification", "mixture", "adversarial", "masked_language_modelling"])
def test_a_step_without_memory_is_taken_anew_in_smaller_pieces(name: str, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Masks, noise and batches are those of the undisturbed training: its losses differ by float noise, before that step not at all."""
    case, encoder = CASES[name], loaded(models / "bert")
    case = replace(case, entries={**case.entries, "steps": 6, "learning_rate": 1e-4})
    straight = train(case, encoder)
    made = scarce(monkeypatch, 3, 3)
    found = train(case, encoder)
    assert found.smaller >= 4
    assert [step.loss for step in found.curve[:3]] == [step.loss for step in straight.curve[:3]]
    assert [step.loss for step in found.curve] == pytest.approx([step.loss for step in straight.curve], rel=1e-4)
    assert [step.gradient_norm for step in found.curve] == pytest.approx([step.gradient_norm for step in straight.curve], rel=1e-3)
    assert [(step.examples, step.tokens) for step in found.curve] == [(step.examples, step.tokens) for step in straight.curve]
    assert max(size for one in made for step, size in one.sizes if step >= 3) <= 3 < max(size for one in made for _, size in one.sizes)


def test_torchs_own_dropout_is_drawn_anew_from_where_the_step_began(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A family that is not packed, whose pieces are of one example or two: where two did not fit, the step is that of ones from the start."""
    case, encoder = CASES["padded"], loaded(models / "electra")
    learners_of, plan = module.learners_of, module.training_plan
    monkeypatch.setattr(module, "training_plan", lambda *given: replace(plan(*given), tokens=1))
    ones = outcome(train(case, encoder))
    monkeypatch.setattr(module, "training_plan", lambda *given: replace(plan(*given), tokens=10_000))
    monkeypatch.setattr(module, "learners_of", lambda *given: [replace(one, loss=Scarce(one.loss, 1, 0)) for one in learners_of(*given)])
    assert outcome(train(case, encoder)) == ones


@pytest.mark.parametrize(("name", "said"), [("sequence_classification", "one example"), ("dual_encoder", "the whole batch")])
def test_what_memory_cannot_hold_at_all_is_said(name: str, said: str, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scarce(monkeypatch, 0, 2)
    with pytest.raises(StiltsReportError, match=f"{name}: the device's memory does not hold {said}"):
        train(CASES[name], loaded(models / "bert"))


def test_smaller_pieces_are_gone_on_with(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, file = loaded(models / "bert"), tmp_path / "state.safetensors"
    scarce(monkeypatch, 2, 2)
    straight = train(PAIRS, encoder)
    stop_after(5, PAIRS, encoder, file)
    found = train(PAIRS, encoder, StateKeeper(file, IDENTITY))
    assert found.smaller == straight.smaller > 1
    assert outcome(found) == outcome(straight)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", ["sequence_classification", "mixture", "padded", "bfloat16", "average"])
def test_on_a_gpu_generator_and_moments_go_on_too(name: str, models: Path, tmp_path: Path) -> None:
    """Kernels of the way back add in no fixed order: equal up to float noise. Dropout by another mask would be seen at once."""
    case, encoder, device = CASES[name], loaded(models / CASES[name].model), torch.device("cuda")
    straight = train(case, encoder, device=device)
    stop_after(case.stop, case, encoder, tmp_path / "state", device=device)
    found = train(case, encoder, StateKeeper(tmp_path / "state", IDENTITY), device=device)
    assert [one.step >= case.stop for one in found.resumed] == [True]  # a GPU's steps are read several at a time
    assert [step.loss for step in found.curve] == pytest.approx([step.loss for step in straight.curve], rel=1e-3)
