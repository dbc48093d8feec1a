"""Study files that are right, and what is said of those that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.study.reading import find_study, read_study
from stiltsreport.tasks.target import XCOPA_LANGUAGES
from tests.study.conftest import MINIMAL, Errors, Reader


def test_the_least_that_a_study_must_say(study: Reader):
    found = study("title: T\nmodels: [xlmr-base]\ntarget: xtreme\n")
    assert found.name == "s"
    assert found.intermediate == ()
    assert found.benchmark == "xtreme"
    assert [entry.task.name for entry in found.target] == [
        "xnli",
        "pawsx",
        "udpos",
        "panx",
        "xquad",
        "mlqa",
        "tydiqa",
        "bucc2018",
        "tatoeba",
    ]
    assert found.seeds == (1, 2, 3, 4, 5)
    assert found.intermediate_recipe.name == "xstilts-intermediate"
    assert found.statistics.correction == "holm"
    assert found.statistics.margin.average is None


def test_everything_that_can_be_run_is_read(study: Reader, tmp_path: Path):
    (tmp_path / "data").mkdir()
    found = study(
        """
title: Everything
description: of it
models: [{name: [xlmr-base, xlmr-large]}, mbert]
intermediate: [mnli, {name: squad}]
target: [{task: xnli, languages: [sw, de], train: snli}, udpos, {task: xcopa}, {task: tatoeba, train: squad}]
seeds: [7, 3]
recipes: {intermediate: {base: xstilts-intermediate, learning_rate: 2e-5, tasks: {squad: {batch_size: 8}}}, target: xtreme-baseline}
limit: {train: 10k, evaluate: 1e3}
precision: bfloat16
keep: all
split: dev
data: data
statistics: {test: sign-flip, correction: none, alpha: 0.1, margin: 1}
report: {formats: html, tables: [gains], latex: siunitx, paper: acl, signature: true}
variants: [plain]
collapse: keep
"""
    )
    assert [model.name for model in found.models] == ["xlmr-base", "xlmr-large", "mbert"]
    assert found.target[0].languages == ("de", "sw")
    assert [task.name for task in found.target[0].train] == ["snli"]
    assert [task.name for task in found.target[2].train] == ["siqa", "copa"]
    assert found.target[2].languages == XCOPA_LANGUAGES
    assert [task.name for task in found.target[3].train] == ["squad"]
    assert found.seeds == (7, 3)
    assert (found.limit.train, found.limit.evaluate) == (10_000, 1_000)
    assert (found.keep, found.split, found.data) == ("all", "dev", tmp_path / "data")
    assert (found.statistics.margin.average, found.statistics.margin.language) == (1, 1)
    squad = found.intermediate_recipe.training("squad")
    assert (squad.learning_rate, squad.batch_size, squad.max_length, squad.precision) == (2e-5, 8, 384, "bfloat16")
    assert found.intermediate_recipe.training("mnli").batch_size == 32
    assert found.report.formats == ("html",)
    assert found.report.tables == ("gains",)
    assert (found.report.latex, found.report.paper, found.report.signature) == ("siunitx", "acl", True)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("10e9", 10**10), ("10B", 10**10), ("1.5B", 1_500_000_000), ("16k", 16_000), ("2M", 2_000_000), ("1.0e3", 1000), ("'250'", 250)],
)
def test_numbers_as_people_write_them(study: Reader, written: str, meant: int):
    assert study(MINIMAL + f"limit: {{train: {written}}}\n").limit.train == meant


def test_yaml_1_2_leaves_words_alone(study: Reader):
    # In YAML 1.1 the key `on` is the boolean true, and 12:30 is 750.
    claim = "claims: [{name: c, better: mnli, than: none, on: average}]\n"
    (found,) = study(MINIMAL + claim).claims
    assert found.on == ("average",)


def test_all_errors_at_once_in_the_order_of_the_file(errors: Errors):
    found = errors(
        """titel: T
title: ''
models: [xlmr-bse, xlmr-base, xlmr-base]
intermediate: [commonsenseqa, none, mnli, mnli, xnli]
target:
  - {task: pnx}
  - {task: xnli, languages: [en, xx]}
  - {task: xnli, train: squad}
  - 7
seeds: [1, 1, -2, 2.5]
limit: {train: 0}
recipes: {target: xtreme-base, intermediate: {learning_rat: 1}}
"""
    )
    assert found == [
        "s.yaml:1:1: titel: unknown key 'titel'; did you mean 'title'?",
        "s.yaml:2:1: title: the title is empty",
        "s.yaml:3:10: models.0: unknown model 'xlmr-bse'; did you mean 'xlmr-base'?",
        "s.yaml:3:31: models.2: model 'xlmr-base' stands twice; keep one of the two",
        "s.yaml:4:16: intermediate.0: unknown intermediate task 'commonsenseqa'; did you mean 'csqa'?",
        "s.yaml:4:31: intermediate.1: 'none' is the baseline, which every study has; leave it out",
        "s.yaml:4:43: intermediate.3: intermediate task 'mnli' stands twice; keep one of the two",
        "s.yaml:4:49: intermediate.4: unknown intermediate task 'xnli'; did you mean 'snli'?",
        "s.yaml:6:5: target.0: unknown task 'pnx'; did you mean 'panx'?",
        "s.yaml:7:18: target.1.languages: XNLI has no language 'xx'; known: ar, bg, de, el, en, es, fr, hi, ru, sw, th, tr, ur, vi, zh",
        "s.yaml:8:5: target.2: target task 'xnli' stands twice; keep one of the two",
        "s.yaml:8:18: target.2.train: XNLI cannot be trained on SQuAD 1.1; a task of the same type and labels",
        "s.yaml:9:5: target.3: 7 is no mapping; keys: task, languages, train, pairs, layer_on",
        "s.yaml:10:19: seeds.3: 2.5 is no whole number",
        "s.yaml:11:9: limit.train: 0 must be above 0",
        "s.yaml:12:11: recipes.target: unknown recipe 'xtreme-base'; did you mean 'xtreme-baseline'?",
        "s.yaml:12:47: recipes.intermediate.learning_rat: unknown entry 'learning_rat'; did you mean 'learning_rate'?",
    ]


def test_what_is_missing(errors: Errors):
    assert errors("title: T\n") == [
        "s.yaml:1:1: models: 'models' is missing; add `models: ...`",
        "s.yaml:1:1: target: 'target' is missing; add `target: ...`",
    ]
    assert errors("title: T\nmodels: []\ntarget: []\n") == [
        "s.yaml:2:1: models: is empty; at least one",
        "s.yaml:3:1: target: no target task; a benchmark (xtreme, xtreme-r) or a list of tasks",
    ]
    assert errors("title: T\nmodels: [xlmr-base]\ntarget: [{languages: [en]}]\n") == [
        "s.yaml:3:10: target.0.task: 'task' is missing; add `task: ...`"
    ]


@pytest.mark.parametrize("name", ["xtreme_r", "xtremer"])
def test_other_spellings_are_refused_with_ours(errors: Errors, name: str):
    assert errors(f"title: T\nmodels: [xlmr-base]\ntarget: {name}\n") == [
        f"s.yaml:3:1: target: unknown benchmark {name!r}; did you mean 'xtreme-r'?"
    ]


def test_overrides(study: Reader, errors: Errors):
    found = study(MINIMAL, "seeds=[4]", "target.1=udpos", "limit.train=2k", "title='Another: one'")
    assert found.seeds == (4,)
    assert [entry.task.name for entry in found.target] == ["xnli", "udpos"]
    assert found.limit.train == 2000
    assert found.title == "Another: one"
    assert errors(MINIMAL, "target.0=pnx") == ["--set target.0: target.0: unknown task 'pnx'; did you mean 'panx'?"]
    assert errors(MINIMAL, "seeds") == ["--set seeds: no KEY=YAML; --set seeds=[1,2] or --set limit.train=100"]
    assert errors(MINIMAL, "target.5=udpos") == ["--set target.5=udpos: '5' is no place in a list of 1; 0 to 1"]
    assert errors(MINIMAL, "title.x=1") == ["--set title.x=1: title has no entries; --set the whole of it"]
    assert errors(MINIMAL, "limit={train: [") == [
        "--set limit={train: [: the value is not YAML; with blanks in quotes: --set 'seeds=[1, 2]'"
    ]
    assert errors(MINIMAL, "limt.train=3") == ["--set limt.train: limt: unknown key 'limt'; did you mean 'limit'?"]


def test_an_override_mends_the_file(study: Reader):
    assert study("title: T\nmodels: [nope]\ntarget: [xnli]\n", "models.0=mbert").models[0].name == "mbert"


def test_a_study_is_found_by_its_name():
    assert find_study("real_sample").name == "real_sample.yaml"
    with pytest.raises(Exception, match="did you mean 'real_sample'"):
        find_study("real_sampel")


@pytest.mark.parametrize("name", ["real_sample", "xtreme", "xtreme_r"])
def test_shipped_studies_are_right(name: str):
    assert read_study(name).name == name


def test_a_file_name_that_no_folder_can_have(tmp_path: Path):
    path = tmp_path / "a b.yaml"
    path.write_text(MINIMAL)
    with pytest.raises(Exception, match="names the report folder"):
        read_study(path)


def test_what_is_wrong_with_a_model_of_ones_own_is_said_once(errors: Errors):
    define = "define: {models: {mine: {checkpoint: OWNER/NAME, config: {model_type: llama}}}}\n"
    (found,) = errors(MINIMAL.replace("models: [", "models: [mine, ", 1) + define)
    assert "define.models.mine: config: no entry 'hidden_size'" in found
