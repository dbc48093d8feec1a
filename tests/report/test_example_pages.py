"""Pages of examples: what stands on them, whatever the words; and nothing that a browser would run or fetch."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from stiltsreport.report.formats.examples import file_name, links, render_examples
from stiltsreport.results.example_items import ExampleItem, ExamplePage, InLanguage
from stiltsreport.results.example_texts import Prediction, Text
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_study
from tests.report.hostile import HOSTILE

ARABIC = "\u0633\u0624\u0627\u0644 \U0001f642"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = fabricated_study(tmp_path)
    return replace(made, report=replace(made.report, examples=2))


def item(way: str, name: str, texts: tuple[InLanguage, ...], *, intermediate: str = "mnli", absent: tuple[str, ...] = ()) -> ExampleItem:
    return ExampleItem("xlmr-base", "plain", intermediate, "xnli", way, name, 1, 2, texts, absent)  # type: ignore[arg-type]


def said(text: str, seeds: int = 4) -> Prediction:
    return Prediction(Text(text), seeds, 5)


def page(study: Study, *items: ExampleItem) -> ExamplePage:
    task = next(entry.task for entry in study.target if entry.task.name == "xnli")
    return ExamplePage(task, items)


def test_what_a_page_says(study: Study) -> None:
    arabic = InLanguage("ar", (Text(ARABIC, "ar", "first"),), Text("neutral"), said("entailment", 3), said("neutral", 5), (1, 5, 5))
    made = page(study, item("gained", "17", (arabic,), absent=("sw",)), item("lost", "17", (arabic,)), item("lost", "18", (arabic,)))
    text = render_examples(made, study)
    assert f'<p lang="ar" dir="auto">{ARABIC}</p>' in text
    assert re.findall(r'<td class="(\w+)"><p dir="auto">(\w+)</p><small>([^<]*)</small>', text)[:2] == [
        ("wrong", "entailment", "right in 1 of 5 seeds; said by 3"),
        ("right", "neutral", "right in 5 of 5 seeds"),
    ]
    assert "Its texts are not at hand in Swahili." in text
    assert "(licence: CC BY-NC 4.0)" in text
    assert "At most 2 items a row and way" in text
    assert re.findall(r'<h2 id="[^"]*">([^<]*)</h2>', text) == ["XLM-R base, MNLI: turned right", "XLM-R base, MNLI: turned wrong"]


def test_links_lead_to_the_items(study: Study) -> None:
    one = InLanguage("en", (Text("Text", "en"),), Text("neutral"), said("neutral"), said("neutral"), (4, 4, 5))
    made = page(study, item("gained", "1", (one,)), item("gained", "2", (one,)), item("gained", "1", (one,), intermediate="squad"))
    found = links([made])
    assert list(found) == [one.key for one in made.items]
    text = render_examples(made, study)
    places = [target.partition("#") for target in found.values()]
    assert {file for file, _, _ in places} == {f"examples/{file_name(made)}"} == {"examples/xnli.html"}
    assert len({place for _, _, place in places}) == 3
    assert all(f'<article id="{place}"' in text for _, _, place in places)


class _Elements(HTMLParser):
    """The names of all elements, and every attribute that could reach out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.targets: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.targets += [value or "" for name, value in attrs if name in ("href", "src")]
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("words", HOSTILE)
def test_texts_of_others_are_no_markup(study: Study, words: str) -> None:
    one = InLanguage(
        words, (Text(words, words, words),), Text(words, words), said(words), Prediction(Text(words, "de", words), 1, 5), (0, 5, 5)
    )
    study = replace(study, title=words, models=tuple(replace(model, title=words) for model in study.models))
    made = page(study, item("gained", words, (one,), absent=(words,)))
    made = replace(made, task=replace(made.task, title=words, licence=words))
    found = _Elements(render_examples(made, study))
    assert found.names <= {
        "html", "head", "meta", "title", "link", "style", "body", "header", "nav", "main", "section", "article", "div", "table", "thead", "tbody", "tr", "th",
        "td", "p", "ul", "li", "a", "h1", "h2", "h3", "span", "small",
    }  # fmt: skip
    assert found.handlers == []
    assert all(target.startswith(("#part-", "../report.html", "data:,")) for target in found.targets)


def test_a_single_seed_and_a_single_language(study: Study) -> None:
    one = InLanguage(
        "en", (Text("Text", "en"),), Text("neutral"), Prediction(Text("x"), 1, 1), Prediction(Text("neutral"), 1, 1), (0, 1, 1)
    )
    text = render_examples(page(study, replace(item("gained", "1", (one,)), languages=1)), study)
    assert "<small>wrong</small>" in text
    assert "<small>right</small>" in text
    assert ">Item 1</h3>" in text
