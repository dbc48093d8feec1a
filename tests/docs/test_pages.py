"""The pages of docs/: their commands parse, their studies are read, their Python runs, and one study is built from its page alone."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from stiltsreport.cli.parser import parser
from stiltsreport.study.reading import read_study
from tests.cli.studies import ran

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
BASE = """\
title: T
models: [xlmr-base]
intermediate: [mnli, squad, hellaswag]
target: [panx, {task: xnli, languages: [de, en, sw]}]
"""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it is, if any, and its text."""

    language: str
    file: str
    text: str


def blocks(page: str) -> list[Block]:
    found = re.findall(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(*one) for one in found]


def commands(block: Block) -> list[str]:
    lines = (line.split("  #")[0].strip() for line in block.text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("page", PAGES)
def test_commands_parse(page: str) -> None:
    for block in blocks(page):
        if block.language == "sh":
            for line in commands(block):
                words = shlex.split(line)
                assert words[0] in ("stiltsreport", "make", "pip", "source"), line
                if words[0] == "stiltsreport":
                    parser().parse_args(words[1:])


@pytest.mark.parametrize("page", PAGES)
def test_make_knows_its_targets(page: str) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for block in blocks(page):
        if block.language == "sh":
            assert {words[1] for line in commands(block) if (words := shlex.split(line))[0] == "make"} <= targets


@pytest.mark.parametrize("page", PAGES)
def test_studies_and_parts_of_studies_are_read(page: str, tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "data").mkdir()
    shutil.copytree(tiny_model, tmp_path / "checkpoints" / "mine")
    for number, block in enumerate(one for one in blocks(page) if one.language == "yaml"):
        part = yaml.safe_load(block.text)
        whole = part if block.file else yaml.safe_load(BASE) | part
        study = tmp_path / (block.file or f"part{number}.yaml")
        study.write_text(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True), encoding="utf-8")
        assert read_study(study).title == whole["title"]


@pytest.mark.parametrize("page", [page for page in PAGES if any(block.language == "python" for block in blocks(page))])
def test_python_runs(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.language == "python":
            exec(compile(block.text, page, "exec"), names)
    assert len(names) > 3


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = re.sub(r"^```.*?^```$", "", (DOCS / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((DOCS / page).parent / link).is_file(), link


def test_the_notebook_runs_and_shows_what_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS / "how-to")  # as Jupyter does
    notebook = json.loads((DOCS / "how-to" / "quickstart.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    shown = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert not cell["outputs"], "outputs are not committed"
            *body, last = ast.parse("".join(cell["source"])).body
            exec(compile(ast.Module(body, []), "quickstart.ipynb", "exec"), names)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), "quickstart.ipynb", "eval"), names)
                shown.append(value._repr_html_() if hasattr(value, "_repr_html_") else value)
            else:
                exec(compile(ast.Module([last], []), "quickstart.ipynb", "exec"), names)
    assert len(shown) == 8
    assert all("<table" in text or "<svg" in text for text in shown if text is not None)


def test_every_page_is_in_the_navigation() -> None:
    named = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert named == set(PAGES)


def test_a_task_of_ones_own_from_its_page_alone(
    tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    page = blocks("how-to/own-task.md")
    for block in page:
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    places = ["--store", "store", "--reports", "reports", "--set", f"models=[{tiny_model}]", "--set", "seeds=[1, 2]"]
    for line in (line for block in page if block.language == "sh" for line in commands(block)):
        words = shlex.split(line)[1:]
        more = ["--workers", "0", "--device", "cpu"] if words[0] == "build" else []
        result = ran(capsys, [*words, *places, *more])
        assert result.code == 0, result.err
    assert (tmp_path / "reports" / "reviews" / "report.html").is_file()
    scores = (tmp_path / "reports" / "reviews" / "scores.jsonl").read_text(encoding="utf-8")
    assert '"language": "de"' in scores


def test_what_the_program_fills_in_is_there() -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("generated", DOCS / "generated.py")
    generated = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generated)
    page = generated.on_page_markdown((DOCS / "reference" / "commands.md").read_text(encoding="utf-8"))
    assert "## build" in page
    assert "--allow-commands" in page
    page = generated.on_page_markdown((DOCS / "reference" / "study-file.md").read_text(encoding="utf-8"))
    for key in ("models", "intermediate", "target", "margin", "checkpoint_minutes"):
        assert f"| `{key}` |" in page
    anchors = {line.removeprefix("## ").replace(" ", "-") for line in page.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) <= anchors
