"""What no study needs: what counts, what is swept, and what is never touched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.store import KINDS, Store
from stiltsreport.store.processes import machine_name
from stiltsreport.store.studies import BuiltStudy, built_studies, forget_studies, named, record_study
from stiltsreport.store.sweeping import remove, size, unneeded

A, B = "aa" * 10, "bb" * 10


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path / "store")
    found.prepare()
    return found


def publish(store: Store, *jobs: str) -> None:
    for kind in KINDS:
        for job in jobs:
            store.publish(kind, job, lambda folder: (folder / "record.json").write_text("{}") and None)


def swept(store: Store, job: str, units: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Names of what would go, by kind, where `job` alone counts."""
    found: dict[str, list[str]] = {}
    for piece in unneeded(store, {kind: {job} for kind in KINDS}, {job, *units}, time.time()):
        found.setdefault(piece.kind, []).append(piece.path.name)
    return found


def test_artifacts_of_other_jobs_go_and_all_of_a_piece(store: Store):
    publish(store, A, B)
    found = unneeded(store, {"trainings": {A}, "checkpoints": {A, B}, "evaluations": set(), "translations": {A}}, set(), time.time())
    assert [(piece.kind, piece.path.name) for piece in found] == [
        ("trainings", B), ("evaluations", A), ("evaluations", B), ("translations", B),
    ]  # fmt: skip
    folder = store.path("evaluations", A)
    assert found[1].size == sum(file.stat().st_size for file in folder.iterdir()) == size(folder)
    remove(store, found)
    assert [store.has(kind, job) for kind in KINDS for job in (A, B)] == [True, False, True, True, False, False, True, False]
    assert list((store.folder / "scratch").iterdir()) == []


def test_attempts_of_what_is_held_or_to_be_tried_again_stay(store: Store):
    for unit in ("gone", "mine", A):
        store.note_failure(unit, "why")
    (store.attempt("old state") / "state").mkdir()
    store.attempt("slurm")  # of jobs in a queue
    with store.lease("held"):
        assert swept(store, A, ("mine",)) == {"attempts": ["gone", "old state"]}


def test_old_tokens_damaged_artifacts_and_leftovers_go(store: Store):
    for name, age in (("old", 31), ("new", 29)):
        file = store.publish_tokens(name, lambda file: file.write_bytes(b"x") and None)
        os.utime(file, (time.time() - age * 86400,) * 2)
    publish(store, A)
    store.quarantine("evaluations", A)
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    here = machine_name()
    for name, age in ((f"{here}~{done.pid}~x", 0), (f"{here}~{os.getpid()}~x", 9), ("elsewhere~1~new", 0), ("elsewhere~1~old", 2)):
        (store.folder / "scratch" / name).mkdir()
        os.utime(store.folder / "scratch" / name, (time.time() - age * 86400,) * 2)
    found = swept(store, A)
    assert found.pop("quarantine")[0].startswith(f"evaluations-{A}-")
    assert found == {"tokens": ["old.arrow"], "scratch": sorted(["elsewhere~1~old", f"{here}~{done.pid}~x"])}


def test_what_studies_share_and_what_was_seen_stays(store: Store):
    for name in ("looks", "overlaps", "pretrained", "studies"):
        (store.folder / name).mkdir()
        (store.folder / name / "x").write_text("x")
    store.memo.write_text("{}")
    assert swept(store, A) == {}


def test_a_link_is_removed_and_not_what_it_leads_to(store: Store, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    store.path("evaluations", B).parent.mkdir(parents=True)
    store.path("evaluations", B).symlink_to(outside)
    (store.folder / "evaluations" / "cc").symlink_to(outside)  # not even looked into
    publish(store, A)
    (store.path("evaluations", A) / "inner").symlink_to(outside)
    found = unneeded(store, {kind: set() for kind in KINDS}, set(), time.time())
    assert "precious" not in {piece.path.name for piece in found}
    assert sum(piece.size for piece in found) < 10_000
    remove(store, found)
    assert not store.path("evaluations", B).is_symlink()
    assert (outside / "precious").read_text() == "x"


def study(name: str, *jobs: str, path: str = "", overrides: tuple[str, ...] = ()) -> BuiltStudy:
    return BuiltStudy(name, path or f"/studies/{name}.yaml", overrides, "2026-01-01", dict.fromkeys(KINDS, jobs), ("u",))


def test_the_last_build_of_a_study_speaks_for_it(store: Store):
    record_study(store, study("one", A))
    record_study(store, study("two", B))
    record_study(store, study("one", A, B))
    record_study(store, study("one", B, overrides=("seeds=[1]",)))
    found = built_studies(store)
    assert found == [study("one", A, B), study("one", B, overrides=("seeds=[1]",)), study("two", B)]
    assert named(found, "one") == found[:2]
    assert named(found, "/studies/two.yaml") == found[2:]
    assert named(found, "three") == []
    forget_studies(store, found[:2])
    assert built_studies(store) == found[2:]


@pytest.mark.parametrize(
    "torn",
    [
        "",
        "{",
        "[]",
        '{"name": "x"}',
        '{"name": "x", "path": "", "overrides": [], "built": "", "needs": {"trainings": "ab"}, "units": []}',
    ],
)
def test_a_record_that_cannot_be_read_lets_nothing_go(store: Store, torn: str):
    record_study(store, study("one", A))
    (store.folder / "studies" / "x.json").write_text(torn)
    with pytest.raises(StiltsReportError, match=r"x\.json: cannot be read"):
        built_studies(store)
