from __future__ import annotations

import errno
import json
import shutil
import threading
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.store.manifest import DamagedArtifact
from stiltsreport.store.shared_store import SharedStore
from stiltsreport.store.store import Store
from stiltsreport.store.studies import BuiltStudy, built_studies, forget_studies, record_study
from tests.store.far import JOB, OTHER, URL, Far, one


def test_what_one_machine_publishes_another_reads(tmp_path: Path):
    far = Far()
    here, there = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    assert not there.has("trainings", JOB)
    folder = here.publish("trainings", JOB, one)
    assert here.has("trainings", JOB)
    assert not there.has("trainings", JOB)  # as it was when it was listed
    there.refresh()
    assert there.has("trainings", JOB)
    assert there.record("trainings", JOB) == {"value": 1}
    assert not there.path("trainings", JOB).exists()  # the record came alone
    there.bring("trainings", [JOB, OTHER])
    names = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    brought = there.path("trainings", JOB)
    assert names == {path.relative_to(brought): path.read_bytes() for path in brought.rglob("*") if path.is_file()}
    there.check("trainings", JOB, content=True)
    assert there.verified("trainings", JOB) == brought


def test_nothing_is_there_before_all_of_it_is(tmp_path: Path):
    """At every request of a publication a third machine looks: it sees no artifact, or the whole."""
    far = Far()
    here, looker = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    seen = []

    def look(name: str, number: int) -> None:
        far.fault = lambda _name, _number: None
        looker.refresh()
        seen.append(looker.has("trainings", JOB))
        if seen[-1]:
            looker.bring("trainings", [JOB])
            looker.check("trainings", JOB, content=True)
        far.fault = look if not seen[-1] else far.fault

    far.fault = look
    here.publish("trainings", JOB, one)
    assert len(seen) > 4
    assert seen == sorted(seen)
    assert seen[0] is False
    assert seen[-1] is True


@pytest.mark.parametrize("number", range(1, 6))
def test_an_upload_that_breaks_off_leaves_nothing_to_see(tmp_path: Path, number: int):
    far = Far()
    here, there = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    start = far.requests.total()

    class Killed(BaseException):
        pass

    def kill(name: str, at: int) -> None:
        if at >= start + number:
            raise Killed

    far.fault = kill
    with pytest.raises(Killed):
        here.publish("trainings", JOB, one)
    far.fault = lambda _name, _number: None
    assert not there.has("trainings", JOB)
    assert not [key for key in far.names() if key.startswith("trainings/")]
    assert not here.path("trainings", JOB).exists()
    there.publish("trainings", JOB, lambda folder: one(folder, 2))
    assert there.record("trainings", JOB) == {"value": 2}


def test_of_two_that_publish_one_artifact_the_second_takes_the_first_ones(tmp_path: Path):
    far = Far(seconds=0.002)
    stores = [far.at(tmp_path / str(number)) for number in range(4)]
    start = threading.Barrier(4)

    def run(number: int) -> None:
        start.wait()
        stores[number].publish("trainings", JOB, lambda folder: one(folder, number + 1))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([key for key in far.names() if key.startswith("trainings/")]) == 1
    records = [store.record("trainings", JOB) for store in stores]
    assert records == [records[0]] * 4
    for store in stores:
        weights = (store.path("trainings", JOB) / "more" / "weights.bin").read_bytes()
        assert weights == bytes([records[0]["value"]]) * 5000
    assert len({key.split("/")[3] for key in far.names() if key.startswith("data/")}) == 1  # the losers' files are gone


@pytest.mark.parametrize("name", ["more/weights.bin", "record.json", "curve.jsonl"])
@pytest.mark.parametrize("damage", ["flipped", "short", "gone"])
def test_damage_is_seen_marked_for_all_and_made_again(tmp_path: Path, name: str, damage: str):
    far = Far()
    here, there, third = (far.at(tmp_path / letter) for letter in "abc")
    here.publish("trainings", JOB, one)
    third.has("trainings", JOB)  # has seen it before it was found damaged
    (key,) = [key for key in far.names() if key.endswith(name) and key.startswith("data/")]
    content = far.objects().read(key)
    if damage == "gone":
        far.objects().delete([key])
    else:
        far.objects().write(key, content[:-1] + (b"" if damage == "short" else bytes([content[-1] ^ 1])))
    there.bring("trainings", [JOB])
    assert not there.has("trainings", JOB)
    reason = there.damaged["trainings", JOB]
    assert name in reason
    assert {"flipped": "sha256 differs", "short": "bytes", "gone": "is not there"}[damage] in reason
    assert not there.path("trainings", JOB).exists()
    with pytest.raises(StiltsReportError, match="the same command makes it again"):
        third.verified("trainings", JOB)
    assert there.put_aside("trainings", JOB) == f"marked so in {URL}"
    there.publish("trainings", JOB, lambda folder: one(folder, 2))
    for store in (here, there, third):
        store.refresh()
        store.damaged.clear()
        assert store.record("trainings", JOB) == {"value": 2}
        assert (store.verified("trainings", JOB) / "more" / "weights.bin").read_bytes() == b"\2" * 5000


def test_one_who_finds_old_damage_cannot_undo_what_was_made_since(tmp_path: Path):
    far = Far()
    here, late = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    here.publish("trainings", JOB, one)
    assert late.has("trainings", JOB)
    (key,) = [key for key in far.names() if key.endswith("weights.bin")]
    far.objects().write(key, b"torn")
    here.bring("trainings", [JOB])  # its copy is whole
    here.damaged["trainings", JOB] = "found torn"
    here.put_aside("trainings", JOB)
    here.publish("trainings", JOB, lambda folder: one(folder, 2))
    late.bring("trainings", [JOB])  # of the first one
    assert ("trainings", JOB) in late.damaged
    here.refresh()
    assert here.record("trainings", JOB) == {"value": 2}


def test_one_who_misses_what_was_removed_marks_nothing_that_was_made_again(tmp_path: Path):
    far = Far()
    here, late = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    here.publish("trainings", JOB, one)
    assert late.record("trainings", JOB) == {"value": 1}
    far.objects().delete(key for key in far.names() if JOB in key)
    here.refresh()
    here.publish("trainings", JOB, lambda folder: one(folder, 2))
    late.bring("trainings", [JOB])  # of the first one, whose key the second one has
    assert ("trainings", JOB) in late.damaged
    assert not [key for key in far.names() if key.endswith("damaged")]
    late.publish("trainings", JOB, lambda folder: one(folder, 3))
    assert late.record("trainings", JOB) == {"value": 2}


def test_a_copy_that_is_damaged_here_is_fetched_anew(tmp_path: Path):
    far = Far()
    here = far.at(tmp_path / "a")
    folder = here.publish("trainings", JOB, one)
    (folder / "more" / "weights.bin").write_bytes(b"\3" * 5000)
    assert (here.verified("trainings", JOB) / "more" / "weights.bin").read_bytes() == b"\1" * 5000
    (folder / "curve.jsonl").unlink()
    here.check("trainings", JOB)
    assert here.has("trainings", JOB)
    here.bring("trainings", [JOB])
    assert (folder / "curve.jsonl").is_file()
    assert not here.damaged


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found["files"].update({"../../../evil": {"size": 1, "sha256": "0"}}),
        lambda found: found["files"].update({"/etc/evil": {"size": 1, "sha256": "0"}}),
        lambda found: found.update(data="../1123456789abcdef0123/1-00"),
        lambda found: found.update(format=99),
        lambda found: found.pop("files"),
        lambda found: found.update(record='{"value": 9}'),
    ],
)
def test_a_list_of_files_that_is_not_ours_is_damage(tmp_path: Path, change):
    far = Far()
    far.at(tmp_path / "a").publish("trainings", JOB, one)
    (key,) = [key for key in far.names() if key.startswith("trainings/")]
    found = json.loads(far.objects().read(key))
    change(found)
    far.objects().write(key, json.dumps(found).encode())
    there = far.at(tmp_path / "b")
    with pytest.raises(DamagedArtifact):
        there.record("trainings", JOB)
    assert not there.has("trainings", JOB)
    assert not list(tmp_path.rglob("evil"))


def test_an_artifact_that_was_removed_and_made_again_elsewhere_is_the_new_one(tmp_path: Path):
    far = Far()
    here, there = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    here.publish("trainings", JOB, one)
    far.objects().delete(key for key in far.names() if JOB in key)
    there.publish("trainings", JOB, lambda folder: one(folder, 2))
    here.refresh()
    here.bring("trainings", [JOB])
    assert here.record("trainings", JOB) == {"value": 2}
    assert json.loads((here.path("trainings", JOB) / "record.json").read_text())["value"] == 2


def test_one_who_asks_for_few_lists_nothing(tmp_path: Path):
    far = Far()
    far.at(tmp_path / "a").publish("trainings", JOB, one)
    few = SharedStore(URL, tmp_path / "b", far.objects(), whole=False)
    before = far.requests["find"]
    assert few.has("trainings", JOB)
    assert not few.has("trainings", OTHER)
    assert few.record("trainings", JOB) == {"value": 1}
    assert far.requests["find"] == before
    waits = far.at(tmp_path / "c")
    assert not waits.has("trainings", OTHER)
    far.at(tmp_path / "a").publish("trainings", OTHER, one)
    assert waits.has_now("trainings", OTHER)
    assert waits.has("trainings", OTHER)


def test_one_that_was_asked_for_alone_hides_no_others(tmp_path: Path):
    far = Far()
    for job in (JOB, OTHER):
        far.at(tmp_path / "a").publish("trainings", job, one)
    there = far.at(tmp_path / "b")
    assert there.has_now("trainings", JOB)
    assert there.has("trainings", OTHER)
    here = far.at(tmp_path / "a")
    here.publish("trainings", JOB[::-1], one)
    assert here.has("trainings", OTHER)


def test_ten_thousand_records_are_read_together(tmp_path: Path):
    """A listing and one read each, and nothing the second time: the next command reads this machine's disk alone."""
    far = Far()
    writer = far.at(tmp_path / "a")
    jobs = [f"{number:020x}" for number in range(50)]
    for job in jobs:
        writer.publish("evaluations", job, one)
    reader = far.at(tmp_path / "b")
    before = far.requests.copy()
    reader.foresee("evaluations", [*jobs, OTHER])
    assert all(reader.record("evaluations", job) == {"value": 1} for job in jobs)
    more = far.requests - before
    assert more["find"] == 1
    assert more["cat_file"] <= 50
    again, before = SharedStore(URL, tmp_path / "b", far.objects()), far.requests.copy()
    again.foresee("evaluations", jobs)
    assert all(again.record("evaluations", job) == {"value": 1} for job in jobs)
    assert (far.requests - before).total() == 1


def test_a_network_that_fails_every_third_request(tmp_path: Path):
    far = Far()

    def fault(name: str, number: int) -> None:
        if number % 3 == 0:
            raise ConnectionResetError(errno.ECONNRESET, "reset by peer")

    far.fault = fault
    here, there = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    for number in range(10):
        here.publish("trainings", f"{number:020x}", lambda folder, number=number: one(folder, number))
    there.bring("trainings", [f"{number:020x}" for number in range(10)])
    assert [there.record("trainings", f"{number:020x}")["value"] for number in range(10)] == list(range(10))
    assert not there.damaged


def test_a_network_that_is_down_is_one_clear_error(tmp_path: Path):
    far = Far()
    here = far.at(tmp_path / "a")

    def fault(name: str, number: int) -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    far.fault = fault
    for ask in (
        lambda: here.publish("trainings", JOB, one),
        lambda: here.has("trainings", JOB),
        lambda: here.has_now("trainings", JOB),
        here.exists,
        here.prepare,
        lambda: built_studies(here),
        lambda: SharedStore(URL, tmp_path / "b", far.objects()).bring("trainings", [JOB]),
    ):
        with pytest.raises(StiltsReportError, match=r"--store memory://bucket/store: cannot be used: .*refused \(tried 6 times\)"):
            ask()
    assert not list((tmp_path / "a" / "scratch").iterdir())


def test_a_store_that_may_only_be_read_is_found_out_before_work_begins(tmp_path: Path):
    far = Far()
    far.at(tmp_path / "a").publish("trainings", JOB, one)

    def fault(name: str, number: int) -> None:
        if name in ("pipe_file", "put_file", "rm_file"):
            raise PermissionError(errno.EACCES, "Access Denied")

    far.fault = fault
    reader = SharedStore(URL, tmp_path / "b", far.objects())
    with pytest.raises(StiltsReportError, match="Access Denied; credentials come from the environment"):
        reader.prepare()
    assert reader.record("trainings", JOB) == {"value": 1}
    reader.bring("trainings", [JOB])
    reader.check("trainings", JOB, content=True)


def test_another_version_is_refused(tmp_path: Path):
    far = Far()
    far.objects().write("store.json", b'{"format": "stiltsreport store", "version": 99}')
    with pytest.raises(StiltsReportError, match="format 99"):
        far.at(tmp_path)
    far.objects().write("store.json", b"<html>")
    with pytest.raises(StiltsReportError, match="cannot be used"):
        far.at(tmp_path)


def test_studies_are_known_to_all(tmp_path: Path):
    far = Far()
    here, there = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    needs = {"trainings": (JOB,), "checkpoints": (), "evaluations": (), "translations": ()}
    study = BuiltStudy("small", "/elsewhere/small.yaml", (), "2026-01-01", needs, ())
    record_study(here, study)
    assert built_studies(there) == [study]
    forget_studies(there, [study])
    assert built_studies(here) == []


def test_lines_of_a_log_are_never_lost(tmp_path: Path):
    far = Far()
    stores = [far.at(tmp_path / letter) for letter in "abcd"]
    start = threading.Barrier(4)

    def look(number: int) -> None:
        start.wait()
        with stores[number].log("looks/small.jsonl"), (stores[number].folder / "looks" / "small.jsonl").open("a") as stream:
            stream.write(f'{{"seeds": {number}}}\n')

    threads = [threading.Thread(target=look, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        with store.log("looks/small.jsonl"):
            lines = (store.folder / "looks" / "small.jsonl").read_text().splitlines()
        assert sorted(json.loads(line)["seeds"] for line in lines) == [0, 1, 2, 3]
    assert len([key for key in far.names() if key.startswith("looks/")]) == 4


def test_a_log_that_has_lost_a_line_goes_on_behind_the_last_one(tmp_path: Path):
    far = Far()
    store = far.at(tmp_path / "a")
    for number, line in ((1, "a"), (3, "c")):  # the second was removed by hand
        far.objects().write(f"looks/small.jsonl/{number:06}", f"{line}\n".encode())
    before = far.requests.total()

    def patience(name: str, number: int) -> None:
        assert number < before + 50

    far.fault = patience
    with store.log("looks/small.jsonl"), (store.folder / "looks" / "small.jsonl").open("a") as stream:
        stream.write("d\n")
    assert far.objects().read("looks/small.jsonl/000004") == b"d\n"
    with store.log("looks/small.jsonl"):
        assert (store.folder / "looks" / "small.jsonl").read_text() == "a\nc\nd\n"


@pytest.mark.parametrize("what", ["torn", "marked", "removed"])
def test_where_the_first_ones_is_damaged_or_gone_the_second_ones_counts(tmp_path: Path, what: str):
    """The first names its own while the second uploads; before the second has looked again, that is of no use any more."""
    far = Far()
    here, late = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    first: list[str] = []

    def interfere(name: str, number: int) -> None:
        if name != "pipe_file":  # the second names his own
            return
        far.fault = lambda _name, _number: None
        before = far.names()
        here.publish("trainings", JOB, one)
        first.extend(key for key in far.names() if key not in before)
        if what == "torn":
            far.objects().write(next(key for key in first if key.endswith("weights.bin")), b"?")
        elif what == "marked":
            far.objects().create(f"trainings/{JOB[:2]}/{JOB}.1.damaged", b"{}")
        else:
            far.lost = remove

    def remove(name: str, number: int) -> None:
        if name == "cat_file":  # the second has been told that the first was quicker
            far.lost = lambda _name, _number: None
            far.objects().delete(first)

    far.fault = interfere
    folder = late.publish("trainings", JOB, lambda into: one(into, 2))
    assert (folder / "more" / "weights.bin").read_bytes() == b"\2" * 5000
    assert late.has("trainings", JOB)
    third = far.at(tmp_path / "c")
    assert (third.verified("trainings", JOB) / "more" / "weights.bin").read_bytes() == b"\2" * 5000


def test_what_is_damaged_each_time_it_is_published_is_said(tmp_path: Path):
    far = Far()
    here = far.at(tmp_path / "a")

    def mark(name: str, number: int) -> None:
        if name == "pipe_file":
            far.fault = far.lost = lambda _name, _number: None
            number = 1 + len([key for key in far.names() if key.startswith("trainings/") and key.endswith(".json")])
            far.objects().create(f"trainings/{JOB[:2]}/{JOB}.{number}.json", b"somebody else's")
            far.objects().create(f"trainings/{JOB[:2]}/{JOB}.{number}.damaged", b"{}")
            far.fault = mark

    far.fault = mark
    with pytest.raises(StiltsReportError, match=r"memory://bucket/store: cannot be used: .*damaged or gone"):
        here.publish("trainings", JOB, one)


def test_one_process_of_a_machine_leaves_the_copy_that_another_has_just_fetched(tmp_path: Path):
    """Both find a damaged copy; the second, which is slow, finds a whole one in its place."""
    far = Far()
    quick, slow = far.at(tmp_path / "a"), far.at(tmp_path / "a")
    folder = quick.publish("trainings", JOB, one)
    (folder / "more" / "weights.bin").write_bytes(b"\3" * 5000)
    checked = Store.check
    fetched: list[int] = []

    def check(self: Store, *arguments: object, **named: object) -> None:
        try:
            checked(self, *arguments, **named)
        except DamagedArtifact:
            if self is slow and not fetched:
                quick.verified("trainings", JOB)
                fetched.append(folder.stat().st_mtime_ns)
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "check", check)
        slow.verified("trainings", JOB)
    assert fetched == [folder.stat().st_mtime_ns]
    assert (folder / "more" / "weights.bin").read_bytes() == b"\1" * 5000


def test_a_copy_of_what_no_longer_counts_is_replaced_whoever_has_left_it(tmp_path: Path):
    """Another process of this machine, whose own was found damaged elsewhere, has put its files where those that count lay."""
    far = Far()
    here, there = far.at(tmp_path / "a"), far.at(tmp_path / "b")
    folder = here.publish("trainings", JOB, one)
    stale = tmp_path / "stale"
    shutil.copytree(folder, stale)
    far.objects().create(f"trainings/{JOB[:2]}/{JOB}.1.damaged", b"{}")
    there.publish("trainings", JOB, lambda into: one(into, 2))
    here.refresh()
    here.bring("trainings", [JOB])
    shutil.rmtree(folder)
    stale.rename(folder)
    assert (here.verified("trainings", JOB) / "more" / "weights.bin").read_bytes() == b"\2" * 5000


def test_processes_of_one_machine_share_its_folder(tmp_path: Path):
    """Four at the same moment, in one folder: each finds the files of the one that counts, whole, as soon as it has published."""
    far = Far(seconds=0.001)
    for turn in range(10):
        job, start, found = f"{turn:020x}", threading.Barrier(4), []

        def publish(number: int, job: str = job, start: threading.Barrier = start, found: list[bytes] = found) -> None:
            store = far.at(tmp_path / "a")
            start.wait()
            folder = store.publish("trainings", job, lambda into: one(into, number + 1))
            found.append((folder / "more" / "weights.bin").read_bytes())
            store.check("trainings", job, content=True)

        threads = [threading.Thread(target=publish, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4
        assert len(set(found)) == 1


def test_a_node_that_nobody_has_prepared_publishes_too(tmp_path: Path):
    far = Far()
    far.at(tmp_path / "a")
    node = SharedStore(URL, tmp_path / "node" / "deep", far.objects(), whole=False)
    with node.lease(JOB):
        node.publish("trainings", JOB, one)
        node.publish_tokens("key", lambda file: file.write_bytes(b"x"))
        node.note_failure(OTHER, "why")
    assert node.verified("trainings", JOB)
    assert node.failure(OTHER) == "why"
