"""Artifacts that are not what was published: seen by sizes at every reading, by content where work rests on them, and put aside."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.store import DamagedArtifact, Store

JOB = "0123456789abcdef0123"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path / "store")
    found.prepare()

    def write(folder: Path) -> None:
        (folder / "record.json").write_text('{"n": 1}')
        (folder / "inner").mkdir()
        (folder / "inner" / "weights").write_bytes(bytes(range(256)) * 100)

    found.publish("checkpoints", JOB, write)
    return found


def test_the_manifest_is_what_was_written(store: Store):
    folder = store.path("checkpoints", JOB)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["files"] == {
        "inner/weights": {"size": 25600, "sha256": hashlib.sha256(bytes(range(256)) * 100).hexdigest()},
        "record.json": {"size": 8, "sha256": hashlib.sha256(b'{"n": 1}').hexdigest()},
    }
    assert store.record("checkpoints", JOB) == {"n": 1}
    assert store.verified("checkpoints", JOB) == folder
    assert store.damaged == {}


def truncated(folder: Path) -> None:
    (folder / "inner" / "weights").write_bytes(b"x")


def gone(folder: Path) -> None:
    (folder / "inner" / "weights").unlink()


def linked(folder: Path) -> None:
    (folder / "inner" / "weights").rename(folder.parent / "elsewhere")
    (folder / "inner" / "weights").symlink_to(folder.parent / "elsewhere")


def torn(folder: Path) -> None:
    (folder / "record.json").write_text('{"n": ')


def other(folder: Path) -> None:
    (folder / "record.json").write_text('{"n": 2}')


def no_record(folder: Path) -> None:
    (folder / "record.json").unlink()


def torn_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("[]")


def link(folder: Path) -> None:
    folder.rename(folder.parent.parent / "moved")
    folder.symlink_to(folder.parent.parent / "moved")


@pytest.mark.parametrize(
    ("hurt", "said"),
    [
        (truncated, "inner/weights has 1 bytes, 25,600 were written"),
        (gone, "inner/weights is not there"),
        (linked, "inner/weights is no file, but a link or folder"),
        (torn, "record.json has 6 bytes, 8 were written"),
        (other, "record.json is not what was written: its sha256 differs"),
        (no_record, "record.json is not there"),
        (torn_manifest, "manifest.json cannot be read"),
        (link, "is a link, which may lead out of the store"),
    ],
)
def test_damage_is_seen_when_a_record_is_read(store: Store, hurt: Callable[[Path], None], said: str):
    hurt(store.path("checkpoints", JOB))
    assert store.has("checkpoints", JOB)
    with pytest.raises(DamagedArtifact, match=said):
        store.record("checkpoints", JOB)
    assert not store.has("checkpoints", JOB)  # and counts as not there from then on
    to = store.quarantine("checkpoints", JOB)
    assert to.parent == store.folder / "quarantine"
    assert to.exists()
    assert store.damaged == {}
    assert not store.has("checkpoints", JOB)
    store.publish("checkpoints", JOB, lambda folder: (folder / "record.json").write_text('{"n": 3}') and None)
    assert store.record("checkpoints", JOB) == {"n": 3}


def test_a_changed_byte_is_seen_where_work_rests_on_it(store: Store):
    file = store.path("checkpoints", JOB) / "inner" / "weights"
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    assert store.record("checkpoints", JOB) == {"n": 1}  # sizes alone say nothing
    with pytest.raises(
        StiltsReportError, match=r"checkpoints 0123456789abcdef0123: is damaged .*weights is not what was written.* moved to .*quarantine"
    ):
        store.verified("checkpoints", JOB)
    assert not store.path("checkpoints", JOB).exists()
    assert (next((store.folder / "quarantine").iterdir()) / "inner" / "weights").read_bytes() == content


def test_an_artifact_of_an_earlier_version_stays_readable(store: Store):
    folder = store.path("checkpoints", JOB)
    (folder / "manifest.json").unlink()
    truncated(folder)
    assert store.record("checkpoints", JOB) == {"n": 1}
    assert store.verified("checkpoints", JOB) == folder
    (folder / "record.json").write_text("{")
    with pytest.raises(DamagedArtifact, match=r"record.json cannot be read"):
        store.record("checkpoints", JOB)


def test_what_is_not_there_is_not_damaged(store: Store):
    shutil.rmtree(store.path("checkpoints", JOB))
    with pytest.raises(FileNotFoundError):
        store.record("checkpoints", JOB)
    assert store.damaged == {}


def test_two_that_find_the_same_damage(store: Store):
    truncated(store.path("checkpoints", JOB))
    assert store.quarantine("checkpoints", JOB) != store.quarantine("checkpoints", JOB)
    assert len(list((store.folder / "quarantine").iterdir())) == 1
