"""A study of one model in full, with LoRA, DoRA and a frozen encoder, end to end: jobs, checkpoints, scores, and the report's words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.studies import TATOEBA, XNLI, Desk

Capture = pytest.CaptureFixture[str]
ARMS = ("", "+lora", "+dora", "+frozen")
SHARE = 4 * (32 + 32) + 32 + 64 + 64 + 32  # inputs and outputs of a tiny block's linear layers: 32 wide, 64 within


def models(desk: Desk, *adaptations: str) -> tuple[str, str]:
    """--set for the tiny model in several adaptations."""
    return "--set", "models=[" + ", ".join(f"{{name: {desk.model}, adaptation: {one}}}" for one in adaptations) + "]"


def records(folder: Path, kind: str) -> list[dict[str, object]]:
    """ingredients.json of every artifact of a kind."""
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted((folder / "store" / kind).glob("*/*/ingredients.json"))]


def test_a_study_of_adaptations(desk: Desk, capsys: Capture) -> None:
    study = desk.study(target=f"[{XNLI}, {TATOEBA}]", seeds="[1, 2]")
    more = (*models(desk, "full", "{method: lora, rank: 4}", "{method: dora, rank: 4, stack: stacked}", "frozen"), "--set", "keep=all")
    ran = desk.run(capsys, "build", study, *more)
    assert ran.code == 0, ran.err
    name = desk.model.name
    folder = desk.folder / "reports" / "small"
    rows = [json.loads(line) for line in (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["model"] for row in rows} == {f"{name}{arm}" for arm in ARMS}
    assert all({row["intermediate"] for row in rows if row["model"] == f"{name}{arm}"} == {"none", "hellaswag"} for arm in ARMS)
    jobs = {(row["model"], row["intermediate"], row["target"], row["seed"], row["language"]): row["job"] for row in rows}
    # What is not trained is the same whatever would have been adapted; a frozen arm's intermediate training is the full one.
    assert len({jobs[f"{name}{arm}", "none", "tatoeba", None, "de"] for arm in ARMS}) == 1
    assert len({jobs[f"{name}{arm}", "hellaswag", "tatoeba", 1, "de"] for arm in ARMS}) == 3
    assert len({jobs[f"{name}{arm}", "hellaswag", "xnli", 1, "de"] for arm in ARMS}) == 4
    trained = records(desk.folder, "trainings")
    assert len(trained) == 2 * (3 + 2 * 4)
    by_method = {str(dict(one.get("adaptation", {})).get("method")): one for one in trained if one["stage"] == "target"}
    assert by_method["lora"]["recipe"]["learning_rate"] == pytest.approx(1e-4)  # ten times the recipe's 1e-5
    assert {one["recipe"]["learning_rate"] for one in trained if one["recipe"].get("trained") == "head"} == {1e-3}
    kept = sorted((desk.folder / "store" / "checkpoints").glob("*/*"))
    adapted = [one for one in kept if (one / "adapters.json").is_file()]
    assert len(adapted) == 2 * 2 * 3
    assert not any((one / "encoder.safetensors").exists() for one in adapted)
    sizes = [(one / "adapters.safetensors").stat().st_size for one in adapted]
    factors = 2 * SHARE * 4  # two blocks, rank 4
    assert min(sizes) >= 4 * factors
    assert max(sizes) < 4 * (2 * factors + 2 * 32 * 33 + 2 * (5 * 32 + 64)) + 20_000  # two adapters, their magnitudes, and two poolers
    page = (folder / "report.html").read_text(encoding="utf-8")
    for words in (
        f"{name} (LoRA, rank 4)",
        f"{name} (DoRA, rank 4, stacked)",
        f"{name} (frozen encoder)",
        "alpha 8",
        "Hu et al. 2022",
        "Liu et al. 2024",
    ):
        assert words in page
    assert f"{factors:,}" in page  # weights that LoRA trains
    assert "10 times the recipe" in page


def test_a_new_language_starts_from_kept_adapters(desk: Desk, capsys: Capture) -> None:
    """The reloaded checkpoint scores what the one in memory scored: the language that both evaluated has the same predictions."""
    study = desk.study(target=f"[{XNLI}]", seeds="[1]")
    adapted = models(desk, "{method: lora, rank: 4, stack: stacked}")
    assert desk.run(capsys, "build", study, *adapted, "--set", "keep=all").code == 0
    first = {file.parent.name: file.read_bytes() for file in (desk.folder / "store" / "evaluations").glob("*/*/predictions.jsonl")}
    trainings = len(records(desk.folder, "trainings"))
    for file in (desk.folder / "store" / "evaluations").glob("*/*"):
        for part in sorted(file.iterdir()):
            part.unlink()
        file.rmdir()
    again = desk.run(capsys, "build", study, *adapted, "--set", "keep=all")
    assert again.code == 0, again.err
    assert len(records(desk.folder, "trainings")) == trainings
    assert {file.parent.name: file.read_bytes() for file in (desk.folder / "store" / "evaluations").glob("*/*/predictions.jsonl")} == first


def test_four_bits_are_for_cuda(desk: Desk, capsys: Capture) -> None:
    """`check` warns, `build` refuses that model's jobs before the first step."""
    study = desk.study(target=f"[{XNLI}]", seeds="[1]")
    adapted = models(desk, "full", "qlora")
    checked = desk.run(capsys, "check", study, *adapted)
    assert checked.code == 0
    assert "4 bits run on CUDA alone" in checked.err
    built = desk.run(capsys, "build", study, *adapted)
    assert built.code == 2
    assert f"{desk.model.name} (4-bit LoRA, rank 16): adaptation: 4 bits run on CUDA alone" in built.err
    assert not desk.jobs()


def test_a_grid_is_in_rates_of_the_recipe(desk: Desk, capsys: Capture) -> None:
    study = desk.study(target=f"[{XNLI}]", seeds="[1]", intermediate="[]")
    tune = ("--set", "tune={learning_rate: [1.0e-4, 1.0e-3], per: [model, adaptation, stage, arm], seeds: [101]}")
    ran = desk.run(capsys, "build", study, *models(desk, "full", "lora"), *tune)
    assert ran.code == 0, ran.err
    rates = {
        (one.get("adaptation") is None, one["recipe"]["learning_rate"]) for one in records(desk.folder, "trainings") if one["seed"] == 101
    }
    assert rates == {(True, 1e-4), (True, 1e-3), (False, 1e-3), (False, 1e-2)}
    page = (desk.folder / "reports" / "small" / "report.html").read_text(encoding="utf-8")
    assert "whose adaptation multiplies them: LoRA, rank 16, by 10" in page
