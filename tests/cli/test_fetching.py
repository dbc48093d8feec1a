"""Pinning: STUDY.lock before anything runs, and one line where the Hub cannot be asked."""

from __future__ import annotations

from types import SimpleNamespace

import huggingface_hub
import pytest
import yaml

from tests.cli.studies import Desk

Capture = pytest.CaptureFixture[str]


class _Hub:
    """A Hub that knows commits and has no files."""

    asked: list[str]

    def __init__(self, endpoint: str | None = None) -> None:
        del endpoint

    def dataset_info(self, name: str) -> SimpleNamespace:
        self.asked.append(name)
        return SimpleNamespace(sha=f"{len(name):040x}")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> type[_Hub]:
    """The fake Hub in place of the real one."""
    monkeypatch.setattr(_Hub, "asked", [], raising=False)
    monkeypatch.setattr(huggingface_hub, "HfApi", _Hub)
    return _Hub


def test_a_local_study_asks_no_hub_and_writes_no_lock(built_desk: Desk, hub: type[_Hub], capsys: Capture) -> None:
    assert built_desk.run(capsys, "fetch", built_desk.folder / "small.yaml").code == 0
    assert hub.asked == []
    assert not (built_desk.folder / "small.lock").exists()


def test_only_what_local_files_do_not_hide_is_pinned(desk: Desk, hub: type[_Hub], capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    from stiltsreport.cli import fetch

    monkeypatch.setattr(fetch, "read", lambda *_: ())
    study = desk.study(intermediate="[]", target="[{task: xnli, languages: [de, fr], train: snli}]")
    result = desk.run(capsys, "fetch", study)
    assert result.code == 0
    lock = yaml.safe_load((desk.folder / "small.lock").read_text(encoding="utf-8"))
    assert lock == {"datasets": {"facebook/xnli": f"{13:040x}"}, "models": {}}
    hub.asked.clear()
    assert desk.run(capsys, "fetch", study).code == 0
    assert hub.asked == []  # what is pinned is not asked again


def test_without_a_network_it_is_one_line(desk: Desk, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreachable(_Hub):
        def dataset_info(self, name: str) -> SimpleNamespace:
            raise RuntimeError(f"no route to {name}\nand more")

    monkeypatch.setattr(huggingface_hub, "HfApi", Unreachable)
    for command in ("fetch", "build"):
        result = desk.run(capsys, command, desk.study(intermediate="[]", target="[{task: pawsx, languages: [de]}]"))
        assert result.code == 2
        assert "dataset google-research-datasets/paws-x: cannot be fetched: no route to" in result.err
        assert "and more" not in result.err
        assert not (desk.folder / "small.lock").exists()
        assert not desk.jobs()
