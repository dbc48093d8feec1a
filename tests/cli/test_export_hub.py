"""`export hub`: folders that transformers reads, with the very weights of the store and a card whose results are those of the report."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from types import SimpleNamespace

import pytest
import torch
from huggingface_hub import ModelCard, constants
from huggingface_hub.utils import _http

from stiltsreport.cli.app import main
from stiltsreport.tasks import patience
from tests.cli.studies import Desk, ran
from tests.tasks.fake_uploads import UploadHub, serve_uploads

Capture = pytest.CaptureFixture[str]
TOKEN = "plantedtokenofnoform"


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
    """Every official metric of every target, the F1s and retrieval too, whose names in scores.jsonl are not those of METRICS."""
    folder = exported / "tiny-hellaswag-seed1"
    card = ModelCard.load(folder / "README.md")  # huggingface_hub checks the metadata and the model-index as it reads them
    data = card.data
    assert (data.library_name, data.pipeline_tag, data.datasets) == ("transformers", "feature-extraction", ["Rowan/hellaswag"])
    assert data.base_model is None, "a folder is no model of the Hub"
    assert data.language == ["de", "en"]
    assert data.license is None
    assert str(built_desk.model) not in card.content, "a place on this machine is nobody else's business"
    rows = [
        json.loads(line) for line in (built_desk.folder / "reports" / "small" / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    own = [row for row in rows if (row["intermediate"], row["seed"], row["stage"]) == ("hellaswag", 1, "target")]
    means = {
        (target, split): round(fmean(row["value"] for row in own if row["target"] == target), 2)
        for target, split in {(row["target"], row["split"]) for row in own}
    }
    assert {target for target, _ in means} == {"xnli", "tatoeba"}
    found = {(result.dataset_type, result.dataset_config): result for result in data.eval_results}
    xnli, tatoeba = found["facebook/xnli", "*"], found["google/xtreme", "tatoeba.deu"]
    assert (xnli.task_type, xnli.metric_type, xnli.dataset_args) == ("text-classification", "accuracy", {"languages": ["de", "en"]})
    assert {("xnli", xnli.dataset_split): xnli.metric_value, ("tatoeba", tatoeba.dataset_split): tatoeba.metric_value} == means
    assert len(data.eval_results) == 2
    assert "One seed says little" in card.text
    assert "[report.html](report.html)" in card.text
    assert "learning rate 1e-05; batch size 4; epochs 1" in card.text
    assert "HellaSwag (MIT); at most 8 examples" in card.text
    assert "Evaluated on at most 6 examples" in card.text
    assert (folder / "report.html").is_file()


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, tiny_data: Path) -> tuple[Desk, list[str]]:
    """A built study of the tiny model with LoRA and with DoRA, and the arguments that make it so."""
    desk = Desk(tmp_path_factory.mktemp("adapted"), tiny_model, tiny_data)
    study = desk.study(target="[{task: xnli, languages: [de], train: snli}]", seeds="[1]")
    more = [
        "--set",
        f"models=[{{name: {tiny_model}, adaptation: {{method: lora, rank: 4, dropout: 0.1}}}}, {{name: {tiny_model}, adaptation: dora}}]",
    ]
    assert main(desk.arguments("build", study, "-q", *more)) == 0
    return desk, more


@pytest.mark.parametrize("method", ["lora", "dora"])
def test_plain_peft_loads_an_adapter(adapted: tuple[Desk, list[str]], tmp_path: Path, capsys: Capture, method: str) -> None:
    """peft's own forward beside the pretrained encoder, and the encoder that the adapter was merged into by W + s B A, say the same."""
    import peft
    import transformers

    desk, more = adapted
    more = [*more, "--set", "seeds=[1]"]
    for place, flags in (("beside", []), ("whole", ["--merged"])):
        result = ran(capsys, _arguments(desk, tmp_path / place, *more, *flags))
        assert result.code == 0, result.err
    name = f"tiny-{method}-hellaswag-seed1"
    folder, whole = tmp_path / "beside" / "hub" / name, tmp_path / "whole" / "hub" / name
    assert not (folder / "model.safetensors").exists()
    assert str(desk.model) not in (folder / "adapter_config.json").read_text(encoding="utf-8")
    card = ModelCard.load(folder / "README.md")
    assert (card.data.library_name, "PeftModel.from_pretrained" in card.text, "An adapter beside tiny" in card.text) == ("peft", True, True)
    base = transformers.AutoModel.from_pretrained(desk.model).eval()
    words = transformers.AutoTokenizer.from_pretrained(folder)(["the cat sits", "a man"], padding=True, return_tensors="pt")
    with torch.no_grad():
        before = base(**words).last_hidden_state
        beside = peft.PeftModel.from_pretrained(base, folder).eval()(**words).last_hidden_state
        merged = transformers.AutoModel.from_pretrained(whole).eval()(**words).last_hidden_state
    assert torch.allclose(beside, merged, atol=1e-5)
    assert (beside - before).abs().max() > 1e-4, "training has changed it"


def test_without_a_report_the_card_points_at_none(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    result = ran(capsys, [*_arguments(built_desk, tmp_path), "--reports", str(tmp_path / "none")])
    assert (result.code, "no report lies beside" in result.err) == (0, True)
    assert "report.html" not in (tmp_path / "hub" / "tiny-hellaswag-seed1" / "README.md").read_text(encoding="utf-8")


def test_nothing_stored_is_one_line(desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    result = ran(capsys, _arguments(desk, tmp_path))
    assert (result.code, result.out) == (2, "")
    assert "no intermediate checkpoint is stored" in result.err


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadHub]:
    """A Hub that takes uploads by LFS, in place of the real one."""
    monkeypatch.setattr(patience, "FIRST", 0.01)
    monkeypatch.setattr(_http, "time", SimpleNamespace(**{**vars(time), "sleep": lambda seconds: time.sleep(seconds / 1000)}))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with serve_uploads(TOKEN) as found:
        monkeypatch.setattr(constants, "ENDPOINT", found.address)
        yield found


def test_push_sends_each_folder_to_a_private_repository(built_desk: Desk, tmp_path: Path, capsys: Capture, uploads: UploadHub) -> None:
    arguments = _arguments(built_desk, tmp_path, "--push", "me")
    result = ran(capsys, arguments)
    assert result.code == 0, result.err
    assert f"{uploads.address}/me/tiny-hellaswag-seed1" in result.out
    names = ["me/tiny-hellaswag-seed1", "me/tiny-hellaswag-seed2"]
    assert sorted(uploads.repositories) == names
    assert all(uploads.private[name] for name in names)
    for name in names:
        folder = tmp_path / "hub" / name.partition("/")[2]
        assert uploads.repositories[name] == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert uploads.cards[0] == (tmp_path / "hub" / "tiny-hellaswag-seed1" / "README.md").read_text(encoding="utf-8")
    assert ran(capsys, arguments).code == 0
    assert len(uploads.sent) == 2, "what is there is not sent again"
    assert sum("/commit/" in one for one in uploads.asked) == 2


def test_an_upload_that_broke_off_is_gone_on_with(built_desk: Desk, tmp_path: Path, capsys: Capture, uploads: UploadHub) -> None:
    """The large file of the first folder came through, its commit never: the same command sends no large file twice."""
    uploads.faults["/commit/"] = [403]
    first = ran(capsys, _arguments(built_desk, tmp_path, "--push", "me"))
    assert (first.code, first.out.count("/me/")) == (2, 0)
    assert len(uploads.sent) == 1
    assert "me/tiny-hellaswag-seed1: cannot be uploaded" in first.err
    assert "the same command goes on" in first.err
    again = ran(capsys, _arguments(built_desk, tmp_path, "--push", "me"))
    assert again.code == 0, again.err
    assert len(set(uploads.sent)) == len(uploads.sent) == 2
    assert all("model.safetensors" in files for files in uploads.repositories.values())


def test_a_busy_hub_is_asked_again(built_desk: Desk, tmp_path: Path, capsys: Capture, uploads: UploadHub) -> None:
    uploads.faults["/api/repos/create"] = [503]
    uploads.faults["/commit/"] = [502]
    result = ran(capsys, _arguments(built_desk, tmp_path, "--push", "me"))
    assert result.code == 0, result.err
    assert "again in" in result.err
    assert len(uploads.sent) == 2


def test_an_upload_that_is_refused_says_how_to_log_in_and_no_secret(
    built_desk: Desk, tmp_path: Path, capsys: Capture, uploads: UploadHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server repeats the token that it was sent, as a careless proxy does."""
    monkeypatch.setenv("HF_TOKEN", "anothertokenofnoform")
    result = ran(capsys, _arguments(built_desk, tmp_path, "--push", "me"))
    assert (result.code, uploads.repositories) == (2, {})
    assert "me/tiny-hellaswag-seed1: cannot be uploaded: " in result.err
    assert "hf auth login" in result.err
    assert "anothertokenofnoform" not in result.err + result.out
    for file in (tmp_path / "hub").rglob("*.*"):
        assert b"anothertokenofnoform" not in file.read_bytes()


def test_push_without_a_network_is_a_contradiction(built_desk: Desk, tmp_path: Path, capsys: Capture) -> None:
    result = ran(capsys, _arguments(built_desk, tmp_path, "--push", "me", "--offline"))
    assert (result.code, "asks the network" in result.err) == (2, True)
    assert not (tmp_path / "hub").exists()
