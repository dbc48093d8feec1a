"""Methods in the plan: what each makes of an arm's trainings, and that plain jobs stay what they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stiltsreport.methods import Sampled, ShuffledLabels, SynonymCopies, Texts, Translation
from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.runs import Run
from stiltsreport.plan.steps import steps_of
from stiltsreport.plan.units import missing_units
from tests.plan.conftest import Planner, Stored

MLM = "variants=[{mlm: {ratio: 0.25, vocabulary: met}}]"
Methods = Callable[..., Plan]


def run_of(plan: Plan, name: str) -> Run:
    return next(run for run in plan.runs if run.name == f"multilingual-e5-small/{name}")


def trained(plan: Plan, name: str) -> Train:
    """The checkpoint that a run is evaluated on."""
    checkpoint = run_of(plan, name).evaluations[0].checkpoint
    assert isinstance(checkpoint, Train)
    return checkpoint


def before(train: Train) -> Train:
    assert isinstance(train.start, Train)
    return train.start


def test_methods_beside_them_change_no_id_of_plain_jobs(plan: Planner, with_text: Path):
    alone = plan(data=with_text)
    beside = plan(
        "variants=[{mlm: {vocabulary: met}}, {translated: {to: [de]}}, {robust: adv}, {robust: rs-da}, {few_shot: {examples: 2}}]",
        "intermediate=[hellaswag, squad, {name: both, tasks: [hellaswag, squad]}, {control: shuffled, of: squad}]",
        data=with_text,
    )
    assert set(alone.trainings) <= set(beside.trainings)
    assert set(alone.evaluations) <= set(beside.evaluations)


def test_a_mixture_has_a_head_a_task_each_with_its_own_lengths(plan: Planner):
    found = plan("intermediate=[{name: both, tasks: [hellaswag, squad], sampling: {cap: 5}}]")
    mixture = before(trained(found, "both/xnli/1"))
    assert [(part.form, part.training.task.name, part.recipe.max_length) for part in mixture.parts] == [
        ("multiple_choice", "hellaswag", 256), ("question_answering", "squad", 384),
    ]  # fmt: skip
    assert mixture.sampling.cap == 5
    count = found.data.count
    sizes = [count(part.training.task, part.training.source) for part in mixture.parts]
    assert sizes == [24, 24]
    # 5 examples each after the cap: ceil(5 / 32) and ceil(5 / 16) batches an epoch, 3 epochs
    assert steps_of(mixture, count) == 6


def test_who_is_in_a_mixture_and_how_it_is_drawn_is_part_of_its_id(plan: Planner):
    def of(entry: str) -> str:
        return before(trained(plan(f"intermediate=[{entry}]"), f"{entry[7:].partition(',')[0]}/xnli/1")).id

    two = of("{name: both, tasks: [hellaswag, squad]}")
    assert of("{name: renamed, tasks: [hellaswag, squad]}") == two, "a name is no ingredient"
    assert of("{name: both, tasks: [squad, hellaswag]}") != two
    assert of("{name: both, tasks: [hellaswag, squad], sampling: uniform}") != two
    assert of("{name: both, tasks: [hellaswag, squad], sampling: {cap: 7}}") != two


def test_mlm_is_a_share_of_the_steps_in_every_language_with_text(plan: Planner, with_text: Path):
    found = plan(MLM, data=with_text)
    mixed = before(trained(found, "hellaswag+mlm/xnli/1"))
    task, text = mixed.parts
    assert (text.share, text.form, [use.source.language for use in text.sets]) == (0.25, "masked_language_modelling", ["de", "en"])
    assert task.share is None
    plain = before(trained(found, "hellaswag/xnli/1"))
    assert mixed.parts[0] == plain.parts[0]
    steps = steps_of(plain, found.data.count)
    assert steps is not None
    assert steps_of(mixed, found.data.count) == round(steps / 0.75), "those of the task, and a quarter of all on top"


def test_the_baseline_of_mlm_has_its_steps_alone(plan: Planner, with_text: Path):
    found = plan(MLM, data=with_text)
    alone = before(trained(found, "none+mlm/xnli/1"))
    plain = before(trained(found, "hellaswag/xnli/1"))
    steps = steps_of(plain, found.data.count)
    assert steps is not None
    assert alone.recipe.steps == round(steps * 0.25 / 0.75)
    assert [part.form for part in alone.parts] == ["masked_language_modelling"]
    assert run_of(found, "none+mlm/tatoeba/1").seed == 1, "an encoder that was trained has a seed"


def test_text_of_named_languages_is_local_where_it_can_be_and_wikipedia_s_else(plan: Planner, with_text: Path):
    found = plan("variants=[{mlm: {languages: [de, sw]}}]", data=with_text)
    german, swahili = before(trained(found, "squad+mlm/xnli/1")).parts[1].sets
    assert (bool(german.source.files), [part.id for part in swahili.source.hub]) == (True, ["wikimedia/wikipedia"])


def test_a_language_without_any_text_is_a_gap(plan: Planner, with_text: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("stiltsreport.plan.data.hub_sources", lambda *_: {})
    found = plan("variants=[{mlm: {languages: [de, sw]}}]", data=with_text)
    assert not [run for run in found.runs if run.variant == "mlm"]
    assert {gap.variant for gap in found.gaps} == {"mlm"}
    assert any("'sw'" in str(problem) for problem in found.problems)


def test_ready_translations_are_sets_of_the_same_head(plan: Planner, with_text: Path):
    found = plan("variants=[{translated: {to: [de]}}]", "intermediate=[squad]", data=with_text)
    (part,) = before(trained(found, "squad+translated/xnli/1")).parts
    assert [use.source.language for use in part.sets] == ["en", "de"]
    assert part.recipe == before(trained(found, "squad/xnli/1")).recipe


def test_a_translation_that_is_not_there_is_a_gap_that_names_the_file(plan: Planner, with_text: Path):
    found = plan("variants=[{translated: {to: [es]}}]", "intermediate=[squad]", data=with_text)
    assert any("translated/squad/train-es of SQuAD 1.1" in gap.reason for gap in found.gaps)


def test_a_file_outside_the_data_folder_is_not_read(plan: Planner, with_text: Path):
    (with_text.parent / "secret-de.tsv").write_text("a\tb\tneutral\n")
    found = plan("variants=[{translated: {to: [de], files: '../secret-{language}.tsv'}}]", "intermediate=[squad]", data=with_text)
    assert any("a file outside the data folder" in gap.reason for gap in found.gaps)


def test_a_translator_is_a_job_that_trainings_wait_for(plan: Planner, with_text: Path):
    found = plan("variants=[{translated: {to: [de, es], command: tool}}]", "intermediate=[squad]", data=with_text)
    assert [(job.to, job.kind, job.translator) for job in found.translations] == [("de", "command", "tool"), ("es", "command", "tool")]
    units = missing_units(found, Stored())
    translations = [unit for unit in units if unit.translation]
    waiting = next(unit for unit in units if unit.names and unit.names[0].endswith("squad+translated/-/1"))
    assert set(waiting.needs) == {unit.id for unit in translations}
    done = {job.id for job in found.translations}
    assert not [unit for unit in missing_units(found, Stored(translations=done)) if unit.translation]
    (part,) = waiting.chain[0].parts
    assert [type(use.change) for use in part.sets] == [type(None), Translation, Translation]


def test_another_command_another_language_another_limit_is_another_translation(plan: Planner):
    def ids(variant: str, *more: str) -> set[str]:
        return {job.id for job in plan(f"variants=[{{translated: {variant}}}]", "intermediate=[squad]", *more).translations}

    one = ids("{to: [de], command: tool}")
    assert ids("{to: [de], command: tool -x}").isdisjoint(one)
    assert ids("{to: [es], command: tool}").isdisjoint(one)
    assert ids("{to: [de], command: tool}", "limit={train: 3}").isdisjoint(one)
    assert ids("{to: [de], command: tool}", "seeds=[7]") == one, "one translation for all seeds"


def test_tags_are_not_translated(plan: Planner):
    found = plan("variants=[{translate_train: {to: [de], command: tool}}]")
    reasons = {gap.reason for gap in found.gaps if gap.target == "udpos"}
    assert len(reasons) == 1
    assert "a tag a word" in reasons.pop()


def test_robust_methods_are_of_every_target_training_in_every_row(plan: Planner):
    found = plan("variants=[{robust: {method: adv, radius: 0.3}}, {robust: {method: rs-da, copies: {'snli': 4}}}]")
    adv, plain = trained(found, "none+adv/xnli/1"), trained(found, "none/xnli/1")
    assert (adv.perturbation and adv.perturbation.radius, plain.perturbation) == (0.3, None)
    assert before(trained(found, "squad+adv/xnli/1")).id == before(trained(found, "squad/xnli/1")).id, "the intermediate phase is plain's"
    augmented = trained(found, "none+rs-da/xnli/1")
    change = augmented.training.change
    assert isinstance(change, SynonymCopies)
    assert change.copies == 4
    count = found.data.count
    assert steps_of(augmented, count) == steps_of(plain, count), "as many steps as on the originals"
    assert trained(found, "none+rs-da/xnli/2").training == augmented.training, "the copies are made once for all seeds"
    assert trained(found, "none+rs-da/xcopa/1").perturbation is None


def test_a_synonym_file_is_known_by_its_content(plan: Planner, tmp_path: Path):
    def augmented(name: str, content: str) -> str:
        (tmp_path / name).write_text(content)
        return trained(plan(f"variants=[{{robust: {{method: rs-da, synonyms: {name}}}}}]"), "none+rs-da/xnli/1").id

    one = augmented("one.json", '{"good": ["fine"]}')
    assert augmented("two.json", '{"good": ["fine"]}') == one
    assert augmented("three.json", '{"good": ["nice"]}') != one


def test_controls(plan: Planner):
    found = plan(
        "intermediate=[hellaswag, {control: none-longer, of: hellaswag}, {control: mlm-en, of: hellaswag}, {control: shuffled, of: hellaswag}]"
    )
    count = found.data.count
    plain, baseline = before(trained(found, "hellaswag/xnli/1")), trained(found, "none/xnli/1")
    steps = steps_of(plain, count), steps_of(baseline, count)
    assert steps[0] is not None
    assert steps[1] is not None
    longer = trained(found, "none-longer-hellaswag/xnli/1")
    assert (longer.start, longer.recipe.steps) == (baseline.start, steps[0] + steps[1])
    text = before(trained(found, "mlm-en-hellaswag/xnli/1"))
    assert (text.form, text.recipe.steps, text.training.change) == ("masked_language_modelling", steps[0], Texts())
    assert text.training.source == plain.training.source
    shuffled = before(trained(found, "shuffled-hellaswag/xnli/2"))
    assert shuffled.training.change == ShuffledLabels(2)
    assert shuffled.selection == plain.selection, "English dev data keep their labels"
    # Longer training of a target without training is the baseline itself: it has no seed and stands once.
    assert [run.seed for run in found.runs if (run.intermediate, run.target) == ("none-longer-hellaswag", "tatoeba")] == [None]


def test_synonyms_are_put_into_the_english_set_alone(plan: Planner):
    """What is translated is the set as it stands: its copies would need an encoder, and be drawn from English neighbours."""
    found = plan("variants=[{robust: rs-da}, {translate_train: {to: [de], command: tool}}, {name: both, all: [rs-da, translate-train]}]")
    english, german = trained(found, "none+both/xnli/1").parts[0].sets
    assert isinstance(english.change, SynonymCopies)
    assert isinstance(german.change, Translation)
    (job,) = [job for job in found.translations if job.id == german.change.job and job.to == "de"]
    assert job.data.change is None


def test_equal_data(plan: Planner):
    found = plan("intermediate=[squad, {task: squad, examples: 3}]", "limit={train: 10}")
    assert before(trained(found, "squad-3/xnli/1")).training.limit == 3
    assert before(trained(found, "squad/xnli/1")).training.limit == 10


def test_few_shot_goes_on_from_the_target_checkpoint_of_each_language(plan: Planner):
    found = plan(
        "variants=[{few_shot: {examples: 2}}]", "intermediate=[]", "target=[{task: xnli, languages: [en, de], train: snli}]", "seeds=[1]"
    )
    english, german = sorted(run_of(found, "none+few-shot/xnli/1").evaluations, key=lambda job: job.language != "en")
    plain = trained(found, "none/xnli/1")
    assert english.checkpoint == plain, "there is nothing to add in English"
    shot = german.checkpoint
    assert isinstance(shot, Train)
    assert (shot.start, shot.carries_head, shot.training.change) == (plain, True, Sampled(2, 1))
    assert (shot.training.source.split, german.data.source.split) == ("dev", "test")
    assert shot.selection is None


def test_few_shot_of_what_is_searched_is_a_gap(plan: Planner):
    found = plan("variants=[{few_shot: {examples: 2}}]", "intermediate=[]", "target=[{task: lareqa, languages: [de]}]")
    assert "its dev sets are searched" in next(gap.reason for gap in found.gaps if gap.variant == "few-shot")


def test_few_shot_never_trains_on_what_is_reported(plan: Planner):
    found = plan(
        "variants=[{few_shot: {examples: 2}}]", "split=dev", "intermediate=[]", "target=[{task: xnli, languages: [de], train: snli}]"
    )
    assert not [run for run in found.runs if run.variant == "few-shot"]
    assert "has no set but the reported one" in next(gap.reason for gap in found.gaps if gap.variant == "few-shot")


def test_a_checkpoint_that_several_few_shot_trainings_start_from_is_trained_once_and_kept(plan: Planner):
    found = plan(
        "variants=[{few_shot: {examples: 2}}]",
        "intermediate=[]",
        "target=[{task: xnli, languages: [de, en, sw], train: snli}]",
        "seeds=[1]",
    )
    units = missing_units(found, Stored())
    plain = trained(found, "none/xnli/1")
    assert [plain.id in [train.id for train in unit.chain] for unit in units].count(True) == 1
    first = next(unit for unit in units if plain.id in unit.keep)
    assert units.index(first) == 0
    assert sum(unit.needs == (plain.id,) for unit in units) == 2
    assert sum(len(unit.evaluations) for unit in units) == len(found.evaluations)


def test_translate_test_puts_other_languages_into_english(plan: Planner):
    found = plan("variants=[{translate_test: {command: tool}}]", "intermediate=[]")
    jobs = {job.language: job for job in run_of(found, "none+translate-test/xnli/1").evaluations}
    assert jobs["en"].data.change is None
    change = jobs["de"].data.change
    assert isinstance(change, Translation)
    assert change.to == "en"
    assert jobs["de"].checkpoint.id == trained(found, "none/xnli/1").id
    assert "answers would have to be put back" in next(gap.reason for gap in found.gaps if gap.target == "xquad")


def test_pairs_are_of_one_split_and_joined_to_the_run(plan: Planner):
    found = plan("target=[{task: xnli, languages: [en, de], train: snli, pairs: [[en, de], [sw, en]]}]", "intermediate=[]")
    pairs = [(job.language, job.second_language) for job in run_of(found, "none/xnli/1").evaluations]
    assert pairs == [("de", None), ("en", None), ("en", "de"), ("sw", "en")]
    for job in run_of(found, "none/xnli/1").evaluations:
        assert job.data.second is None or job.data.second.split == job.split


def test_the_order_of_a_pair_is_part_of_its_id(plan: Planner):
    found = plan("target=[{task: xnli, languages: [en, de], train: snli, pairs: all}]", "intermediate=[]", "seeds=[1]")
    ids = [job.id for job in run_of(found, "none/xnli/1").evaluations]
    assert len(ids) == len(set(ids)) == 4


def test_a_variant_of_recipes_shares_what_it_does_not_change(plan: Planner):
    found = plan("variants=[{name: slow, recipes: {target: {epochs: 9}}}]")
    slow, plain = trained(found, "squad+slow/xnli/1"), trained(found, "squad/xnli/1")
    assert (slow.recipe.epochs, before(slow).id) == (9, before(plain).id)
    assert len([item for item in found.intermediates if item.intermediate == "squad"]) == 2, "once a seed"
    same = {job.id for job in run_of(found, "squad+slow/tatoeba/1").evaluations}
    assert same == {job.id for job in run_of(found, "squad/tatoeba/1").evaluations}


def test_every_arm_evaluates_what_it_names(plan: Planner, with_text: Path):
    """However methods are put together, no evaluation of one arm's training stands in a row that was trained otherwise."""
    found = plan(MLM[:-1] + ", {robust: adv}, {name: both, all: [mlm, adv]}]", data=with_text)
    for run in found.runs:
        job: Evaluate = run.evaluations[0]
        chain = []
        current = job.checkpoint
        while isinstance(current, Train):
            chain.append(current)
            current = current.start
        perturbed = any(train.perturbation for train in chain)
        text = any(part.form == "masked_language_modelling" for train in chain for part in train.parts)
        if any(train.stage == "target" for train in chain):
            assert perturbed == (run.variant in ("adv", "both")), run.name
        assert text == (run.variant in ("mlm", "both")), run.name


@pytest.mark.parametrize(("name", "kind"), [("gemma3-1b", "a decoder"), ("mt5-small", "the encoder of a pair")])
def test_what_was_not_made_for_masked_words_has_no_control_of_them(plan: Planner, name: str, kind: str):
    define = f"define={{models: {{{name}: {{checkpoint: OWNER/NAME}}}}}}"
    found = plan(f"models=[{name}]", define, "intermediate=[hellaswag, {control: mlm-en, of: hellaswag}]")
    assert {gap.reason for gap in found.gaps if "mlm" in gap.intermediate} == {f"{kind} has no masked words to predict"}
