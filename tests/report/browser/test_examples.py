"""A page of examples in a browser: silent, readable for everyone, and no wider than the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.report.formats.examples import render_examples
from stiltsreport.results.example_items import ExampleItem, ExamplePage, InLanguage
from stiltsreport.results.example_texts import Prediction, Text
from tests.fabricated import fabricated_study
from tests.report.browser.conftest import Visit
from tests.report.browser.test_access import findings
from tests.report.hostile import HOSTILE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_hostile_texts_in_many_scripts(visit: Visit, tmp_path: Path, width: int, scheme: str) -> None:
    study = fabricated_study(tmp_path)
    texts = tuple(
        InLanguage(language, (Text(words, language, "first"), Text(words, language, "second")), Text(words, language), Prediction(Text(words), 3, 5),
                   Prediction(Text("neutral"), 5, 5), (2, 5, 5))
        for language, words in zip(("en", "ar", "he", "zh"), (*HOSTILE[:2], HOSTILE[7], HOSTILE[9]), strict=True)
    )  # fmt: skip
    items = tuple(ExampleItem("xlmr-base", "plain", "mnli", "xnli", way, HOSTILE[0], 2, 4, texts, ("sw",)) for way in ("gained", "lost"))
    file = tmp_path / "xnli.html"
    file.write_text(render_examples(ExamplePage(study.target[0].task, items), study), encoding="utf-8")
    page = visit(file=file, width=width, color_scheme=scheme)
    assert page.locator("article").count() == 2
    assert page.locator("td.text p").first.inner_text() == HOSTILE[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []
