"""Pages of examples beside a built report: texts on them alone, links from the report, and their removal."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.cli.examples import NEED_STORE
from stiltsreport.plan.jobs import Evaluate
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.cli.studies import Desk
from tests.results.kept import write

HOSTILE = '<script>alert("x")</script> \u202e\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \U0001f642'
ASKED = ("--set", "report.examples=2")


@pytest.fixture
def turned(built_desk: Desk, tmp_path: Path) -> Desk:
    """A copy of the built study with hostile German sentences, in which HellaSwag turns one item of XNLI right in both languages."""
    for name in ("store", "reports"):
        shutil.copytree(built_desk.folder / name, tmp_path / name)
    shutil.copytree(built_desk.data, tmp_path / "data")
    shutil.copy(built_desk.folder / "small.yaml", tmp_path)
    desk = Desk(tmp_path, built_desk.model, tmp_path / "data")
    store, plan = Store(tmp_path / "store"), planned(desk)
    for run in plan.runs:
        for job in run.evaluations:
            if run.target == "xnli":
                answer_anew(store, job, turns=run.intermediate == "hellaswag")
    return desk


def answer_anew(store: Store, job: Evaluate, *, turns: bool) -> None:
    """Put another evaluation in place of a stored one: all right, but for its first item where nothing turns it."""
    folder, kept = store.path("evaluations", job.id), store.folder / "kept"
    shutil.move(folder, kept)
    rows = [json.loads(line) for line in (kept / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
    gold = [row["gold"] for row in rows]
    wrong = "neutral" if gold[0] != "neutral" else "contradiction"
    answers = [(row["id"], one, row["gold"]) for row, one in zip(rows, [gold[0] if turns else wrong, *gold[1:]], strict=True)]

    def publish(scratch: Path) -> None:
        shutil.copy(kept / "record.json", scratch)
        write(scratch, job.data.task, job.protocol, job.language, answers)

    store.publish("evaluations", job.id, publish)
    shutil.rmtree(kept)


def planned(desk: Desk) -> Plan:
    return plan_study(read_study(desk.folder / "small.yaml", data=desk.data), Memo(), Lock())


def test_texts_stand_on_their_own_page_alone(turned: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    study, folder = turned.folder / "small.yaml", turned.folder / "reports" / "small"
    ran = turned.run(capsys, "report", study, *ASKED)
    assert ran.code == 0, ran.err
    page = (folder / "examples" / "xnli.html").read_text(encoding="utf-8")
    report = (folder / "report.html").read_text(encoding="utf-8")
    job = next(job for run in planned(turned).runs for job in run.evaluations if run.target == "xnli" and job.language == "de")
    lines = Path(job.data.source.files[0].path).read_text(encoding="utf-8").splitlines()
    sentence = lines[int(re.search(r"Item (\d+),", page)[1]) - 1].split("\t")[0]  # type: ignore[index]
    assert f'<p lang="de" dir="auto">{sentence}</p>' in page
    assert "turns in 2 of 2 languages" in page
    others = [file for file in folder.rglob("*") if file.is_file() and file.parent.name != "examples" and file.suffix != ".pdf"]
    assert others
    assert all(sentence not in file.read_text(encoding="utf-8") for file in others)
    (link,) = re.findall(r'<a href="(examples/xnli\.html#[^"]*)">2 of 2</a>', report)
    assert f'id="{link.partition("#")[2]}"' in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "<script" not in page


def test_hostile_texts_are_shown_as_they_are(turned: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import stiltsreport.results.example_items as gathered

    read = gathered.used
    # Words of a data set that would be markup: an edited file would be another set, so they are put in behind its fingerprint.
    monkeypatch.setattr(
        gathered,
        "used",
        lambda one: (
            tuple(replace(example, first=HOSTILE) if hasattr(example, "first") else example for example in read(one))
            if one.use.task.name == "xnli"
            else read(one)
        ),
    )
    assert turned.run(capsys, "report", turned.folder / "small.yaml", *ASKED).code == 0
    page = (turned.folder / "reports" / "small" / "examples" / "xnli.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; \u202e\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \U0001f642</p>" in page


def test_pages_go_with_the_wish_and_without_a_store(turned: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    study, folder = turned.folder / "small.yaml", turned.folder / "reports" / "small"
    assert turned.run(capsys, "report", study, *ASKED).code == 0
    assert (folder / "examples" / "xnli.html").is_file()
    shutil.copytree(folder, turned.folder / "copy")
    ran = turned.run(capsys, "report", study, "--from", str(turned.folder / "copy"), *ASKED)
    assert NEED_STORE in ran.err
    assert not (folder / "examples" / "xnli.html").exists()
    assert "items-xnli" in (folder / "report.html").read_text(encoding="utf-8")  # ids and signs come from the folder
    assert turned.run(capsys, "report", study).code == 0
    assert not list((folder / "examples").glob("*"))


def test_data_that_are_gone_are_said_in_one_note(turned: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import stiltsreport.results.example_items as gathered

    def gone(_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(gathered, "used", gone)
    ran = turned.run(capsys, "report", turned.folder / "small.yaml", *ASKED)
    assert ran.code == 0
    assert sum("no examples of" in line for line in ran.err.splitlines()) == 1
    assert "fetch" in ran.err
