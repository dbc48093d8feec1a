"""examples/TARGET.html: the texts of items that a row turns, as plain pages beside the report; they need no script and ask no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import jinja2
from markupsafe import Markup

from stiltsreport.report.arms import Arm, arm_title
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.numbers import plural
from stiltsreport.report.titles import language_title
from stiltsreport.results.example_items import ExampleItem, ExamplePage
from stiltsreport.shipped import shipped
from stiltsreport.study.study import BASELINE, Study

FOLDER = "examples"
_WAYS = {"gained": "Turned right", "lost": "Turned wrong"}


@dataclass(frozen=True)
class _Part:
    """The items of a row that turn one way."""

    title: str
    row: str
    items: tuple[tuple[str, ExampleItem], ...]  # with the fragment of each


def file_name(page: ExamplePage) -> str:
    """Of a target's page, inside FOLDER."""
    return f"{label(page.task.name)}.html"


def links(pages: Sequence[ExamplePage]) -> dict[tuple[str, ...], str]:
    """Where in the pages an item stands, seen from the report, by the item's key."""
    return {item.key: f"{FOLDER}/{file_name(page)}#{place}" for page in pages for item, place in _places(page).items()}


def render_examples(page: ExamplePage, study: Study) -> str:
    """One page. A Content-Security-Policy allows its own style and nothing else."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(shipped("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"language": language_title}
    style = (shipped("templates") / "examples.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("examples.html.jinja2").render(
        task=page.task,
        study=study,
        parts=_parts(page, study),
        how=_how(page, study),
        baseline=BASELINE,
        style=Markup(style),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'",
    )


def _parts(page: ExamplePage, study: Study) -> list[_Part]:
    titles = {model.name: model.title for model in study.models}
    places = _places(page)
    parts = []
    for (model, variant, intermediate, way), items in groupby(page.items, _head):
        row = arm_title(study, Arm(model, variant, intermediate))
        parts.append(_Part(f"{titles.get(model, model)}, {row}: {_WAYS[way].lower()}", row, tuple((places[item], item) for item in items)))
    return parts


def _places(page: ExamplePage) -> Mapping[ExampleItem, str]:
    """The fragment of each item: the number of its part, and its own in it."""
    return {
        item: f"part-{number}-item-{place}"
        for number, (_, items) in enumerate(groupby(page.items, _head), start=1)
        for place, item in enumerate(items, start=1)
    }


def _head(item: ExampleItem) -> tuple[str, str, str, str]:
    return item.model, item.variant, item.intermediate, item.way


def _how(page: ExamplePage, study: Study) -> str:
    """How the items were chosen, in a sentence."""
    most = study.report.examples
    first = "that turn in most languages" if page.task.parallel else "that most seeds turn, the clearest language first"
    return f"At most {plural(most, 'item')} a row and way, those first {first}: chosen because they turn, and no sample of the set."
