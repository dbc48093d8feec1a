"""A damaged store through the command line: said, shown as missing, and mended by the next build, to the same scores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.studies import Desk


@pytest.fixture
def broken(desk: Desk, built_desk: Desk) -> Desk:
    """A copy of the built store, to be hurt."""
    shutil.copytree(built_desk.folder / "store", desk.folder / "store")
    shutil.copytree(built_desk.folder / "reports", desk.folder / "reports")
    desk.study()
    return desk


def scores(desk: Desk) -> str:
    return (desk.folder / "reports" / "small" / "scores.jsonl").read_text(encoding="utf-8")


def mended(broken: Desk, built_desk: Desk, capsys: pytest.CaptureFixture[str]) -> str:
    """Build, and compare with the undisturbed one; what was said."""
    built = broken.run(capsys, "build", broken.folder / "small.yaml")
    assert built.code == 0, built.err
    assert scores(broken) == scores(built_desk)
    status = broken.run(capsys, "status", broken.folder / "small.yaml")
    assert "everything is stored" in status.out
    assert "damaged" not in status.err
    return built.err


def test_truncated_artifacts(broken: Desk, built_desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """An evaluation with each of its files cut short, one that is a link to elsewhere, and a training without a record."""
    study, store = broken.folder / "small.yaml", broken.folder / "store"
    *hurt, linked = sorted((store / "evaluations").glob("*/*"))[:4]
    lines = []
    for artifact, name in zip(hurt, ("record.json", "predictions.jsonl", "items.arrow"), strict=True):
        file = artifact / name
        whole = file.stat().st_size
        file.write_bytes(file.read_bytes()[: whole // 2])
        lines.append((artifact.name, f"{name} has {whole // 2:,} bytes, {whole:,} were written"))
    outside = tmp_path / "outside"
    linked.rename(outside)
    linked.symlink_to(outside)
    lines.append((linked.name, "is a link, which may lead out of the store"))
    (min((store / "trainings").glob("*/*")) / "record.json").write_bytes(b"")

    reported = broken.run(capsys, "report", study)
    assert reported.code == 0, reported.err
    assert "Traceback" not in reported.err
    for job, line in lines:
        assert f"evaluations {job} is damaged and counts as missing: {line}; the next `build` makes it again" in reported.err
        assert job not in scores(broken)
    assert "its stored result is damaged" in (broken.folder / "reports" / "small" / "report.html").read_text(encoding="utf-8")

    state = json.loads(broken.run(capsys, "status", study, "--json").out)
    assert state["evaluations"]["stored"] == state["evaluations"]["jobs"] - 4
    assert state["trainings"]["stored"] == state["trainings"]["jobs"] - 1
    assert hurt[0].exists()  # neither has touched anything

    said = mended(broken, built_desk, capsys)
    for job, line in lines:
        assert f"evaluations {job} was damaged ({line}): moved to" in said
    assert len(list((store / "quarantine").iterdir())) == 5
    assert (outside / "record.json").is_file()
    assert not linked.is_symlink()


def test_a_checkpoint_with_a_changed_byte_is_made_again_in_the_same_build(
    broken: Desk, built_desk: Desk, capsys: pytest.CaptureFixture[str]
):
    """Sizes are as they were: what reads it sees it, and the training and what rests on it run in the next round."""
    store = broken.folder / "store"
    checkpoint = min((store / "checkpoints").glob("*/*"))
    file = checkpoint / "encoder.safetensors"
    content = bytearray(file.read_bytes())
    content[-5] ^= 64
    file.write_bytes(content)
    for artifact in [
        *(store / "evaluations").glob("*/*"),
        *(path for path in (store / "trainings").glob("*/*") if path.name != checkpoint.name),
    ]:
        shutil.rmtree(artifact)
    said = mended(broken, built_desk, capsys)
    assert f"checkpoints {checkpoint.name}: is damaged (encoder.safetensors is not what was written: its sha256 differs)" in said
    assert "the next round" in said
    assert (store / "checkpoints" / checkpoint.name[:2] / checkpoint.name / "encoder.safetensors").read_bytes() != content


def test_torn_tokens_and_memo_are_made_again(broken: Desk, built_desk: Desk, capsys: pytest.CaptureFixture[str]):
    from stiltsreport.execute.encoding import forget_tables

    store = broken.folder / "store"
    (store / "memo.json").write_text('{"version": 2, "files": {"')
    for kind in ("evaluations", "trainings", "checkpoints"):
        shutil.rmtree(store / kind)
    tables = sorted((store / "tokens").glob("*.arrow"))
    for place, table in enumerate(tables):
        content = table.read_bytes()
        table.write_bytes(content[: len(content) // 2] if place % 2 else b"")
    forget_tables()
    mended(broken, built_desk, capsys)
    assert all(table.stat().st_size > 100 for table in tables)
    json.loads((store / "memo.json").read_text())
