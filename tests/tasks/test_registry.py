"""Every task's record: what it names exists, and its facts are the published ones."""

from __future__ import annotations

import pytest
import yaml

from stiltsreport.metrics import METRICS
from stiltsreport.tasks import ALIASES, INTERMEDIATE_NAMES, TARGET_NAMES, TASKS
from stiltsreport.tasks.benchmarks import BENCHMARKS
from stiltsreport.tasks.citations import CITATIONS, bibtex
from stiltsreport.tasks.hub import hub_sources, repositories
from stiltsreport.tasks.languages import LANGUAGES
from stiltsreport.tasks.local import LAYOUTS, accepted
from stiltsreport.tasks.readers import READERS

# google-research/xtreme, evaluate.py (TASK2LANGS) at the commit of XTREME, and its successor for XTREME-R.
XTREME = {
    "xnli": "ar bg de el en es fr hi ru sw th tr ur vi zh",
    "pawsx": "de en es fr ja ko zh",
    "udpos": "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh",
    "panx": "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo my zh kk tr et fi hu",
    "xquad": "en es de el ru tr ar vi th zh hi",
    "mlqa": "en es de ar hi vi zh",
    "tydiqa": "en ar bn fi id ko ru sw te",
    "bucc2018": "de fr ru zh",
    "tatoeba": "ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw zh kk tr et fi hu",
}
ADDED = {
    "udpos": "lt pl uk wo ro",
    "panx": "qu pl uk az lt pa gu ro",
    "tatoeba": "az lt pl uk ro",
    "xcopa": "et ht id it qu sw ta th tr vi zh",
    "mewslix": "ar de en es fa ja pl ro ta tr uk",
    "lareqa": "en es de el ru tr ar vi th zh hi",
}
XTREME_R = ["xnli", "xcopa", "udpos", "panx", "xquad", "mlqa", "tydiqa", "tatoeba", "mewslix", "lareqa"]
# Training examples: the data sets' papers and cards.
TRAINING = {
    "anli-plus": 1_104_934, "mnli": 392_702, "qqp": 363_846, "squad2": 130_319, "squad": 87_599, "hellaswag": 39_905, "cosmosqa": 25_262,
    "csqa": 9_741, "siqa": 33_410, "copa": 400, "pawsx": 49_401, "udpos": 21_253, "panx": 20_000, "tydiqa": 3_696, "mewslix": 167_719,
}  # fmt: skip


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_record_names_what_exists(task):
    assert task.languages, "no language"
    assert set(task.languages) <= set(LANGUAGES)
    assert list(task.languages) == sorted(task.languages)
    assert task.citation in CITATIONS
    assert task.metrics, "no metric"
    assert {*task.metrics, *task.beside} <= set(METRICS)
    assert set(task.train) <= set(TASKS)
    selection, _, part = task.selection.partition("/")
    assert selection in TASKS or not task.train
    assert part in ("", "held-out")
    assert task.title
    assert task.licence
    assert task.source_data or not task.train
    assert len(set(task.labels)) == len(task.labels)
    if task.parts:
        assert set(task.parts) <= set(TASKS)
    else:
        assert task.reader in READERS
        assert task.name in LAYOUTS
    assert accepted(task), "nothing says which files it reads"


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_no_revision_is_known_beforehand(task):
    """A Hub id is written in full; a commit comes from the lock alone."""
    for _, split in task.hub:
        owner, _, name = split.id.partition("/")
        assert owner
        assert name
        assert not hasattr(split, "revision")
    assert hub_sources(task, {}) == {}, "a source without a commit"


def test_there_are_the_twelve_targets_and_thirteen_intermediate_tasks():
    assert set(TARGET_NAMES) == {*XTREME, "xcopa", "lareqa", "mewslix"}
    assert set(INTERMEDIATE_NAMES) == {
        "anli-plus", "mnli", "qqp", "squad2", "squad", "hellaswag", "ccg", "cosmosqa", "csqa", "siqa", "snli", "qamr", "copa",
    }  # fmt: skip
    assert set(ALIASES.values()) <= {*TASKS, "xtreme-r"}
    assert not set(ALIASES) & {*TARGET_NAMES, *INTERMEDIATE_NAMES}


def test_the_benchmarks_have_the_languages_of_their_own_scripts():
    assert {name: set(languages) for name, languages in BENCHMARKS["xtreme"].tasks} == {
        name: set(text.split()) for name, text in XTREME.items()
    }
    expected = {name: {*XTREME.get(name, "").split(), *ADDED.get(name, "").split()} for name in XTREME_R}
    assert {name: set(languages) for name, languages in BENCHMARKS["xtreme-r"].tasks} == expected
    assert [name for name, _ in BENCHMARKS["xtreme-r"].tasks] == XTREME_R
    for benchmark in BENCHMARKS.values():
        for name, languages in benchmark.tasks:
            assert set(languages) <= set(TASKS[name].languages)


def test_the_fifty_languages_of_xtreme_r_are_all_there():
    used = {language for _, languages in BENCHMARKS["xtreme-r"].tasks for language in languages}
    assert len(LANGUAGES) == 50
    assert used == set(LANGUAGES)
    assert len({language.iso3 for language in LANGUAGES.values()}) == 50


@pytest.mark.parametrize(("name", "count"), TRAINING.items())
def test_training_sets_have_their_published_sizes(name, count):
    assert dict(TASKS[name].sizes)["train"] == count


def test_anli_plus_is_the_sum_of_its_parts():
    assert sum(dict(TASKS[part].sizes)["train"] for part in TASKS["anli-plus"].parts) == dict(TASKS["anli-plus"].sizes)["train"]


def test_averages_are_over_the_metrics_that_xtreme_averages():
    """QA is (EM + F1) / 2; token accuracy stands beside the span F1 of tagging, never in it."""
    assert TASKS["xquad"].metrics == ("exact_match", "answer_f1")
    assert TASKS["tydiqa"].metrics == ("exact_match", "answer_f1")
    assert TASKS["mlqa"].metrics == ("mlqa_exact_match", "mlqa_f1")
    for name in ("udpos", "panx"):
        assert TASKS[name].metrics == ("span_f1",)
        assert TASKS[name].beside == ("token_accuracy",)
    assert METRICS["span_f1"].title == "Span F1 (seqeval 0.0.12)"


def test_nothing_is_selected_on_what_is_reported():
    """papers.md 6: TyDiQA's dev set is its test, so that its checkpoints are chosen on a part of its training set."""
    assert TASKS["tydiqa"].official_split == "dev"
    assert TASKS["tydiqa"].selection == "tydiqa/held-out"
    assert TASKS["bucc2018"].train == ()
    assert TASKS["tatoeba"].train == ()
    assert TASKS["xcopa"].train == ("siqa", "copa")
    assert "en" not in dict(BENCHMARKS["xtreme-r"].tasks)["xcopa"]


def test_every_citation_is_written_once_with_its_braces_closed():
    text = bibtex([*CITATIONS, *CITATIONS])
    assert text.count("@misc{") == len(CITATIONS)
    assert text.count("{") == text.count("}")


@pytest.fixture(scope="module")
def facts(real_data):
    """The facts of the tasks as they were read from the authors' scripts and cards, where that file lies beside the data."""
    path = real_data.parent / "reference" / "xtreme_r_spec.yaml"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_records_agree_with_the_reference(facts):
    for name, fact in facts["tasks"].items():
        expected = set(fact.get("languages_xtreme_r") or fact.get("languages_xtreme_r_in_code") or fact["languages"])
        task = TASKS[name]
        assert set(task.languages) - {"en"} == expected - {"en"}, name
        sizes = dict(task.sizes)
        for source in fact["eval"]:
            for language, numbers in (source.get("split_sizes") or {}).items() if name != "bucc2018" else ():
                given = numbers if isinstance(numbers, dict) else {"test": numbers}
                for split, number in given.items():
                    if split != "train":
                        ours = "dev" if split == "validation" else split
                        assert sizes[f"{ours}.{language}"] == number, (name, split, language)
        for language, number in next((source["split_sizes_test"] for source in fact["eval"] if "split_sizes_test" in source), {}).items():
            assert sizes[f"test.{language}"] == number


def test_hub_ids_and_configurations_are_those_of_the_reference(facts):
    loadable = {entry["id"] for entry in facts["hub"] if str(entry["loads_with_datasets_ge_4"]) != "no"}
    loadable |= {entry["use_instead"].split()[0] for entry in facts["hub"] if "use_instead" in entry}
    for task in TASKS.values():
        assert set(repositories(task)) <= loadable, task.name
    commits = dict.fromkeys(loadable, "0" * 40)
    names = facts["tasks"]["udpos"]["eval"][0]["config_names"]
    udpos = hub_sources(TASKS["udpos"], commits)
    for language, name in names.items():
        assert udpos["test", language].hub[0].config == f"udpos.{name}"
    sizes = facts["tasks"]["udpos"]["eval"][0]["split_sizes"]
    assert {language for split, language in udpos if split == "dev"} == {language for language in sizes if "validation" in sizes[language]}
    tatoeba = hub_sources(TASKS["tatoeba"], commits)
    for language, name in facts["tasks"]["tatoeba"]["eval"][0]["config_names"].items():
        assert tatoeba["test", language].hub[0].config == f"tatoeba.{name}"
    for language, name in facts["tasks"]["tatoeba"]["extra_iso3_xtreme_r"].items():
        assert tatoeba["test", language].hub[0].config == f"{name}-eng"
    tydiqa = hub_sources(TASKS["tydiqa"], commits)
    assert tydiqa["train", "en"].hub[0].keep == ("id", "english-")
    assert tydiqa["dev", "te"].hub[0].keep == ("id", "telugu-")
    assert ("train", "te") not in tydiqa, "only the English training set is zero-shot"
    assert hub_sources(TASKS["mlqa"], commits)["dev", "vi"].hub[0].config == "MLQA.vi.vi"
    assert hub_sources(TASKS["bucc2018"], commits) == {}, "its Hub copy lacks the sentences without a partner"
    assert ("test", "en") not in hub_sources(TASKS["xcopa"], commits), "there is no English configuration"
    assert hub_sources(TASKS["mnli"], commits)["train", "en"].hub[0].config == "mnli"
