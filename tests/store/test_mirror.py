from __future__ import annotations

import errno
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.store.mirror import fetched
from stiltsreport.store.objects import Objects
from tests.store.far import Far

URL = "memory://data/xtreme"


def bucket() -> tuple[Far, Objects]:
    far = Far()
    objects = Objects(URL, far, sleep=lambda _seconds: None)
    objects.write("panx/train-en.tsv", b"Berlin\tB-LOC\n")
    objects.write("xnli/test-de.tsv", b"a\tb\tneutral\n")
    return far, objects


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name[0] != "."}


def test_files_are_fetched_once_and_again_when_they_change(tmp_path: Path):
    far, objects = bucket()
    assert fetched(URL, folder=tmp_path, objects=objects) == tmp_path
    assert contents(tmp_path) == {"panx/train-en.tsv": b"Berlin\tB-LOC\n", "xnli/test-de.tsv": b"a\tb\tneutral\n"}
    assert far.requests["get_file"] == 2
    stamp = (tmp_path / "panx" / "train-en.tsv").stat().st_mtime_ns
    fetched(URL, folder=tmp_path, objects=objects)
    assert far.requests["get_file"] == 2
    objects.write("xnli/test-de.tsv", b"a\tc\tneutral\n")
    objects.write("xnli/test-fr.tsv", b"d\te\tneutral\n")
    fetched(URL, folder=tmp_path, objects=objects)
    assert far.requests["get_file"] == 4
    assert contents(tmp_path)["xnli/test-de.tsv"] == b"a\tc\tneutral\n"
    assert (tmp_path / "panx" / "train-en.tsv").stat().st_mtime_ns == stamp  # its fingerprint is not taken again
    (tmp_path / "xnli" / "test-fr.tsv").unlink()
    fetched(URL, folder=tmp_path, objects=objects)
    assert contents(tmp_path)["xnli/test-fr.tsv"] == b"d\te\tneutral\n"
    objects.delete(["xnli/test-de.tsv"])
    fetched(URL, folder=tmp_path, objects=objects)
    assert sorted(contents(tmp_path)) == ["panx/train-en.tsv", "xnli/test-fr.tsv"]


def test_offline_what_was_fetched_counts(tmp_path: Path):
    far, objects = bucket()
    with pytest.raises(StiltsReportError, match="was never fetched"):
        fetched(URL, offline=True, folder=tmp_path, objects=objects)
    fetched(URL, folder=tmp_path, objects=objects)
    before = far.requests.total()
    assert fetched(URL, offline=True, folder=tmp_path, objects=objects) == tmp_path
    assert far.requests.total() == before


def test_a_network_that_fails_is_tried_again_and_one_that_is_down_is_said(tmp_path: Path):
    far, objects = bucket()

    def fault(name: str, number: int) -> None:
        if number % 2:
            raise OSError(errno.EIO, "reset")

    far.fault = fault
    fetched(URL, folder=tmp_path, objects=objects)
    assert len(contents(tmp_path)) == 2

    def down(name: str, number: int) -> None:
        raise OSError(errno.EIO, "down")

    far.fault = down
    with pytest.raises(StiltsReportError, match=r"--data memory://data/xtreme: cannot be read: down .*--offline goes on"):
        fetched(URL, folder=tmp_path, objects=objects)
    assert len(contents(tmp_path)) == 2


def test_keys_that_lead_out_of_the_folder_are_left(tmp_path: Path):
    far, objects = bucket()
    for key in ("a/../../evil", "..", "a//b", "/etc/evil", "a\\b", ".fetched.json"):
        far.store[f"/data/xtreme/{key}"] = far.store["/data/xtreme/panx/train-en.tsv"]
    fetched(URL, folder=tmp_path / "data", objects=objects)
    assert sorted(contents(tmp_path)) == ["data/panx/train-en.tsv", "data/xnli/test-de.tsv"]


def test_an_empty_place_and_a_url_with_a_secret_are_refused(tmp_path: Path):
    with pytest.raises(StiltsReportError, match="there are no files"):
        fetched(URL, folder=tmp_path, objects=Objects(URL, Far()))
    with pytest.raises(StiltsReportError, match="credentials come from the environment") as found:
        fetched("https://host/data?signature=abcdefgh", folder=tmp_path)
    assert "abcdefgh" not in str(found.value)
    assert fetched(f"file://{tmp_path}") == tmp_path
