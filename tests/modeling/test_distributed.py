"""One training in two processes, by gloo on a CPU: what comes out is what one process gives, but for the order of its sums."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from stiltsreport.modeling.distributed.division import Round, divided, rounds
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from tests.architectures import make_architecture
from tests.modeling.distributing import Run, start, take, write
from tests.modeling.resuming import CASES
from tests.tiny import make_tiny_model

GENTLE = (("learning_rate", 2e-3), ("steps", 10), ("adam_epsilon", 1e-4))  # a gradient that is noise alone moves nothing by a whole rate
GENTLER = GENTLE[::2]  # nine steps, looked at after each
TYPES = ("sequence_classification", "multiple_choice", "token_classification", "question_answering", "dual_encoder")
FURTHER = ("masked_language_modelling", "mixture", "adversarial", "average", "head alone", "layers and rates", "bfloat16")
COPIES = [Run(f"{case} copied", case, "none", GENTLE) for case in (*TYPES, *FURTHER)]
SHARDS = [
    Run(f"{case} sharded", case, "full", GENTLE)
    for case in ("sequence_classification", "question_answering", "dual_encoder", "mixture", "adversarial", "average", "layers and rates")
]  # fmt: skip
# A family that is not packed draws its masks from torch's generator, which knows nothing of places in a batch.
UNKEYED = [Run(f"padded {sharding}", "padded", sharding, (*GENTLE, ("dropout", 0.0))) for sharding in ("none", "full")]
SINGLE = [  # a process has nothing to count
    Run(f"{case} of one {sharding}", case, sharding, (*GENTLE, ("batch_size", 1)))
    for case in ("sequence_classification", "dual_encoder")
    for sharding in ("none", "full")
]
# What is trained is little, or computed twice, or lies elsewhere: on a CPU the host's memory is the device's too.
LEAN = [
    *(Run(f"{case} {sharding}", case, sharding, GENTLE) for case in ("lora", "lora, a mixture") for sharding in ("none", "full")),
    Run("computed again", "mixture", "full", (*GENTLE, ("recompute", "always"))),
    Run("offloaded", "sequence_classification", "full", (*GENTLE, ("offload", "cpu"))),
]
FAMILIES = [
    Run(f"{name} sharded", "sequence_classification", "full", (*GENTLE, ("dropout", 0.0)), model=name)
    for name in ("xlm-roberta", "mmbert", "eurobert", "mdeberta", "mt5", "qwen3", "gemma3")
]
GONE_ON = [  # one after the other, from the state that the one before it left
    Run(f"{name} {sharding}", "best is behind", sharding, GENTLER, stop, f"{sharding} state" if state else "")
    for sharding in ("none", "full")
    for name, stop, state in (("straight", None, False), ("stopped", 4, True), ("gone on", None, True), ("left", 4, True))
]
RUNS = [*COPIES, *SHARDS, *UNKEYED, *SINGLE, *LEAN, *FAMILIES]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_tiny_model(folder / "bert")
    make_tiny_model(folder / "electra", family="electra")
    for run in FAMILIES:
        make_architecture(folder / run.model, run.model, layers=3)
    return folder


@pytest.fixture(scope="module")
def two(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what two processes made of all runs."""
    folder = tmp_path_factory.mktemp("two")
    start([*RUNS, *GONE_ON], 2, models, folder)
    return folder


@pytest.fixture(scope="module")
def one(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What one process makes of a run."""
    folder = tmp_path_factory.mktemp("one")

    def alone(run: Run) -> Path:
        stem = folder / f"{run.case} {run.entries} {run.model}".replace("/", "-")
        if not Path(f"{stem}.json").exists():
            found = take(replace(run, state="", stop=None), models, folder, ALONE)
            assert found is not None
            write(found, stem)
        return stem

    return alone


def alike(found: Path, expected: Path, tolerance: float = 2e-5, of_loss: float = 1e-5) -> None:
    """Numbers of every step, and all weights, equal but for float noise."""
    ours, theirs = (json.loads(Path(f"{stem}.json").read_text(encoding="utf-8")) for stem in (found, expected))
    for key, relative in (("loss", of_loss), ("gradient_norm", 100 * of_loss)):
        assert [step[key] for step in ours["curve"]] == pytest.approx([step[key] for step in theirs["curve"]], rel=relative)
    for key in ("number", "examples", "tokens", "part", "learning_rate"):
        assert [step[key] for step in ours["curve"]] == [step[key] for step in theirs["curve"]]
    for key in ("selected", "examples", "tokens", "devs", "scale"):
        assert ours[key] == theirs[key], key
    weights, others = (load_file(f"{stem}.safetensors") for stem in (found, expected))
    assert weights.keys() == others.keys()
    for name, value in weights.items():
        torch.testing.assert_close(value, others[name], rtol=0.0, atol=tolerance, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_two_processes_give_what_one_gives(run: Run, two: Path, one: Any) -> None:
    noise = 2e-3 if run.case == "bfloat16" else 2e-5
    alike(two / f"{run.name}-0", one(run), noise, 1e-4 if run.case == "bfloat16" else 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("sharding", ["none", "full"])
def test_it_goes_on_to_the_same_bits(sharding: str, two: Path) -> None:
    """One of the processes is asked to stop, all do; as many go on."""
    found, expected = (json.loads((two / f"{name} {sharding}-0.json").read_text(encoding="utf-8")) for name in ("gone on", "straight"))
    assert found.pop("resumed") == [{"step": 4, "place": "processes"}]
    assert expected.pop("resumed") == []
    assert found == expected


@pytest.mark.slow
@pytest.mark.parametrize("sharding", ["none", "full"])
def test_one_process_goes_on_with_what_two_left(sharding: str, two: Path, models: Path, tmp_path: Path, one: Any) -> None:
    run = Run("alone", "best is behind", "none", GENTLER, state=f"{sharding} state")
    shutil.copy(two / run.state, tmp_path)
    found = take(run, models, tmp_path, ALONE)
    assert found is not None
    write(found, tmp_path / "alone")
    assert [resumed.step for resumed in found.resumed] == [4]
    alike(tmp_path / "alone", one(run))


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 3])
def test_two_processes_go_on_with_what_others_left(size: int, models: Path, tmp_path: Path, one: Any) -> None:
    run = Run("gone on", "best is behind", "full", GENTLER, 4, "state")
    if size == 1:
        assert take(run, models, tmp_path, ALONE) is None
    else:
        start([run], size, models, tmp_path)
    start([replace(run, stop=None)], 2, models, tmp_path)
    alike(tmp_path / "gone on-0", one(run))


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_both_processes_hold_the_same(run: Run, two: Path) -> None:
    first, second = (json.loads((two / f"{run.name}-{rank}.json").read_text(encoding="utf-8")) for rank in (0, 1))
    assert first == second  # digests of all tensors among it


def test_a_division_is_of_everything_and_even() -> None:
    lengths, rows = [7, 40, 12, 9, 30, 3, 3, 21], [1, 1, 2, 1, 1, 4, 1, 1]
    parts = divided(lengths, rows, 3)
    assert sorted(place for part in parts for place in part) == list(range(8))
    loads = [sum(lengths[place] * rows[place] for place in part) for part in parts]
    assert max(loads) - min(loads) <= 7
    assert divided([5], [1], 3) == [[0], [], []]


def test_every_process_takes_as_many_rounds() -> None:
    found = [rounds([9, 9, 2], [1, 1, 1], 9, Peers(rank, 2)) for rank in (0, 1)]
    assert found[0] == [Round([2]), Round([0])]
    assert found[1] == [Round([1]), Round([2], counted=False)]
    assert rounds([9, 9, 2], [1, 1, 1], 9, ALONE) == [Round([2]), Round([0]), Round([1])]
    assert rounds([5], [2], None, Peers(1, 2)) == [Round([0], counted=False)]


def test_cases_are_named() -> None:
    assert {run.case for run in RUNS} <= CASES.keys()
