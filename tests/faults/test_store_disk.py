"""Disks that are full, closed to us, or gone: one clear line, a whole store, and the same command goes on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.store import Store
from tests.cli.studies import TATOEBA, Desk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 20 MB, where the system lets us make one."""
    mount = tmp_path / "disk"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(mount)], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield mount
    subprocess.run(["mount", "-o", "remount,rw", str(mount)], check=False, capture_output=True)
    subprocess.run(["umount", "-l", str(mount)], check=True)


@pytest.fixture
def disk(desk: Desk, small_disk: Path) -> Desk:
    """A desk whose store lies on the small disk, for a study of few jobs."""
    (desk.folder / "store").symlink_to(small_disk / "store")
    (small_disk / "store").mkdir()
    desk.study(seeds="[1]", intermediate="[]", target=f"[{TATOEBA}]")
    return desk


def fill(folder: Path) -> Path:
    """All that is left of the disk."""
    file = folder / "filler"
    try:
        with file.open("wb", buffering=0) as stream:
            while stream.write(bytes(4096)):
                pass
    except OSError:
        return file
    raise AssertionError("the disk has no end")


def test_full_closed_and_whole_again(disk: Desk, small_disk: Path, capsys: pytest.CaptureFixture[str]):
    study, store = disk.folder / "small.yaml", disk.folder / "store"
    Store(store).prepare()
    filler = fill(small_disk)
    full = disk.run(capsys, "build", study)
    assert full.code in (1, 2), full.err
    assert "No space left on device; free some space, or name another --store" in full.err
    assert "Traceback" not in full.err
    for kind in ("evaluations", "trainings"):
        assert not list((store / kind).glob("*/*/record.json"))

    filler.unlink()
    built = disk.run(capsys, "build", study)
    assert built.code == 0, built.err
    assert list((store / "scratch").iterdir()) == []

    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    status = disk.run(capsys, "status", study)
    assert status.code == 0, status.err
    assert "everything is stored" in status.out
    reported = disk.run(capsys, "report", study)
    assert reported.code == 0, reported.err
    closed = disk.run(capsys, "build", study)
    assert closed.code == 2
    assert "cannot be used: Read-only file system; a folder that you may write to" in closed.err


def test_a_store_that_vanishes_is_not_made_anew_elsewhere(tmp_path: Path):
    """A disk that is unmounted under a build: nothing is written to the folder that it was mounted on."""
    store = Store(tmp_path / "mounted" / "store")
    store.prepare()

    def write(folder: Path) -> None:
        (folder / "record.json").write_text("{}")
        shutil.rmtree(tmp_path / "mounted")

    with pytest.raises(StiltsReportError, match="cannot be used: No such file or directory"):
        store.publish("trainings", "ab" * 10, write)
    with pytest.raises(StiltsReportError, match="cannot be used"):
        store.publish_tokens("key", lambda file: file.write_bytes(b"x") and None)
    with pytest.raises(FileNotFoundError):
        store.note_failure("u", "why")
    with store.lease("u"):
        pass
    assert not (tmp_path / "mounted").exists()
