"""Every command on a store by URL, here in this process's memory, as two machines see it."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import fsspec
import pytest

from stiltsreport.store import folder_here
from stiltsreport.store.objects import Listed, Objects, UnreachableError
from tests.cli.studies import TATOEBA, XNLI, Desk, Ran, ran

URL = "memory://bucket/store"


@pytest.fixture
def machines(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Go to a machine by its name: each has a home of its own, and all of them the bucket."""
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()

    def go_to(name: str) -> Path:
        home = desk.folder / name
        home.mkdir(exist_ok=True)
        monkeypatch.setenv("HOME", str(home))
        return home

    yield go_to
    filesystem.store.clear()


def keys(beginning: str = "") -> list[str]:
    found = [name.removeprefix("/bucket/store/") for name in fsspec.filesystem("memory").store]
    return sorted(name for name in found if name.startswith(beginning))


def run(capsys: pytest.CaptureFixture[str], desk: Desk, command: str, study: Path, *more: str, reports: str = "reports") -> Ran:
    return desk.run(capsys, command, study, "--store", URL, "--reports", str(desk.folder / reports), *more)


def test_what_one_machine_built_another_reports(desk: Desk, machines, capsys: pytest.CaptureFixture[str]):
    machines("a")
    study = desk.study(seeds="[1]")
    built = run(capsys, desk, "build", study)
    assert built.code == 0, built.err
    assert not keys("leases/")
    assert not keys("states/")
    assert not keys("probes/")
    status = run(capsys, desk, "status", study, "--json")
    found = json.loads(status.out)
    assert found["store"] == URL
    assert found["trainings"]["stored"] == found["trainings"]["jobs"] > 1
    assert found["evaluations"]["stored"] == found["evaluations"]["jobs"] > 3

    machines("b")
    assert json.loads(run(capsys, desk, "status", study, "--json").out) == found
    planned = run(capsys, desk, "plan", study)
    assert "nothing to run: every job is stored" in planned.out
    before = keys()
    again = run(capsys, desk, "build", study, "-v", reports="other")
    assert again.code == 0
    assert "nothing to run" in again.err
    assert keys() == before
    for name in ("scores.jsonl", "comparisons.jsonl"):
        ours, theirs = ((desk.folder / reports / "small" / name).read_bytes() for reports in ("reports", "other"))
        assert ours == theirs, name


def test_a_folder_and_a_url_hold_the_same(desk: Desk, machines, capsys: pytest.CaptureFixture[str]):
    machines("a")
    study = desk.study(seeds="[1]", target=f"[{XNLI}]")
    assert run(capsys, desk, "build", study).code == 0
    assert desk.run(capsys, "build", study, "--reports", str(desk.folder / "local")).code == 0
    assert (desk.folder / "reports/small/scores.jsonl").read_bytes() == (desk.folder / "local/small/scores.jsonl").read_bytes()
    jobs = {name.split("/")[2].split(".")[0] for name in [*keys("trainings/"), *keys("evaluations/")]}
    assert jobs == desk.jobs()


def test_a_store_that_cannot_be_reached_is_an_error_and_no_traceback(
    desk: Desk, machines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    machines("a")
    study, listed = desk.study(seeds="[1]", target=f"[{XNLI}]"), Objects.list

    def down(objects: Objects, folder: str = "") -> dict[str, Listed]:
        if folder == "failures":
            raise UnreachableError(errno.EIO, "the line is down (tried 6 times)")
        return listed(objects, folder)

    monkeypatch.setattr(Objects, "list", down)
    status = run(capsys, desk, "status", study)
    assert status.code == 2
    assert "the line is down (tried 6 times)" in status.err


def test_damage_is_said_and_made_again(desk: Desk, machines, capsys: pytest.CaptureFixture[str]):
    machines("a")
    study = desk.study(seeds="[1]", target=f"[{TATOEBA}]")
    assert run(capsys, desk, "build", study).code == 0
    damaged = keys("data/evaluations/")[0].split("/")[2]
    name = next(name for name in keys(f"data/evaluations/{damaged}") if name.endswith("predictions.jsonl"))
    with fsspec.filesystem("memory").open(f"/bucket/store/{name}", "wb") as stream:
        stream.write(b"torn")

    machines("b")
    built = run(capsys, desk, "build", study, reports="other")
    assert built.code == 0, built.err
    assert f"evaluations {damaged} was damaged (predictions.jsonl has 4 bytes" in built.err
    assert f"marked so in {URL}, and made again" in built.err
    assert (desk.folder / "reports/small/scores.jsonl").read_bytes() == (desk.folder / "other/small/scores.jsonl").read_bytes()
    assert len(keys(f"evaluations/{damaged[:2]}/{damaged}.")) == 3  # the damaged one, its mark, the new one


def test_verify_reads_a_store_by_url(desk: Desk, machines, capsys: pytest.CaptureFixture[str]):
    machines("a")
    study = desk.study(seeds="[1]", target=f"[{XNLI}]")
    assert run(capsys, desk, "build", study).code == 0
    machines("b")
    found = ran(capsys, ["verify", str(desk.folder / "reports" / "small"), "--store", URL, "--data", str(desk.data)])
    assert found.code == 0, found.out + found.err
    absent = ran(capsys, ["verify", str(desk.folder / "reports" / "small"), "--store", "memory://bucket/none", "--data", str(desk.data)])
    assert absent.code == 1
    assert "there is no store at memory://bucket/none" in absent.out


def test_gc_removes_what_no_study_needs(desk: Desk, machines, capsys: pytest.CaptureFixture[str]):
    machines("a")
    study = desk.study(seeds="[1, 2]", target=f"[{XNLI}]")
    assert run(capsys, desk, "build", study).code == 0
    before = {kind: len(keys(f"{kind}/")) for kind in ("trainings", "evaluations")}
    desk.study(seeds="[1]", target=f"[{XNLI}]")
    machines("b")
    assert run(capsys, desk, "build", study).code == 0
    fsspec.filesystem("memory").pipe_file("/bucket/store/failures/00112233/1.txt", b"why")
    dry = ran(capsys, ["gc", "--store", URL, "--dry-run"])
    assert dry.code == 0, dry.err
    assert f"studies that count in {URL}" in dry.out
    assert {kind: len(keys(f"{kind}/")) for kind in ("trainings", "evaluations")} == before
    done = ran(capsys, ["gc", "--store", URL, "--yes", "--json"])
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["removed"] is True
    assert told["unneeded"]["trainings"]["pieces"] == before["trainings"] // 2
    assert told["unneeded"]["evaluations"]["pieces"] == before["evaluations"] // 2
    assert told["unneeded"]["attempts"]["pieces"] == 1
    assert told["bytes"] > 1000
    assert {kind: len(keys(f"{kind}/")) for kind in ("trainings", "evaluations")} == {kind: n // 2 for kind, n in before.items()}
    kept = {name.split("/")[2].split(".")[0] for kind in ("trainings", "evaluations", "checkpoints") for name in keys(f"{kind}/")}
    assert {name.split("/")[2] for name in keys("data/")} == kept
    again = run(capsys, desk, "build", study)
    assert again.code == 0
    assert "nothing to run" in again.err
    machines("a")  # its copies of what was removed are gone from its sight too
    desk.study(seeds="[1, 2]", target=f"[{XNLI}]")
    assert run(capsys, desk, "plan", study).out.count("nothing to run") == 0


def test_a_url_in_memory_is_refused_to_several_processes(desk: Desk, machines, capsys: pytest.CaptureFixture[str]):
    machines("a")
    found = run(capsys, desk, "build", desk.study(), "--workers", "2")
    assert found.code == 2
    assert "memory:// is this process's alone" in found.err
    assert "--workers 0" in found.err


def test_local_files_lie_in_the_cache(desk: Desk, machines, capsys: pytest.CaptureFixture[str]):
    home = machines("a")
    assert run(capsys, desk, "build", desk.study(seeds="[1]", target=f"[{TATOEBA}]")).code == 0
    assert folder_here(URL).is_relative_to(home / ".cache" / "stiltsreport" / "stores")
    assert (folder_here(URL) / "evaluations").is_dir()
    assert not (desk.folder / "store").exists()


def test_data_by_url_give_the_jobs_of_the_same_files_in_a_folder(desk: Desk, machines, capsys: pytest.CaptureFixture[str]):
    machines("a")
    study = desk.study(seeds="[1]", target=f"[{XNLI}]")
    filesystem = fsspec.filesystem("memory")
    filesystem.put(str(desk.data), "/data/tiny", recursive=True)
    assert desk.run(capsys, "build", study).code == 0
    jobs = desk.jobs()
    far = desk.run(capsys, "build", study, "--data", "memory://data/tiny", "--reports", str(desk.folder / "far"))
    assert far.code == 0, far.err
    assert "nothing to run" in far.err
    assert desk.jobs() == jobs
    assert (desk.folder / "far/small/scores.jsonl").read_bytes() == (desk.folder / "reports/small/scores.jsonl").read_bytes()
    assert "memory://data" not in (desk.folder / "far/small/provenance.json").read_text()
    absent = desk.run(capsys, "plan", study, "--data", "memory://nothing/there")
    assert absent.code == 2
    assert "--data memory://nothing/there: there are no files" in absent.err


def test_a_file_url_is_the_folder(desk: Desk, capsys: pytest.CaptureFixture[str]):
    study = desk.study(seeds="[1]", target=f"[{XNLI}]")
    place = ("--store", f"file://{desk.folder}/store", "--data", f"file://{desk.data}")
    assert desk.run(capsys, "build", study, *place).code == 0
    assert desk.jobs()
    assert desk.run(capsys, "status", study, *place).out == desk.run(capsys, "status", study).out
