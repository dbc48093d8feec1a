from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from stiltsreport.cli.mending import mend
from stiltsreport.store import Store
from tests.store.far import JOB, OTHER, one


def test_a_damaged_answer_of_a_prompt_is_put_aside_as_any_evaluation(tmp_path: Path):
    """Else it would count as missing for ever: what is in its place is not made again."""
    store = Store(tmp_path / "store")
    store.prepare()
    for job in (JOB, OTHER):
        (store.publish("evaluations", job, one) / "curve.jsonl").unlink()
    plan = SimpleNamespace(translations=[], trainings={}, evaluations={OTHER: None}, prompts=[SimpleNamespace(id=JOB)], asked=[JOB])
    lines = mend(plan, store)  # type: ignore[arg-type]
    assert [line.split()[:4] for line in lines] == [["evaluations", job, "was", "damaged"] for job in (JOB, OTHER)]
    assert not store.damaged
    assert not store.path("evaluations", JOB).exists()
