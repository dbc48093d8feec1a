"""`fetch` from a Hub on loopback, as a process of its own where its environment matters: pins, mirrors, checksums, refusals, and no needless asking."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from stiltsreport.cli.fetch import downloaded_model
from stiltsreport.errors import StiltsReportError
from stiltsreport.tasks import patience
from stiltsreport.tasks.downloads import downloaded
from stiltsreport.tasks.sources import HubAccess, HubData
from tests.tasks.fake_hub import Hub, Repository, etag, serve
from tests.tasks.folder import lines

ROOT = Path(__file__).resolve().parents[2]
STUDY = "title: T\nmodels: [owner/encoder]\nintermediate: [hellaswag]\ntarget: [{task: xnli, languages: [de, en], train: snli}]\nseeds: [1, 2]\n"
CARD = b"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: [one.jsonl, two.jsonl]\n  - split: validation\n    path: dev.jsonl\n---\n"
ROWS = [{"ind": n, "ctx": f"A man {n}", "endings": ["sits.", "eats."], "label": n % 2} for n in range(4)]
DATA = {
    "README.md": CARD,
    "one.jsonl": lines(*ROWS[:2]).encode(),
    "two.jsonl": lines(*ROWS[2:]).encode(),
    "dev.jsonl": lines(*ROWS).encode(),
}
SET = "Rowan/hellaswag"


@pytest.fixture
def hub(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A model and a data set; the cache of calls in this process is the test's own."""
    monkeypatch.setattr(patience, "FIRST", 0.01)
    with serve() as found:
        found.datasets[SET] = Repository(DATA)
        found.models["owner/encoder"] = Repository({path.name: path.read_bytes() for path in tiny_model.iterdir()})
        yield found


@pytest.fixture
def folder(tmp_path: Path, tiny_data: Path) -> Path:
    """A study whose intermediate task lies on the Hub, its target here."""
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    shutil.copytree(tiny_data, tmp_path / "data", ignore=shutil.ignore_patterns("hellaswag"))
    return tmp_path


def start(folder: Path, hub: Hub, **environment: str) -> subprocess.Popen[str]:
    """`stiltsreport fetch` with a cache in the folder."""
    command = [sys.executable, "-m", "stiltsreport", "fetch", str(folder / "study.yaml"), "--data", str(folder / "data")]
    command += ["--store", str(folder / "store"), "--device", "cpu"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_") and not name.endswith("_OFFLINE")}
    places = {"HF_HOME": str(folder / "hf"), "HF_ENDPOINT": hub.address, "HF_HUB_DISABLE_XET": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, cwd=folder, env={**kept, **places, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.mark.slow
def test_fetch_pins_what_the_mirror_names_and_asks_once(hub: Hub, folder: Path) -> None:
    """HF_ENDPOINT names the mirror; the lock holds its commits; with all of it here the Hub is asked nothing, HF_HUB_OFFLINE or not."""
    code, out, err = ended(start(folder, hub))
    assert code == 0, err
    commits = {"datasets": {SET: hub.datasets[SET].commit}, "models": {"owner/encoder": hub.models["owner/encoder"].commit}}
    assert yaml.safe_load((folder / "study.lock").read_text(encoding="utf-8")) == commits
    assert f"hellaswag train en: 4 examples of {SET}@{hub.datasets[SET].commit[:10]}" in out
    assert all(commit in path for path in hub.asked if "/resolve/" in path for commit in [path.split("/resolve/")[1][:40]])
    hub.datasets[SET] = Repository({**DATA, "one.jsonl": b""})  # main has moved on
    hub.asked.clear()
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}):
        again = ended(start(folder, hub, **environment))
        assert again[:2] == (0, out), again[2]
        assert [path for path in hub.asked if "agent-harnesses" not in path] == [], "but for what the client asks of its own accord"


@pytest.mark.slow
def test_two_fetches_at_once_leave_one_whole_cache(hub: Hub, folder: Path) -> None:
    for code, _, err in [ended(process) for process in [start(folder, hub) for _ in range(2)]]:
        assert code == 0, err
    assert yaml.safe_load((folder / "study.lock").read_text(encoding="utf-8"))["datasets"] == {SET: hub.datasets[SET].commit}
    snapshot = next((folder / "hf" / "hub" / "datasets--Rowan--hellaswag" / "snapshots").iterdir())
    assert {path.name: path.read_bytes() for path in snapshot.iterdir()} == DATA
    assert not list((folder / "hf").rglob("*.incomplete"))


@pytest.mark.slow
def test_offline_by_the_clients_own_variable_is_told(hub: Hub, folder: Path) -> None:
    code, _, err = ended(start(folder, hub, HF_HUB_OFFLINE="1"))
    assert code == 2
    assert f"dataset {SET}: cannot be fetched: " in err
    assert "HF_HUB_OFFLINE" in err
    assert "Traceback" not in err
    assert hub.asked == []


def model(hub: Hub, tmp_path: Path) -> str:
    """The model as `fetch` brings it, in this process."""
    access = HubAccess(str(tmp_path / "cache"), endpoint=hub.address, verify=True)
    return downloaded_model("owner/encoder", hub.models["owner/encoder"].commit, access)


def data(hub: Hub, tmp_path: Path) -> HubAccess:
    access = HubAccess(str(tmp_path / "cache"), endpoint=hub.address, verify=True)
    downloaded(HubData(SET, "default", "train", hub.datasets[SET].commit), access)
    return access


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
def test_a_damaged_file_of_a_model_is_refused(hub: Hub, tmp_path: Path, file: str) -> None:
    kept = Path(model(hub, tmp_path), file).resolve()
    assert kept.name == etag(file, kept.read_bytes()), "as the client keeps it"
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")  # of the same size, which is all that the client looks at
    hub.asked.clear()
    with pytest.raises(
        StiltsReportError, match=rf"owner/encoder@\w{{10}}: {file} has the checksum \w{{12}}..., and the Hub's is"
    ) as caught:
        model(hub, tmp_path)
    assert f"rm '{kept}'" in str(caught.value)
    kept.unlink()
    assert model(hub, tmp_path)
    fetched = {path.rpartition("/")[2] for path in hub.asked if "/resolve/" in path}
    assert fetched == {file}, "only what was damaged is fetched again"


def test_a_damaged_file_of_a_data_set_is_refused(hub: Hub, tmp_path: Path) -> None:
    data(hub, tmp_path)
    (kept,) = [path.resolve() for path in (tmp_path / "cache").rglob("two.jsonl")]
    kept.write_bytes(kept.read_bytes().replace(b"sits", b"lies"))
    with pytest.raises(StiltsReportError, match=rf"{SET}@\w{{10}}: two.jsonl has the checksum"):
        data(hub, tmp_path)


def test_a_file_that_is_sent_otherwise_than_the_hub_names_it_is_refused(hub: Hub, tmp_path: Path) -> None:
    """A proxy's page in place of the file: of the right status, and of its own length."""
    hub.instead["two.jsonl"] = b"<html>please log in</html>"
    with pytest.raises(StiltsReportError, match=r"two.jsonl has the checksum|Consistency|cannot be fetched|does not answer as it should"):
        data(hub, tmp_path)


def test_a_file_that_the_card_names_and_the_set_lacks_is_told(hub: Hub, tmp_path: Path) -> None:
    hub.datasets[SET] = Repository({name: content for name, content in DATA.items() if name != "two.jsonl"})
    with pytest.raises(StiltsReportError, match=rf"{SET}@\w{{10}}: has no file two.jsonl"):
        data(hub, tmp_path)


def test_a_part_that_the_index_names_and_the_model_lacks_is_told(hub: Hub, tmp_path: Path) -> None:
    files = dict(hub.models["owner/encoder"].files)
    files["model-00001-of-00002.safetensors"] = files.pop("model.safetensors")
    parts = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    files["model.safetensors.index.json"] = f'{{"weight_map": {parts}}}'.replace("'", '"').encode()
    hub.models["owner/encoder"] = Repository(files)
    said = r"owner/encoder@\w{10}: model.safetensors.index.json names model-00002-of-00002.safetensors, which is not there"
    with pytest.raises(StiltsReportError, match=said):
        model(hub, tmp_path)


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_gated_model_is_told_with_what_mends_it(hub: Hub, tmp_path: Path, status: str) -> None:
    hub.faults = [status] * 50
    with pytest.raises(StiltsReportError, match=rf"owner/encoder@\w{{10}}: cannot be fetched: .*{status} .*`hf auth login`, or HF_TOKEN"):
        model(hub, tmp_path)
    assert len(hub.asked) == 1, "what does not pass is not asked again"


def test_weights_in_the_older_form_are_fetched_and_not_asked_for_again(hub: Hub, tmp_path: Path) -> None:
    files = dict(hub.models["owner/encoder"].files)
    files["pytorch_model.bin"] = files.pop("model.safetensors")
    files["flax_model.msgpack"] = b"not wanted"
    hub.models["owner/encoder"] = Repository(files)
    found = model(hub, tmp_path)
    assert {path.name for path in Path(found).iterdir()} == set(files) - {"flax_model.msgpack"}
    hub.asked.clear()
    assert model(hub, tmp_path) == found
    assert hub.asked == []


@pytest.mark.parametrize("said", ["Cannot send a request, as the client has been closed.", "'NoneType' object has no attribute 'request'"])
def test_what_other_threads_of_the_client_say_of_a_lost_connection_may_pass(said: str) -> None:
    """One thread's ConnectError closes the client that all of a model's downloads share."""
    assert patience.may_pass(RuntimeError(said))
