"""Variants of a study: every method with its settings, what is our own choice, and everything that can be wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.methods import Perturbation
from stiltsreport.study.study import Study
from tests.study.conftest import MINIMAL, Errors, Reader


@pytest.fixture
def made(study: Reader):
    """The study MINIMAL with these variants."""

    def read(variants: str) -> Study:
        return study(f"{MINIMAL}variants: {variants}\n")

    return read


def test_plain_is_implied_and_says_nothing(made):
    assert made("[plain]").variants == ()
    assert made("[plain]").arms == (("plain", "none"), ("plain", "mnli"))


def test_intermediate_methods_make_rows_of_intermediates_and_mlm_of_the_baseline_too(made):
    arms = made("[mlm, {translated: {to: [de]}}]").arms
    assert arms == (("plain", "none"), ("mlm", "none"), ("plain", "mnli"), ("mlm", "mnli"), ("translated", "mnli"))


def test_target_methods_are_a_second_arm_of_every_row(made):
    assert made("[{robust: adv}]").arms == (("plain", "none"), ("adv", "none"), ("plain", "mnli"), ("adv", "mnli"))


def test_controls_have_no_variants(study: Reader):
    found = study("title: T\nmodels: [xlmr-base]\ntarget: [xnli]\nintermediate: [mnli, shuffled]\nvariants: [{robust: adv}]\n")
    assert ("adv", "shuffled") not in found.arms
    assert ("plain", "shuffled") in found.arms


def test_a_variant_may_be_of_some_intermediates_alone(study: Reader, errors: Errors):
    text = "title: T\nmodels: [xlmr-base]\ntarget: [xnli]\nintermediate: [mnli, squad]\nvariants: [{translated: {to: [de]}, of: [squad]}, {robust: adv, of: none}]\n"
    assert study(text).arms == (("plain", "none"), ("adv", "none"), ("plain", "mnli"), ("plain", "squad"), ("translated", "squad"))
    (found,) = errors(text.replace("of: [squad]", "of: [sqad]"))
    assert "variants.0.of: no intermediate 'sqad' that can have a variant; did you mean 'squad'?" in found
    (found,) = errors(text.replace("of: [squad]", "of: none"))
    assert "variants.0.of: 'translated' changes nothing of none" in found


def test_mlm_takes_the_languages_of_the_targets_and_english(study: Reader):
    text = "title: T\nmodels: [xlmr-base]\nintermediate: [mnli]\ntarget: [{task: xnli, languages: [de, sw]}]\nvariants: [{mlm: {ratio: 0.5}}]\n"
    (variant,) = study(text).variants
    assert variant.mlm is not None
    assert (variant.mlm.languages, variant.mlm.ratio, variant.mlm.at_hand) == (("de", "en", "sw"), 0.5, True)
    assert variant.mlm.recipe.masked_share == 0.15
    assert "our choice" in variant.note


def test_mlm_in_named_languages_needs_each(made):
    (variant,) = made("[{mlm: {languages: [sw, de]}}]").variants
    assert variant.mlm is not None
    assert (variant.mlm.languages, variant.mlm.at_hand) == (("de", "sw"), False)


def test_the_same_method_twice_needs_names(made, errors: Errors):
    found = made("[{name: near, robust: {method: adv, radius: 0.05}}, {name: far, robust: {method: adv, radius: 0.5, steps: 5}}]").variants
    assert [(one.name, one.perturbation) for one in found] == [
        ("near", Perturbation("adv", radius=0.05)), ("far", Perturbation("adv", radius=0.5, steps=5)),
    ]  # fmt: skip
    assert "two variants of the name 'adv'" in errors(MINIMAL + "variants: [{robust: adv}, {robust: adv}]\n")[0]


def test_rs_da_has_ten_copies_of_paws_x_and_three_of_the_others(made):
    (variant,) = made("[{robust: rs-da}]").variants
    assert variant.augmentation is not None
    assert dict(variant.augmentation.copies) == {"": 3, "pawsx": 10}
    (variant,) = made("[{robust: {method: rs-da, copies: {snli: 5}}}]").variants
    assert variant.augmentation is not None
    assert dict(variant.augmentation.copies) == {"": 3, "pawsx": 10, "snli": 5}


def test_synonyms_lie_beside_the_study(made, errors: Errors, tmp_path: Path):
    line = "[{robust: {method: rs-da, synonyms: near.json}}]"
    assert "is no file" in errors(f"{MINIMAL}variants: {line}\n")[0]
    (tmp_path / "near.json").write_text('{"good": ["fine"]}')
    (variant,) = made(line).variants
    assert variant.augmentation is not None
    assert variant.augmentation.synonyms == tmp_path / "near.json"


def test_a_variant_of_recipes_changes_the_study_s_own(study: Reader):
    text = f"{MINIMAL}recipes: {{target: {{base: xtreme-baseline, epochs: 7}}}}\n"
    (variant,) = study(text + "variants: [{name: slow, recipes: {target: {layer_decay: 0.9}}}]\n").variants
    assert variant.target_recipe is not None
    assert (variant.target_recipe.base.epochs, variant.target_recipe.base.layer_decay) == (7, 0.9)
    assert variant.intermediate_recipe is None
    assert variant.applies("none")
    (variant,) = study(text + "variants: [{name: stable, recipes: {target: mosbach-stable}}]\n").variants
    assert variant.target_recipe is not None
    assert variant.target_recipe.base.epochs == 20


def test_crossed_variants_have_both_methods(made):
    *_, both = made("[mlm, {robust: rs-da}, {name: both, all: [mlm, rs-da]}]").variants
    assert both.mlm is not None
    assert both.augmentation is not None
    assert both.of_target
    assert both.of_intermediate


def test_synonyms_without_an_english_set_are_refused(made, errors: Errors):
    del made
    text = (
        MINIMAL
        + "variants: [{robust: rs-da}, {translate_train: {to: [de], command: tool, english: false}}, {name: b, all: [rs-da, translate-train]}]\n"
    )
    assert any("words are replaced in English alone, which its translate-train leaves out" in one for one in errors(text))


def test_few_shot_and_translate_train_say_that_they_are_not_zero_shot(made):
    shots, translated = made(
        "[{few_shot: {examples: 10}}, {translate_train: {to: [de], model: facebook/nllb-200-distilled-600M}}]"
    ).variants
    assert (shots.name, translated.name) == ("few-shot", "translate-train")
    assert shots.note.startswith("Not zero-shot")
    assert translated.note.startswith("Not zero-shot")
    assert [one.model for one in translated.translators] == ["facebook/nllb-200-distilled-600M"]


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        ("[{mlm: {languages: [xx]}}]", "unknown language 'xx'"),
        ("[{mlm: {temperature: 0}}]", "0 must be above 0"),
        ("[{translated: {to: [en]}}]", "English is what is translated"),
        ("[{translated: {to: [de], model: a/b, command: c}}]", "a translation is one of files"),
        ("[{robust: {method: adv, copies: 3}}]", "'copies' says nothing of adv; it has radius, step_size, steps"),
        ("[{robust: {method: rs-da, radius: 0.1}}]", "'radius' says nothing of rs-da"),
        ("[{robust: {method: rs-da, copies: {mnly: 3}}}]", "unknown task 'mnly'; did you mean 'mnli'?"),
        ("[{recipes: {target: {epochs: 3}}}]", "a variant of recipes needs a name"),
        ("[{name: r, recipes: {}}]", "a variant of recipes that changes neither"),
        ("[{name: r, recipes: {target: {epoch: 3}}}]", "unknown entry 'epoch'; did you mean 'epochs'?"),
        ("[{name: both, all: [mlm, adv]}]", "no variant 'mlm' stands before it"),
        ("[mlm, {name: both, all: [mlm]}]", "crosses two variants or more"),
        ("[{name: a, robust: adv}, {name: b, robust: rs-rp}, {name: c, all: [a, b]}]", "two variants of perturbation cannot be crossed"),
        ("[{name: 'a b', robust: adv}]", "'a b' cannot name a variant"),
        ("[{name: plain, robust: adv}]", "two variants of the name 'plain'"),
    ],
)
def test_what_is_wrong_is_said(errors: Errors, variants: str, said: str):
    found = errors(f"{MINIMAL}variants: {variants}\n")
    assert any(said in line for line in found), found


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("{task: xquad, pairs: all}", "XQuAD has no pairs of sentences that are parallel"),
        ("{task: xnli, pairs: [[en, xx]]}", "XNLI has no language 'xx'"),
        ("{task: xnli, pairs: [[en, de], [en, de]]}", "the pair en, de stands twice"),
        ("{task: tatoeba, languages: [de, fr], layer_on: [fr]}", "'fr' is reported: no layer may be chosen on it"),
        ("{task: xnli, layer_on: [fr]}", "XNLI reads no layer"),
        ("{task: tatoeba, languages: [de], layer_on: []}", "no languages"),
    ],
)
def test_what_is_wrong_with_pairs_and_layers(errors: Errors, target: str, said: str):
    found = errors(f"title: T\nmodels: [xlmr-base]\nintermediate: [mnli]\ntarget: [{target}]\n")
    assert any(said in line for line in found), found


def test_all_pairs_are_ordered_and_of_two_languages(study: Reader):
    (entry,) = study("title: T\nmodels: [xlmr-base]\ntarget: [{task: xnli, languages: [de, en], pairs: all}]\n").target
    assert entry.pairs == (("de", "en"), ("en", "de"))


@pytest.mark.parametrize(
    ("tune", "said"),
    [
        ("{learning_rate: [1e-5], seeds: [1]}", "seed 1 is reported"),
        ("{learning_rate: [1e-5, 1e-5]}", "a rate or a seed stands twice"),
        ("{learning_rate: [1e-5, 2e-5], per: [model]}", "one rate for both stages cannot be tuned"),
    ],
)
def test_what_is_wrong_with_tuning(errors: Errors, tune: str, said: str):
    found = errors(f"{MINIMAL}tune: {tune}\n")
    assert any(said in line for line in found), found
