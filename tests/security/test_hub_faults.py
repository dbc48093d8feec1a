"""A Hub that drops, stalls, is busy or cuts files off: asked again within a bound, then one error; and never a token in what is said."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub.constants as client
import pytest
from huggingface_hub.utils import _http

from stiltsreport.errors import StiltsReportError
from stiltsreport.tasks import TASKS, patience
from stiltsreport.tasks.hub import hub_sources
from stiltsreport.tasks.lock import Lock, resolve
from stiltsreport.tasks.read import read
from stiltsreport.tasks.sources import HubAccess
from tests.tasks.fake_hub import Hub, Repository, serve
from tests.tasks.folder import lines

TOKEN = "plantedtokenofnoform"
CARD = b"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: train.jsonl\n---\n"
ROWS = [{"ind": n, "ctx": f"A man {n}", "endings": ["sits.", "eats."], "label": n % 2} for n in range(40)]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(patience, "FIRST", 0.01)
    monkeypatch.setattr(_http, "time", SimpleNamespace(**{**vars(time), "sleep": lambda seconds: time.sleep(seconds / 1000)}))
    monkeypatch.setattr(client, "HF_HUB_DOWNLOAD_TIMEOUT", 1)
    monkeypatch.setattr(client, "HF_HUB_ETAG_TIMEOUT", 1)
    with serve() as found:
        found.datasets["Rowan/hellaswag"] = Repository({"README.md": CARD, "train.jsonl": lines(*ROWS).encode()})
        yield found


def source(hub: Hub) -> object:
    commits = {name: found.commit for name, found in hub.datasets.items()}
    return hub_sources(TASKS["hellaswag"], commits)["train", "en"]


def access(hub: Hub, tmp_path: Path, told: list[str] | None = None) -> HubAccess:
    return HubAccess(str(tmp_path / "cache"), endpoint=hub.address, tell=told.append if told is not None else None)


@pytest.mark.parametrize("fault", ["drop", "stall", "503", "429", "truncate"])
@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_a_fault_that_passes_costs_time_alone(hub: Hub, tmp_path: Path, fault: str, place: int) -> None:
    hub.patient = 1.5
    hub.faults = [""] * place + [fault]
    found = read(source(hub), TASKS["hellaswag"], access(hub, tmp_path))  # type: ignore[arg-type]
    assert [example.label for example in found] == [n % 2 for n in range(40)]  # type: ignore[union-attr]
    assert not hub.faults


def test_a_file_that_was_cut_off_is_gone_on_with(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import hf_hub_download

    monkeypatch.setattr(client, "DOWNLOAD_CHUNK_SIZE", 100_000)
    data = b"x" * 1_000_000
    hub.datasets["a/b"] = Repository({"big.bin": data})
    hub.faults = ["", "truncate"]
    path = patience.patiently(
        lambda: hf_hub_download(
            "a/b", "big.bin", repo_type="dataset", revision=hub.datasets["a/b"].commit, endpoint=hub.address, cache_dir=tmp_path
        ),
        "a/b",
    )
    assert Path(path).read_bytes() == data
    assert hub.ranges == ["500000"]


@pytest.mark.parametrize("fault", ["drop", "503"])
def test_a_hub_that_stays_down_is_one_error_within_the_bound(hub: Hub, tmp_path: Path, fault: str) -> None:
    hub.faults = [fault] * 1000
    told: list[str] = []
    with pytest.raises(StiltsReportError, match="the Hub does not answer as it should, 5 tries") as caught:
        read(source(hub), TASKS["hellaswag"], access(hub, tmp_path, told))  # type: ignore[arg-type]
    assert "`stiltsreport fetch STUDY` goes on where this stopped" in str(caught.value)
    assert "Rowan/hellaswag@" in caught.value.where
    assert len(told) == patience.TRIES - 1
    assert all("again in" in line for line in told)


def test_the_bound_ends_the_tries(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "BOUND", 0.0)
    hub.faults = ["503"] * 1000
    with pytest.raises(StiltsReportError, match="dataset a/b: the Hub does not answer as it should, one try"):
        resolve(["a/b"], [], Lock(), endpoint=hub.address)


@pytest.mark.parametrize("fault", ["401", "403", "404", "400"])
def test_what_does_not_pass_is_not_asked_again(hub: Hub, tmp_path: Path, fault: str) -> None:
    hub.faults = [fault] * 1000
    with pytest.raises(StiltsReportError, match=rf"cannot be fetched: .*{fault}|cannot be fetched|commit"):
        resolve(["Rowan/hellaswag"], [], Lock(), endpoint=hub.address)
    assert len(hub.asked) == 1


def test_a_planted_token_is_told_nowhere(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server repeats the headers that it was sent; client, errors and their causes would show them."""
    from stiltsreport.store import Store

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.echo, hub.faults = True, ["500"] * 1000
    told: list[str] = []
    with pytest.raises(StiltsReportError) as caught:
        read(source(hub), TASKS["hellaswag"], access(hub, tmp_path, told))  # type: ignore[arg-type]
    whole = "".join(traceback.format_exception(caught.value))
    assert TOKEN in whole, "the server got it, and the client's error has it"
    store = Store(tmp_path / "store")
    store.prepare()
    log = store.note_failure("unit", whole).read_text(encoding="utf-8")
    for said in (str(caught.value), repr(caught.value), log, *told):
        assert TOKEN not in said
    assert "[hidden]" in log


def test_a_bug_s_traceback_shows_no_token_either(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from stiltsreport.cli import app

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    app.main(["schema"])
    error = RuntimeError(f"a bug with {TOKEN}")
    sys.excepthook(type(error), error, None)
    said = capsys.readouterr().err
    assert "RuntimeError: a bug with [hidden]" in said


@pytest.mark.parametrize("commit", ["main", "../../x", "0" * 39, "G" * 40])
def test_a_hub_that_answers_with_no_commit_pins_nothing(hub: Hub, commit: str) -> None:
    hub.datasets["a/b"] = Repository({}, commit)
    with pytest.raises(StiltsReportError, match=r"dataset a/b: the Hub names .* as its commit"):
        resolve(["a/b"], [], Lock(), endpoint=hub.address)
