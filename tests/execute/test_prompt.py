"""Prompting through the tool: planned, asked of a tiny decoder, stored, gathered, and never among the gains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.cli.opening import open_study, pretrained, uses
from stiltsreport.cli.options import Options
from stiltsreport.cli.status import state, text
from stiltsreport.execute import prompt as prompting
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.perform import perform
from stiltsreport.plan.frozen import frozen, thawed
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.results.collect import gather, scores
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.prompting import asked_scores
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.modeling.prompting.decoders import make_language_model
from tests.tiny import make_tiny_data

TEXT = """\
title: Asked
models: [{decoder}]
target: [{{task: xnli, languages: [de, en], train: snli}}, {{task: xcopa, languages: [id]}}, {{task: xquad, languages: [de]}}, {{task: tatoeba, languages: [de]}}]
seeds: [1]
limit: {{evaluate: 3}}
prompting: {{shots: [0, 2], prompts: 3}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prompting")
    make_language_model(folder / "decoder")
    make_tiny_data(folder / "data")
    return folder


def planned(folder: Path, *settings: str, only: tuple[str, ...] = ()) -> Plan:
    file = folder / "asked.yaml"
    file.write_text(TEXT.format(decoder="decoder"), encoding="utf-8")
    return plan_study(read_study(file, settings, folder / "data"), Memo(None), Lock(), only=only)


def test_every_template_is_asked_in_every_language_and_retrieval_is_left_out(folder: Path) -> None:
    plan = planned(folder)
    names = [(job.data.task.name, job.language, job.shots, job.number) for job in plan.prompts]
    assert len(names) == len(set(names)) == (2 + 1 + 1) * 2 * 3
    assert {name for name, _, _, _ in names} == {"xnli", "xcopa", "xquad"}
    assert len({job.id for job in plan.prompts}) == len(plan.prompts)
    assert len([unit for unit in missing_units(plan, Nothing()) if unit.prompts]) == 3 * 2
    shown = {job.data.task.name: job.demonstrations.task.name for job in plan.prompts if job.demonstrations}
    assert shown == {"xnli": "snli", "xcopa": "copa", "xquad": "squad"}


def test_what_is_asked_is_the_job(folder: Path) -> None:
    ids = {(job.name, job.language): job.id for job in planned(folder).prompts}
    other = {(job.name, job.language): job.id for job in planned(folder, "limit.train=5").prompts}
    assert {name for name in ids if ids[name] != other[name]} == {name for name in ids if "/prompted-2/" in name[0]}
    more = {
        (job.name, job.language): job.id for job in planned(folder, "prompting.prompts=4", "prompting.shots=[0]", "title=Other").prompts
    }
    assert {name: more[name] for name in ids if name in more} == {name: ids[name] for name in ids if "/prompted-0/" in name[0]}
    one = planned(folder, only=("*/prompted-0/xnli/1",))
    assert [(job.name, job.language) for job in one.prompts] == [("decoder/prompted-0/xnli/1", "de"), ("decoder/prompted-0/xnli/1", "en")]


@pytest.mark.parametrize(
    "setting",
    [
        "models=[{name: decoder, adaptation: qlora}, {name: decoder, adaptation: lora}]",
        "recipes={target: {attention: bidirectional}}",
        "recipes={target: {max_length: 99, n_best: 3}}",
    ],
)
def test_how_a_model_is_trained_is_no_part_of_what_it_is_asked(folder: Path, setting: str) -> None:
    before = {(job.name, job.language): job.id for job in planned(folder).prompts}
    found = planned(folder, setting).prompts
    assert {(job.name, job.language): job.id for job in found} == before
    assert {job.checkpoint.model.name for job in found} == {"decoder"}


@pytest.mark.parametrize(("entry", "targets"), [("max_answer_length: 7", {"xquad"}), ("precision: bfloat16", {"xnli", "xcopa", "xquad"})])
def test_what_an_answer_depends_on_is_part_of_it(folder: Path, entry: str, targets: set[str]) -> None:
    before = {(job.name, job.language): job.id for job in planned(folder).prompts}
    found = planned(folder, f"recipes={{target: {{{entry}}}}}").prompts
    assert {job.data.task.name for job in found if before[job.name, job.language] != job.id} == targets


def test_two_models_of_one_checkpoint_are_asked_once_and_shown_both(folder: Path) -> None:
    alone = planned(folder)
    both = planned(folder, "models=[{name: decoder, adaptation: lora}, twin]", "define={models: {twin: {checkpoint: decoder}}}")
    assert {job.checkpoint.model.name for job in both.prompts} == {"decoder", "twin"}
    assert len(both.prompts) == 2 * len(alone.prompts)
    assert set(both.asked) == {job.id for job in alone.prompts}
    units = [unit for unit in missing_units(both, Nothing()) if unit.prompts]
    assert [unit.id for unit in units] == [unit.id for unit in missing_units(alone, Nothing()) if unit.prompts]
    assert sum(len(unit.prompts) for unit in units) == len(alone.prompts)
    assert {name.partition("/")[0] for unit in units for name in unit.names} == {"decoder", "twin"}
    answered = {job: {"values": {"accuracy": 50.0, "exact match": 1.0, "f1": 2.0}, "n": 3} for job in both.asked}
    rows = [row for row in scores(both, answered) if row.stage == "prompted"]
    assert {(row.model, row.job) for row in rows} == {(name, job) for name in ("decoder", "twin") for job in both.asked}
    found = asked_scores(both.study, rows)
    assert [one.mean for one in found if one.model == "decoder"] == [one.mean for one in found if one.model == "twin"]
    assert {one.model for one in found} == {"decoder", "twin"}


def test_what_prompts_read_and_ask_is_looked_at_before_they_run(folder: Path) -> None:
    """Of a study cut down to its prompts: their sets and demonstrations are read by `check`, and the decoder's folder is looked into."""
    plan = planned(folder, only=("*/prompted-2/xcopa/*",))
    assert not plan.runs
    assert {(use.task.name, use.source.split) for use in uses(plan)} == {("xcopa", "test"), ("copa", "train")}
    assert [start.model.name for start in pretrained(plan)] == ["decoder"]


def test_status_tells_of_prompts_and_of_the_time_that_they_take(folder: Path, tmp_path: Path) -> None:
    planned(folder)  # writes the study
    given = {"study": str(folder / "asked.yaml"), "data": folder / "data", "store": str(tmp_path), "only": ("*/prompted-0/xnli/*",)}
    found = state(open_study(Options("status", **given), "cpu"), "cpu")
    assert found["prompts"] == {"jobs": 2 * 3, "stored": 0}
    assert found["seconds_left"] > 0
    assert "prompts: 0 of 6 stored" in text(found)


class Nothing:
    def has(self, kind: str, job: str) -> bool:
        return False


def test_prompts_are_answered_stored_and_gathered_apart_from_all_gains(folder: Path, tmp_path: Path) -> None:
    plan = planned(folder, only=("*/prompted-*/x[nc]*",))
    store = Store(tmp_path)
    store.prepare()
    settings = WorkerSettings(str(store.folder), offline=True, device="cpu")
    units = [unit for unit in missing_units(plan, store) if unit.prompts]
    assert len(units) == 4
    for unit in units:
        outcome = perform(thawed(frozen(unit)), settings, lambda event: None)
        assert outcome.state == "done", outcome.error
    assert missing_units(plan, store) == []
    assert prompting._loaded.cache_info().currsize == 1  # one for all units
    (unit, *_) = (unit for unit in missing_units(planned(folder), Nothing()) if not unit.prompts)
    perform(replace(unit, chain=(), evaluations=()), settings, lambda event: None)
    assert prompting._loaded.cache_info().currsize == 0  # its memory is a training's
    results = gather(plan, store)
    costs = {(row.kind, row.task): row for row in results.efficiency}
    assert set(costs) == {(f"prompted-{shots}", task) for shots in (0, 2) for task in ("xnli", "xcopa")}
    for row in costs.values():
        assert (row.model, row.joules_per_example) == ("decoder", None)
        assert row.tokens_per_second is not None
        assert row.latency_seconds is not None
        assert row.utilisation is not None
        assert row.tokens_per_second > row.examples_per_second > 0
        assert row.latency_seconds > 0
        assert 0 < row.utilisation < 1
    rows = [row for row in results.scores if row.stage == "prompted"]
    assert {(row.variant, row.intermediate, row.model) for row in rows} == {
        ("prompted-0", "none", "decoder"),
        ("prompted-2", "none", "decoder"),
    }
    assert sorted({row.seed for row in rows}) == [1, 2, 3]
    assert all(0 <= row.value <= 100 and row.n == 3 for row in rows)
    assert len(rows) == len(results.scores) == len(plan.prompts)
    aggregates = Aggregates(plan.study, results.scores)
    assert aggregates.task("decoder", "plain", "none", "xnli") is None
    assert aggregates.arms("decoder") == [("plain", "none")]


def test_a_study_without_a_decoder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("title: T\nmodels: [xlmr-base]\ntarget: [xnli]\nprompting: {}\n", encoding="utf-8")
    with pytest.raises(Exception, match="no model of the study is a decoder"):
        read_study(tmp_path / "s.yaml")
    (tmp_path / "s.yaml").write_text(
        "title: T\nmodels: [xlmr-base]\ntarget: [tatoeba]\nprompting: {prompts: 2, shots: [1, 1]}\n", encoding="utf-8"
    )
    with pytest.raises(Exception, match=r"(?s)greater than or equal to 3|prompts") as caught:
        read_study(tmp_path / "s.yaml")
    assert "no target can be asked for in words" in str(caught.value)
