"""Every method through real trainings of the tiny encoder: from the plan to the store, round after round."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from stiltsreport.execute.inputs import remembered
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.known import Known
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.execute.conftest import STUDY, prepared, serially

SHOUT = "import sys; sys.stdout.writelines(line.upper() for line in sys.stdin)"
METHODS = """\
variants:
  - {{mlm: {{ratio: 0.5, vocabulary: met, max_length: 32, batch_size: 4}}}}
  - {{translated: {{to: [es], command: {command}}}}}
  - {{robust: {{method: adv, steps: 1}}}}
  - {{robust: rs-rp}}
  - {{robust: {{method: rs-da, synonyms: near.json, copies: 2}}}}
  - {{few_shot: {{examples: 3}}}}
  - {{name: average, recipes: {{target: {{selection: average}}}}}}
"""


class Methods:
    """A study of all methods on the tiny encoder, and how it is built."""

    def __init__(self, folder: Path, model: Path, data: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        shutil.copytree(data, self.data)
        (self.data / "mlm").mkdir(exist_ok=True)
        for language in ("en", "de", "id"):
            text = "".join(f"A line number {number} of some text.\n" for number in range(12))
            (self.data / "mlm" / f"{language}.txt").write_text(text, encoding="utf-8")
        (folder / "near.json").write_text(json.dumps({"the": ["a"], "a": ["the", "one"]}), encoding="utf-8")
        command = json.dumps(shlex.join([sys.executable, "-c", SHOUT]))
        text = STUDY.format(model=model).replace("intermediate: [squad]", INTERMEDIATES) + METHODS.format(command=command)
        (folder / "methods.yaml").write_text(text, encoding="utf-8")
        self.store = prepared(folder / "store")

    def plan(self, *overrides: str) -> Plan:
        study = read_study(self.folder / "methods.yaml", overrides, self.data)
        return plan_study(study, Memo(), Lock(), known=Known(self.store))

    def build(self, *overrides: str) -> Plan:
        """Round after round, as `build` does."""
        while True:
            plan = self.plan(*overrides)
            units = missing_units(plan, self.store)
            if not units:
                return plan
            outcomes = serially(units, self.store)
            assert {outcome.state for outcome in outcomes} == {"done"}, [outcome.error for outcome in outcomes if outcome.error]


INTERMEDIATES = "intermediate: [siqa, {name: two, tasks: [siqa, squad]}, {control: shuffled, of: siqa}, {control: mlm-en, of: siqa}]"


@pytest.fixture(scope="module")
def methods(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, tiny_data: Path) -> Methods:
    made = Methods(tmp_path_factory.mktemp("methods"), tiny_model, tiny_data)
    made.build("target=[{task: xnli, languages: [en, de], train: snli, pairs: all}]")
    return made


TARGET = "target=[{task: xnli, languages: [en, de], train: snli, pairs: all}]"


def test_every_cell_of_every_arm_is_there(methods: Methods):
    plan = methods.plan(TARGET)
    assert not plan.gaps
    assert not missing_units(plan, methods.store)
    arms = {(run.intermediate, run.variant) for run in plan.runs}
    assert arms == {(intermediate, variant) for variant, intermediate in plan.study.arms}
    assert len(arms) == 7 + 8 + 8 + 2, "none has no translation; controls have no variants"
    for job in plan.evaluations.values():
        assert methods.store.record("evaluations", job.id)["n"] > 0


def test_the_translated_set_is_what_the_command_made(methods: Methods):
    plan = methods.plan(TARGET)
    for job in plan.translations:
        found = methods.store.record("translations", job.id)
        assert found["kept"] > 0
        rows = (methods.store.path("translations", job.id) / "examples.jsonl").read_text(encoding="utf-8").splitlines()
        texts = [row.get("prompt") or row.get("question") for row in map(json.loads, rows)]
        assert all(text == text.upper() for text in texts if text)


def test_a_pair_is_read_in_two_languages(methods: Methods):
    plan = methods.plan(TARGET)
    run = next(run for run in plan.runs if run.variant == "plain" and run.intermediate == "none")
    jobs = {(job.language, job.second_language): job for job in run.evaluations}
    assert set(jobs) == {("en", None), ("de", None), ("en", "de"), ("de", "en")}
    assert methods.store.record("evaluations", jobs["en", "de"].id)["n"] > 0


def test_the_plain_arm_is_what_it_is_without_methods(methods: Methods, tmp_path: Path):
    """Byte for byte, predictions and counts."""
    plan = methods.plan(TARGET)
    plain = next(run for run in plan.runs if run.name.endswith("/siqa/xnli/1"))
    alone = prepared(tmp_path / "alone")
    remembered.clear()
    study = read_study(methods.folder / "methods.yaml", [TARGET, "variants=[]", "intermediate=[siqa]"], methods.data)
    other = plan_study(study, Memo(), Lock())
    serially(missing_units(other, alone), alone)
    for job in plain.evaluations:
        mine, theirs = ((store.path("evaluations", job.id) / "predictions.jsonl").read_bytes() for store in (methods.store, alone))
        assert mine == theirs


def test_the_checkpoint_that_few_shot_trainings_start_from_is_kept(methods: Methods):
    plan = methods.plan(TARGET)
    run = next(run for run in plan.runs if run.variant == "few-shot" and run.intermediate == "none")
    german = next(job for job in run.evaluations if job.language == "de").checkpoint
    assert isinstance(german, Train)
    assert isinstance(german.start, Train)
    record = methods.store.record("trainings", german.id)
    assert record["training_examples"] == 3


def test_a_build_that_is_told_to_tune_ends_with_chosen_rates(methods: Methods):
    plan = methods.build(
        "target=[{task: xnli, languages: [de], train: snli}]", "variants=[]", "intermediate=[siqa]",
        "tune={learning_rate: [1e-4, 1e-3], per: [model, stage, arm], seeds: [101]}",
    )  # fmt: skip
    assert not plan.waiting
    assert {(point.stage, point.arm) for point in plan.tuning if point.chosen} == {
        ("intermediate", "siqa"), ("target", "none"), ("target", "siqa"),
    }  # fmt: skip
    assert all(point.value is not None for point in plan.tuning)


def test_a_planted_collapse_is_found_and_replaced(methods: Methods):
    """A learning rate of 3 makes constant predictions; the policy of the study trains reserves in both rows."""
    overrides = (
        "target=[{task: xnli, languages: [de], train: snli}]", "variants=[]", "intermediate=[siqa]", "collapse=stabilise",
        "recipes.target.learning_rate=3.0", "recipes.target.clip=1000",
    )  # fmt: skip
    plan = methods.build(*overrides)
    verdicts = {}
    for run in plan.runs:
        checkpoint = run.evaluations[0].checkpoint
        assert isinstance(checkpoint, Train)
        verdicts[run.intermediate, run.seed] = methods.store.record("trainings", checkpoint.id)["health"]["verdict"]
    assert verdicts["none", 1] != "healthy" or verdicts["siqa", 1] != "healthy"
    assert ("none", 1001) in verdicts
    assert ("siqa", 1001) in verdicts


def test_kept_target_checkpoints_hold_their_head(methods: Methods):
    store: Store = methods.store
    for folder in (store.folder / "checkpoints").iterdir():
        if (folder / "head.safetensors").is_file():
            assert load_file(folder / "head.safetensors")
