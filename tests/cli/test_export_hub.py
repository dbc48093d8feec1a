"""`export hub`: folders that transformers reads, with the very weights of the store and a card whose results are those of the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml

from tests.cli.studies import Desk, ran

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def exported(built_desk: Desk, tmp_path: Path, capsys: Capture) -> Path:
    result = ran(capsys, _arguments(built_desk, tmp_path))
    assert result.code == 0, result.err
    assert "nothing was uploaded" in result.err
    return tmp_path / "hub"


def _arguments(desk: Desk, folder: Path, *more: str) -> list[str]:
    _, *rest = desk.arguments("export", desk.study())
    return [
        "export",
        "hub",
        *(word for place, word in enumerate(rest) if word != "--workers" and rest[place - 1] != "--workers"),
        "--to",
        str(folder / "hub"),
        *more,
    ]


def test_transformers_reads_the_stored_weights(exported: Path, built_desk: Desk) -> None:
    import transformers

    from stiltsreport.modeling.encoder import load_pretrained
    from stiltsreport.modeling.kept_encoder import load_checkpoint
    from stiltsreport.models import Model

    folders = sorted(path.name for path in exported.iterdir())
    assert folders == ["tiny-hellaswag-seed1", "tiny-hellaswag-seed2"]
    folder = exported / folders[0]
    model = transformers.AutoModel.from_pretrained(folder, add_pooling_layer=False)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    record = Model(
        name="m",
        title="M",
        checkpoint=str(built_desk.model),
        family="bert",
        parameters=1,
        layers=2,
        hidden_size=32,
        vocabulary=1,
        objective="",
        citation="",
    )
    pretrained = load_pretrained(record, None, exported, offline=True)
    trainings = built_desk.folder / "store" / "trainings"
    (job,) = (
        path.name
        for path in trainings.glob("*/*")
        if (found := json.loads((path / "ingredients.json").read_text(encoding="utf-8")))["seed"] == 1 and found["stage"] == "intermediate"
    )
    encoder = load_checkpoint(built_desk.folder / "store" / "checkpoints" / job[:2] / job, pretrained)
    state = model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in encoder.weights.items() if name in state)
    table = encoder.table.look_up(torch.arange(encoder.table.base.shape[0]))
    assert torch.equal(model.get_input_embeddings().weight, table)
    assert not torch.equal(table, pretrained.table.base), "training has changed it"
    assert tokenizer("the cat")["input_ids"] == pretrained.tokenizer("the cat")["input_ids"]


def test_the_card_says_what_the_report_says(exported: Path, built_desk: Desk) -> None:
    text = (exported / "tiny-hellaswag-seed1" / "README.md").read_text(encoding="utf-8")
    _, head, body = text.split("---\n", 2)
    data = yaml.safe_load(head)
    assert (data["library_name"], data["base_model"]) == ("transformers", built_desk.model.name)
    assert str(built_desk.model) not in text, "a place on this machine is nobody else's business"
    (entry,) = data["model-index"]
    rows = [
        json.loads(line) for line in (built_desk.folder / "reports" / "small" / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    own = [
        row["value"]
        for row in rows
        if (row["intermediate"], row["seed"], row["target"], row["metric"], row["stage"]) == ("hellaswag", 1, "xnli", "accuracy", "target")
    ]
    found = {result["dataset"]["type"]: result["metrics"][0]["value"] for result in entry["results"]}
    assert found["xnli"] == round(sum(own) / len(own), 2)
    assert "One seed says little" in body
    assert (exported / "tiny-hellaswag-seed1" / "report.html").is_file()


def test_nothing_stored_is_one_line(desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    result = ran(capsys, _arguments(desk, tmp_path))
    assert (result.code, result.out) == (2, "")
    assert "no intermediate checkpoint is stored" in result.err


def test_push_uploads_each_folder_to_a_private_repository(
    built_desk: Desk, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    calls: list[tuple[str, ...]] = []

    class Api:
        def create_repo(self, name: str, *, private: bool, exist_ok: bool) -> str:
            calls.append(("create", name, str(private), str(exist_ok)))
            return f"https://hub/{name}"

        def upload_folder(self, *, repo_id: str, folder_path: Path, commit_message: str) -> SimpleNamespace:
            calls.append(("upload", repo_id, *sorted(path.name for path in folder_path.iterdir())))
            return SimpleNamespace()

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    result = ran(capsys, _arguments(built_desk, tmp_path, "--push", "me"))
    assert result.code == 0, result.err
    assert "https://hub/me/tiny-hellaswag-seed1" in result.out
    assert [call[:2] for call in calls[:2]] == [("create", "me/tiny-hellaswag-seed1"), ("upload", "me/tiny-hellaswag-seed1")]
    assert {"README.md", "config.json", "model.safetensors", "tokenizer.json", "report.html"} <= set(calls[1])


def test_an_upload_that_is_refused_says_how_to_log_in(
    built_desk: Desk, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    class Api:
        def create_repo(self, name: str, **_: object) -> str:
            raise OSError("401 Client Error\nlong")

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    result = ran(capsys, _arguments(built_desk, tmp_path, "--push", "me"))
    assert result.code == 2
    assert "me/tiny-hellaswag-seed1: cannot be uploaded: 401 Client Error" in result.err
    shutil.rmtree(tmp_path / "hub")
