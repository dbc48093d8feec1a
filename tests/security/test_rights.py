"""Who may read what is written: as the umask says, so that a group that shares a store can go on with each other's work.

Nothing that is written holds a secret, which the tests of redaction see to; rights of our own would only shut out those whom the user lets in.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from stiltsreport.store import Store
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock, write_lock
from tests.tasks.folder import fill, lines


@pytest.fixture(params=[0o077, 0o022, 0o002], ids=["alone", "read", "group"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_files_and_folders_have_the_rights_that_the_umask_gives(tmp_path: Path, umask: int) -> None:
    store = Store(tmp_path / "store")
    store.prepare()
    store.note_failure("unit", "a log")
    store.publish("evaluations", "a" * 32, lambda folder: (folder / "record.json").write_text("{}"))
    store.publish_tokens("k", lambda file: file.write_bytes(b"x"))
    fill(tmp_path / "data", {"t.jsonl": lines({"a": 1})})
    memo = Memo(store.memo)
    memo.digest(str(tmp_path / "data" / "t.jsonl"))
    memo.save()
    write_lock(tmp_path / "s.yaml", Lock({"a/b": "0" * 40}))
    written = [*(tmp_path / "store").rglob("*"), tmp_path / "s.lock"]
    assert len([path for path in written if path.is_file()]) >= 6
    for path in written:
        rights = stat.S_IMODE(path.stat().st_mode)
        assert rights == (0o777 if path.is_dir() else 0o666) & ~umask, f"{path}: {rights:o}"
