"""Tasks that a study defines itself: each type is read through a map of columns, and what is wrong with a definition is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.errors import DataError, StudyErrors
from stiltsreport.plan.stilts import plan_study
from stiltsreport.study.reading import read_study
from stiltsreport.study.study import Study
from stiltsreport.tasks.examples import MultipleChoice, Question, Retrieval, SentencePair, TaggedSentence
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.lock import Lock
from stiltsreport.tasks.read import read

STUDY = "title: T\nmodels: [multilingual-e5-small]\ntarget: [mine]\nseeds: [1]\n{data}define: {{tasks: {{mine: {{{mine}}}}}}}\n"


def study(folder: Path, mine: str, data: str = "data: here\n") -> Study:
    (folder / "here").mkdir(exist_ok=True)
    (folder / "s.yaml").write_text(STUDY.format(mine=mine, data=data), encoding="utf-8")
    return read_study(folder / "s.yaml")


def example(folder: Path, mine: str, file: str, text: str, language: str = "en") -> object:
    made = study(folder, mine)
    (folder / "here" / file).write_text(text, encoding="utf-8")
    task = made.tasks["mine"]
    found = read(local_sources(task, made.data, Memo(None))["test", language], task)
    return found if isinstance(found, Retrieval) else found[0]


PAIR = "type: sequence_classification, labels: [yes, no], files: {train: x.tsv, test: t.tsv}"


def test_pairs_by_their_columns(tmp_path: Path):
    found = example(tmp_path, f"{PAIR}, columns: {{first: a, second: b, label: c}}", "t.tsv", "b\ta\tc\nsecond\tfirst\tno\n")
    assert found == SentencePair("1", "first", "second", "no")


def test_single_sentences_by_the_column_of_the_first_alone(tmp_path: Path):
    found = example(tmp_path, f"{PAIR}, columns: {{first: a, label: c}}", "t.tsv", "a\thypothesis\tc\nalone\tnot asked for\tyes\n")
    assert found == SentencePair("1", "alone", None, "yes")


def test_a_mapped_label_alone_does_not_drop_the_second_sentence(tmp_path: Path):
    found = example(tmp_path, f"{PAIR}, columns: {{label: c}}", "t.tsv", "premise\thypothesis\tc\nfirst\tsecond\tyes\n")
    assert found == SentencePair("1", "first", "second", "yes")


def test_choices_in_columns_of_their_own(tmp_path: Path):
    mine = (
        "type: multiple_choice, files: {train: x.tsv, test: t.csv}, columns: {prompt: begin, choices: 'one, two', label: right, id: name}"
    )
    found = example(tmp_path, mine, "t.csv", 'name,begin,one,two,right\nq7,"It rains, so",we stay.,we go.,B\n')
    assert found == MultipleChoice("q7", "It rains, so", ("we stay.", "we go."), 1)


def test_tagged_words(tmp_path: Path):
    mine = "type: token_classification, labels: [O, X], files: {train: x.tsv, test: t.jsonl}, columns: {words: w, tags: t}"
    found = example(tmp_path, mine, "t.jsonl", '{"w": ["a", "b"], "t": ["O", "X"]}\n')
    assert found == TaggedSentence("1", ("a", "b"), ("O", "X"))


def test_questions(tmp_path: Path):
    mine = "type: question_answering, files: {train: x.tsv, test: t.jsonl}, columns: {context: text}"
    row = '{"question": "Who?", "text": "It was Ann.", "answers": [{"text": "Ann", "start": 7}]}\n'
    found = example(tmp_path, mine, "t.jsonl", row)
    assert found == Question("1", "Who?", "It was Ann.", (("Ann", 7),))


def test_translations(tmp_path: Path):
    mine = "type: sentence_retrieval, languages: [de], files: {test: 't.{language}.tsv'}, columns: {english: e, other: o}"
    found = example(tmp_path, mine, "t.de.tsv", "e\to\nyes\tja\nno\tnein\n", "de")
    assert isinstance(found, Retrieval)
    assert [(passage.text, passage.language) for passage in found.queries] == [("yes", "en"), ("no", "en")]
    assert [(passage.text, passage.language) for passage in found.pool] == [("ja", "de"), ("nein", "de")]
    assert found.relevant == {"1": ("1",), "2": ("2",)}


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path):
    with pytest.raises(DataError, match=r"t\.tsv:2.*first sentence \(z\).*columns here: a, c"):
        example(tmp_path, f"{PAIR}, columns: {{first: z, label: c}}", "t.tsv", "a\tc\nx\tyes\n")


def test_a_field_that_the_type_does_not_have_is_refused(tmp_path: Path):
    with pytest.raises(StudyErrors, match=r"no field 'secnod'.*did you mean 'second'"):
        study(tmp_path, f"{PAIR}, columns: {{first: a, secnod: b, label: c}}")


def test_absent_files_are_named_where_they_are_looked_for(tmp_path: Path):
    mine = "type: sentence_retrieval, languages: [de], files: {test: 't.{language}.tsv'}"
    problem = str(plan_study(study(tmp_path, mine), Memo(None), Lock()).problems[0])
    assert problem.startswith(f"{tmp_path}/here: ")
    assert "t.{language}.tsv" in problem


def test_files_are_not_looked_for_where_the_command_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "t.de.tsv").write_text("english\tother\nyes\tja\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    mine = "type: sentence_retrieval, languages: [de], files: {test: 't.{language}.tsv'}"
    plan = plan_study(study(tmp_path, mine, data=""), Memo(None), Lock())
    assert not plan.runs
    assert str(plan.problems[0]).startswith("--data DIR: ")


def test_a_target_that_nothing_trains_is_refused(tmp_path: Path):
    with pytest.raises(StudyErrors, match="mine has no training set"):
        study(tmp_path, "type: sequence_classification, labels: [a, b], files: {test: t.tsv}")


def test_own_tests_of_a_known_training_set_select_on_its_dev_set(tmp_path: Path):
    mine = "type: sequence_classification, labels: [entailment, neutral, contradiction], train: snli, files: {test: t.tsv}"
    assert study(tmp_path, mine).tasks["mine"].selection == "snli"
    with_dev = mine.replace("{test: t.tsv}", "{dev: d.tsv, test: t.tsv}")
    assert study(tmp_path, with_dev).tasks["mine"].selection == "mine"
