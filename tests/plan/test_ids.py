"""A job's id changes when its numbers would, and only then."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.plan.data_use import task_ingredients
from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.plan.plan import Plan
from stiltsreport.tasks import TASKS
from tests.architectures import ARCHITECTURES, make_architecture
from tests.plan.conftest import Planner


def jobs(plan: Plan) -> dict[str, str]:
    """Every job's id by what it is, in words that no entry under test changes."""
    found = {}
    for train in plan.trainings.values():
        above = ">".join(_chain(train))
        found[f"train {train.pretrained.model.name} {above} {train.seed}"] = train.id
    for run in plan.runs:
        for job in run.evaluations:
            found[f"evaluate {run.name} {job.language}"] = job.id
    return found


def _chain(train: Train) -> list[str]:
    above = _chain(train.start) if isinstance(train.start, Train) else []
    return [*above, f"{train.stage}:{train.training.task.name}:{train.form}"]


def changed(before: Plan, after: Plan) -> set[str]:
    """What has another id, of what both plans have."""
    old, new = jobs(before), jobs(after)
    return {name for name in old.keys() & new.keys() if old[name] != new[name]}


def everything(plan: Plan) -> set[str]:
    return set(jobs(plan))


@pytest.mark.parametrize(
    "override",
    [
        "title=Another", "description=words", "report={formats: html}", "statistics={alpha: 0.01, margin: 1}", "keep=all", "trust_remote_code=[multilingual-e5-small]",
        "limit={}", "precision=float32", "recipes={target: {base: xstilts-target}}", "seeds=[2, 1]", "target.0.languages=[de, en]",
        "recipes={target: {max_length: 384, batch_size: 16, tasks: {xnli: {max_length: 256, batch_size: 32}, udpos: {max_length: 256, batch_size: 32}, "
        "xcopa: {max_length: 128, batch_size: 32}}}}",
    ],
)  # fmt: skip
def test_what_changes_nothing(plan: Planner, override: str):
    assert changed(plan(), plan(override)) == set()


def test_name_place_and_device_change_nothing(plan: Planner, tiny_data: Path, tmp_path: Path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(tiny_data, moved)
    assert changed(plan(), plan(data=moved, name="another", device="cuda")) == set()


@pytest.mark.parametrize(
    "entry",
    ["learning_rate: 1e-3", "batch_size: 7", "epochs: 9", "warmup: 0.3", "weight_decay: 0.5", "adam_epsilon: 1e-6", "adam_beta1: 0.8", "adam_beta2: 0.9",
     "clip: 2", "dropout: 0", "selection: last", "evaluations: 3", "patience: 2", "selection_examples: 5", "steps: 10", "warmup_steps: 4"],
)  # fmt: skip
def test_an_entry_of_the_target_recipe_changes_what_is_trained_by_it(plan: Planner, entry: str):
    before, after = plan(), plan(f"recipes={{target: {{{entry}}}}}")
    trained = {name for name in everything(before) if "target:" in name or (name.startswith("evaluate") and "/tatoeba/" not in name)}
    assert changed(before, after) == trained


def test_an_entry_of_the_intermediate_recipe_changes_its_trainings_and_all_that_rests_on_them(plan: Planner):
    before, after = plan(), plan("recipes={intermediate: {base: xstilts-intermediate, epochs: 9}}")
    rests = {name for name in everything(before) if "intermediate:" in name or (name.startswith("evaluate") and "/none/" not in name)}
    assert changed(before, after) == rests


def test_two_recipes_of_one_base_are_told_apart(plan: Planner):
    found = plan("recipes={intermediate: {base: xstilts-target, epochs: 1}, target: {base: xstilts-target, epochs: 4}}")
    assert {(train.stage, train.recipe.epochs) for train in found.trainings.values()} == {("intermediate", 1), ("target", 4)}


@pytest.mark.parametrize(
    ("entry", "targets"),
    [
        ("document_stride: 33", ("xquad", "mlqa")),
        ("n_best: 3", ("xquad", "mlqa")),
        ("max_answer_length: 7", ("xquad", "mlqa")),
        ("seqeval: '1.2.2'", ("udpos",)),
        ("layer: 3", ("tatoeba",)),
        ("pooling: cls", ("tatoeba",)),
        ("prefix: 'x '", ("tatoeba",)),
        ("queries: other", ("tatoeba",)),
        ("retrieval_length: 9", ("tatoeba",)),
        ("max_length: 99", ("xnli", "xquad", "mlqa", "udpos", "xcopa")),
        ("margin: distance", ()),
        ("neighbours: 9", ()),
        ("scale: 7", ()),
        ("query_length: 7", ()),
        ("passage_length: 7", ()),
    ],
)
def test_an_entry_changes_the_types_that_it_applies_to(plan: Planner, entry: str, targets: tuple[str, ...]):
    found = changed(plan(), plan(f"recipes={{target: {{{entry}}}}}"))
    assert {name.split("/")[2] for name in found if name.startswith("evaluate")} == set(targets)
    everywhere = {name for name in jobs(plan()) if name.startswith("evaluate") and name.split("/")[2] in targets}
    assert {name for name in found if name.startswith("evaluate")} == everywhere


def test_one_tasks_entry_is_its_own(plan: Planner):
    found = changed(plan(), plan("recipes={target: {tasks: {xnli: {learning_rate: 1e-3}}}}"))
    assert {name.split("/")[2] for name in found if name.startswith("evaluate")} == {"xnli"}


@pytest.mark.parametrize(("override", "kinds"), [("limit={train: 5}", "train"), ("limit={evaluate: 5}", "evaluate")])
def test_limits(plan: Planner, override: str, kinds: str):
    before = plan()
    found = changed(before, plan(override))
    if kinds == "evaluate":
        assert found == {name for name in everything(before) if name.startswith("evaluate")}
    else:
        untrained = {name for name in everything(before) if "/none/tatoeba/" in name}
        assert found == everything(before) - untrained


def test_precision(plan: Planner):
    before = plan()
    assert changed(before, plan("precision=bfloat16")) == everything(before)
    assert changed(plan("precision=bfloat16"), plan("precision=auto", device="cuda")) == set()


def test_seeds_of_others_do_not_matter(plan: Planner):
    before, after = plan(), plan("seeds=[1, 2, 3]")
    assert changed(before, after) == set()
    added = jobs(after).keys() - jobs(before).keys()
    assert added
    assert all(name.endswith(" 3") or name.split(" ")[1].endswith("/3") for name in added)


def test_other_tasks_do_not_matter(plan: Planner):
    assert changed(plan(), plan("intermediate=[squad]", "target=[{task: xnli, languages: [de], train: snli}]")) == set()


def test_an_added_language_adds_its_evaluations_alone(plan: Planner):
    before, after = plan(), plan("target.0.languages=[en, de, sw]")
    assert changed(before, after) == set()
    added = jobs(after).keys() - jobs(before).keys()
    assert len(added) == 3 * 2  # arms by seeds
    assert all(name.startswith("evaluate") and name.endswith(" sw") for name in added)


def test_edited_data_change_what_reads_them(plan: Planner, tiny_data: Path, tmp_path: Path):
    edited = tmp_path / "edited"
    shutil.copytree(tiny_data, edited)
    file = edited / "xnli" / "test-de.tsv"
    file.write_text(file.read_text().replace("The", "A", 1) + "A dog.\tA cat.\tneutral\n")
    found = changed(plan(), plan(data=edited))
    assert found
    assert all("/xnli/" in name and name.endswith(" de") for name in found)
    train = edited / "snli" / "train.tsv"
    train.write_text(train.read_text() + "A dog.\tA cat.\tneutral\n")
    found = changed(plan(), plan(data=edited))
    assert {name.split("/")[2] for name in found if name.startswith("evaluate")} == {"xnli"}
    assert all("target:snli" in name for name in found if name.startswith("train"))


def test_the_selection_set_is_part_of_a_training(plan: Planner, tiny_data: Path, tmp_path: Path):
    edited = tmp_path / "edited"
    shutil.copytree(tiny_data, edited)
    dev = edited / "squad" / "dev-v1.1.json"
    dev.write_text(dev.read_text().replace('"d0"', '"other"'))
    found = changed(plan(), plan(data=edited))
    assert {name.split("/")[2] for name in found if name.startswith("evaluate") and "/none/" in name} == {"xquad", "mlqa"}


def test_what_of_a_task_enters():
    task = TASKS["xnli"]
    for same in (
        replace(task, title="T"),
        replace(task, name="other"),
        replace(task, languages=("de",)),
        replace(task, licence="L"),
        replace(task, sizes=()),
    ):
        assert task_ingredients(same) == task_ingredients(task)
    for other in (replace(task, labels=task.labels[::-1]), replace(task, reader="columns"), replace(task, columns=(("first", "a"),))):
        assert task_ingredients(other) != task_ingredients(task)


def test_metrics_are_the_evaluations_not_the_trainings(plan: Planner):
    found = plan()
    job = next(iter(found.evaluations.values()))
    for entries in ({"metrics": ("token_accuracy",)}, {"beside": ("positive_f1",)}):
        other = replace(job, data=replace(job.data, task=replace(job.data.task, **entries)))
        assert Evaluate.ingredients.fget(other) != job.ingredients  # type: ignore[attr-defined]
    train = next(iter(found.trainings.values()))
    use = replace(train.training, task=replace(train.training.task, metrics=("positive_f1",)))
    other_train = replace(train, parts=(replace(train.parts[0], sets=(use,)),))
    assert other_train.id == train.id


def test_a_folder_s_weights_are_its_identity(plan: Planner, tiny_model: Path, tmp_path: Path):
    for name in ("a", "b", "c"):
        shutil.copytree(tiny_model, tmp_path / name)
    (tmp_path / "c" / "config.json").write_text((tmp_path / "c" / "config.json").read_text() + "\n")
    first, second, third = (plan(f"models=[./{name}]") for name in ("a", "b", "c"))
    assert {run.evaluations[0].id for run in first.runs} == {run.evaluations[0].id for run in second.runs}
    assert not {run.evaluations[0].id for run in first.runs} & {run.evaluations[0].id for run in third.runs}


def test_ids_stand_still(plan: Planner):
    """The same ingredients give the same ids in every version, or stored work is lost: raise VERSION where numbers change, and these with it."""
    found = plan("target=[{task: xnli, languages: [en], train: snli}]", "intermediate=[]", "seeds=[1]")
    (train,) = found.trainings.values()
    assert set(train.ingredients) == {
        "job", "version", "start", "training", "form", "selection", "recipe", "protocol", "seed", "stage", "carries_head",
    }  # fmt: skip
    (job,) = found.evaluations.values()
    assert set(job.ingredients) == {"job", "version", "checkpoint", "data", "language", "protocol", "threshold"}
    assert train.id != job.id
    assert len(train.id) == 20


MIXTURE = "intermediate=[{name: both, tasks: [hellaswag, squad]}]"


def test_a_mixture_has_the_entries_that_it_had_at_first(plan: Planner):
    """Entries that came later stay out at their default: ids of stored mixtures are what they were."""
    (recipe,) = {tuple(train.ingredients["recipe"]) for train in plan(MIXTURE).trainings.values() if train.mixed}
    assert recipe == (
        "learning_rate", "batch_size", "epochs", "steps", "warmup", "warmup_steps", "weight_decay", "adam_epsilon", "adam_beta1", "adam_beta2",
        "clip", "dropout", "max_length", "document_stride", "query_length", "passage_length", "scale", "selection", "evaluations", "patience",
        "selection_examples", "precision", "layer_decay", "trained", "frozen_layers", "frozen_embeddings", "masked_share", "vocabulary",
    )  # fmt: skip


@pytest.mark.parametrize(("entry", "moves"), [("recompute: always", False), ("offload: cpu", False), ("optimizer: adamw-8bit", True)])
def test_what_moves_no_number_is_no_part_of_a_mixture_either(plan: Planner, entry: str, moves: bool):
    found = changed(plan(MIXTURE), plan(MIXTURE, f"recipes={{intermediate: {{base: xstilts-intermediate, {entry}}}}}"))
    assert bool(found) is moves


def attending(direction: str) -> str:
    """Both recipes with that entry."""
    entry = f"attention: {direction}"
    return f"recipes={{intermediate: {{base: xstilts-intermediate, {entry}}}, target: {{{entry}}}}}"


DECODER = ("models=[gemma3-1b]", "define={models: {gemma3-1b: {checkpoint: OWNER/NAME}}}")


def test_a_direction_in_which_a_model_reads_anyway_changes_nothing(plan: Planner):
    """What is resolved enters an id, not what was written."""
    assert changed(plan(), plan(attending("bidirectional"))) == set()
    before = plan(*DECODER)
    assert changed(before, plan(*DECODER, attending("causal"))) == set()
    assert changed(before, plan(*DECODER, attending("bidirectional"))) == everything(before)


def test_a_direction_is_not_resolved_where_nobody_knows_how_a_model_reads(plan: Planner):
    """A checkpoint of the Hub is not known before it is fetched; what a study calls it decides nothing."""
    unknown = ("models=[mine]", "define={models: {mine: {checkpoint: OWNER/NAME, kind: decoder}}}")
    before = plan(*unknown)
    for direction in ("causal", "bidirectional"):
        assert changed(before, plan(*unknown, attending(direction))) == everything(before)


def test_a_decoder_that_was_turned_reads_both_ways_anyway(plan: Planner, tmp_path: Path):
    """EmbeddingGemma's config, and that of an LLM2Vec, say so."""
    folder = make_architecture(tmp_path / "turned", "gemma3")
    config = json.loads((folder / "config.json").read_text())
    for turned in ({"is_causal": False}, {"use_bidirectional_attention": True}):
        (folder / "config.json").write_text(json.dumps(config | turned))
        before = plan("models=[./turned]")
        assert changed(before, plan("models=[./turned]", attending("bidirectional"))) == set()
        assert changed(before, plan("models=[./turned]", attending("causal"))) == everything(before)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_head_that_is_drawn_alone_is_part_of_an_id(plan: Planner, tmp_path: Path, name: str):
    """Families but BERT's and RoBERTa's drew it behind the encoder once: what is stored of that must not be taken for it."""
    make_architecture(tmp_path / "made", name)
    found = plan("models=[./made]")
    alone = name not in ("bert", "xlm-roberta")
    for train in found.trainings.values():
        assert train.ingredients.get("head") == ("alone" if alone and not train.carries_head else None)
    assert any(train.carries_head for train in found.trainings.values())


FEW = (
    "target=[{task: xnli, languages: [de, sw], train: snli}]",
    "intermediate=[]",
    "seeds=[1]",
    "variants=[plain, {few_shot: {examples: 2}}]",
)


def few_shot(found: Plan) -> dict[str, Train]:
    """The trainings on examples of a target language, by that language."""
    return {train.training.source.language: train for train in found.trainings.values() if isinstance(train.start, Train)}


def test_languages_of_one_file_are_told_apart(plan: Planner, tiny_data: Path, tmp_path: Path):
    """XNLI's own dev file holds all languages: few examples of one are not those of another."""
    shared = tmp_path / "shared"
    shutil.copytree(tiny_data, shared)
    for file in (shared / "xnli").glob("dev-*"):
        file.unlink()
    rows = [(language, "neutral", f"A {language}.", "B.", f"{number}") for language in ("en", "de", "sw") for number in range(3)]
    header = ("language", "gold_label", "sentence1", "sentence2", "pairID")
    (shared / "xnli" / "xnli.dev.tsv").write_text("".join("\t".join(row) + "\n" for row in (header, *rows)))
    found = few_shot(plan(*FEW, data=shared))
    assert found["de"].training.ingredients == found["sw"].training.ingredients
    assert found["de"].id != found["sw"].id
    assert "language" not in few_shot(plan(*FEW))["de"].ingredients  # a file of its own says which


def test_two_translators_without_a_pin_are_two(plan: Planner):
    both = "variants=[plain, {name: a, translated: {to: [de], model: OWNER/A}}, {name: b, translated: {to: [de], model: OWNER/B}}]"
    found = plan("intermediate=[squad]", both)
    assert {job.translator for job in found.translations} == {"OWNER/A", "OWNER/B"}


def test_code_in_a_model_s_folder_is_part_of_it(plan: Planner, tiny_model: Path, tmp_path: Path):
    shutil.copytree(tiny_model, tmp_path / "mine")
    before = plan("models=[./mine]")
    (tmp_path / "mine" / "modeling_own.py").write_text("ONE = 1\n")
    with_code = plan("models=[./mine]")
    (tmp_path / "mine" / "modeling_own.py").write_text("ONE = 2\n")
    assert changed(before, with_code) == changed(with_code, plan("models=[./mine]")) == everything(before)


def test_a_rate_of_one_task_is_not_read_in_a_mixture(plan: Planner):
    """Its lengths, batches and epochs are."""
    both = "intermediate=[{name: both, tasks: [hellaswag, squad]}]"

    def of_squad(entry: str) -> set[str]:
        written = f"recipes={{intermediate: {{base: xstilts-intermediate, tasks: {{squad: {{{entry}}}}}}}}}"
        return {name for name in changed(plan(both), plan(both, written)) if name.startswith("train")}

    assert of_squad("learning_rate: 1e-3") == of_squad("warmup: 0.5") == of_squad("selection: last") == set()
    assert of_squad("max_length: 99") == of_squad("epochs: 9") != set()
