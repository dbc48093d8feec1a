"""`gc` through the command line: it says, asks, and removes what no study needs."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from stiltsreport.store import Store
from tests.cli.studies import Desk, ran


@pytest.fixture
def filled(desk: Desk, built_desk: Desk) -> Desk:
    """A copy of the built store."""
    shutil.copytree(built_desk.folder / "store", desk.folder / "store")
    return desk


def gc(desk: Desk, *more: str) -> list[str]:
    return ["gc", "--store", str(desk.folder / "store"), *more]


def test_what_a_built_study_needs_stays(filled: Desk, built_desk: Desk, capsys: pytest.CaptureFixture[str]):
    before = filled.jobs()
    found = ran(capsys, gc(filled, "--yes"))
    assert found.code == 0, found.err
    assert f"small: {built_desk.folder / 'small.yaml'}, built 20" in found.out
    assert "nothing is there that they do not need" in found.out
    assert filled.jobs() == before


def test_it_asks_and_heeds_the_answer(filled: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """One evaluation is no longer the study's, as after a build of the same file with a language less."""
    record = next((filled.folder / "store" / "studies").glob("*.json"))
    found = json.loads(record.read_text())
    first, *others = found["needs"]["evaluations"]
    found["needs"]["evaluations"] = others
    record.write_text(json.dumps(found))

    refused = ran(capsys, gc(filled))
    assert refused.code == 2
    assert "1 pieces of" in refused.err
    assert "--yes removes them, --dry-run says what they are" in refused.err

    told = json.loads(ran(capsys, gc(filled, "--dry-run", "--json")).out)
    assert told["removed"] is False
    assert told["unneeded"]["evaluations"]["pieces"] == 1
    assert told["bytes"] == told["unneeded"]["evaluations"]["bytes"] > 100

    class Answer(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Answer("\n"))
    asked = ran(capsys, gc(filled))
    assert asked.code == 0
    assert "not needed by any of them:\n  evaluations: 1, " in asked.out
    assert "remove all of this? [y/N]" in asked.err
    assert first in filled.jobs()

    monkeypatch.setattr("sys.stdin", Answer("y\n"))
    agreed = ran(capsys, gc(filled))
    assert agreed.code == 0
    assert "removed:\n  evaluations: 1, " in agreed.out
    assert set(others) <= filled.jobs()
    assert first not in filled.jobs()


def test_a_forgotten_study_goes_unless_its_file_is_named(filled: Desk, capsys: pytest.CaptureFixture[str]):
    before = filled.jobs()
    unknown = ran(capsys, gc(filled, "--forget", "large"))
    assert unknown.code == 2
    assert "no such study was built on this store; known: small" in unknown.err

    # The same study in another file needs the same jobs.
    kept = ran(capsys, gc(filled, str(filled.study("other")), "--data", str(filled.data), "--forget", "small", "--yes", "--json"))
    assert kept.code == 0, kept.err
    told = json.loads(kept.out)
    assert [study["name"] for study in told["studies"]] == ["other"]
    assert (told["unneeded"], told["removed"]) == ({}, True)
    assert filled.jobs() == before

    bare = ran(capsys, gc(filled, "--yes"))
    assert bare.code == 2
    assert "no study is known to rest on it" in bare.err
    assert filled.jobs() == before


def test_while_another_study_is_built_nothing_goes(filled: Desk, capsys: pytest.CaptureFixture[str]):
    before = filled.jobs()
    with Store(filled.folder / "store").lease("a unit of another study"):
        found = ran(capsys, gc(filled, "--forget", "small", "--yes"))
    assert found.code == 2
    assert "a build of a study that does not count works on it" in found.err
    assert filled.jobs() == before


def test_where_there_is_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    found = ran(capsys, ["gc", "--store", str(tmp_path / "nowhere")])
    assert found.code == 2
    assert "is no store" in found.err
    assert not (tmp_path / "nowhere").exists()
