"""The store: whole or absent, whatever happens while it is written."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.store import Store
from stiltsreport.store.processes import host, machine_name
from stiltsreport.tasks.fingerprints import Memo

ROOT = Path(__file__).resolve().parents[1]
JOB = "0123456789abcdef0123"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path / "store")
    found.prepare()
    return found


def writer(text: str):
    def write(folder: Path) -> None:
        (folder / "record.json").write_text(json.dumps({"text": text}))
        (folder / "inner").mkdir()
        (folder / "inner" / "more.txt").write_text(text * 1000)

    return write


def leftovers(store: Store) -> list[str]:
    return [path.name for path in (store.folder / "scratch").iterdir()]


def test_published_whole(store: Store):
    assert not store.has("trainings", JOB)
    path = store.publish("trainings", JOB, writer("x"))
    assert store.has("trainings", JOB)
    assert not store.has("evaluations", JOB)
    assert store.record("trainings", JOB) == {"text": "x"}
    assert (path / "inner" / "more.txt").read_text() == "x" * 1000
    assert path == store.folder / "trainings" / "01" / JOB
    assert leftovers(store) == []


def test_a_failure_leaves_nothing(store: Store):
    def write(folder: Path) -> None:
        (folder / "record.json").write_text("{}")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.publish("trainings", JOB, write)
    assert not store.has("trainings", JOB)
    assert leftovers(store) == []


def test_the_second_to_finish_drops_its_copy(store: Store):
    inside = threading.Barrier(2)

    def slow(text: str):
        def write(folder: Path) -> None:
            writer(text)(folder)
            inside.wait(10)

        return write

    threads = [threading.Thread(target=store.publish, args=("trainings", JOB, slow(text))) for text in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = store.record("trainings", JOB)["text"]
    assert (store.path("trainings", JOB) / "inner" / "more.txt").read_text() == kept * 1000
    assert leftovers(store) == []
    store.publish("trainings", JOB, writer("later"))
    assert store.record("trainings", JOB)["text"] == kept  # never changed


def test_kill_in_the_middle_of_publishing_leaves_nothing(store: Store):
    code = f"""
import sys, time
from pathlib import Path
from stiltsreport.store import Store
def write(folder):
    (folder / "record.json").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
Store({str(store.folder)!r}).publish("trainings", {JOB!r}, write)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        assert len(leftovers(store)) == 1
        Store(store.folder).prepare()
        assert len(leftovers(store)) == 1  # its owner lives
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert not store.has("trainings", JOB)
    assert not (store.folder / "trainings").exists()
    Store(store.folder).prepare()
    assert leftovers(store) == []
    store.publish("trainings", JOB, writer("again"))
    assert store.record("trainings", JOB)["text"] == "again"


def test_scratch_of_another_machine_is_left_alone(store: Store):
    other = store.folder / "scratch" / f"elsewhere~1~{JOB}-x"
    other.mkdir()
    store.prepare()
    assert other.is_dir()


def test_scratch_of_a_container_of_the_same_name_is_left_alone(store: Store, monkeypatch: pytest.MonkeyPatch):
    """Two containers may have one host name, and see each other's processes as dead."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("stiltsreport.store.processes.machine", lambda: f"{host()} another boot pid:[1]")
        theirs = store.folder / "scratch" / f"{machine_name()}~{gone.pid}~{JOB}-x"
    theirs.mkdir()
    ours = store.folder / "scratch" / f"{machine_name()}~{gone.pid}~{JOB}-y"
    ours.mkdir()
    store.prepare()
    assert theirs.is_dir()
    assert not ours.exists()


def test_a_full_disk_is_a_clear_error(store: Store):
    def write(folder: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StiltsReportError, match="cannot be used: No space left on device; free some space, or name another --store"):
        store.publish("trainings", JOB, write)
    assert not store.has("trainings", JOB)


def test_a_disk_that_is_full(tmp_path: Path):
    """On a real file system of 64 KB, where the system lets us make one."""
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        small = Store(mount / "store")
        small.prepare()
        with pytest.raises(StiltsReportError, match="No space left"):
            small.publish("trainings", JOB, lambda folder: (folder / "big").write_bytes(b"x" * 10**6) and None)
        assert not small.has("trainings", JOB)
        small.publish("trainings", JOB, lambda folder: (folder / "little").write_bytes(b"x") and None)
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_a_folder_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StiltsReportError, match=r"--store .*file/store: cannot be used: a file stands there"):
        Store(tmp_path / "file" / "store").prepare()
    if os.getuid() == 0:
        pytest.skip("root may write anywhere")
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(StiltsReportError, match="Permission denied; a folder that you may write to"):
        Store(tmp_path / "closed" / "store").prepare()


def test_a_store_of_another_kind(tmp_path: Path):
    folder = tmp_path / "store"
    folder.mkdir()
    for content, said in (
        ('{"version": 99}', "was written in format 99"),
        ("[]", "was written in format None"),
        ("torn{", "cannot be used"),
    ):
        (folder / "store.json").write_text(content)
        with pytest.raises(StiltsReportError, match=said):
            Store(folder).prepare()


def test_files_have_the_rights_that_the_umask_gives(tmp_path: Path):
    """As others on a shared disk meet them: libraries write files that are closed to everybody else."""

    def write(folder: Path) -> None:
        writer("x")(folder)
        (folder / "record.json").chmod(0o600)
        (folder / "inner").chmod(0o700)

    before = os.umask(0o027)
    try:
        store = Store(tmp_path / "store")
        store.prepare()
        path = store.publish("trainings", JOB, write)
        tokens = store.publish_tokens("key", lambda file: file.write_bytes(b"x") and None)
        log = store.note_failure("u", "why")
    finally:
        os.umask(before)
    for file in (path / "record.json", path / "inner" / "more.txt", tokens, log, store.folder / "store.json"):
        assert file.stat().st_mode & 0o777 == 0o640, file
    for folder in (path, path / "inner", path.parent, tokens.parent, store.folder):
        assert folder.stat().st_mode & 0o777 == 0o750, folder


@pytest.mark.parametrize("torn", ["", "{", "[]", "null", '{"version": 1}', '{"version": 1, "files": 3, "counts": []}'])
def test_a_torn_memo_is_forgotten(store: Store, torn: str):
    store.memo.write_text(torn)
    data = store.folder / "data.tsv"
    data.write_text("a\tb\tneutral\n")
    memo = Memo(store.memo)
    assert memo.digest(str(data))
    memo.save()
    assert Memo(store.memo).digest(str(data)) == memo.digest(str(data))


def test_what_all_who_share_a_store_use_is_open_to_them(tmp_path: Path, store: Store):
    import numpy as np

    from stiltsreport.results import overlaps

    data = store.folder / "data.tsv"
    data.write_text("a\tb\tneutral\n")
    before = os.umask(0o022)
    try:
        memo = Memo(store.memo)
        memo.digest(str(data))
        memo.save()
        overlaps._write(store.folder / "overlaps" / "x.npy", lambda stream: np.save(stream, np.zeros(1)))
    finally:
        os.umask(before)
    assert store.memo.stat().st_mode & 0o777 == 0o644
    assert (store.folder / "overlaps" / "x.npy").stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in (store.folder / "overlaps").iterdir()] == ["x.npy"]
