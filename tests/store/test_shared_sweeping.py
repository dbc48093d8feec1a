from __future__ import annotations

import time
from pathlib import Path

import pytest

from stiltsreport.store.store import KINDS
from stiltsreport.store.sweeping import unneeded
from tests.store.far import JOB, Far, one

LATER = time.time() + 30 * 86400


def removed(far: Far, folder: Path) -> set[str]:
    pieces = unneeded(far.at(folder), {kind: {JOB} for kind in KINDS}, (), LATER)
    return {key for piece in pieces for key in piece.keys}


def test_an_upload_that_was_broken_off_goes_and_what_counts_stays(tmp_path: Path):
    far = Far()
    far.at(tmp_path / "a").publish("trainings", JOB, one)
    far.objects().write(f"data/trainings/{JOB}/1-broken/record.json", b"{}")
    assert removed(far, tmp_path / "b") == {f"data/trainings/{JOB}/1-broken/record.json"}


@pytest.mark.parametrize("content", [b"torn", b'{"format": 2, "data": "1-00", "files": {}, "record": null}'])
def test_no_files_go_while_it_cannot_be_read_which_of_them_count(tmp_path: Path, content: bytes):
    """As where a later version has written it."""
    far = Far()
    far.at(tmp_path / "a").publish("trainings", JOB, one)
    far.objects().write(f"data/trainings/{JOB}/1-broken/record.json", b"{}")
    far.objects().write(f"trainings/{JOB[:2]}/{JOB}.1.json", content)
    assert removed(far, tmp_path / "b") == set()
