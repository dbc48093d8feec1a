"""Every method through real trainings of adapters: mixtures, MLM, robust and few-shot training, chains of stages, retrieval."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from stiltsreport.modeling.adapter import load_adapters
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.plan import chain
from stiltsreport.plan.units import missing_units
from tests.execute.test_methods import Methods


@pytest.mark.slow
@pytest.mark.parametrize(
    "adaptation", ["{method: lora, rank: 4, stack: stacked}", "{method: dora, rank: 4, dropout: 0.1}"], ids=["stacked", "merged"]
)
def test_every_cell_of_every_arm_is_there(tmp_path: Path, tiny_model: Path, tiny_data: Path, adaptation: str) -> None:
    methods = Methods(tmp_path, tiny_model, tiny_data)
    model, arms = f"models=[{{name: {tiny_model}, adaptation: {adaptation}}}]", "intermediate=[{name: two, tasks: [siqa, squad]}]"
    steps = methods.build(model, arms, "target=[{task: xcopa, languages: [id]}]", "variants=[]")
    assert any(train.carries_head for train in steps.trainings.values())
    plan = methods.build(model, arms, "target=[{task: xnli, languages: [de, sw], train: snli}, {task: tatoeba, languages: [de]}]")
    assert not plan.gaps
    assert not missing_units(plan, methods.store)
    for job in (*steps.evaluations.values(), *plan.evaluations.values()):
        assert methods.store.record("evaluations", job.id)["n"] > 0
    # A checkpoint holds an adapter for each training behind it, and the earlier ones as the study says.
    depths: Counter[int] = Counter()
    for train in plan.trainings.values():
        folder = methods.store.path("checkpoints", train.id)
        if not folder.is_dir():
            continue
        assert not (folder / "encoder.safetensors").exists()
        adapters = load_adapters(folder)
        depth = len([one for one in chain(train) if isinstance(one, Train)])
        assert len(adapters) == depth
        assert [one.merged for one in adapters] == [*[adaptation.startswith("{method: dora")] * (depth - 1), False]
        assert {name.partition(".layer.")[2].partition(".")[0] for name in adapters[-1].layers} == {"0", "1"}
        depths[depth] += 1
    assert depths[1] >= 3
    assert depths[2] >= 1, "few-shot sets of several languages start from one kept target checkpoint"
    records = [methods.store.record("trainings", train.id) for train in plan.trainings.values()]
    assert all(json.dumps(record).count("NaN") == 0 for record in records)
