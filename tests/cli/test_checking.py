"""`check` and `plan`: all errors at once, warnings, and no torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.studies import Desk, ran

Capture = pytest.CaptureFixture[str]


def test_every_error_at_once_with_its_place(desk: Desk, capsys: Capture) -> None:
    study = desk.study(intermediate="[hellaswog]", target="[pnx, {task: xnli, languages: [de, xx]}]", seeds="[1, 1]")
    result = desk.run(capsys, "check", study)
    assert result.code == 2
    assert result.out == ""
    lines = result.err.splitlines()
    assert f"{study}:3:16: intermediate.0: unknown intermediate task 'hellaswog'; did you mean 'hellaswag'?" in lines
    assert any(line.startswith(f"{study}:4:10: target.0: unknown task 'pnx'; did you mean 'panx'?") for line in lines)
    assert any("no language 'xx'" in line for line in lines)
    assert any("seed 1 stands twice" in line for line in lines)
    assert lines[-1] == "4 errors"


def test_checkpoints_that_are_left_to_the_reader_are_told_one_by_one(desk: Desk, capsys: Capture) -> None:
    models = "models=[gemma3-1b, {name: qwen3-0.6b, adaptation: lora}, multilingual-e5-small]"
    define = "define.models={gemma3-1b: {checkpoint: OWNER/gemma3-1b}, qwen3-0.6b: {checkpoint: OWNER/NAME}}"
    study = desk.study()
    expected = [
        f"{study}: gemma3-1b: OWNER/gemma3-1b stands for a checkpoint that you name; its id on the Hub, or a folder",
        f"{study}: qwen3-0.6b: OWNER/NAME stands for a checkpoint that you name; its id on the Hub, or a folder",
    ]
    for command in ("check", "build", "fetch"):
        result = desk.run(capsys, command, study, "--set", models, "--set", define)
        assert result.code == 2
        assert [line for line in result.err.splitlines() if "OWNER" in line] == expected
    planned = desk.run(capsys, "plan", study, "--set", models, "--set", define)
    assert planned.code == 0
    assert [line for line in planned.err.splitlines() if "OWNER" in line] == [f"warning: {line}" for line in expected]
    assert desk.run(capsys, "check", study, "--set", models, "--set", define, "--only", "multi*").code == 0


def test_a_study_that_searches_is_told_how_sentence_vectors_are_taken(desk: Desk, capsys: Capture) -> None:
    study = desk.study(target="[{task: tatoeba, languages: [de]}]")
    result = desk.run(capsys, "check", study)
    assert f"sentence vectors of {desk.model.name}: mean of all tokens, layer 7/12 (Tatoeba)" in result.err.splitlines()
    result = desk.run(capsys, "check", study, "--set", "recipes={target: {layer: last, pooling: cls}}")
    assert f"sentence vectors of {desk.model.name}: first token, last layer (Tatoeba)" in result.err.splitlines()
    assert "sentence vectors" not in desk.run(capsys, "check", desk.study(target="[{task: xnli, languages: [de], train: snli}]")).err


def test_absent_and_malformed_data_are_found_together(desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    data = tmp_path / "data"
    for folder, name in (("xnli", "test-en.tsv"), ("snli", "train.tsv"), ("snli", "dev.tsv"), ("xnli", "dev-en.tsv")):
        (data / folder).mkdir(parents=True, exist_ok=True)
        (data / folder / name).write_text("a\tb\tentailment\n" * 3 + "a\tb\tmaybe\n", encoding="utf-8")
    result = Desk(desk.folder, desk.model, data).run(
        capsys, "check", desk.study(intermediate="[]", target="[{task: xnli, languages: [en], train: snli}]")
    )
    assert result.code == 2
    for name in ("snli/train.tsv:4", "xnli/dev-en.tsv:4", "xnli/test-en.tsv:4"):
        assert f"{data / name.partition('/')[0]}/{name.partition('/')[2]}: " in result.err


def test_a_good_study_is_counted_and_warned_about(desk: Desk, capsys: Capture) -> None:
    result = desk.run(capsys, "check", desk.study())
    assert result.code == 0
    assert "7 runs" in result.out
    assert "2 seeds: the report will be descriptive only" in result.err


def test_own_training_data_and_unpinned_ids_are_warned_about(desk: Desk, capsys: Capture) -> None:
    result = desk.run(capsys, "check", desk.study(intermediate="[squad]", target="[xquad, pawsx]"))
    assert result.code == 0
    assert "SQuAD 1.1 holds the training data of XQuAD" in result.err
    assert "google-research-datasets/paws-x" in result.err


def test_a_plan_counts_jobs_and_what_is_stored(built_desk: Desk, capsys: Capture) -> None:
    study = built_desk.folder / "small.yaml"
    found = json.loads(built_desk.run(capsys, "plan", study, "--json").out)
    assert [(kind["kind"], kind["jobs"], kind["stored"]) for kind in found["jobs"]] == [
        ("intermediate training", 2, 2),
        ("target training", 4, 4),
        (
            "evaluation",
            11,
            11,
        ),  # 2 arms x 2 languages x 2 seeds of XNLI; Tatoeba once on the untouched encoder, and after each intermediate training
    ]
    assert found["units"] == []
    more = json.loads(built_desk.run(capsys, "plan", study, "--json", "--set", "seeds=[1, 2, 3]").out)
    assert [kind["jobs"] - kind["stored"] for kind in more["jobs"]] == [1, 2, 5]
    assert {run.rpartition("/")[2] for unit in more["units"] for run in unit["runs"]} == {"3"}


def test_a_plan_in_words(built_desk: Desk, capsys: Capture) -> None:
    result = built_desk.run(capsys, "plan", built_desk.folder / "small.yaml")
    assert result.code == 0
    jobs, _tokens = (line.split() for line in result.out.splitlines() if line.startswith("evaluation"))
    assert jobs == ["evaluation", "11", "11", "0", "11"]
    assert "nothing to run" in result.out


def test_planning_loads_no_torch(built_desk: Desk) -> None:
    arguments = built_desk.arguments("plan", built_desk.folder / "small.yaml")
    code = (
        f"import sys\nfrom stiltsreport.cli.app import main\ncode = main({arguments!r})\n"
        "print(code, sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("command", ["check", "plan", "status", "build", "report", "fetch"])
def test_a_study_that_is_not_there(command: str, capsys: Capture) -> None:
    result = ran(capsys, [command, "no/such/study.yaml"])
    assert result.code == 2
    assert "no/such/study.yaml: there is no such study file" in result.err


def test_a_plan_says_costs_with_their_basis(desk: Desk, capsys: Capture) -> None:
    study = desk.study()
    found = json.loads(desk.run(capsys, "plan", study, "--json").out)
    (model,) = found["models"]
    assert (model["trainings"], model["evaluations"]) == (6, 11)
    assert {model[name]["basis"] for name in ("hours", "peak_memory", "disk")} <= {"measured", "estimated", "unknown"}
    assert found["hours_of"] == "CPU-hours"
    assert json.loads(desk.run(capsys, "plan", study, "--json", "--device", "h200").out)["hours_of"] == "GPU-hours"
    assert [row["scope"] for row in found["detectable"]] == ["average", "task", "language"]


def test_a_model_that_does_not_fit_is_warned_about_and_refused(desk: Desk, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    study = desk.study(intermediate="[]", target="[{task: xnli, languages: [de], train: snli}]")
    result = desk.run(capsys, "plan", study, "--set", "models=[xlmr-xxl]", "--device", "t4")
    assert result.code == 0
    assert "XLM-R XXL does not fit NVIDIA T4" in result.err
    (desk.folder / "small.lock").write_text(f"models: {{facebook/xlm-roberta-xxl: {'a' * 40}}}\n", encoding="utf-8")
    monkeypatch.setattr("stiltsreport.plan.devices._system_memory", lambda _: 16 * 10**9)
    refused = desk.run(capsys, "build", study, "--set", "models=[xlmr-xxl]")
    assert refused.code == 2
    assert "XLM-R XXL does not fit" in refused.err
    assert not desk.jobs()


def test_several_studies_are_checked_at_once_and_the_faults_of_all_are_said(desk: Desk, capsys: Capture) -> None:
    good, bad, worse = (str(desk.study(name, target=target)) for name, target in (("good", ""), ("bad", "[xnly]"), ("worse", "[tatoebo]")))
    places = ["--store", str(desk.folder / "store"), "--data", str(desk.data), "--device", "cpu"]
    result = ran(capsys, ["check", bad, good, worse, *places])
    assert result.code == 2
    assert good in result.out
    assert "bad.yaml" in result.err
    assert "worse.yaml" in result.err
    assert ran(capsys, ["check", good, good, *places]).code == 0
