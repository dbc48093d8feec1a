"""Texts of items that turn, from answers that were decided by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.plan.jobs import Evaluate
from stiltsreport.plan.plan import Plan
from stiltsreport.results.collect import gather, stored_records
from stiltsreport.results.example_items import NOT_AT_HAND, ExamplePage, Examples, examples
from stiltsreport.results.example_texts import Text
from stiltsreport.store import Store
from tests.results.kept import Rows, keep
from tests.results.stored import fill, planned

STUDY = """\
title: Examples
models: [multilingual-e5-small]
intermediate: [hellaswag]
target:
  - {task: xnli, languages: [en, de], train: snli}
  - {task: xquad, languages: [en, de]}
  - {task: udpos, languages: [en, de]}
  - {task: xcopa, languages: [id]}
  - {task: tatoeba, languages: [de]}
seeds: [1, 2, 3]
report: {examples: 1}
"""
XNLI = """\
One {0}.\tTwo <script>alert(1)</script> {0}.\tentailment
\u202eThree\u202c {0} \U0001f642.\tArabic \u0627\u0644\u0639\u0631\u0628\u064a\u0629.\tneutral
Five.\tSix.\tcontradiction
"""


@pytest.fixture
def data(tmp_path: Path, tiny_data: Path) -> Path:
    """The tiny data with an XNLI of three pairs."""
    import shutil

    place = tmp_path / "data"
    shutil.copytree(tiny_data, place)
    for language in ("en", "de"):
        (place / "xnli" / f"test-{language}.tsv").write_text(XNLI.format(language), encoding="utf-8")
    return place


def answered(arm: str, seed: int | None, job: Evaluate) -> Rows | None:
    """Item 2 turns right in both languages of XNLI, 1 wrong in German; seeds disagree on what the wrong label is."""
    own = arm == "hellaswag"
    match job.data.task.name:
        case "xnli":
            wrong = "neutral" if seed == 1 else "contradiction"
            first = wrong if own and job.language == "de" else "entailment"
            second = "neutral" if own or (seed == 2 and job.language == "de") else "entailment" if seed == 3 else "contradiction"
            return [("1", first, "entailment"), ("2", second, "neutral"), ("3", "contradiction", "contradiction")]
        case "xquad":
            return [("x0", "the gold" if own else "", ["the gold"]), ("x1", "b", ["a", "b", "b"])]
        case "udpos":
            return [("1:1", ["DET" if own else "NOUN", "NOUN", "NOUN", "DET"], ["DET", "NOUN", "NOUN", "DET"])]
        case "xcopa":
            return [("0", int(own), 1), ("1", 0, 0)]
        case _:
            return [("1", ["2", "1"] if own else ["1", "2"], ["1"]), ("2", ["2"] if own or seed is None else [], ["2"])]


@pytest.fixture
def plan(tmp_path: Path, data: Path) -> Plan:
    return planned(tmp_path, data, STUDY)


@pytest.fixture
def store(tmp_path: Path, plan: Plan) -> Store:
    made = Store(tmp_path / "store")
    fill(made, plan)
    keep(made, plan, answered)
    return made


def found(plan: Plan, store: Store, count: int = 1) -> Examples:
    return examples(plan, stored_records(plan, store), store, count)


def page(made: Examples, name: str) -> ExamplePage:
    return next(page for page in made.pages if page.task.name == name)


def test_pairs_of_sentences_in_all_languages(plan: Plan, store: Store) -> None:
    gained, lost = page(found(plan, store, 5), "xnli").items
    assert (gained.way, gained.item, gained.turned, gained.languages, gained.absent) == ("gained", "2", 2, 2, ())
    assert [one.language for one in gained.texts] == ["de", "en"]
    german = gained.texts[0]
    assert german.parts == (
        Text("\u202eThree\u202c de \U0001f642.", "de", "first"),
        Text("Arabic \u0627\u0644\u0639\u0631\u0628\u064a\u0629.", "de", "second"),
    )
    assert german.gold == Text("neutral")
    # Under the baseline contradiction, neutral, entailment in seeds 1 to 3: even, and the first seed's is shown.
    assert (german.baseline.text.text, german.baseline.seeds, german.baseline.of) == ("contradiction", 1, 3)
    assert (german.own.text.text, german.own.seeds, german.right) == ("neutral", 3, (1, 3, 3))
    assert (lost.way, lost.item, lost.turned) == ("lost", "1", 1)
    assert (lost.texts[0].own.text.text, lost.texts[0].own.seeds) == ("contradiction", 2)


def test_every_form_of_task_in_words(plan: Plan, store: Store, data: Path) -> None:
    made = found(plan, store)
    (question,) = page(made, "xquad").items
    assert [part.label for part in question.texts[0].parts] == ["question", "context"]
    assert (question.texts[0].baseline.text, question.texts[0].own.text) == (Text("no answer"), Text("the gold", "de"))
    (tags,) = page(made, "udpos").items
    words = tags.texts[0].parts[0].text.split()
    assert len(words) == 4
    assert tags.texts[0].gold.text == " ".join(f"{word}/{tag}" for word, tag in zip(words, ["DET", "NOUN", "NOUN", "DET"], strict=True))
    assert tags.texts[0].baseline.text.text.startswith(f"{words[0]}/NOUN ")
    (choice,) = page(made, "xcopa").items
    assert [part.label for part in choice.texts[0].parts] == ["", "choice 1", "choice 2"]
    assert (choice.texts[0].baseline.text.text, choice.texts[0].own.text.text) == tuple(part.text for part in choice.texts[0].parts[1:])
    (lost,) = page(made, "tatoeba").items
    english, german = ((data / "tatoeba" / f"tatoeba.deu-eng.{side}").read_text(encoding="utf-8").splitlines() for side in ("eng", "deu"))
    shown = lost.texts[0]
    texts = {shown.parts[0].text, shown.gold.text}
    assert texts == {english[1], german[1]}
    assert {shown.parts[0].language, shown.gold.language} == {"en", "de"}
    assert shown.baseline.text.text == shown.gold.text
    assert shown.own.text.text in (english[2], german[2])


def test_the_microscope_finds_the_same_items(plan: Plan, store: Store) -> None:
    seen = {one.key for one in gather(plan, store).setup.microscope.items}
    made = {one.key for name in ("xnli", "xquad") for one in page(found(plan, store, 12), name).items}
    assert made == seen


def test_texts_that_are_not_at_hand(plan: Plan, store: Store, data: Path) -> None:
    (data / "xnli" / "test-de.tsv").unlink()
    (item,) = page(found(plan, store), "xnli").items[:1]
    assert ([one.language for one in item.texts], item.absent) == (["en"], ("de",))
    (data / "xnli" / "test-en.tsv").unlink()
    made = found(plan, store)
    assert made.notes == (f"no examples of XNLI: {NOT_AT_HAND}",)
    assert all(page.task.name != "xnli" for page in made.pages)


def test_predictions_of_other_items_show_nothing(plan: Plan, store: Store) -> None:
    for run in plan.runs:
        for job in run.evaluations:
            if run.target == "xnli" and job.language == "de":
                file = store.path("evaluations", job.id) / "predictions.jsonl"
                file.write_text("\n".join(reversed(file.read_text(encoding="utf-8").splitlines())), encoding="utf-8")
    item = page(found(plan, store), "xnli").items[0]
    assert [one.language for one in item.texts] == ["en"]  # 2 stands in the middle of the file, but the others do not


def test_nothing_of_an_empty_store(plan: Plan, tmp_path: Path) -> None:
    assert found(plan, Store(tmp_path / "empty")) == Examples()
