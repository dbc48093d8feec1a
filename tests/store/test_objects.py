from __future__ import annotations

import errno
import threading
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

from stiltsreport.errors import StiltsReportError
from stiltsreport.store.mirror import fetched
from stiltsreport.store.objects import Objects, UnreachableError
from stiltsreport.store.opening import folder_here, open_store
from stiltsreport.store.shared_store import SharedStore
from stiltsreport.store.store import Store
from tests.store.far import Far


def every(count: int):
    def fault(name: str, number: int) -> None:
        if number % count == 0:
            raise OSError(errno.EIO, "the line is down")

    return fault


def test_objects_are_written_read_listed_and_removed():
    far = Far()
    objects = far.objects()
    objects.write("a/b/1.json", b"one")
    objects.write("a/b/1.json", b"two")
    objects.write("a/c.json", b"three")
    objects.write("ab/c.json", b"four")
    assert objects.read("a/b/1.json") == b"two"
    assert objects.read_many(["a/b/1.json", "a/none", "ab/c.json"]) == {"a/b/1.json": b"two", "ab/c.json": b"four"}
    assert sorted(objects.list("a")) == ["a/b/1.json", "a/c.json"]
    assert objects.list("a")["a/c.json"].size == 5
    assert objects.list("nothing") == {}
    far.pipe_file("/bucket/store2/other.json", b"another store's")
    far.find = lambda path, **_: {name: about for name, about in Far.find(far, "/bucket", detail=True).items() if name.startswith(path)}
    assert sorted(objects.list()) == ["a/b/1.json", "a/c.json", "ab/c.json"]
    objects.delete(["a/c.json", "a/none"])
    assert sorted(objects.list("a")) == ["a/b/1.json"]
    assert objects.about("a/c.json") is None
    with pytest.raises(FileNotFoundError):
        objects.read("a/c.json")


def test_a_tag_changes_with_what_is_written():
    objects = Far().objects()
    objects.write("x", b"one")
    before = objects.about("x")
    objects.write("x", b"two")
    assert objects.about("x").tag != before.tag
    assert objects.list()["x"] == objects.about("x")


def test_of_many_that_create_one_object_one_wins():
    far = Far(seconds=0.001)
    start, won = threading.Barrier(12), []

    def try_it(number: int) -> None:
        objects = far.objects()
        start.wait()
        if objects.create("x", f"writer {number}".encode()):
            won.append(number)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert far.objects().read("x") == f"writer {won[0]}".encode()


def test_what_fails_for_a_moment_is_tried_again_with_longer_waits():
    far, waits = Far(), []
    failures = iter([True, True, True, False])

    def fault(name: str, number: int) -> None:
        if name == "cat_file" and next(failures):
            raise OSError(errno.EIO, "the line is down")

    far.objects().write("x", b"one")
    far.fault = fault
    assert far.objects(sleep=waits.append).read("x") == b"one"
    assert waits == [0.5, 1.0, 2.0]


def test_after_the_last_try_one_error_says_what_it_was():
    far, waits = Far(every(1)), []
    with pytest.raises(UnreachableError, match=r"the line is down \(tried 6 times\)"):
        far.objects(sleep=waits.append).read("x")
    assert sum(waits) == 15.5
    assert far.requests.total() == 6


@pytest.mark.parametrize(
    "error", [PermissionError(errno.EACCES, "Access Denied"), OSError(errno.EINVAL, "InvalidArgument"), NotImplementedError("no")]
)
def test_what_no_try_mends_is_not_tried_again(error: Exception):
    def fault(name: str, number: int) -> None:
        raise error

    far = Far(fault)
    with pytest.raises(UnreachableError) as found:
        far.objects().read("x")
    assert far.requests.total() == 1
    assert isinstance(found.value, OSError)
    assert found.value.errno == {13: 13, 22: 22}.get(getattr(error, "errno", None), errno.EIO)


def test_an_object_whose_creation_was_not_answered_is_ours():
    far = Far()
    lost = iter([True, False])

    def fault(name: str, number: int) -> None:
        if name == "pipe_file" and next(lost):
            raise TimeoutError("no answer")

    far.lost = fault
    assert far.objects().create("x", b"ours")
    assert not far.objects().create("x", b"theirs")
    assert far.objects().read("x") == b"ours"


def test_a_network_that_fails_every_third_request_loses_nothing(tmp_path: Path):
    far = Far(every(3))
    objects = far.objects()
    for number in range(30):
        objects.write(f"n/{number}", str(number).encode())
        assert objects.create(f"m/{number}", str(number).encode())
        assert not objects.create(f"m/{number}", b"another")
    assert objects.read_many([f"n/{number}" for number in range(30)]) == {f"n/{number}": str(number).encode() for number in range(30)}
    (tmp_path / "file").write_bytes(b"x" * 1000)
    objects.upload(tmp_path / "file", "file")
    objects.download("file", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"x" * 1000
    assert far.requests.total() > 100


def test_a_file_system_without_exclusive_creation_shows_whole_objects(tmp_path: Path):
    """Any of fsspec's: here a folder, as sftp would show it. What is written lies beside until it is whole."""
    folder = DirFileSystem(str(tmp_path), LocalFileSystem(auto_mkdir=True))
    objects = Objects("dir://store", folder, settle=0.0)
    assert objects.create("a/x", b"one")
    assert not objects.create("a/x", b"two")
    objects.write("a/x", b"three")
    assert objects.read("a/x") == b"three"
    assert sorted(objects.list("a")) == ["a/x"]
    assert objects.about("a/x") == objects.list()["a/x"]


def test_a_place_is_a_folder_or_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_store(tmp_path / "store").folder == tmp_path / "store"
    assert type(open_store(f"file://{tmp_path}/my%20store")) is Store
    assert open_store(f"file://{tmp_path}/my%20store").folder == tmp_path / "my store"
    found = open_store("memory://bucket/store/")
    assert isinstance(found, SharedStore)
    assert (found.place, found.address) == ("memory://bucket/store", "memory://bucket/store")
    assert found.folder.parent == tmp_path / ".cache" / "stiltsreport" / "stores"
    assert folder_here("memory://bucket/store") == found.folder == open_store("memory://bucket/store").folder
    assert open_store("memory://bucket/other").folder != found.folder
    assert folder_here(str(tmp_path)) == tmp_path
    with pytest.raises(ValueError, match="open_store"):
        Store("s3://bucket/store")


@pytest.mark.parametrize(
    ("url", "what"), [("file://results/store", "file:///results/store"), ("s3://[bucket/store", "is no URL"), ("s3://", "names no place")]
)
def test_a_url_that_names_no_place_is_refused(url: str, what: str):
    with pytest.raises(StiltsReportError, match=what):
        open_store(url)


@pytest.mark.parametrize("option", ["--store", "--data"])
@pytest.mark.parametrize("url", ["file:///results/a?b", "file:///results/a#b"])
def test_a_folders_name_with_a_mark_that_ends_a_path_is_refused(url: str, option: str, tmp_path: Path):
    """Of file:///results/a?b and file:///results/a?c the folder would be /results/a."""
    with pytest.raises(StiltsReportError, match=r"results/a%(3F|23)b, or the folder without file://"):
        open_store(url) if option == "--store" else fetched(url, folder=tmp_path)
    assert open_store(url.replace("?", "%3F").replace("#", "%23")).folder == Path(url.removeprefix("file://"))


def test_two_urls_that_differ_have_two_folders_here_and_two_names():
    for first, second in (("s3://bucket/a#1", "s3://bucket/a#2"), ("s3://bucket/a", "s3://bucket/a#1")):
        assert folder_here(first) != folder_here(second)
        assert open_store(first).place != open_store(second).place


@pytest.mark.parametrize("url", ["sftp://me:letmein@host/store", "s3://bucket/store?token=letmein&x=1"])
def test_a_url_with_a_secret_is_refused_and_not_repeated(url: str):
    with pytest.raises(StiltsReportError, match="credentials come from the environment") as found:
        open_store(url)
    assert "letmein" not in str(found.value)
    assert "host/store" in str(found.value) or "bucket/store" in str(found.value)


def test_a_url_that_names_nothing_is_refused():
    for url in ("s3://", "s3:///"):
        with pytest.raises(StiltsReportError, match="names no place"):
            open_store(url)


def test_a_scheme_that_nobody_knows_and_one_whose_package_is_lacking(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(StiltsReportError, match="nosuch"):
        Objects("nosuch://bucket/store").list()

    def lacking(protocol: str):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec.core, "get_filesystem_class", lacking)
    with pytest.raises(StiltsReportError, match=r"pip install 'stiltsreport\[s3\]'"):
        Objects("s3://bucket/store").list()
